"""The functions of pools, factories and views that are asked here. Sources: the contracts of
Uniswap v2-core, v3-core and v4-periphery (StateView), read 2026-11-27.
"""

from argosy.dialects.evm.functions import Function

GET_PAIR = Function("getPair(address,address)", "address")
GET_RESERVES = Function("getReserves()", "uint112", "uint112", "uint32")

GET_POOL = Function("getPool(address,address,uint24)", "address")
SLOT0 = Function("slot0()", "uint160", "int24", "uint16", "uint16", "uint16", "uint8", "bool")
LIQUIDITY = Function("liquidity()", "uint128")
GROWTH0 = Function("feeGrowthGlobal0X128()", "uint256")
GROWTH1 = Function("feeGrowthGlobal1X128()", "uint256")
PROTOCOL_FEES = Function("protocolFees()", "uint128", "uint128")
TICK_BITMAP = Function("tickBitmap(int16)", "uint256")
TICKS = Function(
    "ticks(int24)",
    *("uint128", "int128", "uint256", "uint256", "int56", "uint160", "uint32", "bool"),
)

V4_SLOT0 = Function("getSlot0(bytes32)", "uint160", "int24", "uint24", "uint24")
V4_LIQUIDITY = Function("getLiquidity(bytes32)", "uint128")
V4_GROWTHS = Function("getFeeGrowthGlobals(bytes32)", "uint256", "uint256")
V4_TICK_BITMAP = Function("getTickBitmap(bytes32,int16)", "uint256")
V4_TICK_INFO = Function("getTickInfo(bytes32,int24)", "uint128", "int128", "uint256", "uint256")

BALANCE_OF = Function("balanceOf(address)", "uint256")
ALLOWANCE = Function("allowance(address,address)", "uint256")
APPROVE = Function("approve(address,uint256)", "bool")
PERMIT2_ALLOWANCE = Function("allowance(address,address,address)", "uint160", "uint48", "uint48")
