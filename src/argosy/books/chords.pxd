cimport cython

@cython.final
cdef class Chords:
    cdef double sign
    cdef readonly int count
    cdef double step
    cdef double chord
    cdef object stores
    cdef double* prices
    cdef double* sizes
    cdef double* reaches
    cdef double* starts
    cdef double* costs
    cdef readonly double value
    cdef readonly double price
    cdef readonly int used
    cdef long long width

    cdef double _part(self, int at, double x) noexcept
    cdef int _find(self, double x) noexcept
    cdef bint _fits(self, double before, double first, long long done, long long upto) noexcept
