from argosy.books.ladder cimport Ladder

cdef int _digits(unsigned char* text, int at, long long value) noexcept
cdef int _plain(unsigned char* text, int at, long long value, int decimals) noexcept
cdef int _kraken_side(unsigned char* text, int at, Ladder side) noexcept
cpdef long long kraken(Ladder bids, Ladder asks)
cpdef long long okx(Ladder bids, Ladder asks, int price_decimals, int size_decimals)

cdef class KrakenSum:
    cdef bytes bids_text
    cdef object asks_sum
    cdef long long value

    cdef long long of(self, Ladder bids, Ladder asks) except -1
