# 32 bytes from 64 digits; 0 when one is no digit. Without a table or a branch, so that a compiler can
# do many at once.
cdef extern from *:
    """
    static inline int argosy_unhex(const unsigned char *text, unsigned char *into) {
        unsigned char nibbles[64], bad = 0;
        for (int i = 0; i < 64; i++) {
            unsigned char c = text[i];
            unsigned char digit = (unsigned char) (c - 48);
            unsigned char letter = (unsigned char) ((c | 32) - 97);
            unsigned char is_digit = digit < 10 ? 255 : 0;
            unsigned char is_letter = letter < 6 ? 255 : 0;
            bad |= (unsigned char) ~(is_digit | is_letter);
            nibbles[i] = (unsigned char) ((digit & is_digit) | ((letter + 10) & is_letter));
        }
        for (int i = 0; i < 32; i++)
            into[i] = (unsigned char) (nibbles[2 * i] << 4 | nibbles[2 * i + 1]);
        return bad == 0;
    }
    """
    bint unhex "argosy_unhex"(const unsigned char* text, unsigned char* into) noexcept

cdef extern from "Python.h":
    object _PyLong_FromByteArray(const unsigned char* digits, size_t count, int little, int signed)
    ctypedef struct PyObject
    object PyObject_Vectorcall(object callable, PyObject** args, size_t nargsf, object names)
    PyObject** PySequence_Fast_ITEMS(object sequence)

cdef bytes NIBBLES
cdef bytes HEX

cdef const unsigned char* characters(object text, Py_ssize_t length) noexcept
cdef long long small(object text) noexcept
cdef object number_of(object text)
cdef object placed(object log)
cdef long long ordinal(object text) except -1

cdef class Layout:
    cdef readonly str signature
    cdef readonly tuple declared
    cdef object _make
    cdef str _known_topic
    cdef readonly tuple _indexed
    cdef readonly tuple _data
    cdef tuple _names
    cdef bytes _plan
    cdef Py_ssize_t _size
    cdef Py_ssize_t _topics
    cdef Py_ssize_t _words
    cpdef object read(self, object log)
    cdef object _quick(self, object log)

cdef class Events:
    cdef tuple _layouts
    cdef dict _by_topic
    cpdef object read(self, object log)
