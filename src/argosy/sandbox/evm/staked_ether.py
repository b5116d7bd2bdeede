"""A staking token like Lido's stETH, whose bytecode no package publishes: holders have shares of a
pool of ether, and balances grow with it. `redeem` pays at once; Lido has only the queue, which here
is `withdrawal_queue`.
"""

from argosy.sandbox.evm.own import ONE_WORD, Own
from argosy.sandbox.evm.pieces import ADDRESS, TRANSFER, allowance, reason, slot, text

# Storage: 0 owner, 1 shares in all, 2 pooled ether, 3 shares by holder, 4 allowances by owner and
# spender. In comments the stack is written with its top at the right.
_SHARES, _ALLOWANCES = 3, 4
_REBASED = "!Rebased(uint256,uint256) 0x40 PUSH0 LOG1"
_TO_SHARES = "1 SLOAD MUL 2 SLOAD SWAP1 DIV"
_TO_ETHER = "2 SLOAD MUL 1 SLOAD SWAP1 DIV"
_NO_OVERFLOW = "DUP1 128 SHR @refuse JUMPI"  # an amount times any number of shares fits


# from to amount -> ends the call with true
_MOVE = f"""
    move: {_NO_OVERFLOW}
    DUP1 {_TO_SHARES}                                  ; from to amount shares
    DUP4 {slot(_SHARES)} DUP1 SLOAD                   ; from to amount shares slot have
    DUP3 DUP2 LT @too_much JUMPI
    DUP3 SWAP1 SUB SWAP1 SSTORE                        ; from to amount shares
    DUP3 {slot(_SHARES)} DUP1 SLOAD DUP3 ADD SWAP1 SSTORE
    POP PUSH0 MSTORE SWAP1 {TRANSFER}
    1 {ONE_WORD}
    {reason("too_much", "BALANCE_EXCEEDED")}
    {reason("not_allowed", "ALLOWANCE_EXCEEDED")}
    {reason("nothing", "ZERO_DEPOSIT")}"""

STAKED_ETHER = Own(
    name="StakedEther",
    functions={
        "name()(string)": text("Staked Ether"),
        "symbol()(string)": text("stETH"),
        "decimals()(uint8)": f"18 {ONE_WORD}",
        "totalSupply()(uint256)": f"2 SLOAD {ONE_WORD}",
        "getTotalPooledEther()(uint256)": f"2 SLOAD {ONE_WORD}",
        "getTotalShares()(uint256)": f"1 SLOAD {ONE_WORD}",
        "sharesOf(address)(uint256)": f"4 {ADDRESS} {slot(_SHARES)} SLOAD {ONE_WORD}",
        "balanceOf(address)(uint256)": (
            f"4 {ADDRESS} {slot(_SHARES)} SLOAD {_TO_ETHER} {ONE_WORD}"
        ),
        "getSharesByPooledEth(uint256)(uint256)": (
            f"4 CALLDATALOAD {_NO_OVERFLOW} {_TO_SHARES} {ONE_WORD}"
        ),
        "getPooledEthByShares(uint256)(uint256)": (
            f"4 CALLDATALOAD {_NO_OVERFLOW} {_TO_ETHER} {ONE_WORD}"
        ),
        "submit(address)(uint256)": f"""
            CALLVALUE ISZERO @nothing JUMPI
            CALLVALUE 1 SLOAD ISZERO @first JUMPI {_TO_SHARES}
            first:                                     ; shares
            DUP1 1 SLOAD ADD 1 SSTORE
            CALLVALUE 2 SLOAD ADD 2 SSTORE
            CALLER {slot(_SHARES)} DUP1 SLOAD DUP3 ADD SWAP1 SSTORE
            CALLVALUE PUSH0 MSTORE CALLER PUSH0 {TRANSFER}
            4 {ADDRESS} 0x20 MSTORE
            CALLER !Submitted(address,uint256,address) 0x40 PUSH0 LOG2
            {ONE_WORD}""",
        "rewards()()": f"""
            2 SLOAD DUP1 CALLVALUE ADD DUP1 2 SSTORE   ; before after
            0x20 MSTORE PUSH0 MSTORE {_REBASED} STOP""",
        "slash(uint256)()": f"""
            PUSH0 SLOAD CALLER XOR @refuse JUMPI
            2 SLOAD DUP1 4 CALLDATALOAD                ; before before amount
            DUP1 DUP3 LT @refuse JUMPI
            SWAP1 SUB DUP1 2 SSTORE                    ; before after
            0x20 MSTORE PUSH0 MSTORE {_REBASED} STOP""",
        "redeem(uint256)()": f"""
            4 CALLDATALOAD {_NO_OVERFLOW}
            DUP1 2 SLOAD LT @refuse JUMPI              ; amount
            DUP1 1 SLOAD MUL 2 SLOAD DUP1 1 SWAP1 SUB DUP3 ADD DIV SWAP1 POP
            CALLER {slot(_SHARES)} DUP1 SLOAD         ; amount shares (rounded up) slot have
            DUP3 DUP2 LT @refuse JUMPI
            DUP3 SWAP1 SUB SWAP1 SSTORE                ; amount shares
            1 SLOAD SUB 1 SSTORE
            DUP1 2 SLOAD SUB 2 SSTORE                  ; amount
            DUP1 PUSH0 MSTORE PUSH0 CALLER {TRANSFER}
            PUSH0 PUSH0 PUSH0 PUSH0 DUP5 CALLER GAS CALL
            ISZERO @refuse JUMPI STOP""",
        "settle(uint256,uint256)()": f"""
            4 CALLDATALOAD 0x24 CALLDATALOAD {_NO_OVERFLOW}
            DUP2 {_NO_OVERFLOW} {_TO_ETHER} DUP2 DUP2 LT @refuse JUMPI POP  ; shares ether
            CALLER {slot(_SHARES)} DUP1 SLOAD          ; shares ether slot have
            DUP4 DUP2 LT @too_much JUMPI
            DUP4 SWAP1 SUB SWAP1 SSTORE                ; shares ether
            DUP2 1 SLOAD SUB 1 SSTORE
            DUP1 2 SLOAD SUB 2 SSTORE
            DUP1 PUSH0 MSTORE PUSH0 CALLER {TRANSFER}
            PUSH0 PUSH0 PUSH0 PUSH0 DUP5 CALLER GAS CALL
            ISZERO @refuse JUMPI STOP""",
        "transfer(address,uint256)(bool)": (f"CALLER 4 {ADDRESS} 0x24 CALLDATALOAD @move JUMP"),
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
            SWAP1 SUB DUP1 DUP3 SSTORE                 ; slot left
            forever: POP POP
            4 {ADDRESS} 0x24 {ADDRESS} 0x44 CALLDATALOAD @move JUMP""",
    },
    payable=frozenset({"submit(address)(uint256)", "rewards()()"}),
    events=(
        "Transfer(address indexed,address indexed,uint256)",
        "Approval(address indexed,address indexed,uint256)",
        "Submitted(address indexed,uint256,address)",
        "Rebased(uint256,uint256)",
    ),
    rest=_MOVE,
)
