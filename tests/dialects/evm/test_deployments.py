"""The data of deployments: checksums hold, and known pools are where it says."""

import pytest

from argosy.dialects.evm.deployments import read_deployments
from argosy.dialects.uniswap_v2 import deployments as v2
from argosy.dialects.uniswap_v3 import deployments as v3
from argosy.dialects.uniswap_v4 import deployments as v4
from argosy.errors import ConfigError

USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
WETH = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
DAI = "0x6B175474E89094C44Da98b954EedeAC495271d0F"


def test_pools_that_everyone_knows_are_where_the_data_says():
    """Factory, code hash and salt together: one wrong digit anywhere gives another address."""
    assert v2.pair_address("uniswap", 1, WETH, USDC) == (
        "0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc"
    )
    assert v2.pair_address("sushiswap", 1, USDC, WETH) == (
        "0x397FF1542f962076d0BFE58eA045FfA2d347ACa0"
    )
    assert v3.pool_address("uniswap", 1, WETH, USDC, 500) == (
        "0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"
    )
    assert v3.pool_address("uniswap", 1, USDC, WETH, 3_000) == (
        "0x8ad599c3A0ff1De082011EFDDc58f1908eb6e6D8"
    )
    assert v3.pool_address("uniswap", 1, DAI, USDC, 100) == (
        "0x5777d92f208679DB4b9778590Fa3CAB3aC9e2168"
    )


def test_every_family_is_read_and_says_where_from():
    for family in (v2, v3, v4):
        for deployment in family.deployments().values():
            assert deployment.source
            assert 1 in deployment.chains
    assert v2.pair_fee("uniswap") == (997, 1000)
    assert v3.deployments()["sushiswap"].spacings == {100: 1, 500: 10, 3000: 60, 10000: 200}
    assert v4.deployments()["uniswap"].on(8453).manager.startswith("0x498581fF")


def test_what_is_not_there_is_named():
    with pytest.raises(ConfigError, match=r"not known on chain 5; known: 1, 10, 137"):
        v2.pair_address("uniswap", 5, WETH, USDC)
    with pytest.raises(ValueError, match="fee is 2500"):
        v3.pool_address("uniswap", 1, WETH, USDC, 2_500)
    with pytest.raises(ValueError, match="a pool has two"):
        v2.pair_address("uniswap", 1, WETH, WETH.lower())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('factory = "0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6F"', "wrong checksum"),
        ('factory = "0x5C69"', "40 hexadecimal digits"),
        ('factori = ""', "factori"),
        ("factory = 5", "Expected `str`"),
        ("factory =", "Invalid value"),
    ],
)
def test_a_mistyped_file_is_refused(tmp_path, line, said):
    path = tmp_path / "deployments.toml"
    path.write_text(
        f'[protocols.a]\nname = "A"\nsource = "B"\n[protocols.a.chains.1]\n{line}\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=said):
        read_deployments(path)
