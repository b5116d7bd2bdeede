cimport cython
from argosy.books.checksums cimport KrakenSum
from argosy.books.ladder cimport Ladder

@cython.final
cdef class VenueBook:
    cdef readonly object instrument
    cdef readonly object about
    cdef readonly Ladder bids
    cdef readonly Ladder asks
    cdef readonly object changed
    cdef public int price_decimals
    cdef public int size_decimals
    cdef public int depth
    cdef public int state
    cdef public bint bridging
    cdef public bint verify
    cdef public long long sequence
    cdef public long long venue_ns
    cdef public long long received_ns
    cdef public long long updates
    cdef public long long snapshots
    cdef public long long gaps
    cdef public long long checksums_right
    cdef public long long checksums_wrong
    cdef KrakenSum kraken_sum
    cdef public object reader
    cdef object __weakref__

    cdef bint _crossed(self) noexcept
    cdef int empty(self, int state) noexcept
