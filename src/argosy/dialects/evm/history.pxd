cdef class History:
    cdef object _entries
    cdef Py_ssize_t _most
    cdef set _undone
    cdef long long _number
    cdef long long _index
    cdef long long _coming_number
    cdef long long _coming_index
    cdef tuple _forgotten
    cpdef bint is_news(self, object log) except -1
    cdef bint _look(self, object log) except -1
    cpdef int record(self, object log, object undo) except -1
