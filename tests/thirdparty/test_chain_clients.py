"""viem and ethers on the sandbox's chain, by anvil and by the node that is there without it."""

import pytest

from argosy.sandbox.evm import local
from argosy.sandbox.evm.accounts import MNEMONIC
from sandbox.evm.chains import chain_or_skip, no_anvil
from thirdparty.javascript import LOCK, SCRIPTS, checked, packages_or_skip

pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def anvil():
    with chain_or_skip() as chain:
        yield chain


@pytest.fixture(scope="module")
def slow():
    pytest.importorskip("eth_tester", reason="py-evm: pip install 'argosy[chain-slow]'")
    chain_or_skip()  # the contracts must be there
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "find_anvil", no_anvil)
        with local.EvmChain() as chain:
            yield chain


@pytest.mark.parametrize("node", ["anvil", "slow"])
@pytest.mark.parametrize(
    ("script", "checks"),
    [("chain_viem.mjs", 33), ("chain_viem_watch.mjs", 15), ("chain_ethers.mjs", 22)],
)
def test_a_client_sees_a_node_as_it_expects(node, script, checks, request):
    packages_or_skip()
    chain = request.getfixturevalue(node)
    setup = {
        "node": node,
        "url": chain.node.url,
        "ws_url": chain.node.ws_url,
        "mnemonic": MNEMONIC,
        "contracts": chain.layout.contracts,
        "tokens": {symbol: token.address for symbol, token in chain.layout.tokens.items()},
    }
    assert checked(script, setup)["checks"] == checks


def test_the_lock_has_no_addresses():
    """So that packages come from whatever registry npm is set up with."""
    locked = (SCRIPTS / LOCK).read_text()
    assert '"resolved"' not in locked
    assert "://" not in locked
