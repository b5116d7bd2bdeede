"""The fill model of replays, by hand: what takes, what rests, and when the work is woken."""

from decimal import Decimal

import pytest
import zstandard

from argosy.execution.algorithms import scheduled
from argosy.execution.emulated import Plain
from argosy.model import OrderStatus, Side, TimeInForce
from argosy.testing.replayed import Replayed, Tick, binance_spot
from execution.emulated.worlds import ABOUT, SPOT, order

D = Decimal


def quote(at_ns, bid, ask, size=5):
    return Tick(at_ns, D(bid), D(size), D(ask), D(size))


def print_(at_ns, price, size):
    return Tick(at_ns, price=D(price), size=D(size))


def replayed(order_, ticks, until_ns=1000):
    work = Plain(id="w", instrument=SPOT, side=order_.side, size=order_.size, order=order_)
    found = Replayed(ABOUT, work)
    found.run(ticks, until_ns)
    return found


def fills(found):
    return [(fill.at_ns, fill.price, fill.size, fill.maker) for fill in found.fills]


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, 101), (Side.SELL, 99)])
def test_a_taker_gets_the_best_price_of_its_moment(side, price):
    ticks = [print_(0, 100, 1), quote(1, 99, 101), quote(2, 90, 110)]
    found = replayed(order("market", side), ticks)
    assert fills(found) == [(1, price, 1, False)]
    assert found.work.status is OrderStatus.FILLED
    assert found.work.value == price


def test_a_limit_beyond_the_market_leaves_nothing_with_ioc():
    asked = order("limit", Side.BUY, price=D(100), time_in_force=TimeInForce.IOC)
    found = replayed(asked, [quote(1, 99, 101), quote(2, 99, 100), print_(3, 99, 50)])
    assert fills(found) == []
    assert found.work.done


@pytest.mark.parametrize(
    ("prints", "at_ns"),
    [
        ([print_(2, 99, 5), print_(3, 99, 1)], 3),  # five stood there before it
        ([print_(2, 98, 1)], 2),  # beyond its price
        ([print_(2, 99, 5), print_(3, 100, 9)], None),
    ],
)
def test_what_rests_waits_for_its_turn(prints, at_ns):
    asked = order("limit", Side.BUY, price=D(99))
    found = replayed(asked, [quote(1, 99, 101), *prints])
    assert fills(found) == ([] if at_ns is None else [(at_ns, 99, 1, True)])
    better = replayed(
        order("limit", Side.SELL, price=D(100)), [quote(1, 99, 101), print_(2, 100, 1)]
    )
    assert fills(better) == [(2, 100, 1, True)]  # alone at its price


def test_the_work_is_woken_in_its_time_and_to_the_end():
    work = scheduled(order("market", Side.BUY, size="3"), (D(1),) * 3, D("1e-7"), "twap")
    found = Replayed(ABOUT, work)
    heard = []
    found.heard = lambda _work, event, market: heard.append((event, market.now_ns))
    found.run([quote(7, 99, 101), quote(150, 100, 102)], 400)
    assert [(at, price) for at, price, _, _ in fills(found)] == [(7, 101), (107, 101), (207, 102)]
    assert [now for _, now in heard] == sorted(now for _, now in heard)
    assert found[SPOT].bid == 100
    assert list(found) == [SPOT]
    assert len(found) == 1
    with pytest.raises(KeyError):
        found["test:NO/PE"]


def test_nothing_happens_after_its_end():
    found = replayed(
        order("limit", Side.BUY, price=D(99)), [quote(1, 99, 101), print_(9, 90, 1)], 8
    )
    assert fills(found) == []


def test_a_capture_is_read(tmp_path):
    path = tmp_path / "capture.txt.zst"
    lines = (
        b'1 {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","b":[["1","2"]],"a":[]}}\n'
        b'2 {"stream":"btcusdt@bookTicker","data":{"u":5,"s":"BTCUSDT","b":"61837.63","B":"3.7",'
        b'"a":"61837.64","A":"1.5"}}\n'
        b'3 {"stream":"btcusdt@trade","data":{"e":"trade","E":4,"s":"BTCUSDT","t":7,"p":"61837.63",'
        b'"q":"0.02","T":4,"m":true,"M":true}}\n'
    )
    path.write_bytes(zstandard.compress(lines))
    assert list(binance_spot(path)) == [
        Tick(2, D("61837.63"), D("3.7"), D("61837.64"), D("1.5")),
        Tick(3, price=D("61837.63"), size=D("0.02")),
    ]
