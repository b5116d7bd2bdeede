"""Swaps as long as those that are sent, for what their bytes cost on a rollup. Nothing is sent."""

from collections.abc import Mapping

from argosy.dialects.evm.data_fees import Sample
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.paths import Path, path_call
from argosy.dialects.pools.router import SignedPermit, SwapTerms, router_of, swap_call
from argosy.dialects.pools.swaps import GAS, given_token

_OWNER = "0x" + keccak256(b"owner")[:20].hex()  # any address: its bytes are like another's
_AMOUNT = 123_456_789_012_345_678
_WHEN_S = 2**31 - 1
_FEE, _SPACING = 3_000, 60


def sample_name(exchange: Exchange, family: Family) -> str:
    """Which sample a swap is like."""
    return f"{exchange.venue} {family.value}"


def swap_samples(exchange: Exchange) -> Mapping[str, Sample]:
    """One of each family, by name: a token of ours for the chain's own currency, with the
    permission that it takes.
    """
    chain = exchange.chain
    token = next(one for one in chain.tokens if one.address != chain.wrapper.address)
    found = {}
    for family, there in zip(Family, (exchange.v2, exchange.v3, exchange.v4), strict=True):
        if there is None:
            continue
        spec = exchange.spec(
            family, token, chain.wrapper, fee=_FEE, address=_OWNER, spacing=_SPACING
        )
        terms = SwapTerms(
            spec=spec,
            zero_for_one=spec.token0 == token,
            exact_in=True,
            amount=_AMOUNT,
            bound=_AMOUNT,
            owner=_OWNER,
            deadline_s=_WHEN_S,
        )
        permit = _permit(exchange, spec, token.address)
        call = swap_call(exchange, terms, permit)
        found[sample_name(exchange, family)] = Sample(call=call, gas=GAS[family])
    return found


def path_sample(exchange: Exchange, path: Path) -> Sample:
    """A way over several pools, as it would be sent. Raises as `path_call`."""
    first = path.hops[0]
    token = given_token(exchange, first.spec, zero_for_one=first.zero_for_one)
    call = path_call(
        exchange,
        path,
        least_out=path.amount_out,
        owner=_OWNER,
        deadline_s=_WHEN_S,
        permit=_permit(exchange, first.spec, token),
    )
    return Sample(call=call, gas=path.gas)


def _permit(exchange: Exchange, spec: PoolSpec, token: str) -> SignedPermit | None:
    if not token or not exchange.universal_router:
        return None
    halves = (keccak256(half) for half in (b"r", b"s"))
    return SignedPermit(
        token=token,
        amount=_AMOUNT,
        expires_s=_WHEN_S,
        nonce=1,
        spender=router_of(exchange, spec),
        deadline_s=_WHEN_S,
        signature=b"".join(halves) + b"\x1b",
    )
