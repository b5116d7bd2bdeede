"""The wrapped staking token, as Lido's wstETH: each is a share of the pool, so balances do not move
with rewards. Without permits.
"""

from argosy.sandbox.evm.own import ONE_WORD, Own
from argosy.sandbox.evm.pieces import (
    ADDRESS,
    BUBBLE,
    TRANSFER,
    allowance,
    call,
    reason,
    slot,
    text,
)

# Storage: 0 owner, 1 supply, 3 balances, 4 allowances.
_BALANCES, _ALLOWANCES = 3, 4
ETHER = 10**18
_NO_OVERFLOW = "DUP1 128 SHR @refuse JUMPI"

# from to amount -> ends the call with true
_MOVE = f"""
    move:
    DUP3 {slot(_BALANCES)} DUP1 SLOAD                  ; from to amount slot have
    DUP3 DUP2 LT @too_much JUMPI
    DUP3 SWAP1 SUB SWAP1 SSTORE                        ; from to amount
    DUP2 {slot(_BALANCES)} DUP1 SLOAD DUP3 ADD SWAP1 SSTORE
    PUSH0 MSTORE SWAP1 {TRANSFER}
    1 {ONE_WORD}
    {reason("too_much", "ERC20: transfer amount exceeds balance")}
    {reason("not_allowed", "ERC20: transfer amount exceeds allowance")}
    {reason("no_wrap", "wstETH: can't wrap zero stETH")}
    {reason("no_unwrap", "wstETH: zero amount unwrap not allowed")}
    bubble: {BUBBLE}"""


def wrapped_staked_ether(token: str) -> Own:
    """The wrapper of the staking token at an address."""

    def to_shares(amount: str) -> str:
        return call(token, "getSharesByPooledEth(uint256)", amount)

    def to_ether(shares: str) -> str:
        return call(token, "getPooledEthByShares(uint256)", shares)

    moved = ("transferFrom(address,address,uint256)", "CALLER", "ADDRESS", "4 CALLDATALOAD")
    pull = call(token, *moved)
    return Own(
        name="WrappedStakedEther",
        functions={
            "name()(string)": text("Wrapped staked ether"),
            "symbol()(string)": text("wstETH"),
            "decimals()(uint8)": f"18 {ONE_WORD}",
            "totalSupply()(uint256)": f"1 SLOAD {ONE_WORD}",
            "stETH()(address)": f"{token} {ONE_WORD}",
            "balanceOf(address)(uint256)": f"4 {ADDRESS} {slot(_BALANCES)} SLOAD {ONE_WORD}",
            "getWstETHByStETH(uint256)(uint256)": f"{to_shares('4 CALLDATALOAD')} {ONE_WORD}",
            "getStETHByWstETH(uint256)(uint256)": f"{to_ether('4 CALLDATALOAD')} {ONE_WORD}",
            "stEthPerToken()(uint256)": f"{to_ether(str(ETHER))} {ONE_WORD}",
            "tokensPerStEth()(uint256)": f"{to_shares(str(ETHER))} {ONE_WORD}",
            "wrap(uint256)(uint256)": f"""
                4 CALLDATALOAD ISZERO @no_wrap JUMPI
                {to_shares("4 CALLDATALOAD")}                       ; shares
                {pull} POP
                DUP1 1 SLOAD ADD 1 SSTORE
                CALLER {slot(_BALANCES)} DUP1 SLOAD DUP3 ADD SWAP1 SSTORE
                DUP1 PUSH0 MSTORE CALLER PUSH0 {TRANSFER}
                {ONE_WORD}""",
            "unwrap(uint256)(uint256)": f"""
                4 CALLDATALOAD DUP1 ISZERO @no_unwrap JUMPI {_NO_OVERFLOW}
                CALLER {slot(_BALANCES)} DUP1 SLOAD                 ; shares slot have
                DUP3 DUP2 LT @too_much JUMPI
                DUP3 SWAP1 SUB SWAP1 SSTORE                         ; shares
                DUP1 1 SLOAD SUB 1 SSTORE
                DUP1 PUSH0 MSTORE PUSH0 CALLER {TRANSFER}
                {to_ether("DUP1")}                                  ; shares ether
                {call(token, "transfer(address,uint256)", "CALLER", "DUP1")} POP
                {ONE_WORD}""",
            "transfer(address,uint256)(bool)": f"CALLER 4 {ADDRESS} 0x24 CALLDATALOAD @move JUMP",
            "approve(address,uint256)(bool)": f"""
                {allowance(_ALLOWANCES, "CALLER", f"4 {ADDRESS}")}
                0x24 CALLDATALOAD SWAP1 SSTORE
                0x24 CALLDATALOAD PUSH0 MSTORE 4 {ADDRESS} CALLER
                !Approval(address,address,uint256) 0x20 PUSH0 LOG3
                1 {ONE_WORD}""",
            "allowance(address,address)(uint256)": (
                f"{allowance(_ALLOWANCES, f'4 {ADDRESS}', f'0x24 {ADDRESS}')} SLOAD {ONE_WORD}"
            ),
            "transferFrom(address,address,uint256)(bool)": f"""
                {allowance(_ALLOWANCES, f"4 {ADDRESS}", "CALLER")} DUP1 SLOAD  ; slot allowed
                DUP1 NOT ISZERO @forever JUMPI
                0x44 CALLDATALOAD DUP1 DUP3 LT @not_allowed JUMPI
                SWAP1 SUB DUP1 DUP3 SSTORE                          ; slot left
                forever: POP POP
                4 {ADDRESS} 0x24 {ADDRESS} 0x44 CALLDATALOAD @move JUMP""",
        },
        events=(
            "Transfer(address indexed,address indexed,uint256)",
            "Approval(address indexed,address indexed,uint256)",
        ),
        rest=_MOVE,
    )
