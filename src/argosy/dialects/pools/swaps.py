"""Orders as swaps at pools: exact figures from the pool's state now, bounds from the order, and
what a mined swap came to. Signs and sends nothing.
"""

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

import msgspec

from argosy.books.book import VenueBook
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.evm.logs import log_of
from argosy.dialects.pools import functions as f
from argosy.dialects.pools.board import Board
from argosy.dialects.pools.exchange import PERMIT2, Exchange, Family, PoolSpec, is_native
from argosy.dialects.pools.router import (
    SignedPermit,
    SwapTerms,
    router_of,
    swap_call,
)
from argosy.dialects.pools.trades import swapped
from argosy.dialects.uniswap_v2.events import PAIR_EVENTS
from argosy.dialects.uniswap_v3.events import POOL_EVENTS
from argosy.dialects.uniswap_v4.events import MANAGER_EVENTS
from argosy.errors import ArgosyError, InvalidOrder, Unsupported, WireError
from argosy.model import (
    Balance,
    ContractCall,
    Instrument,
    InstrumentId,
    Log,
    Nanos,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from argosy.model.money import ZERO
from argosy.ports import Reading

FOREVER = (1 << 256) - 1
# What a swap uses at most, approvals apart: measured on the published contracts, 2026-11-27, with
# room for ticks that are crossed.
GAS = {Family.V2: 190_000, Family.V3: 220_000, Family.V4: 240_000}
_DIGITS = Context(prec=24)


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a swap, at the pool's state of a block. Decimals in base and quote units."""

    terms: SwapTerms
    size: Decimal
    value: Decimal  # what it comes to if nothing moves, the pool's fee included
    bound: Decimal  # the worst that is accepted for it
    block: int

    @property
    def words(self) -> str:
        """For people."""
        spec = self.terms.spec
        base, quote = spec.base_token.currency, spec.quote_token.currency
        buys = self.terms.zero_for_one != (spec.base == 0)
        if buys:
            return f"buy {self.size} {base} at {spec.instrument} for at most {self.bound} {quote}"
        return f"sell {self.size} {base} at {spec.instrument} for at least {self.bound} {quote}"


class Nothing(Exception):  # an outcome, not an error
    """An order takes nothing now: what is there is worse than its limit."""


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What contracts may take of a token of ours now."""

    token: int  # what the token lets the router, or Permit2, take
    permit: int = 0  # what Permit2 lets the router take
    expires_s: int = 0
    nonce: int = 0


class PermitWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A permission to be signed (EIP-712, Permit2's PermitSingle)."""

    chain_id: int
    token: str
    amount: int
    expires_s: int
    nonce: int
    spender: str
    deadline_s: int

    def typed(self) -> dict[str, Any]:
        """As eth_signTypedData takes it."""
        word = {
            "EIP712Domain": (
                ("name", "string"),
                ("chainId", "uint256"),
                ("verifyingContract", "address"),
            ),
            "PermitDetails": (
                ("token", "address"),
                ("amount", "uint160"),
                ("expiration", "uint48"),
                ("nonce", "uint48"),
            ),
            "PermitSingle": (
                ("details", "PermitDetails"),
                ("spender", "address"),
                ("sigDeadline", "uint256"),
            ),
        }
        return {
            "types": {
                name: [{"name": part, "type": kind} for part, kind in parts]
                for name, parts in word.items()
            },
            "primaryType": "PermitSingle",
            "domain": {"name": "Permit2", "chainId": self.chain_id, "verifyingContract": PERMIT2},
            "message": {
                "details": {
                    "token": self.token,
                    "amount": self.amount,
                    "expiration": self.expires_s,
                    "nonce": self.nonce,
                },
                "spender": self.spender,
                "sigDeadline": self.deadline_s,
            },
        }

    def signed(self, signature: bytes) -> SignedPermit:
        """With its signature."""
        return SignedPermit(
            token=self.token,
            amount=self.amount,
            expires_s=self.expires_s,
            nonce=self.nonce,
            spender=self.spender,
            deadline_s=self.deadline_s,
            signature=signature,
        )


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    """What a mined swap came to at its pool: one fill."""

    size: Decimal
    value: Decimal
    log_index: int

    @property
    def price(self) -> Decimal:
        """Quote per base, to 24 digits."""
        return _DIGITS.divide(self.value, self.size)


class Swaps:
    """An exchange's swaps, priced by the board's pools."""

    def __init__(self, board: Board) -> None:
        self._board = board

    @property
    def exchange(self) -> Exchange:
        """The contracts that are meant."""
        return self._board.exchange

    def about(self, instrument: InstrumentId) -> Instrument:
        """How a pool is traded."""
        return self._board.instruments[instrument]

    # --- pricing ----------------------------------------------------------------------------------

    def quote(self, order: PlaceOrder, *, owner: str, deadline_s: int, slippage: Decimal) -> Quoted:
        """An order as a swap, at the pool as it is now.

        A market order accepts `slippage` (a fraction) beyond what the pool asks now; a limit order
        nothing beyond its price. Immediate-or-cancel takes what its limit reaches of the ladder.

        Raises:
            Nothing: the limit reaches nothing, or not all of a fill-or-kill.
            InvalidOrder: a size that the pool cannot trade.
            Unsupported: an order that is no swap, or a pool that is not followed.
        """
        live = self._board.pool(order.instrument)
        spec, about = live.spec, self._board.instruments[order.instrument]
        _check(order)
        assert order.size is not None
        if order.size % about.size_increment:
            raise InvalidOrder(f"size {order.size} is no multiple of {about.size_increment}")
        buy = order.side is Side.BUY
        size = order.size
        if order.type is OrderType.LIMIT and order.time_in_force is TimeInForce.IOC:
            size = _reached(order, self._board.books[order.instrument])
            if size < (about.min_size or ZERO):
                raise Nothing(f"{order.instrument} has nothing at {order.price} or better now")
        raw = int(size.scaleb(spec.base_token.decimals))
        value = live.side(buy=buy).value(raw)
        if not value:
            raise InvalidOrder(f"{order.instrument} has no {size} {spec.base_token.currency}")
        bound = self._bound(order, size, value, slippage, spec)
        if (value > bound) if buy else (value < bound):
            told = Decimal(value).scaleb(-spec.quote_token.decimals) / size
            raise Nothing(f"{size} at {order.instrument} is {told:.8g} now, beyond {order.price}")
        digits = -spec.quote_token.decimals
        return Quoted(
            terms=SwapTerms(
                spec=spec,
                zero_for_one=(spec.base == 0) != buy,
                exact_in=not buy,
                amount=raw,
                bound=bound,
                owner=owner,
                deadline_s=deadline_s,
            ),
            size=size,
            value=Decimal(value).scaleb(digits),
            bound=Decimal(bound).scaleb(digits),
            block=live.block,
        )

    @staticmethod
    def _bound(
        order: PlaceOrder, size: Decimal, value: int, slippage: Decimal, spec: PoolSpec
    ) -> int:
        """The worst quote amount that is accepted, in smallest units; rounded in our favour."""
        buy = order.side is Side.BUY
        if order.type is OrderType.MARKET:
            worst = value * (1 + slippage) if buy else value * (1 - slippage)
            return int(worst.to_integral_value(ROUND_CEILING if buy else ROUND_FLOOR))
        assert order.price is not None
        exact = (size * order.price).scaleb(spec.quote_token.decimals)
        return int(exact.to_integral_value(ROUND_FLOOR if buy else ROUND_CEILING))

    # --- permissions ------------------------------------------------------------------------------

    def given(self, terms: SwapTerms) -> str:
        """The token that must be taken from us; empty for the chain's own currency."""
        return given_token(self.exchange, terms.spec, zero_for_one=terms.zero_for_one)

    def allowed(self, terms: SwapTerms) -> Reading[Allowed]:
        """What may be taken of the token that goes in."""
        router = router_of(self.exchange, terms.spec)
        universal = bool(self.exchange.universal_router)
        return token_permissions(self.given(terms), terms.owner, router, universal=universal)

    def call(self, terms: SwapTerms, permit: SignedPermit | None) -> ContractCall:
        """The transaction."""
        return swap_call(self.exchange, terms, permit)

    # --- afterwards -------------------------------------------------------------------------------

    def outcome(self, instrument: InstrumentId, logs: Sequence[Log]) -> Swapped:
        """What a swap's receipt says that it came to.

        Raises:
            WireError: there is not exactly one swap at this pool in it.
        """
        spec = self._board.spec(instrument)
        found = []
        for log in logs:
            came = self._came(spec, log)
            if came is not None:
                base, quote = came if spec.base == 0 else came[::-1]
                found.append((abs(base), abs(quote), log))
        if len(found) != 1:
            raise WireError(f"{len(found)} swaps at {instrument} in one transaction of ours")
        base, quote, log = found[0]
        return Swapped(
            size=Decimal(base).scaleb(-spec.base_token.decimals),
            value=Decimal(quote).scaleb(-spec.quote_token.decimals),
            log_index=log.index,
        )

    @staticmethod
    def _came(spec: PoolSpec, log: Log) -> tuple[int, int] | None:
        if log.address.lower() != spec.address:
            return None
        events = {Family.V2: PAIR_EVENTS, Family.V3: POOL_EVENTS, Family.V4: MANAGER_EVENTS}
        event = events[spec.family].read(log_of(log))
        if spec.family is Family.V4 and getattr(event, "pool_id", "") != spec.name:
            return None
        return swapped(event)

    def balances(
        self, owner: str, native: int, now_ns: Callable[[], Nanos]
    ) -> Reading[list[Balance]]:
        """What an address holds of the known tokens; `native` is its balance of the chain's own."""
        chain = self.exchange.chain
        calls = tuple(
            ContractCall(to=token.address, data=f.BALANCE_OF.data(owner)) for token in chain.tokens
        )

        def read(told: Sequence[str | ArgosyError]) -> list[Balance]:
            found = {chain.native: Decimal(native).scaleb(-18)}
            for token, answer in zip(chain.tokens, told, strict=True):
                held = Decimal(f.BALANCE_OF.one(_text(answer))).scaleb(-token.decimals)
                name = token.symbol if token.symbol == chain.wrapped else token.currency
                found[name] = found.get(name, ZERO) + held
            at = now_ns()
            return [
                Balance(
                    venue=self.exchange.venue,
                    currency=currency,
                    total=total,
                    free=total,
                    held=ZERO,
                    venue_ns=at,
                    received_ns=at,
                    account="trading",
                )
                for currency, total in found.items()
            ]

        return Reading(calls, read)


def given_token(exchange: Exchange, spec: PoolSpec, *, zero_for_one: bool) -> str:
    """The token that a swap takes from us; empty for the chain's own currency, wrapped or not."""
    token = spec.token0 if zero_for_one else spec.token1
    wraps_itself = spec.family is not Family.V4 and token.address == exchange.chain.wrapper.address
    own = is_native(token) or wraps_itself  # a v4 pool of the wrapper is paid in it
    return "" if own else token.address


def token_permissions(token: str, owner: str, router: str, *, universal: bool) -> Reading[Allowed]:
    """What a router, through Permit2 where it is `universal`, may take of a token of an owner."""
    if not universal:
        call = ContractCall(to=token, data=f.ALLOWANCE.data(owner, router))
        return Reading((call,), lambda told: Allowed(token=f.ALLOWANCE.one(_text(told[0]))))
    calls = (
        ContractCall(to=token, data=f.ALLOWANCE.data(owner, PERMIT2)),
        ContractCall(to=PERMIT2, data=f.PERMIT2_ALLOWANCE.data(owner, token, router)),
    )

    def read(told: Sequence[str | ArgosyError]) -> Allowed:
        amount, expires, nonce = f.PERMIT2_ALLOWANCE.read(_text(told[1]))
        return Allowed(
            token=f.ALLOWANCE.one(_text(told[0])), permit=amount, expires_s=expires, nonce=nonce
        )

    return Reading(calls, read)


def approval(
    token: str, owner: str, allowed: int, spender: str = PERMIT2, amount: int = FOREVER
) -> list[ContractCall]:
    """Approve a spender. Permit2 is approved once, for any amount: it takes nothing without a
    signature that names the amount. Some tokens (USDT) want an allowance to be 0 before it changes.
    """
    amounts = [0, amount] if allowed else [amount]
    return [
        ContractCall(to=token, data=f.APPROVE.data(spender, each), sender=owner) for each in amounts
    ]


def permit_number(owner: str, token: str, spender: str, number: int) -> dict[str, str]:
    """The slot of Permit2 with a permission, as it is when its number is this one: for trials.

    Source: AllowanceTransfer of Permit2, whose mapping `allowance` is its second variable; a
    permission is packed as amount (160 bits), expiration and nonce (48 each), the first lowest.
    """
    at = (1).to_bytes(32, "big")
    for key in (owner, token, spender):
        at = keccak256(bytes(12) + bytes.fromhex(key[2:]) + at)
    return {"0x" + at.hex(): f"0x{number << 208:064x}"}


def gas_of(spec: PoolSpec) -> int:
    """What a swap at a pool takes of gas, about and at most."""
    return GAS[spec.family]


def _check(order: PlaceOrder) -> None:
    if order.type not in {OrderType.MARKET, OrderType.LIMIT} or order.size is None:
        raise Unsupported(f"a pool takes market and limit orders by size, no {order.type}")
    if order.type is OrderType.LIMIT and order.time_in_force not in {
        TimeInForce.IOC,
        TimeInForce.FOK,
    }:
        raise Unsupported(f"nothing rests at a pool: {order.time_in_force} is worked from here")
    if order.post_only or order.reduce_only or order.exit is not None:
        raise Unsupported("a swap has no flags and no exits")


def _reached(order: PlaceOrder, book: VenueBook) -> Decimal:
    """How much of an order its limit reaches by the pool's ladder."""
    bids, asks = book.levels() if book.live else ([], [])
    buy = order.side is Side.BUY
    assert order.price is not None
    assert order.size is not None
    found = ZERO
    for price, size in asks if buy else bids:
        if (price > order.price) if buy else (price < order.price):
            break
        found += size
        if found >= order.size:
            return order.size
    return found


def _text(answer: str | ArgosyError) -> str:
    if isinstance(answer, ArgosyError):
        raise answer
    return answer
