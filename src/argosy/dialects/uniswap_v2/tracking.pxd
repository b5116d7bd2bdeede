from argosy.dialects.evm.history cimport History
from argosy.dialects.evm.layouts cimport Events

cdef class TrackedPair:
    cdef readonly str address
    cdef readonly object fee
    cdef public tuple reserves
    cdef public object before
    cdef readonly History history
    cdef Events _events
    cpdef object apply(self, object log)
    cdef int _check(self, object event) except -1
    cdef int _compare(
        self, object event, object reserve, object before, object given, object taken
    ) except -1
