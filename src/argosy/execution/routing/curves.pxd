cimport cython
from argosy.books.ladder cimport Ladder

@cython.final
cdef class Curves:
    cdef readonly double sign
    cdef readonly int count
    cdef int places
    cdef readonly int segments
    cdef int room
    cdef double emitted
    cdef double spent
    cdef object stores
    cdef readonly object heads
    cdef double* fixed
    cdef double* least
    cdef double* most
    cdef double* lot
    cdef int* first
    cdef double* keys
    cdef double* starts
    cdef double* costs
    cdef double* sizes
    cdef double* reach
    cdef double* bend

    cdef int _emit(self, double key, double size, double reach, double bend) except -1
    cdef int _level(self, double key, double size) noexcept
    cdef double part(self, int j, double x) noexcept
    cdef int reached(self, int low, int high, double key) noexcept
    cdef double amount(self, int source, int j, double key) noexcept
    cdef int place(self, int source, double x) noexcept
    cdef double cost(self, int source, double x) noexcept
    cdef double marginal(self, int source, double x) noexcept
    cdef int _grow(self, int room) except -1
