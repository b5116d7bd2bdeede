"""How large the part of a way is that is tried."""

import pytest

from argosy.desk.trial_ways import path_way
from argosy.dialects.evm.chains import chains
from argosy.dialects.pools.board import LivePool
from argosy.dialects.pools.exchange import Family, live_exchange
from argosy.dialects.pools.paths import paths
from argosy.dialects.uniswap_v2.tracking import TrackedPair

CHAIN = chains()["ethereum"]
EXCHANGE = live_exchange("uniswap", "uniswap", CHAIN)
OWNER = "0x" + "0a" * 20


@pytest.mark.parametrize(
    ("amount", "part"),
    [(10**8, 10**6), (2 * 10**5, 2 * 10**4), (5 * 10**4, 5 * 10**4)],
    ids=["a hundredth", "a tenth", "all"],
)
def test_a_part_is_coarse_enough_to_show_a_fee(amount, part):
    usdc, usdt = CHAIN.token("USDC"), CHAIN.token("USDT")
    spec = EXCHANGE.spec(Family.V2, usdc, usdt, fee=3_000, address=OWNER)
    live = [LivePool(spec, TrackedPair(OWNER, reserves=(10**15, 10**15)), 1)]
    (path,) = paths(live, "USDC", "USDT", amount)
    way = path_way(path, live, OWNER, 9, "ETH")
    terms, quoted = way.part(0)
    assert (terms.amount, terms.exact_in, terms.bound) == (part, True, 0)
    assert 0 <= part * 997 // 1000 - quoted <= 1
    assert (way.terms[0].amount, way.onward, way.native) == (amount, (), False)
