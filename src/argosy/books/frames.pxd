cimport cython
from argosy.books.ladder cimport Ladder
from argosy.books.book cimport VenueBook
from argosy.books.scan cimport FrameScanner

@cython.final
cdef class BookReader(FrameScanner):
    cdef object shelf
    cdef readonly dict books
    cdef dict pending
    cdef public object gap
    cdef public object unsynced
    cdef VenueBook current
    cdef bytes last_symbol
    cdef VenueBook last_book
    cdef int continuity
    cdef int checksum
    cdef bint always_snapshot
    cdef bint truncate
    cdef bint scale_from_snapshot

    cdef VenueBook _find(self, bytes data)
    cdef int _expect(self, VenueBook book) noexcept
    cdef int _judge(self, VenueBook book) noexcept
    cdef object _take(self, VenueBook book, bytes data, long long received_ns)
    cdef int _put(self, VenueBook book) except -1
    cdef bint _checksum_right(self, VenueBook book) except -1
