cdef object _BELOW_Q96
cdef object _UINT160_MAX
cdef object _UINT256_MAX

cdef object amount0_up(object low, object high, object liquidity)
cdef object amount0_down(object low, object high, object liquidity)
cdef object amount1_up(object low, object high, object liquidity)
cdef object amount1_down(object low, object high, object liquidity)
cpdef object taken0(object before, object after, object liquidity, object amount, object out)
cpdef object taken1(object before, object after, object liquidity, object amount, object out)
cdef object after_input(object price, object liquidity, object amount, bint zero_for_one)
cdef object _after_amount0(object price, object liquidity, object amount)
