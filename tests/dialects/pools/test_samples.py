"""Samples of swaps are as those that are sent."""

import pytest

from argosy.dialects.evm.chains import chains
from argosy.dialects.evm.functions import unhex
from argosy.dialects.pools.exchange import Family, live_exchange
from argosy.dialects.pools.samples import sample_name, swap_samples
from argosy.dialects.pools.swaps import GAS


@pytest.mark.parametrize(
    ("protocol", "chain", "families"),
    [("uniswap", "base", {"v2", "v3", "v4"}), ("sushiswap", "arbitrum", {"v2", "v3"})],
)
def test_there_is_one_of_each_family_that_is_there(protocol, chain, families):
    exchange = live_exchange(protocol, protocol, chains()[chain])
    found = swap_samples(exchange)
    assert set(found) == {f"{protocol} {family}" for family in families}
    for family in Family:
        sample = found.get(sample_name(exchange, family))
        if sample is None:
            continue
        assert sample.gas == GAS[family]
        size = len(unhex(sample.call.data))
        if exchange.universal_router:
            assert sample.call.to == exchange.universal_router.lower()
            assert 800 < size < 1_600  # with a permission
        else:
            contracts = exchange.v2 if family is Family.V2 else exchange.v3
            assert sample.call.to == contracts.router.lower()
            assert 200 < size < 600
