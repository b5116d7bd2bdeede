"""Ways from one token to another over several pools: the best one for an exact amount, and the call
that goes it in one transaction. Pure: states come in, nothing is asked or sent.

Source: Uniswap universal-router 2.1 (Dispatcher, Constants) and v4-periphery (Actions), 2026-11.
"""

from collections.abc import Iterator, Sequence

import msgspec

from argosy.dialects.evm.functions import encode
from argosy.dialects.pools import router as r
from argosy.dialects.pools.board import LivePool
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec, is_native
from argosy.dialects.pools.swaps import gas_of
from argosy.dialects.uniswap_v2.tracking import TrackedPair
from argosy.dialects.uniswap_v3.tracking import TrackedPool
from argosy.errors import Unsupported
from argosy.model import ContractCall

HOPS_MAX = 3
_ALL = 1 << 255  # what the router has of the token
_OPEN_DELTA = 0


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One pool of a way, and what it gives for what comes in."""

    spec: PoolSpec
    zero_for_one: bool
    amount_in: int
    amount_out: int


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A way for an exact amount. Currencies by name; amounts in smallest units."""

    give: str
    get: str
    hops: tuple[Hop, ...]
    gas: int  # about, and at most

    @property
    def amount_in(self) -> int:
        """What goes in."""
        return self.hops[0].amount_in

    @property
    def amount_out(self) -> int:
        """What comes out, if nothing moves."""
        return self.hops[-1].amount_out

    @property
    def words(self) -> str:
        """For people: the pools in order."""
        return " → ".join(hop.spec.instrument for hop in self.hops)


def quote_through(pool: LivePool, amount: int, *, zero_for_one: bool) -> int | None:
    """What a pool gives for exactly `amount`; None where it cannot take all of it."""
    tracked = pool.tracked
    if isinstance(tracked, TrackedPair):
        try:
            found = tracked.quote(amount, zero_for_one=zero_for_one, exact_in=True)
        except ValueError:
            return None
        return found or None
    assert isinstance(tracked, TrackedPool)
    if not tracked.pool.core.sqrt_price:
        return None
    quote = tracked.pool.quote(amount, zero_for_one=zero_for_one, exact_in=True)
    return quote.amount_out if quote.complete and quote.amount_out else None


def paths(
    pools: Sequence[LivePool], give: str, get: str, amount: int, *, hops_max: int = HOPS_MAX
) -> list[Path]:
    """Every way of at most so many pools, no currency twice, what gives most first."""
    found = [
        Path(
            give=give,
            get=get,
            hops=tuple(hops),
            gas=sum(gas_of(hop.spec) for hop in hops),
        )
        for hops in _ways(pools, give, get, amount, hops_max, (give,))
    ]
    return sorted(found, key=lambda path: (-path.amount_out, len(path.hops), path.words))


def _ways(
    pools: Sequence[LivePool],
    give: str,
    get: str,
    amount: int,
    left: int,
    seen: tuple[str, ...],
) -> Iterator[list[Hop]]:
    for pool in pools:
        pair = (pool.spec.token0.currency, pool.spec.token1.currency)
        if give not in pair:
            continue
        zero_for_one = pair[0] == give
        after = pair[1] if zero_for_one else pair[0]
        if after in seen or (left == 1 and after != get):
            continue
        out = quote_through(pool, amount, zero_for_one=zero_for_one)
        if out is None:
            continue
        hop = Hop(spec=pool.spec, zero_for_one=zero_for_one, amount_in=amount, amount_out=out)
        if after == get:
            yield [hop]
        else:
            for rest in _ways(pools, after, get, out, left - 1, (*seen, after)):
                yield [hop, *rest]


def path_call(
    exchange: Exchange,
    path: Path,
    *,
    least_out: int,
    owner: str,
    deadline_s: int,
    permit: r.SignedPermit | None = None,
) -> ContractCall:
    """The transaction of a path: every hop, or nothing. Needs the Universal Router.

    Raises:
        Unsupported: the exchange has none.
    """
    if not exchange.universal_router:
        raise Unsupported(f"{exchange.venue} has no router that goes over pools of several kinds")
    native = exchange.chain.native
    steps: list[tuple[int, bytes]] = []
    if permit is not None:
        steps.append((r.PERMIT, r.permit_input(permit)))
    value = path.amount_in if path.give == native else 0
    ours = value == 0  # whether the next hop is paid by us, not by the router
    holds_native = bool(value)  # what the router has is not wrapped
    for place, hop in enumerate(path.hops):
        given, taken = _tokens(hop.spec, zero_for_one=hop.zero_for_one)
        wants_native = is_native(hop.spec.token0) and hop.zero_for_one
        is_own = _currency(hop, entering=True) == native
        if is_own and holds_native and not wants_native:
            steps.append((r.WRAP, encode(("address", "uint256"), (r.ROUTER, _ALL))))
        elif is_own and not holds_native and wants_native:
            steps.append((r.UNWRAP, encode(("address", "uint256"), (r.ROUTER, 0))))
        amount = path.amount_in if place == 0 else _ALL
        steps.append(_hop_step(hop, given, taken, amount, ours=ours))
        ours = False
        holds_native = _currency(hop, entering=False) == native and is_native(
            hop.spec.token0 if not hop.zero_for_one else hop.spec.token1
        )
    steps += _delivery(exchange, path, least_out, holds_native=holds_native)
    data = r.EXECUTE.data(bytes(c for c, _ in steps), [s for _, s in steps], deadline_s)
    return ContractCall(to=exchange.universal_router.lower(), data=data, value=value, sender=owner)


def _delivery(
    exchange: Exchange, path: Path, least_out: int, *, holds_native: bool
) -> list[tuple[int, bytes]]:
    """The end of a path: what the router holds goes to us, if it is enough."""
    last = path.hops[-1]
    token = last.spec.token1 if last.zero_for_one else last.spec.token0
    if path.get == exchange.chain.native and not holds_native:
        return [(r.UNWRAP, encode(("address", "uint256"), (r.SENDER, least_out)))]
    sweep = (token.address, r.SENDER, least_out)
    return [(r.SWEEP, encode(("address", "address", "uint256"), sweep))]


def _hop_step(hop: Hop, given: str, taken: str, amount: int, *, ours: bool) -> tuple[int, bytes]:
    if hop.spec.family is Family.V4:
        return r.V4_SWAP, _v4_hop(hop, given, taken, amount, ours=ours)
    if hop.spec.family is Family.V2:
        types: tuple[str, ...] = ("address", "uint256", "uint256", "address[]", "bool")
        return r.V2_IN, encode(types, (r.ROUTER, amount, 0, [given, taken], ours))
    path = r.packed_path((given, taken), (hop.spec.fee,))
    types = ("address", "uint256", "uint256", "bytes", "bool")
    return r.V3_IN, encode(types, (r.ROUTER, amount, 0, path, ours))


def _v4_hop(hop: Hop, given: str, taken: str, amount: int, *, ours: bool) -> bytes:
    key = hop.spec.key
    assert key is not None
    named = (key.currency0, key.currency1, key.fee, key.spacing, key.hooks)
    single = (named, hop.zero_for_one, _OPEN_DELTA, 0, b"")
    steps = {
        r.SETTLE: encode(("address", "uint256", "bool"), (given, amount, ours)),
        r.V4_IN_SINGLE: encode((r.V4_SINGLE,), (single,)),
        r.TAKE: encode(("address", "address", "uint256"), (taken, r.ROUTER, _OPEN_DELTA)),
    }
    return encode(("bytes", "bytes[]"), (bytes(steps), list(steps.values())))


def _tokens(spec: PoolSpec, *, zero_for_one: bool) -> tuple[str, str]:
    pair = (spec.token0.address, spec.token1.address)
    return pair if zero_for_one else pair[::-1]


def _currency(hop: Hop, *, entering: bool) -> str:
    first = hop.zero_for_one == entering
    return (hop.spec.token0 if first else hop.spec.token1).currency
