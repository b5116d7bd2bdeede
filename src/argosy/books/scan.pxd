from argosy.books.levels cimport LevelScanner

cdef class FrameScanner(LevelScanner):
    cdef readonly object form
    cdef bint symbol_last
    cdef object snapshot_words
    cdef bytes last_word
    cdef int last_word_length
    cdef bint last_word_snapshot
    cdef int key_count
    cdef bytes key_text
    cdef int key_at[24]
    cdef int key_length[24]
    cdef int key_role[24]
    cdef unsigned int seen
    cdef int symbol_at
    cdef int symbol_length
    cdef bint snapshot
    cdef long long sequence
    cdef long long previous
    cdef long long first
    cdef long long checksum_said
    cdef int scan(self, const unsigned char* p, int n) except -1
    cdef int named(self, const unsigned char* p) except -1
    cdef int _role(self, const unsigned char* p, int at, int length) noexcept
    cdef bint _is_snapshot(self, const unsigned char* p, int at, int length) except -1
    cdef int _value(self, const unsigned char* p, int i, int n, int role) except -1
    cdef int scale(self, int price_decimals, int size_decimals) except -1
    cdef int _scale_side(self, long long* prices, long long* sizes, int* digits, int count, int price_decimals, int size_decimals) except -1
    cdef int widest(self, int shift) noexcept
