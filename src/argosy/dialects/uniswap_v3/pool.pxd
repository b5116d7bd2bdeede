from argosy.dialects.evm.tuples cimport named
from argosy.dialects.uniswap_v3.growth cimport grown
from argosy.dialects.uniswap_v3.prices cimport taken0, taken1
from argosy.dialects.uniswap_v3.steps cimport protocol_share
from argosy.dialects.uniswap_v3.walk cimport Walk

cdef class ConcentratedPool:
    cdef readonly object spacing
    cdef public object core
    cdef readonly dict ticks
    cdef readonly dict nets
    cdef readonly list order
    cdef object _rules
    cdef bint _as_given
    cdef object _most
    cdef dict _ways
    cdef bint _near
    cdef object _low
    cdef object _high
    cdef object _low_price
    cdef object _high_price
    cdef object _fee0
    cdef object _fee1
    cdef object _nothing
    cpdef object glide(
        self,
        object came0,
        object came1,
        object sqrt_price,
        object liquidity,
        object tick,
        object paying=*,
    )
    cdef object _look_around(self)
    cdef object _become(self, object core, dict changed=*)
