cdef long long POWERS[19]

cdef class LevelScanner:
    cdef int price_index
    cdef int size_index
    cdef int time_index
    cdef bytes price_key
    cdef bytes size_key
    # the number, and the level, being read
    cdef long long mantissa
    cdef int decimals
    cdef long long time_ns
    cdef int usual_price_decimals
    cdef int usual_size_decimals
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

    cdef int number(self, const unsigned char* p, int i, int n, int usual) except -1
    cdef int _exponent(self, const unsigned char* p, int i, int n) except -1
    cdef int skip(self, const unsigned char* p, int i, int n) except -1
    cdef int string_end(self, const unsigned char* p, int i, int n) except -1
    cdef int time_iso(self, const unsigned char* p, int i, int n) except -1
    cdef int _two(self, const unsigned char* p, int i) except -1
    cdef int levels(self, const unsigned char* p, int i, int n, bint bids) except -1
    cdef int _level_array(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_object(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_end(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_time(self) except -1
    cdef int _make_room(self) except -1
    cdef int scale(self, int price_decimals, int size_decimals) except -1
    cdef int _scale_side(self, long long* prices, long long* sizes, int* digits, int count, int price_decimals, int size_decimals) except -1
    cdef int widest(self, int shift) noexcept
