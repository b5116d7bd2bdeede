"""Chains and exchanges as data: what is there, what fits together, what is wrong."""

import pytest

from argosy.dialects.evm.chains import chains, read_chains
from argosy.dialects.pools.exchange import Family, live_exchange
from argosy.errors import ConfigError

ETHEREUM = """
[chains.x]
id = 7
name = "X"
native = "ETH"
wrapped = "WETH"
block_s = 2.0
confirmations = 3
[chains.x.tokens]
WETH = { address = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", decimals = 18 }
"""


def test_the_chains_that_are_promised_are_there():
    assert set(chains()) == {"ethereum", "optimism", "polygon", "base", "arbitrum"}
    ethereum = chains()["ethereum"]
    assert (ethereum.id, ethereum.native, ethereum.wrapper.symbol) == (1, "ETH", "WETH")
    assert ethereum.wrapper.currency == "ETH"
    assert chains()["polygon"].own.currency == "POL"
    with pytest.raises(ConfigError, match="no token PEPE on ethereum"):
        ethereum.token("PEPE")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0xC02a", "0xc02a", "wrong checksum"),
        ('wrapped = "WETH"', 'wrapped = "WBNB"', "no token WBNB"),
        ("block_s = 2.0", "", "block_s"),
        ("[chains.x]", "[chains.x", "chains.toml"),
    ],
)
def test_a_wrong_file_is_told(old, new, said):
    assert read_chains(ETHEREUM)["x"].id == 7
    with pytest.raises(ConfigError, match=said):
        read_chains(ETHEREUM.replace(old, new))


@pytest.mark.parametrize("chain", ["ethereum", "optimism", "polygon", "base", "arbitrum"])
def test_uniswap_is_known_on_every_chain(chain):
    found = live_exchange("uniswap", "uniswap", chains()[chain])
    assert found.v2 is not None
    assert found.v3 is not None
    assert found.universal_router or found.v4 is None
    token0, token1 = found.pairs(Family.V3)[0]
    spec = found.spec(Family.V3, token1, token0, fee=500, address="0x" + "11" * 20, spacing=10)
    assert int(spec.token0.address, 16) < int(spec.token1.address, 16)


def test_an_unknown_protocol_is_told():
    with pytest.raises(ConfigError, match="pancake is not known on base"):
        live_exchange("pancake", "pancake", chains()["base"])
    assert live_exchange("sushiswap", "sushiswap", chains()["ethereum"]).v4 is None
