"""The node for machines without anvil: it answers as anvil does, and says what it lacks."""

import contextlib
import http.client

import pytest

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.errors import ConfigError
from argosy.sandbox.evm import local
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import Node, NodeSettings, SlowNode
from sandbox.evm.chains import no_anvil

NOBODY = "0x" + "11" * 20
GWEI = 10**9
# Creation code of a contract that logs its caller's value, once for each call.
LOGGER = "0x6006600c60003960066000f3" + "3460006000a1"
SEVEN = "0x600760005260206000f3"  # runtime code that returns 7
REVERTS = "0x600760005260206000fd"  # and that reverts with it
SLOT = "0x60005460005260206000f3"  # that returns what is in slot 0


@pytest.fixture
def waiting():
    """A node whose blocks are made by hand."""
    with SlowNode(NodeSettings(mine=False)) as node, Link(node.url) as link:
        yield link


def fees(tip: int, most: int = 100) -> dict[str, str]:
    return {"maxPriorityFeePerGas": hex(tip * GWEI), "maxFeePerGas": hex(most * GWEI)}


def transfer(link, place=0, value=1, **more):
    fields = {"from": link.call("eth_accounts")[place], "to": NOBODY, "value": hex(value)}
    return link.call("eth_sendTransaction", fields | more)


def in_last_block(link):
    return link.call("eth_getBlockByNumber", "latest", False)["transactions"]


def test_it_answers_as_anvil_does():
    with SlowNode() as one, Node() as other, Link(one.url) as slow, Link(other.url) as anvil:
        for link in (slow, anvil):
            sender = link.call("eth_accounts")[0]
            link.send(sender, None, "0x6001600c60003960016000f300")  # creates something
            link.call("eth_sendTransaction", {"from": sender, "to": NOBODY, "value": "0x9"})
            link.call("evm_mine")
        for method, params in (
            ("eth_accounts", ()),
            ("eth_blockNumber", ()),
            ("eth_chainId", ()),
            ("net_version", ()),
            ("eth_getBalance", (NOBODY, "latest")),
            ("eth_getBalance", (NOBODY, "0x1")),
            ("eth_getCode", (NOBODY, "latest")),
            ("eth_getStorageAt", (NOBODY, "0x0", "latest")),
            ("eth_getTransactionCount", (slow.call("eth_accounts")[0], "pending")),
            ("eth_getTransactionByHash", ("0x" + "00" * 32,)),
            ("eth_getTransactionReceipt", ("0x" + "00" * 32,)),
            ("eth_getBlockByNumber", ("0x99", False)),
            ("eth_getBlockByHash", ("0x" + "00" * 32, False)),
            ("eth_getBlockReceipts", ("0x99",)),
            ("txpool_status", ()),
        ):
            assert slow.call(method, *params) == anvil.call(method, *params), method
        blocks = [each.call("eth_getBlockByNumber", "0x2", True) for each in (slow, anvil)]
        assert set(blocks[1]) <= set(blocks[0])
        for name in ("timestamp", "gasLimit", "miner", "nonce", "logsBloom", "sha3Uncles"):
            assert blocks[0][name] == blocks[1][name], name
        ours, theirs = (block["transactions"][0] for block in blocks)
        assert set(theirs) - set(ours) == {"blockTimestamp"}
        for name in ("from", "to", "value", "nonce", "input", "type", "accessList", "chainId"):
            assert ours[name] == theirs[name], name
        ours, theirs = (each.call("eth_getBlockReceipts", "0x1")[0] for each in (slow, anvil))
        assert set(theirs) - set(ours) <= {"blobGasPrice", "blockTimestamp"}
        for name in ("status", "contractAddress", "from", "to", "logs", "logsBloom", "type"):
            assert ours[name] == theirs[name], name


def test_a_contracts_refusal_carries_its_words(slow):
    desk, token = slow.layout.accounts["desk"], slow.contract("token.DAI")
    with pytest.raises(ChainError, match=r"transfer: .*exceeds balance"):
        token.send(desk, "transfer", desk, FOREVER)
    with pytest.raises(ChainError, match="exceeds balance"):
        token.call("transfer", desk, FOREVER, sender=desk)
    asked = {"from": desk, "to": token.address, "data": token.data("transfer", desk, FOREVER)}
    for method in ("eth_estimateGas", "eth_sendTransaction"):
        with pytest.raises(ChainError, match="exceeds balance") as refused:
            slow.link.call(method, asked)
        assert refused.value.code == 3


def test_what_is_no_revert_is_an_error_all_the_same(slow):
    slow.link.call("anvil_setCode", NOBODY, "0xfe")
    with pytest.raises(ChainError, match="vm execution error: InvalidInstruction"):
        slow.link.call("eth_call", {"to": NOBODY}, "latest")


def test_snapshots_take_back_what_was_done(slow):
    link, desk = slow.link, slow.layout.accounts["desk"]
    height, before = link.call("eth_blockNumber"), link.call("evm_snapshot")
    receipt = link.send(desk, NOBODY, value=7)
    link.call("anvil_setBalance", desk, "0x5")
    assert link.call("eth_getBalance", NOBODY, "latest") == "0x7"
    assert link.call("evm_revert", before) is True
    assert link.call("eth_getBalance", NOBODY, "latest") == "0x0"
    assert int(link.call("eth_getBalance", desk, "latest"), 16) > 10**18
    assert link.call("eth_blockNumber") == height
    assert link.call("eth_getTransactionReceipt", receipt["transactionHash"]) is None
    assert link.call("eth_getBlockByHash", receipt["blockHash"], False) is None
    assert link.call("evm_revert", before) is False


def test_logs_are_found_by_address_topic_and_block(slow):
    link = slow.link
    pair = slow.layout.pool("uniswap_v2", "WETH", "DAI").address
    sync = "0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"
    everywhere = {"fromBlock": "0x0", "toBlock": "latest", "address": pair}
    (log,) = link.call("eth_getLogs", everywhere | {"topics": [sync]})
    assert log["topics"] == [sync]
    block = {"blockHash": log["blockHash"]}
    for wanted, is_in in (
        (block, True),
        (block | {"address": [NOBODY, pair.upper().replace("0X", "0x")]}, True),
        (block | {"address": NOBODY}, False),
        (block | {"topics": [[NOBODY, sync]]}, True),
        (block | {"topics": [None]}, True),
        (block | {"topics": [sync, None]}, False),
        ({"fromBlock": "latest"} | {"topics": [sync]}, False),
    ):
        assert (log in link.call("eth_getLogs", wanted)) is is_in, wanted
    with pytest.raises(ChainError, match="unknown block"):
        link.call("eth_getLogs", {"blockHash": "0x" + "00" * 32})


def test_signed_transactions_are_taken_if_they_can_be_paid_and_are_for_this_chain(slow):
    from argosy.net.tx_signing import KeySigner
    from argosy.ports import TxFields

    link, signer = slow.link, KeySigner(private_key("desk"))

    def signed(**other):
        nonce = int(link.call("eth_getTransactionCount", signer.address, "latest"), 16)
        fields = {"chain_id": 1337, "nonce": nonce, "to": NOBODY, "value": 9, "data": "0x"}
        fields |= {"gas": 21_000, "max_fee": 9 * GWEI, "priority_fee": GWEI}
        raw, name = signer.sign(TxFields(**fields | other))
        return "0x" + raw.hex(), name

    for other, why in (
        ({"chain_id": 1}, "invalid chain id 1; this is 1337"),
        ({"gas": 20_999}, "intrinsic gas too low"),
        ({"gas": 30_000_001}, "exceeds block gas limit"),
        ({"nonce": 0}, "nonce too low"),
        ({"nonce": 10**6}, "nonce too high"),
        ({"value": 10**30}, "insufficient funds"),
        ({"max_fee": 1, "priority_fee": 1}, "max fee per gas less than block base fee"),
    ):
        with pytest.raises(ChainError, match=why):
            link.call("eth_sendRawTransaction", signed(**other)[0])
    raw, name = signed()
    assert link.call("eth_sendRawTransaction", raw) == name
    assert link.call("eth_getTransactionReceipt", name)["status"] == "0x1"
    assert link.call("eth_getTransactionByHash", name)["blockNumber"] is not None
    with pytest.raises(ChainError, match="is unlocked here"):
        link.call("eth_sendTransaction", {"from": NOBODY, "to": NOBODY})


def test_what_waits_is_seen_and_mined_who_pays_most_first(waiting):
    cheap = transfer(waiting, 0, **fees(1))
    dear = transfer(waiting, 1, **fees(3))
    second = transfer(waiting, 1, **fees(9))  # pays most, and comes after its sender's first
    old = transfer(waiting, 2, gasPrice=hex(5 * GWEI))
    assert waiting.call("eth_getTransactionReceipt", cheap) is None
    told = waiting.call("eth_getTransactionByHash", dear)
    assert (told["blockNumber"], told["nonce"], told["to"]) == (None, "0x0", NOBODY)
    sender = told["from"]
    assert waiting.call("eth_getTransactionCount", sender, "pending") == "0x2"
    assert waiting.call("eth_getTransactionCount", sender, "latest") == "0x0"
    content = waiting.call("txpool_content")
    assert [each["hash"] for each in content["pending"][sender].values()] == [dear, second]
    assert content["queued"] == {}
    assert waiting.call("txpool_status") == {"pending": "0x4", "queued": "0x0"}
    waiting.call("evm_mine")
    assert in_last_block(waiting) == [old, dear, second, cheap]
    assert waiting.call("txpool_status")["pending"] == "0x0"
    receipts = waiting.call("eth_getBlockReceipts", "latest")
    assert [int(each["cumulativeGasUsed"], 16) for each in receipts] == [
        21_000 * n for n in range(1, 5)
    ]
    base = int(waiting.call("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    assert [int(each["effectiveGasPrice"], 16) - base for each in receipts] == [
        5 * GWEI - base,
        3 * GWEI,
        9 * GWEI,
        GWEI,
    ]
    assert waiting.call("eth_getBlockByNumber", "pending", False)["number"] == "0x2"
    history = waiting.call("eth_feeHistory", "0x1", "0x0", [50])
    assert history["baseFeePerGas"][1] == hex(base)
    assert history["reward"] == [["0x0"]]
    (row,) = waiting.call("eth_feeHistory", "0x1", "latest", [0, 50, 100])["reward"]
    assert row == [hex(GWEI), hex(3 * GWEI), hex(9 * GWEI)]


def test_first_come_first_served_where_that_is_asked_for():
    settings = NodeSettings(mine=False, order="fifo")
    with SlowNode(settings) as node, Link(node.url) as link:
        sent = [transfer(link, 0, **fees(1)), transfer(link, 1, **fees(3))]
        link.call("evm_mine")
        assert in_last_block(link) == sent


def test_what_waits_can_be_replaced_and_dropped(waiting):
    first = transfer(waiting, nonce="0x0", **fees(2))
    with pytest.raises(ChainError, match="replacement transaction underpriced"):
        transfer(waiting, value=2, nonce="0x0", **fees(3))
    second = transfer(waiting, value=2, nonce="0x0", **fees(3, 110))
    assert waiting.call("eth_getTransactionByHash", first) is None
    early = transfer(waiting, 1, nonce="0x1")
    assert waiting.call("txpool_status") == {"pending": "0x1", "queued": "0x1"}
    assert waiting.call("anvil_dropTransaction", second) == second
    assert waiting.call("anvil_dropTransaction", second) is None
    waiting.call("evm_mine")
    assert in_last_block(waiting) == []
    before = transfer(waiting, 1, nonce="0x0")
    waiting.call("evm_mine")
    assert in_last_block(waiting) == [before, early]


def test_a_filter_tells_what_came_to_wait_since_it_was_asked(waiting):
    transfer(waiting)
    name = waiting.call("eth_newPendingTransactionFilter")
    assert waiting.call("eth_getFilterChanges", name) == []
    sent = transfer(waiting, 1)
    waiting.call("anvil_dropTransaction", sent)
    assert waiting.call("eth_getFilterChanges", name) == [sent]
    assert waiting.call("eth_getFilterChanges", name) == []
    for _ in range(256):  # each is one too many for the oldest
        newest = waiting.call("eth_newPendingTransactionFilter")
    with pytest.raises(ChainError, match="filter not found"):
        waiting.call("eth_getFilterChanges", name)
    assert waiting.call("eth_uninstallFilter", newest) is True
    assert waiting.call("eth_uninstallFilter", newest) is False


def test_what_cannot_be_paid_any_more_leaves_the_pool(waiting):
    sender = waiting.call("eth_accounts")[0]
    half = 600_000 * 10**18
    sent = [transfer(waiting, value=each) for each in (half, half, 1)]
    waiting.call("evm_mine")
    assert in_last_block(waiting) == sent[:1]
    assert waiting.call("eth_getTransactionByHash", sent[1]) is None
    assert waiting.call("txpool_status") == {"pending": "0x0", "queued": "0x1"}
    assert waiting.call("eth_getTransactionCount", sender, "pending") == "0x1"
    other = transfer(waiting, value=2)
    waiting.call("evm_mine")
    assert in_last_block(waiting) == [other, sent[2]]


def test_it_can_be_told_to_mine_by_itself_and_many_at_once(waiting):
    sent = transfer(waiting)
    waiting.call("evm_setAutomine", True)
    assert waiting.call("eth_getTransactionReceipt", sent)["blockNumber"] == "0x1"
    assert waiting.call("eth_getTransactionReceipt", transfer(waiting))["blockNumber"] == "0x2"
    waiting.call("evm_setAutomine", False)
    assert waiting.call("eth_getTransactionReceipt", transfer(waiting)) is None
    waiting.call("anvil_mine", "0x3")
    assert waiting.call("eth_blockNumber") == "0x5"
    with pytest.raises(ChainError, match="at most 1000 blocks"):
        waiting.call("anvil_mine", "0xffff")


def test_logs_of_a_block_are_counted_through(waiting):
    created = transfer(waiting, to=None, value=0, data=LOGGER)
    waiting.call("evm_mine")
    logger = waiting.call("eth_getTransactionReceipt", created)["contractAddress"]
    for place in range(3):
        transfer(waiting, place, to=logger, value=5)
    waiting.call("evm_mine")
    logs = waiting.call("eth_getLogs", {"address": logger})
    assert [each["logIndex"] for each in logs] == ["0x0", "0x1", "0x2"]
    assert [each["transactionIndex"] for each in logs] == ["0x0", "0x1", "0x2"]
    assert not any(each["removed"] for each in logs)


def test_other_blocks_in_place_of_the_last_have_nothing_in_them(waiting):
    kept = transfer(waiting)
    waiting.call("evm_mine")
    gone = transfer(waiting)
    waiting.call("anvil_mine", "0x2")
    before = waiting.call("eth_getBlockByNumber", "0x2", False)
    snapshot = waiting.call("evm_snapshot")
    waiting.call("anvil_reorg", 2, [])
    after = waiting.call("eth_getBlockByNumber", "0x2", False)
    assert waiting.call("eth_blockNumber") == "0x3"
    assert after["hash"] != before["hash"]
    assert after["parentHash"] == before["parentHash"]
    assert waiting.call("eth_getTransactionReceipt", kept) is not None
    assert waiting.call("eth_getTransactionReceipt", gone) is None
    assert waiting.call("eth_getBalance", NOBODY, "latest") == "0x1"
    assert waiting.call("evm_revert", snapshot) is False
    with pytest.raises(ChainError, match="no transactions"):
        waiting.call("anvil_reorg", 1, [["0x00", 0]])


def test_time_goes_as_it_is_told(waiting):
    def last_s():
        return int(waiting.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    began = last_s()
    waiting.call("evm_setNextBlockTimestamp", hex(began + 100))
    waiting.call("evm_mine")
    assert last_s() == began + 100
    waiting.call("evm_increaseTime", 30)
    waiting.call("anvil_mine", "0x2")
    assert last_s() == began + 100 + 12 + 30 + 12
    with pytest.raises(ChainError, match="is not after the last block's"):
        waiting.call("evm_setNextBlockTimestamp", hex(began))


def test_on_the_wall_clock_blocks_are_a_second_apart_at_least():
    with SlowNode(NodeSettings(block_s=0)) as node, Link(node.url) as link:
        link.call("evm_mine")
        now_s = int(link.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        assert abs(local_now_s() - now_s) < 60
        link.call("anvil_mine", "0x5")
        later_s = int(link.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        assert later_s >= now_s + 5


def local_now_s() -> int:
    from argosy.sandbox.clock import WallClock

    return WallClock().now_ns() // 10**9


def test_state_can_be_written_and_is_there_at_once(slow):
    link = slow.link
    link.call("anvil_setCode", NOBODY, SLOT)
    link.call("anvil_setStorageAt", NOBODY, "0x0", f"0x{9:064x}")
    link.call("anvil_setBalance", NOBODY, "0x5")
    for _ in range(2):
        assert int(link.call("eth_call", {"to": NOBODY}, "latest"), 16) == 9
        assert link.call("eth_getBalance", NOBODY, "latest") == "0x5"
        assert link.call("eth_getCode", NOBODY, "pending") == SLOT
        link.call("evm_mine")


def test_a_call_may_have_another_state_and_leaves_none(slow):
    link, height = slow.link, slow.link.call("eth_blockNumber")

    def called(**override):
        return int(link.call("eth_call", {"to": NOBODY}, "latest", {NOBODY: override}), 16)

    assert called(code=SEVEN) == 7
    assert called(code=SLOT, stateDiff={"0x0": "0x8"}) == 8
    assert called(code=SLOT, state={"0x0": "0x9"}) == 9
    assert called(code=SLOT) == 0
    assert called(code="0x4760005260206000f3", balance="0x6") == 6
    assert link.call("eth_getCode", NOBODY, "latest") == "0x"
    with pytest.raises(ChainError, match="cannot override movePrecompileToAddress"):
        called(movePrecompileToAddress=NOBODY)
    assert link.call("eth_blockNumber") == height


def test_calls_are_simulated_one_after_another(slow):
    link, me = slow.link, slow.layout.accounts["desk"]
    token = slow.contract("token.USDC")
    held = token.call("balanceOf", me)
    calls = [
        {"from": me, "to": token.address, "data": token.data("transfer", NOBODY, held)},
        {"from": me, "to": token.address, "data": token.data("transfer", NOBODY, 1)},
        {"from": me, "to": me},
    ]
    blocks = [
        {"calls": calls[:1], "stateOverrides": {me: {"code": REVERTS, "nonce": "0x7"}}},
        {"calls": calls[1:]},
    ]
    first, second = link.call("eth_simulateV1", {"blockStateCalls": blocks}, "latest")
    (done,) = first["calls"]
    assert done["status"] == "0x1"
    assert done["logs"][0]["address"] == token.address
    assert int(done["gasUsed"], 16) > 21_000
    empty, own = second["calls"]
    assert (empty["status"], own["status"]) == ("0x0", "0x0")
    assert "exceeds balance" in empty["error"]["message"]
    assert int(own["error"]["data"], 16) == int(own["returnData"], 16) == 7
    assert token.call("balanceOf", me) == held
    for options, why in (
        ({"blockStateCalls": [{}] * 17}, "at most 16 blocks"),
        ({"validation": True}, "neither validation"),
        ({"blockStateCalls": [{"blockOverrides": {"withdrawals": []}}]}, "block's withdrawals"),
        ({"blockStateCalls": [{"more": 1}]}, "more cannot be simulated"),
        ({"blockStateCalls": [{"blockOverrides": {"number": "0x1"}}]}, "numbers must be in"),
        ({"blockStateCalls": [{"blockOverrides": {"time": "0x1"}}]}, "timestamps must be in"),
    ):
        with pytest.raises(ChainError, match=why):
            link.call("eth_simulateV1", options, "latest")


def test_the_gas_it_estimates_is_enough_and_not_much_more(slow):
    tokens, me = slow.layout.tokens, slow.layout.accounts["desk"]
    router, weth = slow.contract("uniswap_v3.router"), slow.contract("token.WETH")
    weth.send(me, "approve", router.address, FOREVER)
    pair = (tokens["WETH"].address, tokens["USDC"].address)
    data = router.data("exactInputSingle", (*pair, 500, me, FOREVER, 10**18, 0, 0))
    asked = {"from": me, "to": router.address, "data": data}
    gas = int(slow.link.call("eth_estimateGas", asked), 16)
    receipt = slow.link.send(me, router.address, data, gas=gas)
    assert gas < int(receipt["gasUsed"], 16) * 1.3
    assert int(slow.link.call("eth_estimateGas", {"from": me, "to": NOBODY}), 16) == 21_000
    much = {"from": me, "to": NOBODY, "data": "0x" + "ff" * 2_000}  # EIP-7623: the least for data
    least = int(slow.link.call("eth_estimateGas", much), 16)
    assert least == 21_000 + 40 * 2_000
    receipt = slow.link.send(me, NOBODY, much["data"], gas=least)
    assert int(receipt["gasUsed"], 16) == least
    with pytest.raises(ChainError, match="intrinsic gas too low"):
        slow.link.send(me, NOBODY, much["data"], gas=least - 1)


def test_what_it_has_not_it_says(slow):
    with pytest.raises(ChainError, match="method not found: debug_traceTransaction"):
        slow.link.call("debug_traceTransaction", "0x" + "00" * 32)
    with pytest.raises(ChainError, match="unknown block 153000"):
        slow.link.call("eth_getBalance", NOBODY, hex(153_000))
    with pytest.raises(ChainError, match="ValueError"):
        slow.link.call("eth_getBalance", "0xnothing", "latest")


def test_questions_come_in_lists_and_what_is_none_is_an_error(waiting):
    def said(body: str):
        place = waiting.url.removeprefix("http://")
        with contextlib.closing(http.client.HTTPConnection(place)) as connection:
            connection.request("POST", "/", body)
            return connection.getresponse().read().decode()

    assert waiting.batch([("eth_chainId", ()), ("eth_blockNumber", ())]) == ["0x539", "0x0"]
    assert '"error"' in said("{")
    assert "invalid request" in said("[]")


def test_without_anvil_and_without_py_evm_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(local, "find_anvil", no_anvil)
    monkeypatch.setattr(local.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"no anvil here; .*argosy\[chain-slow\]"):
        local.EvmChain().start()
