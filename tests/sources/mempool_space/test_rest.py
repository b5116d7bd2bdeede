"""Questions to mempool.space, its answers: exact paths and values, and whatever else may come."""

import functools
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import NotKnown, RateLimited, VenueError, VenueUnavailable, WireError
from argosy.sources.mempool_space.rest import Explorer
from argosy.testing.damage import bad_bytes
from sources.broken import broken
from sources.samples import answer, explorer_answer, explorer_calls, lived

ASK = Explorer()
NAMES = sorted(explorer_calls(lived()))


@functools.cache
def sample(name: str):
    crowd = lived()
    call = explorer_calls(crowd)[name]
    return call, explorer_answer(crowd, call)


def outcome(call, response):
    """What reading comes to; nothing but our errors may."""
    try:
        return call.read(response)
    except (WireError, VenueError) as e:
        return e


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_of_the_explorer_is_read(name):
    call, response = sample(name)
    assert call.read(response) is not None


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (ASK.fees(), "/v1/fees/recommended"),
        (ASK.mempool_blocks(), "/v1/fees/mempool-blocks"),
        (ASK.mempool(), "/mempool"),
        (ASK.recent(), "/mempool/recent"),
        (ASK.address("bc1q"), "/address/bc1q"),
        (ASK.address("a/b?c"), "/address/a%2Fb%3Fc"),
        (ASK.address_transactions("bc1q"), "/address/bc1q/txs"),
        (ASK.unspent("bc1q"), "/address/bc1q/utxo"),
        (ASK.transaction("ab"), "/tx/ab"),
        (ASK.status("ab"), "/tx/ab/status"),
        (ASK.tip_height(), "/blocks/tip/height"),
        (ASK.tip_hash(), "/blocks/tip/hash"),
        (ASK.block("ab"), "/block/ab"),
    ],
)
def test_paths_are_as_documented(call, path):
    assert (call.request.method, call.request.path, call.request.query) == ("GET", path, ())


@pytest.mark.parametrize("name", [n for n in NAMES if n != "tip_hash"])
@given(data=st.data())
def test_answers_with_a_value_changed_come_to_our_errors_alone(name, data):
    call, response = sample(name)
    outcome(call, answer(data.draw(broken(response.body))))


@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_come_to_our_errors_alone(name):
    call, response = sample(name)
    for body in bad_bytes([response.body], 300):
        for status in (200, 302, 400, 404, 429, 500):
            outcome(call, answer(body, status))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotKnown), (400, VenueError), (429, RateLimited), (502, VenueUnavailable)],
)
def test_statuses(status, kind):
    with pytest.raises(kind) as refused:
        ASK.fees().read(answer(b"Too bad", status))
    assert str(refused.value) == f"mempool.space {status}: Too bad"
    with pytest.raises(kind) as refused:
        ASK.fees().read(answer(b"<html>nginx</html>", status))
    assert "html" not in str(refused.value)


def test_the_answer_of_the_documents_is_read():
    # As https://mempool.space/docs/api/websocket shows them (2026-11-27), shortened.
    blocks = [
        {
            "blockSize": 1801614,
            "blockVSize": 997936.5,
            "nTx": 3391,
            "totalFees": 8170664,
            "medianFee": 6.011217160720601,
            "feeRange": [4.584615384615384, 5, 200],
        }
    ]
    (block,) = ASK.mempool_blocks().read(answer(json.dumps(blocks).encode())).blocks
    assert block.vsize == Decimal("997936.5")
    assert block.median_rate == Decimal("6.011217160720601")
    assert block.rates == (Decimal("4.584615384615384"), 5, 200)
    fees = {
        "fastestFee": 7,
        "halfHourFee": 6,
        "hourFee": 5,
        "economyFee": 4,
        "minimumFee": 2,
    }
    told = ASK.fees().read(answer(json.dumps(fees).encode()))
    assert (told.rates, told.floor) == (((1, 7), (3, 6), (6, 5)), 2)
    assert (told.rate(1), told.rate(2), told.rate(6), told.rate(144)) == (7, 7, 5, 5)


def test_pages_of_an_address_follow_the_last_confirmed_one():
    crowd = lived()
    call = ASK.address_transactions(crowd.address("miner"))
    response = explorer_answer(crowd, call)
    told = [each for each in call.read(response) if each.block_hash]
    following = call.then(response)
    assert following.request.query == (("after_txid", told[-1].txid),)
    assert call.then(answer(b"[]")) is None


def test_a_size_in_virtual_bytes_is_rounded_up():
    crowd = lived()
    call = explorer_calls(crowd)["transaction"]
    told = json.loads(explorer_answer(crowd, call).body)
    told["weight"] = 561
    assert call.read(answer(json.dumps(told).encode())).vsize == 141


def test_confirmed_in_no_block_is_a_wire_error():
    crowd = lived()
    call = explorer_calls(crowd)["transaction"]
    told = json.loads(explorer_answer(crowd, call).body)
    told["status"] = {"confirmed": True}
    with pytest.raises(WireError, match="in no block"):
        call.read(answer(json.dumps(told).encode()))
