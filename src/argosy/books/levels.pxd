cdef extern from *:
    """
    #include <string.h>

    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && defined(__GNUC__)
    #define ARGOSY_EIGHT_DIGITS 1
    #else
    #define ARGOSY_EIGHT_DIGITS 0
    #endif
    #if ARGOSY_EIGHT_DIGITS && defined(__SSE2__) /* every x86-64 has it */
    #include <emmintrin.h>
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

    #if ARGOSY_EIGHT_DIGITS && defined(__SSE2__)
    /* Where a byte stands among the 16 at p, a bit each. */
    static inline unsigned argosy_where(__m128i bytes, char byte) {
        return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)));
    }

    /* Where a digit, a quote or a comma stands among the 16 at p, a bit each. */
    static inline unsigned argosy_plain(__m128i bytes) {
        /* '0' to '9' become 118 to 127, all others stand below. */
        __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8(70));
        return (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(moved, _mm_set1_epi8(117)))
            | argosy_where(bytes, '"') | argosy_where(bytes, ',');
    }

    /* The number from `start` to `end`, its point at `point` (`end`: it has none), as an integer of
       `usual` (0 to 8) decimals. At most eight digits before the point and eight after, all beyond
       the usual ones 0. Returns 0 for any other. Nothing here hangs on what the digits are, so
       nothing is there to mispredict. */
    static inline int argosy_scaled(const unsigned char* p, int start, int point, int end, int usual,
                                    long long power, long long* value) {
        const unsigned long long zeros = 0x3030303030303030ULL, carry = 0x7676767676767676ULL;
        int whole = point - start, part = end - point - (point != end);
        unsigned long long x, y;
        if (whole < 1 || whole > 8 || part > 8 || end - point == 1)
            return 0;
        memcpy(&x, p + start, 8);
        memcpy(&y, p + point + 1, 8);
        x = (x ^ zeros) << (8 * (8 - whole));
        y = (y ^ zeros) & ~((~0ULL << (4 * part)) << (4 * part));
        if (((x + carry) | x | (y + carry) | y) & 0x8080808080808080ULL)
            return 0;
        if ((y >> (4 * usual)) >> (4 * usual))
            return 0;
        y = (y << (4 * (8 - usual))) << (4 * (8 - usual));
        *value = argosy_value(x, 8) * power + argosy_value(y, 8);
        return 1;
    }
    #endif

    /* A whole level ["price","size"] at p, with plain values of quotes and digits behind or none, as
       integers of the usual decimals. `left` bytes are there to read. Returns its length, or 0: read
       it another way. */
    static inline int argosy_level(const unsigned char* p, int left, int price_decimals,
                                   int size_decimals, long long price_power, long long size_power,
                                   long long* price, long long* size) {
    #if ARGOSY_EIGHT_DIGITS && defined(__SSE2__)
        unsigned char padded[64];
        unsigned long long quotes, points, ends, tail;
        int a, b, c, first, second, end;
        if (left < 56) { /* nothing is read beyond the frame */
            if (left < 8)
                return 0;
            memset(padded, 0, sizeof padded);
            memcpy(padded, p, left);
            p = padded;
        }
        /* Where the next level begins hangs on the bracket alone: the rest can wait for its loads. */
        __m128i low = _mm_loadu_si128((const __m128i*)p);
        __m128i high = _mm_loadu_si128((const __m128i*)(p + 16));
        __m128i last = _mm_loadu_si128((const __m128i*)(p + 32));
        ends = argosy_where(low, ']') | (unsigned long long)argosy_where(high, ']') << 16
            | (unsigned long long)argosy_where(last, ']') << 32;
        if (ends == 0)
            return 0;
        end = __builtin_ctzll(ends);
        quotes = (argosy_where(low, '"') | (unsigned long long)argosy_where(high, '"') << 16
            | (unsigned long long)argosy_where(last, '"') << 32) & ((1ULL << end) - 1);
        points = argosy_where(low, '.') | argosy_where(high, '.') << 16;
        if (!(quotes & 2))
            return 0;
        quotes &= quotes - 1;
        a = quotes ? __builtin_ctzll(quotes) : 47; /* where the price ends */
        quotes &= quotes - 1;
        b = quotes ? __builtin_ctzll(quotes) : 47; /* where the size begins */
        quotes &= quotes - 1;
        c = quotes ? __builtin_ctzll(quotes) : 47; /* where the size ends */
        quotes &= quotes - 1;
        if (c > 31 || b != a + 2 || p[a + 1] != ',')
            return 0;
        first = __builtin_ctzll(points | 1ULL << a);
        second = __builtin_ctzll((points & (~0ULL << b)) | 1ULL << c);
        if (!argosy_scaled(p, 2, first, a, price_decimals, price_power, price)
            || !argosy_scaled(p, b + 1, second, c, size_decimals, size_power, size))
            return 0;
        c++;
        if (c == end)
            return end + 1;
        if (p[c] != ',' || __builtin_parityll(quotes))
            return 0;
        tail = argosy_plain(low) | (unsigned long long)argosy_plain(high) << 16
            | (unsigned long long)argosy_plain(last) << 32;
        return (~tail & (~0ULL << c) & ((1ULL << end) - 1)) ? 0 : end + 1;
    #else
        (void)p; (void)left; (void)price_decimals; (void)size_decimals;
        (void)price_power; (void)size_power; (void)price; (void)size;
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
    int short_level "argosy_level"(const unsigned char* p, int left, int price_decimals, int size_decimals, long long price_power, long long size_power, long long* price, long long* size) nogil
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
    cdef bint off_usual
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
    cdef int _short_levels(self, const unsigned char* p, int i, int n, int count, bint bids) except -1
    cdef int _level_array(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_object(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_end(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_time(self) except -1
    cdef int _make_room(self) except -1
