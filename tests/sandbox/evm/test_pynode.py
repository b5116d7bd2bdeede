"""The node for machines without anvil: it answers as anvil does, and says what it lacks."""

import pytest

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.errors import ConfigError
from argosy.sandbox.evm import local
from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.constant_product import deploy_uniswap_v2
from argosy.sandbox.evm.deploy import build, stages_for
from argosy.sandbox.evm.lending import deploy_feeds
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import Node, NodeSettings, SlowNode
from argosy.sandbox.evm.tokens import deploy_tokens
from sandbox.evm.chains import missing

NOBODY = "0x" + "11" * 20
STAGES = (
    ("tokens", deploy_tokens),
    ("uniswap v2", deploy_uniswap_v2),
    ("price feeds", deploy_feeds),
)


@pytest.fixture(scope="module")
def slow():
    with SlowNode() as node, Link(node.url) as link:
        yield link


@pytest.fixture(scope="module")
def layout(slow):
    if why := missing():
        pytest.skip(why)
    return build(slow, STAGES)


def no_anvil():
    raise ConfigError("no anvil here")


def test_the_same_contracts_stand_at_the_same_addresses_as_on_anvil(slow, layout):
    with Node() as node, Link(node.url) as link:
        assert build(link, STAGES) == layout
        pair = layout.pool("uniswap_v2", "WETH", "USDC").address
        for method, params in (
            ("eth_getCode", (pair, "latest")),
            ("eth_call", ({"to": pair, "data": "0x0902f1ac"}, "latest")),  # getReserves()
            ("eth_blockNumber", ()),
            ("eth_chainId", ()),
        ):
            assert slow.call(method, *params) == link.call(method, *params), method
        blocks = [each.call("eth_getBlockByNumber", "latest", True) for each in (slow, link)]
        assert blocks[0]["timestamp"] == blocks[1]["timestamp"]
        receipts = [
            each.call("eth_getTransactionReceipt", block["transactions"][0]["hash"])
            for each, block in zip((slow, link), blocks, strict=True)
        ]
        (ours,), (theirs,) = (receipt["logs"] for receipt in receipts)
        for name in ("address", "topics", "data", "blockNumber", "logIndex"):
            assert str(ours[name]).lower() == str(theirs[name]), name


def test_a_contracts_refusal_carries_its_words(slow, layout):
    desk, token = layout.accounts["desk"], layout.tokens["DAI"].address
    from argosy.sandbox.evm.ours import at

    with pytest.raises(ChainError, match=r"transfer: .*exceeds balance"):
        at(slow, "MintableERC20", token).send(desk, "transfer", desk, FOREVER)
    with pytest.raises(ChainError, match="exceeds balance"):
        at(slow, "MintableERC20", token).call("transfer", desk, FOREVER, sender=desk)


def test_snapshots_take_back_what_was_done(slow, layout):
    height, before = slow.call("eth_blockNumber"), slow.call("evm_snapshot")
    slow.send(layout.accounts["desk"], NOBODY, value=7)
    assert slow.call("eth_getBalance", NOBODY, "latest") == "0x7"
    assert slow.call("evm_revert", before) is True
    assert slow.call("eth_getBalance", NOBODY, "latest") == "0x0"
    assert slow.call("eth_blockNumber") == height
    assert slow.call("evm_revert", before) is False


def test_logs_are_found(slow, layout):
    pair = layout.pool("uniswap_v2", "WETH", "DAI").address
    sync = "0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"
    wanted = {"fromBlock": "0x0", "toBlock": "latest", "address": pair, "topics": [sync]}
    (log,) = slow.call("eth_getLogs", wanted)
    assert log["topics"] == [sync]


def test_a_signed_transaction_of_our_chain_id_is_taken(slow):
    from argosy.net.tx_signing import KeySigner
    from argosy.ports import TxFields
    from net.test_tx_signing import KEY

    signer = KeySigner(KEY)
    nonce = int(slow.call("eth_getTransactionCount", signer.address, "latest"), 16)
    fields = TxFields(
        chain_id=1337,
        nonce=nonce,
        to=NOBODY,
        value=9,
        data="0x",
        gas=21_000,
        max_fee=9 * 10**9,
        priority_fee=10**9,
    )
    raw, name = signer.sign(fields)
    before = slow.call("evm_snapshot")
    assert slow.call("eth_sendRawTransaction", "0x" + raw.hex()) == name
    assert slow.call("eth_getTransactionReceipt", name)["status"] == "0x1"
    slow.call("evm_revert", before)


def test_what_it_has_not_it_says(slow):
    with pytest.raises(ChainError, match="method not found: txpool_content"):
        slow.call("txpool_content")
    assert "uniswap v4" not in [name for name, _ in stages_for(slow)]


def test_without_anvil_and_without_py_evm_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(local, "find_anvil", no_anvil)
    monkeypatch.setattr(local.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"no anvil here; .*argosy\[chain-slow\]"):
        local.EvmChain().start()


def test_actors_need_anvil(monkeypatch):
    monkeypatch.setattr(local, "find_anvil", no_anvil)
    with pytest.raises(ConfigError, match="cannot hold transactions back"):
        local.EvmChain(NodeSettings(mine=False)).start()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_without_anvil_the_chain_stands_all_the_same_and_says_what_is_lost(monkeypatch, caplog):
    if why := missing():
        pytest.skip(why)
    monkeypatch.setattr(local, "find_anvil", no_anvil)
    with local.EvmChain() as chain:
        assert any("Uniswap v4" in each for each in chain.lost)
        assert "no anvil here" in caplog.text
        assert "aave.pool" in chain.layout.contracts
        assert "uniswap_v4.pools" not in chain.layout.contracts
        tokens = chain.layout.tokens
        terms = (tokens["WETH"].address, tokens["USDC"].address, 10**18, 500, 0)
        quoted = chain.contract("uniswap_v3.quoter").call("quoteExactInputSingle", terms)[0]
        assert 3_000 * 10**6 < quoted < 3_020 * 10**6
