from argosy.books.numerals cimport Numerals

cdef class FrameScanner(Numerals):
    cdef readonly object form
    cdef int price_index
    cdef int size_index
    cdef int time_index
    cdef bint symbol_last
    cdef bytes price_key
    cdef bytes size_key
    cdef object snapshot_words
    cdef int key_count
    cdef bytes key_text
    cdef int key_at[24]
    cdef int key_length[24]
    cdef int key_role[24]
    # what the latest frame said
    cdef unsigned int seen
    cdef int symbol_at
    cdef int symbol_length
    cdef bint snapshot
    cdef long long sequence
    cdef long long previous
    cdef long long first
    cdef long long checksum_said
    # the level being read
    cdef long long level_price
    cdef long long level_size
    cdef int level_digits
    # the levels of the latest frame
    cdef int bid_count
    cdef int ask_count
    cdef int room
    cdef object stores
    cdef long long* bid_prices
    cdef long long* bid_sizes
    cdef int* bid_digits
    cdef long long* ask_prices
    cdef long long* ask_sizes
    cdef int* ask_digits

    cdef int scan(self, const unsigned char* p, int n) except -1
    cdef int _role(self, const unsigned char* p, int at, int length) noexcept
    cdef int _value(self, const unsigned char* p, int i, int n, int role) except -1
    cdef int _levels(self, const unsigned char* p, int i, int n, bint bids) except -1
    cdef int _level_array(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_object(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_time(self) except -1
    cdef int _make_room(self) except -1
    cdef int scale(self, int price_decimals, int size_decimals) except -1
    cdef int _scale_side(self, long long* prices, long long* sizes, int* digits, int count, int price_decimals, int size_decimals) except -1
    cdef int widest(self, int shift) noexcept
