cimport cython
from argosy.execution.routing.curves cimport Curves
from argosy.execution.routing.relaxed cimport Relaxed

@cython.final
cdef class Search:
    cdef Relaxed node
    cdef readonly int nodes_max
    cdef double tolerance
    cdef double step
    cdef readonly int nodes
    cdef int depth
    cdef int depth_room
    cdef int record
    cdef readonly double best_value
    cdef readonly double best_missing
    cdef double leaf_bound
    cdef double open_bound
    cdef readonly double root_value
    cdef readonly object found
    cdef object tried
    cdef object deep
    cdef double* best
    cdef double* y
    cdef double* stack

    cdef bint _hopeless(self) noexcept
    cdef int _offer(self, double* x) noexcept
    cdef int _single(self, int i) noexcept
    cdef double _afford(self, int i, double had, double money) noexcept
    cdef int _branch(self) except -1
    cdef int _child(self, int i, bint inside, double value, double missing) except -1
    cdef int _off_grid(self) noexcept
    cdef int _round(self) noexcept
    cdef double _top_up(self, int i, double left) noexcept
    cdef int _deepen(self, int depth) except -1
    cdef int _push(self, double value, double missing) except -1
    cdef int _pop(self) noexcept
