cdef object _MASK
cpdef object grown(object growth, object fees, object liquidity)
