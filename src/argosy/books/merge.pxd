cimport cython
from argosy.books.book cimport VenueBook

@cython.final
cdef class Merger:
    cdef readonly bint bids
    cdef readonly list books
    cdef int members
    cdef object stores
    cdef double* factors
    cdef double* heads
    cdef unsigned char* active
    cdef readonly int best_member

    cdef double _head(self, int member) noexcept
    cdef int _seek(self) noexcept
