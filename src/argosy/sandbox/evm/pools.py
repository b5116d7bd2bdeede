"""What actors trade with: reads pools, quotes and sends swaps in the routers' own calls. Decides
nothing.
"""

from math import isqrt
from typing import Any

import msgspec

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.layout import Pool, Token
from argosy.sandbox.evm.link import ChainError
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.singleton import PERMIT2
from argosy.sandbox.evm.v4_pools import ManagedPools

_CEILING = 200 * 10**9  # wei; above any base fee here, so that tips alone tell the order
_SWAP_GAS, _MINT_GAS = 400_000, 900_000
GWEI = 10**9
_APPROVE = "approve(address,uint256)"


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap that waits in the pool of transactions, read back from its data."""

    sender: str
    pool: Pool
    give: str  # symbols
    get: str
    amount: int
    least: int
    tip: int


def v2_out(amount: int, reserve_in: int, reserve_out: int) -> int:
    """What a pair of the v2 family gives, to the unit."""
    paid = amount * 997
    return paid * reserve_out // (reserve_in * 1_000 + paid)


def v2_arbitrage(reserve_in: int, reserve_out: int, fair_in: int, fair_out: int) -> int:
    """How much to give a pair of the v2 family for the most profit, where `fair_in` units of the
    one token are worth `fair_out` of the other; 0 where there is none.
    """
    best = isqrt(997 * 1_000 * reserve_in * reserve_out * fair_in // fair_out)
    return max(0, (best - 1_000 * reserve_in) // 997)


class Pools:
    """One chain's pools, for all its actors."""

    def __init__(self, chain: EvmChain) -> None:
        self.chain = chain
        self.layout = chain.layout
        self.sent: dict[str, str] = {}  # transaction -> its kind
        self.v2 = [p for p in self.layout.pools if p.protocol in {"uniswap_v2", "sushi_v2"}]
        self.v3 = [p for p in self.layout.pools if p.protocol in {"uniswap_v3", "sushi_v3"}]
        self._contracts: dict[str, Contract] = {}
        self.managed = ManagedPools(self.layout, self.contract)
        self.v4 = self.managed.pools
        self._tips = 0

    def begin(self) -> None:
        """A new block: tips begin anew."""
        self._tips = 0

    def account(self, role: str) -> str:
        """A role's address."""
        return self.layout.accounts[role]

    def token(self, symbol: str) -> Token:
        """A token by symbol."""
        return self.managed.token(symbol)

    def contract(self, label: str) -> Contract:
        """A contract by label, looked up once."""
        if label not in self._contracts:
            self._contracts[label] = self.chain.contract(label)
        return self._contracts[label]

    def router(self, protocol: str) -> Contract:
        """The router of a protocol."""
        return self.contract(f"{protocol}.router")

    # --- reading ----------------------------------------------------------------------------------

    def reserves(self, pool: Pool, give: str) -> tuple[int, int]:
        """A v2 pair's reserves: of what is given, of what is got."""
        first, second, _ = self.contract(f"pool.{pool.label}").call("getReserves")
        return (first, second) if give == pool.token0 else (second, first)

    def price_x96(self, pool: Pool) -> int:
        """The square root of the price of a v3 or v4 pool, times 2**96."""
        if pool in self.v4:
            return self.managed.slot0(pool)[0]
        return int(self.contract(f"pool.{pool.label}").call("slot0")[0])

    def tick(self, pool: Pool) -> int:
        """The tick of a v3 or v4 pool."""
        if pool in self.v4:
            return self.managed.slot0(pool)[1]
        return int(self.contract(f"pool.{pool.label}").call("slot0")[1])

    def quote(self, pool: Pool, give: str, get: str, amount: int) -> int:
        """What a swap would give now; 0 where the pool cannot."""
        if pool in self.v2:
            return v2_out(amount, *self.reserves(pool, give))
        if pool in self.v4:
            return self.managed.quote(pool, give, amount)
        pair = (self.token(give).address, self.token(get).address)
        quoter = self.contract(f"{pool.protocol}.quoter")
        try:
            return int(quoter.call("quoteExactInputSingle", (*pair, amount, pool.fee, 0))[0])
        except ChainError:
            return 0

    def waiting(self) -> list[Swap]:
        """The swaps of v2 routers that wait, as anybody can see them."""
        routers = {self.router(p.protocol).address: p.protocol for p in self.v2}
        found = []
        content = self.chain.link.call("txpool_content")["pending"]
        for sender in sorted(content):
            for each in content[sender].values():
                protocol = routers.get((each.get("to") or "").lower())
                if protocol is not None and (swap := self._read(protocol, each)) is not None:
                    found.append(swap)
        return sorted(found, key=lambda swap: -swap.tip)

    def _read(self, protocol: str, told: dict[str, Any]) -> Swap | None:
        entry = abi.find(self.router(protocol).abi, "function", "swapExactTokensForTokens")
        data = bytes.fromhex(told["input"][2:])
        if data[:4] != abi.selector(abi.signature_of(entry)):
            return None
        types = [abi.type_of(part) for part in entry["inputs"]]
        try:
            amount, least, path, *_ = abi.decode(types, data[4:])
        except abi.ERRORS:
            return None  # anybody may send anything
        symbols = {token.address: symbol for symbol, token in self.layout.tokens.items()}
        if len(path) != 2 or not set(path) <= set(symbols):
            return None
        give, get = (symbols[address] for address in path)
        return Swap(
            sender=told["from"].lower(),
            pool=self.layout.pool(protocol, give, get),
            give=give,
            get=get,
            amount=amount,
            least=least,
            tip=int(told.get("maxPriorityFeePerGas") or told["gasPrice"], 16),
        )

    # --- sending ----------------------------------------------------------------------------------

    def next_tip(self) -> int:
        """A tip below all before it in this block: who comes first is served first."""
        self._tips += 1
        return 3 * GWEI - self._tips * GWEI // 1_000

    def submit(
        self,
        role: str,
        kind: str,
        to: str,
        data: str,
        *,
        value: int = 0,
        tip: int | None = None,
        gas: int = 0,
    ) -> str:
        """Send without waiting; the order of tips is the order in the block."""
        paid = self.next_tip() if tip is None else tip
        sent: str = self.chain.link.call(
            "eth_sendTransaction",
            {
                "from": self.account(role),
                "to": to,
                "data": data,
                "value": hex(value),
                "gas": hex(gas or _SWAP_GAS),
                "maxPriorityFeePerGas": hex(paid),
                "maxFeePerGas": hex(_CEILING + paid),
            },
        )
        self.sent[sent] = kind
        return sent

    def approve(self, role: str, spender: str) -> None:
        """Let a contract take any amount of any token."""
        for symbol in self.layout.tokens:
            token = self.contract(f"token.{symbol}")
            data = token.data(_APPROVE, spender, FOREVER)
            self.submit(role, "approve", token.address, data, gas=80_000)

    def permit(self, role: str) -> None:
        """Let the contracts of v4 take any amount of any token, through Permit2."""
        permissions = self.managed.permissions()
        if permissions:
            self.approve(role, PERMIT2)
        for _, contract, data in permissions:
            self.submit(role, "approve", contract, data, gas=80_000)

    def swap(
        self,
        role: str,
        kind: str,
        pool: Pool,
        give: str,
        get: str,
        *,
        amount: int,
        least: int,
        limit: int = 0,
        tip: int | None = None,
    ) -> str:
        """Send a swap of an exact amount; `limit`: a v3 pool stops at this square root price."""
        if pool in self.v4:
            to, data, value = self.managed.swap(pool, give, get, amount, least)
            return self.submit(role, kind, to, data, value=value, tip=tip)
        router, me = self.router(pool.protocol), self.account(role)
        path = [self.token(give).address, self.token(get).address]
        if pool in self.v2:
            name = "swapExactTokensForTokens"
            data = router.data(name, amount, least, path, me, FOREVER)
        else:
            terms = (*path, pool.fee, me, FOREVER, amount, least, limit)
            data = router.data("exactInputSingle", terms)
        return self.submit(role, kind, router.address, data, tip=tip)

    def mint(self, role: str, pool: Pool, lower: int, upper: int, amounts: tuple[int, int]) -> str:
        """Send a new position of a v3 or v4 pool."""
        if pool in self.v4:
            to, data, value = self.managed.mint(pool, lower, upper, amounts, self.account(role))
            return self.submit(role, "mint", to, data, value=value, gas=_MINT_GAS)
        positions, me = self.contract(f"{pool.protocol}.positions"), self.account(role)
        pair = (self.token(pool.token0).address, self.token(pool.token1).address)
        terms = (*pair, pool.fee, lower, upper, *amounts, 0, 0, me, FOREVER)
        data = positions.data("mint", terms)
        return self.submit(role, "mint", positions.address, data, gas=_MINT_GAS)
