"""What is tested on anvil, on the node that is there without it: v4, actors, blocks that come by
themselves.
"""

import os

import pytest

from argosy.sandbox.evm.crowd import CrowdSettings
from argosy.sandbox.evm.local import EvmChain, saved_layout
from argosy.sandbox.evm.pynode import LOST
from sandbox.evm import test_crowd, test_live
from sandbox.evm import test_protocols as protocols
from sandbox.evm.chains import missing

pytestmark = pytest.mark.timeout(180)


def functions_of(module):
    return [getattr(module, name) for name in dir(module) if name.startswith("test_")]


@pytest.mark.parametrize("test", functions_of(protocols), ids=lambda test: test.__name__)
def test_protocols(test, slow):
    test(slow)


@pytest.mark.slow
@pytest.mark.parametrize(
    "test",
    [
        test_crowd.test_everyone_does_what_they_are_for,
        test_crowd.test_a_sandwich_pays_and_its_victim_gets_no_less_than_insisted_on,
        test_crowd.test_the_arbitrageur_keeps_every_pool_near_the_fair_price,
    ],
    ids=lambda test: test.__name__,
)
def test_actors(test, without_anvil):
    if why := missing():
        pytest.skip(why)
    test()


@pytest.mark.slow
def test_the_same_seed_makes_the_same_blocks(without_anvil):
    if why := missing():
        pytest.skip(why)
    one, again = (test_crowd.lived(CrowdSettings(seed=5), 4)[0] for _ in range(2))
    assert one == again


@pytest.mark.slow
async def test_blocks_come_and_strangers_transactions_get_into_them(without_anvil):
    if why := missing():
        pytest.skip(why)
    await test_live.test_blocks_come_and_strangers_transactions_get_into_them()


def test_it_stands_where_it_does_on_anvil(slow, chain):
    if chain.lost:
        pytest.skip("no anvil here to compare with")
    assert slow.layout == chain.layout
    for label, address in slow.layout.contracts.items():
        codes = [each.link.call("eth_getCode", address, "latest") for each in (slow, chain)]
        assert codes[0] == codes[1], label
    heads = [each.link.call("eth_getBlockByNumber", "latest", False) for each in (slow, chain)]
    for name in ("number", "timestamp", "gasLimit"):
        assert heads[0][name] == heads[1][name], name


def test_it_says_what_is_lost(slow, without_anvil, caplog):
    with EvmChain() as again:
        assert again.lost == slow.lost == LOST
        assert "no anvil here" in caplog.text
        assert again.loaded


@pytest.mark.slow
def test_it_is_built_once_and_the_same_every_time(tmp_path, without_anvil, slow):
    if why := missing():
        pytest.skip(why)
    heads = [slow.link.call("eth_getBlockByNumber", "latest", False)["hash"]]
    for _ in range(2):
        with EvmChain(cache=tmp_path) as chain:
            assert chain.loaded == (len(heads) == 2)
            heads.append(chain.link.call("eth_getBlockByNumber", "latest", False)["hash"])
            assert saved_layout(tmp_path) == chain.layout
    assert len(set(heads)) == 1


@pytest.mark.slow
def test_states_that_are_used_outlive_others(tmp_path, without_anvil):
    if why := missing():
        pytest.skip(why)
    with EvmChain(cache=tmp_path):
        (folder,) = tmp_path.iterdir()
    os.utime(folder, (1, 1))
    for name in "abcdefg":
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (2, 2))
    with EvmChain(cache=tmp_path) as chain:
        assert chain.loaded
        chain._forget_old()
    assert folder.exists()
    assert len(list(tmp_path.iterdir())) == 6
