# A named tuple of these items, as its own `__new__` makes one, without looking up what it is.
cdef extern from *:
    """
    static inline PyObject *argosy_named(PyObject *kind, PyObject *items) {
        PyObject *given = PyTuple_Pack(1, items);
        if (given == NULL)
            return NULL;
        PyObject *made = PyTuple_Type.tp_new((PyTypeObject *) kind, given, NULL);
        Py_DECREF(given);
        return made;
    }
    """
    object named "argosy_named"(object kind, object items)
