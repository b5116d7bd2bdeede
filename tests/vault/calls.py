"""Calls as the desk writes them, to be judged: every kind of pool, both directions, every way."""

from collections.abc import Iterator

from argosy.desk.settings import LimitSettings
from argosy.desk.signing import limits_of
from argosy.dialects.evm.chains import chains
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec, live_exchange
from argosy.dialects.pools.paths import Hop, Path, path_call
from argosy.dialects.pools.router import SignedPermit, SwapTerms, router_of, swap_call
from argosy.dialects.pools.swaps import given_token
from argosy.model import ContractCall
from argosy.ports import TxFields
from vault.sealing import ADDRESS

CHAIN = chains()["ethereum"]
UNISWAP = live_exchange("uniswap", "uniswap", CHAIN)
SUSHI = live_exchange("sushiswap", "sushiswap", CHAIN)
WETH, USDC, WBTC = (CHAIN.token(symbol) for symbol in ("WETH", "USDC", "WBTC"))
POOL = "0x" + "c0" * 20
MOST, LEAST = 5_000, 4_000
NOW_S = 1_800_000_000
STRANGER = "0x" + "5a" * 20


def limits(**told):
    """The policy of Ethereum with both exchanges, everything capped at a lot."""
    usual = {"per_transaction": dict.fromkeys(("ETH", "WETH", "USDC", "WBTC", "USDT", "DAI"), 1000)}
    from decimal import Decimal

    for field in ("per_transaction", "per_day"):
        caps = (usual | told).get(field, {})
        told[field] = {name: Decimal(cap) for name, cap in caps.items()}
    return limits_of(CHAIN, (UNISWAP, SUSHI), LimitSettings(**told), sandbox=False)


def specs(exchange: Exchange) -> Iterator[PoolSpec]:
    for family, fee in ((Family.V2, 3_000), (Family.V3, 500), (Family.V4, 500)):
        if family is Family.V4 and exchange.v4 is None:
            continue
        pairs = [(CHAIN.own if family is Family.V4 else WETH, USDC), (WBTC, USDC)]
        for a, b in pairs:
            yield exchange.spec(family, a, b, fee=fee, address=POOL, spacing=10)


def swaps() -> Iterator[tuple[str, str, ContractCall]]:
    """(what it is, the token that goes in or "" for ether, the call)."""
    for exchange in (UNISWAP, SUSHI):
        for spec in specs(exchange):
            for zero_for_one in (True, False):
                for exact_in in (True, False):
                    terms = SwapTerms(
                        spec=spec,
                        zero_for_one=zero_for_one,
                        exact_in=exact_in,
                        amount=MOST if exact_in else LEAST,
                        bound=LEAST if exact_in else MOST,
                        owner=ADDRESS,
                        deadline_s=NOW_S,
                    )
                    given = given_token(exchange, spec, zero_for_one=zero_for_one)
                    signed = permit(given, router_of(exchange, spec)) if given else None
                    if not exchange.universal_router:
                        signed = None
                    name = f"{exchange.venue} {spec.instrument} {zero_for_one} {exact_in}"
                    yield name, given, swap_call(exchange, terms, signed)


def ways() -> Iterator[tuple[str, str, ContractCall]]:
    """Over two pools, of every two kinds."""
    second = UNISWAP.spec(Family.V3, WBTC, USDC, fee=500, address=POOL)
    for first in specs(UNISWAP):
        if "ETH" not in (first.token0.currency, first.token1.currency):
            continue
        into = first.token0.currency == "ETH"
        hops = (
            Hop(spec=first, zero_for_one=into, amount_in=MOST, amount_out=7),
            Hop(spec=second, zero_for_one=second.token0 == USDC, amount_in=7, amount_out=LEAST),
        )
        path = Path(give="ETH", get="WBTC", hops=hops, gas=1)
        call = path_call(UNISWAP, path, least_out=1, owner=ADDRESS, deadline_s=NOW_S)
        yield f"from ether by {first.instrument}", "", call
        back = tuple(
            Hop(
                spec=hop.spec,
                zero_for_one=not hop.zero_for_one,
                amount_in=MOST,
                amount_out=hop.amount_in,
            )
            for hop in reversed(hops)
        )
        path = Path(give="WBTC", get="ETH", hops=back, gas=1)
        call = path_call(
            UNISWAP,
            path,
            least_out=1,
            owner=ADDRESS,
            deadline_s=NOW_S,
            permit=permit(WBTC.address, UNISWAP.universal_router.lower()),
        )
        yield f"to ether by {first.instrument}", WBTC.address, call


def permit(token: str, spender: str, amount: int = MOST) -> SignedPermit:
    return SignedPermit(
        token=token,
        amount=amount,
        expires_s=NOW_S,
        nonce=0,
        spender=spender,
        deadline_s=NOW_S,
        signature=b"\x01" * 65,
    )


def fields(call: ContractCall, **more) -> TxFields:
    told = {
        "chain_id": 1,
        "nonce": 0,
        "to": call.to,
        "value": call.value,
        "data": call.data,
        "gas": 300_000,
        "max_fee": 10**9,
        "priority_fee": 1,
    }
    return TxFields(**told | more)
