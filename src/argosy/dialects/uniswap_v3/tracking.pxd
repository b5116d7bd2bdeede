from argosy.dialects.evm.history cimport History
from argosy.dialects.evm.layouts cimport Events
from argosy.dialects.uniswap_v3.pool cimport ConcentratedPool

cdef class TrackedPool:
    cdef readonly str address
    cdef readonly ConcentratedPool pool
    cdef readonly History history
    cdef Events _events
    cdef object _changes
    cpdef object apply(self, object log)
    cpdef bint concerns(self, object log) except -1

cpdef object _swap(ConcentratedPool pool, object event)
cpdef bint goes_down(ConcentratedPool pool, object came0, object came1, object sqrt_price) except -1
