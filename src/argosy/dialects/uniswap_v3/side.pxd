from argosy.dialects.uniswap_v3.walk cimport Walk

cdef class ConcentratedSide:
    cdef readonly bint buy
    cdef readonly int base
    cdef readonly Walk way
    cdef readonly double kept
    cdef list _edges
    cdef list _roundings
    cpdef object value(self, object base)
    cdef double _spot(self, double price) noexcept
    cdef list _within(self)
