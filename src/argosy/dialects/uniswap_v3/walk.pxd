from argosy.dialects.evm.tuples cimport named
from argosy.dialects.uniswap_v3.steps cimport step_of, whole_step

cdef class Walk:
    cdef readonly bint zero_for_one
    cdef public list edges
    cdef public list ins
    cdef public list outs
    cdef public bint ended
    cdef readonly object fee
    cdef object _at
    cdef object _crossed
    cdef Py_ssize_t _index
    cdef object _liquidity
    cdef object _nets
    cdef object _price
    cdef object _start
    cdef object _sum_in
    cdef object _sum_out
    cdef object _rules
    cdef object _spacing
    cdef list _ticks
    cpdef object take_of(self, object amount, bint exact_in, object limit)
    cpdef object other(self, object amount, bint exact_in)
    cpdef bint extend(self) except -1
    cdef object _cut(self, object edge, object amount, bint exact_in, object bound)
    cdef object _checked(self, object limit)
    cdef Py_ssize_t _reach(self, object amount, list sums, object limit) except -1
    cdef bint _is_past(self, object price, object limit) except -1
    cdef Py_ssize_t _first_past(self, object limit) except -1
    cdef object _nearer(self, object target, object limit)
    cdef object _next_tick(self, bint there)
    cdef object _beyond(self, object edge)
    cdef object _run_out(self, Py_ssize_t at, object limit)
