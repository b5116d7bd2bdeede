from argosy.books.ladder cimport Ladder

cdef extern from *:
    """
    #include <string.h>

    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && defined(__GNUC__)
    #define ARGOSY_LITTLE 1
    #else
    #define ARGOSY_LITTLE 0
    #endif

    static unsigned argosy_crc_table[8][256];

    static void argosy_crc_fill(void) {
        unsigned i, k, c;
        for (i = 0; i < 256; i++) {
            c = i;
            for (k = 0; k < 8; k++)
                c = c & 1 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
            argosy_crc_table[0][i] = c;
        }
        for (i = 0; i < 256; i++)
            for (k = 1; k < 8; k++) {
                c = argosy_crc_table[k - 1][i];
                argosy_crc_table[k][i] = argosy_crc_table[0][c & 255] ^ (c >> 8);
            }
    }

    /* CRC-32 as zlib's, going on from the sum `start` of what came before: eight bytes at once, for
       texts too short to pay for a call. */
    static unsigned argosy_crc(unsigned start, const unsigned char* text, int length) {
        unsigned c = ~start;
    #if ARGOSY_LITTLE
        while (length >= 8) {
            unsigned long long x;
            memcpy(&x, text, 8);
            x ^= c;
            c = argosy_crc_table[7][x & 255] ^ argosy_crc_table[6][x >> 8 & 255]
                ^ argosy_crc_table[5][x >> 16 & 255] ^ argosy_crc_table[4][x >> 24 & 255]
                ^ argosy_crc_table[3][x >> 32 & 255] ^ argosy_crc_table[2][x >> 40 & 255]
                ^ argosy_crc_table[1][x >> 48 & 255] ^ argosy_crc_table[0][x >> 56];
            text += 8;
            length -= 8;
        }
    #endif
        while (length-- > 0)
            c = argosy_crc_table[0][(c ^ *text++) & 255] ^ (c >> 8);
        return ~c;
    }

    #if ARGOSY_LITTLE
    /* The eight digits of a number below 10^8, one a byte, the first one lowest. */
    static inline unsigned long long argosy_eight(unsigned value) {
        unsigned long long x = value / 10000 | (unsigned long long)(value % 10000) << 32, high;
        high = (x * 10486 >> 20) & 0x0000007F0000007FULL; /* of four digits, the first two */
        x = high | (x - high * 100) << 16;
        high = (x * 103 >> 10) & 0x000F000F000F000FULL; /* of two, the first */
        return high | (x - high * 10) << 8;
    }
    #endif

    /* Write the digits of a number from 0 on; returns how many. Up to eight bytes more are used. */
    static int argosy_digits(unsigned char* text, long long value) {
    #if ARGOSY_LITTLE
        const unsigned long long zeros = 0x3030303030303030ULL;
        unsigned long long x;
        int length = 0, skipped;
        if (value >= 100000000) {
            length = argosy_digits(text, value / 100000000);
            x = argosy_eight((unsigned)(value % 100000000)) | zeros;
            memcpy(text + length, &x, 8);
            return length + 8;
        }
        x = argosy_eight((unsigned)value);
        skipped = x ? __builtin_ctzll(x) >> 3 : 7;
        x = (x | zeros) >> (8 * skipped);
        memcpy(text, &x, 8);
        return 8 - skipped;
    #else
        unsigned char backwards[20];
        int n = 0, k;
        do {
            backwards[n++] = (unsigned char)('0' + value % 10);
            value /= 10;
        } while (value);
        for (k = 0; k < n; k++)
            text[k] = backwards[n - 1 - k];
        return n;
    #endif
    }

    /* Write a number from 0 on of 1 to 8 decimals, `power` ten to that, without padding zeros;
       returns how long it is, or 0: write it another way. */
    static inline int argosy_plain_text(unsigned char* text, long long value, long long power) {
    #if ARGOSY_LITTLE
        const unsigned long long zeros = 0x3030303030303030ULL;
        unsigned long long x;
        int length = argosy_digits(text, value / power);
        unsigned part = (unsigned)(value % power);
        if (part == 0)
            return length;
        x = argosy_eight((unsigned)(part * (100000000ULL / (unsigned long long)power)));
        text[length++] = '.';
        part = 8 - (__builtin_clzll(x) >> 3);
        x |= zeros;
        memcpy(text + length, &x, 8);
        return length + (int)part;
    #else
        (void)text; (void)value; (void)power;
        return 0;
    #endif
    }
    """
    void crc_fill "argosy_crc_fill"() nogil
    unsigned int crc_of "argosy_crc"(unsigned int start, const unsigned char* text, int length) nogil
    int digits_text "argosy_digits"(unsigned char* text, long long value) nogil
    int plain_text "argosy_plain_text"(unsigned char* text, long long value, long long power) nogil

cdef int _digits(unsigned char* text, int at, long long value) noexcept
cdef int _plain(unsigned char* text, int at, long long value, int decimals) noexcept
cdef int _kraken_side(unsigned char* text, int at, Ladder side) noexcept
cpdef long long kraken(Ladder bids, Ladder asks)
cpdef long long okx(Ladder bids, Ladder asks, int price_decimals, int size_decimals)

cdef class KrakenSum:
    cdef unsigned char bids_text[1024]
    cdef int bids_length
    cdef unsigned int asks_sum
    cdef long long value

    cdef long long of(self, Ladder bids, Ladder asks) except -1
