"""Pools of Uniswap v4 as the actors use them: state by its view, quotes by its quoter, swaps by the
Universal Router, positions by their manager. Decides nothing.
"""

from collections.abc import Callable
from typing import Any

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.layout import Layout, Pool, Token
from argosy.sandbox.evm.link import ChainError
from argosy.sandbox.evm.singleton import (
    KEY,
    MINT,
    NATIVE,
    PERMIT2,
    SETTLE_PAIR,
    SWEEP,
    liquidity_for,
    pool_key,
)

PROTOCOL = "uniswap_v4"
OWN = "ETH"  # the chain's own currency, in pools where WETH would be elsewhere
EXECUTE = "execute(bytes,bytes[],uint256)"
_APPROVE = "approve(address,address,uint160,uint48)"
_SWAP_COMMAND = 0x10  # universal-router, libraries/Commands.sol
_SWAP, _SETTLE_ALL, _TAKE_ALL = 0x06, 0x0C, 0x0F  # v4-periphery, libraries/Actions.sol

Sending = tuple[str, str, int]  # contract, data, ether to send along


class ManagedPools:
    """One chain's v4 pools; none, where it has no v4."""

    def __init__(self, layout: Layout, contract: Callable[[str], Contract]) -> None:
        self.pools = [pool for pool in layout.pools if pool.protocol == PROTOCOL]
        self._layout = layout
        self._contract = contract

    def token(self, symbol: str) -> Token:
        """A token by symbol; the chain's own currency is told as its wrapper."""
        return self._layout.tokens["WETH" if symbol == OWN else symbol]

    def permissions(self) -> list[tuple[str, str, str]]:
        """(symbol, Permit2, data for it): what lets the router and the manager take tokens."""
        if not self.pools:
            return []
        permit2 = self._contract("permit2")
        found = []
        for symbol, token in self._layout.tokens.items():
            for label in ("universal_router", "uniswap_v4.positions"):
                spender = self._contract(label).address
                terms = (token.address, spender, 2**160 - 1, 2**48 - 1)
                found.append((symbol, PERMIT2, permit2.data(_APPROVE, *terms)))
        return found

    def slot0(self, pool: Pool) -> tuple[int, int]:
        """The square root of a pool's price, times 2**96, and its tick."""
        told = self._contract("uniswap_v4.state").call("getSlot0", bytes.fromhex(pool.address[2:]))
        return int(told[0]), int(told[1])

    def liquidity(self, pool: Pool) -> int:
        """What works at the price of now."""
        name = bytes.fromhex(pool.address[2:])
        return int(self._contract("uniswap_v4.state").call("getLiquidity", name))

    def quote(self, pool: Pool, give: str, amount: int) -> int:
        """What a swap would give now; 0 where the pool cannot."""
        asked = (self._key(pool), give == pool.token0, amount, b"")
        try:
            quoter = self._contract("uniswap_v4.quoter")
            return int(quoter.call("quoteExactInputSingle", asked)[0])
        except ChainError:
            return 0

    def swap(self, pool: Pool, give: str, get: str, amount: int, least: int) -> Sending:
        """A swap of an exact amount."""
        terms = (self._key(pool), give == pool.token0, amount, least, b"")
        plan = _plan(
            (_SWAP, [f"({KEY},bool,uint128,uint128,bytes)"], (terms,)),
            (_SETTLE_ALL, ["address", "uint256"], (self._address(give), amount)),
            (_TAKE_ALL, ["address", "uint256"], (self._address(get), least)),
        )
        router = self._contract("universal_router")
        data = router.data(EXECUTE, bytes([_SWAP_COMMAND]), [plan], FOREVER)
        return router.address, data, amount if give == OWN else 0

    def mint(
        self, pool: Pool, lower: int, upper: int, amounts: tuple[int, int], owner: str
    ) -> Sending:
        """A new position."""
        price, _ = self.slot0(pool)
        liquidity = liquidity_for(price, lower, upper, *amounts)
        first, second = self._address(pool.token0), self._address(pool.token1)
        most = tuple(each * 2 for each in amounts)  # they take the price as it comes
        minted = (self._key(pool), lower, upper, liquidity, *most, owner, b"")
        types = [KEY, "int24", "int24", "uint256", "uint128", "uint128", "address", "bytes"]
        plan = _plan(
            (MINT, types, minted),
            (SETTLE_PAIR, ["address", "address"], (first, second)),
            (SWEEP, ["address", "address"], (NATIVE, owner)),
        )
        positions = self._contract("uniswap_v4.positions")
        data = positions.data("modifyLiquidities", plan, FOREVER)
        return positions.address, data, most[0] if pool.token0 == OWN else 0

    def _address(self, symbol: str) -> str:
        return NATIVE if symbol == OWN else self.token(symbol).address

    def _key(self, pool: Pool) -> tuple[str, str, int, int, str]:
        return pool_key(self._address(pool.token0), self._address(pool.token1), pool.fee)


def _plan(*steps: tuple[int, list[str], tuple[Any, ...]]) -> bytes:
    inputs = [abi.encode(types, values) for _, types, values in steps]
    return abi.encode(["bytes", "bytes[]"], [bytes(action for action, *_ in steps), inputs])
