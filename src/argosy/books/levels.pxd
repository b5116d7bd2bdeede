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

    #if ARGOSY_EIGHT_DIGITS && defined(__x86_64__)
    #include <smmintrin.h>
    #define ARGOSY_SSE41 1
    #define ARGOSY_VECTOR __attribute__((target("sse4.1")))
    #else
    #define ARGOSY_SSE41 0
    #define ARGOSY_VECTOR
    #endif

    /* Which places the digits of a number come from: for each count of digits and place of the
       point, the sixteen source bytes, so that the last digit ends up last. */
    static unsigned char argosy_places[16][16][16];

    /* Whether this processor has what argosy_pair needs; asked once. */
    static int argosy_vector_ready(void) {
    #if ARGOSY_SSE41
        int digits, point, k;
        for (digits = 1; digits < 16; digits++)
            for (point = 0; point < 16; point++)
                for (k = 0; k < 16; k++) {
                    int digit = k - (16 - digits);
                    argosy_places[digits][point][k] =
                        (unsigned char)(digit < 0 ? 0x80 : digit < point ? digit : digit + 1);
                }
        __builtin_cpu_init();
        return __builtin_cpu_supports("sse4.1") != 0;
    #else
        return 0;
    #endif
    }

    #if ARGOSY_SSE41
    ARGOSY_VECTOR static inline unsigned argosy_which(__m128i bytes, char c) {
        return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
    }

    /* A whole quoted number of at most fifteen characters at p, behind its opening quote: digits,
       and a point among them or none. Gives mantissa and decimals (zeros beyond `usual` ones not
       counted), returns its length, or 0: read it another way. What differs from number to number
       (length, place of the point) is computed, not branched on. */
    ARGOSY_VECTOR static inline int argosy_vector_number(
        const unsigned char* p, int usual, long long* mantissa, int* decimals
    ) {
        __m128i x = _mm_loadu_si128((const __m128i*)p);
        unsigned quote = argosy_which(x, '"'), digit, all;
        int length, point, digits, decimal;
        if (quote == 0)
            return 0;
        length = __builtin_ctz(quote);
        all = (1u << length) - 1;
        point = __builtin_ctz(argosy_which(x, '.') | (1u << length));
        if (point > length)
            point = length;
        digits = length - (point < length);
        decimal = digits - point;
        x = _mm_sub_epi8(x, _mm_set1_epi8('0'));
        digit = (unsigned)_mm_movemask_epi8(
            _mm_cmpeq_epi8(_mm_max_epu8(x, _mm_set1_epi8(9)), _mm_set1_epi8(9)));
        if (point == 0 || ((digit | (1u << point)) & all) != all
            || (point < length && decimal == 0))
            return 0;
        if (usual >= 0 && decimal > usual) {
            unsigned padding = all & ~((2u << (point + usual)) - 1);
            if ((argosy_which(x, 0) & padding) == padding) {
                digits = point + usual;
                decimal = usual;
            }
        }
        x = _mm_shuffle_epi8(
            x, _mm_loadu_si128((const __m128i*)argosy_places[digits][point]));
        x = _mm_maddubs_epi16(
            x, _mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
        x = _mm_madd_epi16(x, _mm_setr_epi16(100, 1, 100, 1, 100, 1, 100, 1));
        x = _mm_packus_epi32(x, x);
        x = _mm_madd_epi16(x, _mm_setr_epi16(10000, 1, 10000, 1, 10000, 1, 10000, 1));
        *mantissa = (long long)(unsigned)_mm_extract_epi32(x, 0) * 100000000LL
            + (long long)(unsigned)_mm_extract_epi32(x, 1);
        *decimals = decimal;
        return length;
    }
    #endif

    /* A whole level ["price","size"] at p, plain values behind them passed over. Gives both numbers
       and their decimals, returns its length, or 0: read it another way. Reads at most 64 bytes. */
    ARGOSY_VECTOR static int argosy_pair(
        const unsigned char* p, int usual_price, int usual_size, long long* price, long long* size,
        int* price_decimals, int* size_decimals
    ) {
    #if ARGOSY_SSE41
        const unsigned char* start = p;
        unsigned end, before;
        __m128i rest;
        int k;
        if (p[1] != '"')
            return 0;
        p += 2;
        k = argosy_vector_number(p, usual_price, price, price_decimals);
        p += k;
        if (k == 0 || p[1] != ',' || p[2] != '"')
            return 0;
        p += 3;
        k = argosy_vector_number(p, usual_size, size, size_decimals);
        if (k == 0)
            return 0;
        p += k + 1;
        if (*p == ']')
            return (int)(p - start) + 1;
        if (*p != ',')
            return 0;
        rest = _mm_loadu_si128((const __m128i*)p);
        end = argosy_which(rest, ']');
        if (end == 0)
            return 0;
        before = (end & (0u - end)) - 1;
        if ((argosy_which(rest, '[') | argosy_which(rest, '{') | argosy_which(rest, 0x5C)) & before)
            return 0;
        if (__builtin_parity(argosy_which(rest, '"') & before))
            return 0;
        return (int)(p - start) + __builtin_ctz(end) + 1;
    #else
        (void)p; (void)usual_price; (void)usual_size; (void)price; (void)size;
        (void)price_decimals; (void)size_decimals;
        return 0;
    #endif
    }

    /* A whole quoted number at p, as above, where the processor can. */
    ARGOSY_VECTOR static int argosy_quoted(
        const unsigned char* p, int usual, long long* mantissa, int* decimals
    ) {
    #if ARGOSY_SSE41
        return argosy_vector_number(p, usual, mantissa, decimals);
    #else
        (void)p; (void)usual; (void)mantissa; (void)decimals;
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
    int vector_ready "argosy_vector_ready"() nogil
    int quoted_number "argosy_quoted"(
        const unsigned char* p, int usual, long long* mantissa, int* decimals) nogil
    int level_pair "argosy_pair"(
        const unsigned char* p, int usual_price, int usual_size, long long* price, long long* size,
        int* price_decimals, int* size_decimals) nogil
    bint digit_padding "argosy_padding"(unsigned long long digits, int k, int end) nogil

cdef long long POWERS[19]
cdef long long LIMITS[19]

cdef class LevelScanner:
    cdef int price_index
    cdef int size_index
    cdef int time_index
    cdef bytes price_key
    cdef bytes size_key
    cdef bint vector
    cdef bint pairs
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
    cdef int _pair(self, const unsigned char* p, int i) noexcept
    cdef int _level_array(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_object(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_end(self, const unsigned char* p, int i, int n) except -1
    cdef int _level_time(self) except -1
    cdef int _make_room(self) except -1
