cimport cython

@cython.final
cdef class Placement:
    cdef readonly int venues
    cdef readonly int samples
    cdef readonly double size
    cdef readonly double half_spread
    cdef readonly double fee
    cdef readonly double impact
    cdef readonly double underfill
    cdef readonly double overfill
    cdef object rebates
    cdef object ahead
    cdef object at

    cdef double _descend(self, double finest) except -1
    cdef bint _moved(self, int i, int j, double step) noexcept
    cdef double _cost(self) noexcept
