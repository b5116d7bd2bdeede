cdef extern from *:
    """
    #include <string.h>

    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && defined(__GNUC__)
    #define ARGOSY_EIGHT_DIGITS 1
    #else
    #define ARGOSY_EIGHT_DIGITS 0
    #endif

    /* Digits at the start of the eight bytes at p: how many, and in *digits their values, one a
       byte. One load and no loop: their number is what a branch predictor cannot know. */
    static inline int argosy_run(const unsigned char* p, unsigned long long* digits) {
    #if ARGOSY_EIGHT_DIGITS
        unsigned long long x, other;
        memcpy(&x, p, 8);
        x ^= 0x3030303030303030ULL;
        other = ((x + 0x7676767676767676ULL) | x) & 0x8080808080808080ULL;
        *digits = x;
        return other ? __builtin_ctzll(other) >> 3 : 8;
    #else
        int k = 0;
        *digits = 0;
        while (k < 8 && p[k] >= '0' && p[k] <= '9') {
            *digits |= (unsigned long long)(p[k] - '0') << (8 * k);
            k++;
        }
        return k;
    #endif
    }

    /* The number that the first k (1 to 8) of those digits make. */
    static inline long long argosy_value(unsigned long long digits, int k) {
        digits <<= 8 * (8 - k);
        digits = digits * 10 + (digits >> 8);
        return (long long)((((digits & 0x000000FF000000FFULL) * 0x000F424000000064ULL)
            + (((digits >> 16) & 0x000000FF000000FFULL) * 0x0000271000000001ULL)) >> 32);
    }

    /* A whole quoted number of at most seven characters in one load: digits, and a point among them
       or none. Gives its mantissa and decimals, returns its length, or 0: read it another way. */
    static inline int argosy_short(const unsigned char* p, long long* mantissa, int* decimals) {
    #if ARGOSY_EIGHT_DIGITS
        const unsigned long long ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
        unsigned long long x, other, keep, low;
        int length, point;
        memcpy(&x, p, 8);
        other = x ^ 0x2222222222222222ULL; /* the closing quote */
        other = (other - ones) & ~other & highs;
        if (other == 0)
            return 0;
        length = __builtin_ctzll(other) >> 3;
        if (length == 0)
            return 0;
        keep = ~0ULL >> (64 - 8 * length);
        other = x ^ 0x2E2E2E2E2E2E2E2EULL; /* the point */
        other = (other - ones) & ~other & highs & keep;
        *decimals = 0;
        int digits = length;
        if (other) {
            point = __builtin_ctzll(other) >> 3;
            if (point == 0 || point == length - 1)
                return 0;
            low = ~0ULL >> (64 - 8 * point);
            x = (x & low) | ((x >> 8) & ~low);
            digits = length - 1;
            *decimals = digits - point;
            keep >>= 8;
        }
        x ^= 0x3030303030303030ULL;
        if (((x + 0x7676767676767676ULL) | x) & highs & keep)
            return 0;
        *mantissa = argosy_value(x, digits);
        return length;
    #else
        (void)p; (void)mantissa; (void)decimals;
        return 0;
    #endif
    }

    /* Whether the digits from the k-th to before the end-th are all 0. */
    static inline int argosy_padding(unsigned long long digits, int k, int end) {
        return k >= end || ((digits >> (8 * k)) << (8 * (8 - (end - k)))) == 0;
    }
    """
    int digit_run "argosy_run"(const unsigned char* p, unsigned long long* digits) nogil
    long long digit_value "argosy_value"(unsigned long long digits, int k) nogil
    int short_number "argosy_short"(const unsigned char* p, long long* mantissa, int* decimals) nogil
    bint digit_padding "argosy_padding"(unsigned long long digits, int k, int end) nogil

cdef long long POWERS[19]
cdef long long LIMITS[19]

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
    cdef int _quick(self, const unsigned char* p, int i, int usual, bint quoted) noexcept
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
