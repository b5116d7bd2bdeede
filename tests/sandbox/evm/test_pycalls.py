"""Calls in other blocks and with lists of what they touch, on the node without anvil."""

import itertools

import pytest

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.sandbox.evm.link import ChainError

NOBODY = "0x" + "11" * 20
# Returns five words: number, time and gas limit of the block, who has its fees, its randomness.
CONTEXT = "0x" + "43600052" + "42602052" + "45604052" + "41606052" + "44608052" + "60a06000f3"


def words(told: str) -> list[int]:
    return [int(told[place : place + 64], 16) for place in range(2, len(told), 64)]


def test_a_call_may_be_in_another_block(slow):
    asked, code = {"to": NOBODY}, {NOBODY: {"code": CONTEXT}}
    other = {"number": "0x7", "time": "0x8", "gasLimit": "0x9", "feeRecipient": "0x" + "0a" * 20}
    told = slow.link.call("eth_call", asked, "latest", code, other | {"prevRandao": "0xb"})
    assert words(told) == [7, 8, 9, int("0a" * 20, 16), 11]
    with pytest.raises(ChainError, match="block's baseFeePerGas here; what can be: number"):
        slow.link.call("eth_call", asked, "latest", code, {"baseFeePerGas": "0x1"})


def test_simulated_blocks_follow_each_other(slow):
    head = slow.link.call("eth_getBlockByNumber", "latest", False)
    number, time = int(head["number"], 16), int(head["timestamp"], 16)
    hashed = "0x" + "60014303" + "40600052" + "60206000f3"  # the hash of the block before
    blocks = [
        {"stateOverrides": {NOBODY: {"code": CONTEXT}}, "calls": [{"to": NOBODY}]},
        {"blockOverrides": {"number": hex(number + 5)}, "calls": [{"to": NOBODY}]},
        {"stateOverrides": {NOBODY: {"code": hashed}}, "calls": [{"to": NOBODY}]},
        {"calls": [{"to": NOBODY}]},
    ]
    found = slow.link.call("eth_simulateV1", {"blockStateCalls": blocks}, "latest")
    assert [int(each["number"], 16) - number for each in found] == [1, 5, 6, 7]
    assert words(found[0]["calls"][0]["returnData"])[:2] == [number + 1, time + 12]
    assert words(found[1]["calls"][0]["returnData"])[:2] == [number + 5, time + 24]
    assert found[0]["parentHash"] == head["hash"]
    for before, block in itertools.pairwise(found):
        assert block["parentHash"] == before["hash"]
    assert found[3]["calls"][0]["returnData"] == found[2]["hash"]


def test_lists_of_what_is_touched_cost_gas_and_are_kept(slow):
    link, desk = slow.link, slow.layout.accounts["desk"]
    asked = {"from": desk, "to": NOBODY}
    plain = int(link.call("eth_estimateGas", asked), 16)
    touched = [{"address": NOBODY, "storageKeys": ["0x" + "00" * 32, "0x" + "1".zfill(64)]}]
    listed, cost = asked | {"accessList": touched}, plain + 2_400 + 2 * 1_900
    assert int(link.call("eth_estimateGas", listed), 16) == cost
    for price in ({"gasPrice": hex(9 * 10**9)}, {}):
        sent = link.call("eth_sendTransaction", listed | price)
        told = link.call("eth_getTransactionByHash", sent)
        assert told["accessList"] == touched
        assert told["type"] == ("0x1" if price else "0x2")
        assert int(link.receipt(sent)["gasUsed"], 16) == cost


def test_who_has_not_what_he_would_send_is_told(slow):
    link, poor = slow.link, {"from": NOBODY, "to": "0x" + "22" * 20, "value": "0x5"}
    for method in ("eth_estimateGas", "eth_call"):
        with pytest.raises(ChainError, match="insufficient funds for transfer"):
            link.call(method, poor)
    rich = {NOBODY: {"balance": "0x5"}}
    assert link.call("eth_estimateGas", poor, "latest", rich) == hex(21_000)
