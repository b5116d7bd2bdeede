cimport cython

cdef extern from *:
    """
    /* How many of 64 sorted keys are below `key`: every eighth, then the eight there. Fifteen
       loads that wait for nothing, where a binary search is a chain of six. */
    static inline int argosy_rank(const long long* keys, long long key) {
        int at = 8 * ((keys[7] < key) + (keys[15] < key) + (keys[23] < key) + (keys[31] < key)
            + (keys[39] < key) + (keys[47] < key) + (keys[55] < key));
        keys += at;
        return at + (keys[0] < key) + (keys[1] < key) + (keys[2] < key) + (keys[3] < key)
            + (keys[4] < key) + (keys[5] < key) + (keys[6] < key) + (keys[7] < key);
    }
    """
    int rank_of "argosy_rank"(const long long* keys, long long key) nogil

@cython.final
cdef class Ladder:
    cdef readonly int sign
    cdef readonly int count
    cdef bint top_changed
    cdef int block
    cdef int blocks
    cdef int capacity
    cdef int hint
    cdef int at
    cdef int free_count
    cdef object stores
    cdef long long* keys
    cdef long long* sizes
    cdef long long* last
    cdef int* order
    cdef int* counts
    cdef int* free

    cdef bint _find(self, long long key) noexcept
    cdef int put_many(self, long long* prices, long long* sizes, int count) except -1
    cdef int _touch(self) noexcept
    cdef int put(self, long long key, long long size) except -1
    cdef int _insert(self, long long key, long long size) except -1
    cdef int _open_block(self, int at) except -1
    cdef int _split(self, int at) except -1
    cdef int _remove(self) noexcept
    cdef int _close_block(self, int at) noexcept
    cdef int _merge(self, int at) noexcept
    cdef int _grow(self, int capacity) except -1
    cdef int drop_worst(self, int limit) noexcept
    cdef int wipe(self) noexcept
