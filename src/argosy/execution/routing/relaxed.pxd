cimport cython
from argosy.execution.routing.curves cimport Curves

@cython.final
cdef class Relaxed:
    cdef Curves curves
    cdef int n
    cdef double target
    cdef bint spend
    cdef double slack
    cdef int split
    cdef double value
    cdef double missing
    cdef object stores
    cdef double* node
    cdef double* kind
    cdef double* lo
    cdef double* hi
    cdef double* ex
    cdef double* ea
    cdef double* x
    cdef int* jl
    cdef int* jm
    cdef int* jh

    cdef int root(self) noexcept
    cdef int hull(self, int i) noexcept
    cdef double _inside(self, int i, int j) noexcept
    cdef bint lotted(self, int i) noexcept
    cdef double _supply(self, int i, int j, double key) noexcept
    cdef double _uses(self, int i, double x) noexcept
    cdef bint relax(self) noexcept
    cdef int _bisect(self, double low, double high) noexcept
    cdef bint _narrow(self, double low, double high) noexcept
    cdef int _share(self, double low, double high) noexcept
    cdef bint _price(self) noexcept
