"""Recorded REST replies with parts of them broken: nothing but our errors may come of them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argosy.errors import OutcomeUnknown, VenueError, WireError
from argosy.model import Credentials
from argosy.ports import Call
from venues.kraken.samples import PAIRS, answer, kraken
from venues.kraken.test_trading import BTC, a_cancel, an_order, trading
from venues.kraken.test_witnesses import replies

STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "NaN", "-1", "1e400", "1e99999999", "0", "XBTUSD", "buy", "9" * 5000]),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


def calls() -> dict[str, Callable[[], Call[Any]]]:
    """What reads a reply of each method."""
    adapter = kraken()
    assert adapter.reference is not None
    assert adapter.account is not None
    reference, account, desk = adapter.reference, adapter.account, trading()
    key = Credentials(key="k", secret="")
    return {
        "AddOrder": lambda: desk.place(an_order()),
        "AddOrderBatch": lambda: desk.place_many([an_order(), an_order()]),
        "AssetPairs": lambda: reference.instruments()[0],
        "BalanceEx": lambda: account.balances()[0],
        "CancelAll": lambda: desk.cancel_all(None)[0],
        "CancelAllOrdersAfter": lambda: desk.cancel_all_after(1),
        "CancelOrder": lambda: desk.cancel(a_cancel()),
        "CancelOrderBatch": lambda: desk.cancel_many([a_cancel()]),
        "ClosedOrders": lambda: desk.order(BTC, "desk-1", None).otherwise or pytest.fail("none"),
        "GetApiKeyInfo": lambda: account.key_info(key),
        "OHLC": lambda: reference.candles(BTC, 60, None, 9),
        "OpenOrders": lambda: desk.open_orders()[0],
        "OpenPositions": lambda: account.positions()[0],
        "QueryOrders": lambda: desk.order(BTC, "desk-1", "OICRC3-KX7OB-QB2B2S"),
        "Time": reference.server_time,
        "TradesHistory": lambda: desk.fills(None)[0],
        "TradeVolume": lambda: account.fees(BTC),
    }


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every part of a JSON value is, the first few of each list and object."""
    found = [here]
    if isinstance(value, dict):
        for name in list(value)[:40]:
            found += paths(value[name], (*here, name))
    elif isinstance(value, list):
        for index in range(min(len(value), 3)):
            found += paths(value[index], (*here, index))
    return found


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with one part replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


@pytest.mark.recordings
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_reply_with_a_strange_part_is_read_or_refused(data: st.DataObject) -> None:
    known = calls()
    samples = [(method, body) for method, body in recorded_once() if method in known]
    method, value = data.draw(st.sampled_from(samples))
    for _ in range(data.draw(st.integers(1, 2))):
        where = data.draw(st.sampled_from(paths(value)))
        value = put(value, where, data.draw(STRANGE))
    try:
        known[method]().read(answer(json.dumps(value).encode()))
    except (VenueError, WireError, OutcomeUnknown):
        pass


_RECORDED: list[tuple[str, Any]] = []


def recorded_once() -> list[tuple[str, Any]]:
    """Every recorded reply, decoded once; the large ones cut."""
    if not _RECORDED:
        for method, body in replies():
            if len(body) < 20_000:
                _RECORDED.append((method, json.loads(body)))
        _RECORDED.append(("AssetPairs", {"error": [], "result": PAIRS}))
        _RECORDED.append(
            ("GetApiKeyInfo", {"error": [], "result": {"permissions": ["a"], "valid_until": "1"}})
        )
        rows = [[1, "1", "1", "1", "1", "1", "1", 1]] * 3
        _RECORDED.append(("OHLC", {"error": [], "result": {"XXBTZUSD": rows, "last": 1}}))
    return _RECORDED
