cdef long long POWERS[19]

cdef class Numerals:
    cdef long long mantissa
    cdef int decimals
    cdef long long time_ns

    cdef int number(self, const unsigned char* p, int i, int n) except -1
    cdef int _exponent(self, const unsigned char* p, int i, int n) except -1
    cdef int skip(self, const unsigned char* p, int i, int n) except -1
    cdef int string_end(self, const unsigned char* p, int i, int n) except -1
    cdef int time_iso(self, const unsigned char* p, int i, int n) except -1
    cdef int _two(self, const unsigned char* p, int i) except -1
