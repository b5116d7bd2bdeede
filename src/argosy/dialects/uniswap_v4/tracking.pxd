from argosy.dialects.uniswap_v3.pool cimport ConcentratedPool
from argosy.dialects.uniswap_v3.tracking cimport TrackedPool, goes_down

cdef class TrackedManagedPool(TrackedPool):
    cdef readonly object key
    cdef readonly str pool_id
    cpdef bint concerns(self, object log) except -1

cpdef object _swap(ConcentratedPool pool, object event)
