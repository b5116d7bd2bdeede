from argosy.dialects.evm.tuples cimport named
from argosy.dialects.uniswap_v3.prices cimport (
    after_input,
    amount0_down,
    amount0_up,
    amount1_down,
    amount1_up,
)

cpdef object whole_step(object price, object target, object liquidity, object fee)
cpdef object fee_on(object amount_in, object fee)
cpdef object protocol_share(object amount_in, object paid, object share, object fee, object rules)
cdef object step_of(
    object price,
    object target,
    object liquidity,
    object remaining,
    object fee,
    bint exact_in,
    object rules,
)
cdef object _in(object price, object after, object liquidity, bint down)
cdef object _out(object price, object after, object liquidity, bint down)
