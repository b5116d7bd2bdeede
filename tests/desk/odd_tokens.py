"""Tokens that are not what they seem, with a pair each at the sandbox's Uniswap v2."""

import msgspec

from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.own import ONE_WORD, Own

# Storage: 0 owner, 1 the pair that a honeypot lets nobody else pay, 3 balances, 4 allowances.
_ADDRESS = "CALLDATALOAD 0x60 SHL 0x60 SHR"
_TRAP = "DUP2 1 SLOAD EQ DUP4 PUSH0 SLOAD XOR ISZERO ISZERO AND @refuse JUMPI"


def _slot(mapping: int) -> str:
    return f"PUSH0 MSTORE {mapping} 0x20 MSTORE 0x40 PUSH0 KECCAK256"


def _allowance(owner: str, spender: str) -> str:
    return f"{owner} {_slot(4)} 0x20 MSTORE {spender} PUSH0 MSTORE 0x40 PUSH0 KECCAK256"


def token(name: str, *, arrives: int = 100, trap: bool = False) -> Own:
    """An ERC-20 of 18 decimals of whose transfers `arrives` per cent arrive."""
    return Own(
        name=name,
        functions={
            "decimals()(uint8)": f"18 {ONE_WORD}",
            "balanceOf(address)(uint256)": f"4 {_ADDRESS} {_slot(3)} SLOAD {ONE_WORD}",
            "mint(uint256)()": f"CALLER {_slot(3)} 4 CALLDATALOAD SWAP1 SSTORE STOP",
            "trap(address)()": f"4 {_ADDRESS} 1 SSTORE STOP",
            "approve(address,uint256)(bool)": f"""
                {_allowance("CALLER", f"4 {_ADDRESS}")} 0x24 CALLDATALOAD SWAP1 SSTORE
                1 {ONE_WORD}""",
            "allowance(address,address)(uint256)": (
                f"{_allowance(f'4 {_ADDRESS}', f'0x24 {_ADDRESS}')} SLOAD {ONE_WORD}"
            ),
            "transfer(address,uint256)(bool)": (
                f"CALLER 4 {_ADDRESS} 0x24 CALLDATALOAD @move JUMP"
            ),
            "transferFrom(address,address,uint256)(bool)": (
                f"4 {_ADDRESS} 0x24 {_ADDRESS} 0x44 CALLDATALOAD @move JUMP"
            ),
        },
        rest=f"""
            move: {_TRAP if trap else ""}
            DUP3 {_slot(3)} DUP1 SLOAD                 ; from to amount slot have
            DUP3 DUP2 LT @refuse JUMPI
            DUP3 SWAP1 SUB SWAP1 SSTORE
            DUP1 {arrives} MUL 100 SWAP1 DIV           ; from to amount arrives
            DUP3 {_slot(3)} DUP1 SLOAD DUP3 ADD SWAP1 SSTORE
            POP PUSH0 MSTORE SWAP1 !Transfer(address,address,uint256) 0x20 PUSH0 LOG3
            1 {ONE_WORD}""",
    )


TOKENS = {
    "GOOD": token("Good"),
    "FEE": token("Fee", arrives=95),
    "HONEY": token("Honey", trap=True),
}


class _Quietly:
    """Sends for the provider on a chain whose blocks somebody else makes."""

    def __init__(self, chain):
        self.link, self.who = chain.link, chain.layout.accounts["provider_a"]

    def __call__(self, contract, function, *arguments, value=0):
        return contract.send(self.who, function, *arguments, value=value, gas=4_000_000)


def deploy_odd(chain) -> dict[str, str]:
    """Deploy them, each with 100,000 in a pair with 100 ether; addresses by symbol."""
    send = _Quietly(chain)
    router = chain.contract("uniswap_v2.router")
    factory = chain.contract("uniswap_v2.factory")
    weth = chain.layout.tokens["WETH"].address
    found = {}
    for symbol, own in TOKENS.items():
        receipt = chain.link.send(send.who, None, "0x" + own.code.hex(), gas=4_000_000)
        made = Contract(chain.link, receipt["contractAddress"], own.abi)
        send(made, "mint", 10**24)
        send(made, "approve", router.address, 10**30)
        arguments = (made.address, 10**23, 0, 0, send.who, FOREVER)
        send(router, "addLiquidityETH", *arguments, value=100 * 10**18)
        if symbol == "HONEY":
            send(made, "trap", factory.call("getPair", made.address, weth))
        found[symbol] = made.address
    return found


def told_with(told, odd: dict[str, str]):
    """What a sandbox tells of its chain, with these tokens among the others."""
    decimals = told.decimals | dict.fromkeys(odd, 18)
    return msgspec.structs.replace(told, tokens=told.tokens | odd, decimals=decimals)
