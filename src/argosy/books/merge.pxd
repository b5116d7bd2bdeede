cimport cython
from argosy.books.book cimport VenueBook
from argosy.books.ladder cimport Ladder

@cython.final
cdef class Merger:
    cdef readonly bint bids
    cdef readonly list books
    cdef int members
    cdef object stores
    cdef double* factors
    cdef double* heads
    cdef unsigned char* active
    # how far a merge has come: each member's next key, where it stands, how many it gave
    cdef double* following
    cdef int* blocks
    cdef int* places
    cdef int* taken
    cdef readonly int best_member

    cdef double _head(self, int member) noexcept
    cdef int _seek(self) noexcept
    cdef int _follow(self, int member, Ladder side, int limit) noexcept
