"""Continuity by first and last ids, by +1, and by rising ids of whole snapshots."""

from decimal import Decimal

import pytest

from argosy.books import BookFormat, Continuity, Role
from argosy.model import GapReason
from argosy.ports import NOTHING
from books.making import BINANCE_FUTURES_FORM, BINANCE_SPOT_FORM, reader, spot


def diff(first, last, previous=None, bid="0.1"):
    before = f'"pu":{previous},' if previous is not None else ""
    return (
        f'{{"e":"depthUpdate","E":5,"s":"BTCUSDT","U":{first},"u":{last},{before}'
        f'"b":[["{bid}","{last}"]],"a":[]}}'
    ).encode()


def snapshot(last):
    return f'{{"lastUpdateId":{last},"bids":[["0.1","{last}"]],"asks":[]}}'.encode()


def made(form):
    read, book = reader(form, spot("binance"), "BTCUSDT")
    read.buffer("BTCUSDT")
    return read, book


def top(book):
    return book.best_bid()[1]


def test_spot_updates_bridge_from_the_snapshot():
    read, book = made(BINANCE_SPOT_FORM)
    for frame in (diff(1, 5), diff(6, 12), diff(13, 15)):
        assert read.read(frame, 1) is NOTHING
    read.read_reply("BTCUSDT", snapshot(10), 2)
    assert book.live
    assert (book.sequence, top(book)) == (15, Decimal(15))
    assert read.read(diff(14, 15), 3) is NOTHING
    read.read(diff(16, 16), 3)
    assert book.sequence == 16
    assert read.read(diff(18, 19), 4).events[0].reason is GapReason.SEQUENCE


def test_a_spot_snapshot_older_than_the_first_update_is_a_gap():
    read, book = made(BINANCE_SPOT_FORM)
    read.read(diff(20, 25), 1)
    read.read_reply("BTCUSDT", snapshot(10), 2)
    assert read.gap == book.instrument


def test_futures_updates_bridge_and_then_follow_their_previous():
    read, book = made(BINANCE_FUTURES_FORM)
    read.read(diff(1, 5, 0), 1)
    read.read(diff(8, 12, 5), 1)
    read.read(diff(14, 20, 12), 1)
    read.read_reply("BTCUSDT", snapshot(10), 2)
    assert (book.live, book.sequence) == (True, 20)
    read.read(diff(22, 23, 21), 3)
    assert read.gap == book.instrument


def test_futures_updates_after_the_snapshot_alone_still_bridge():
    read, book = made(BINANCE_FUTURES_FORM)
    read.read_reply("BTCUSDT", snapshot(10), 2)
    assert read.read(diff(1, 5, 0), 3) is NOTHING
    read.read(diff(8, 12, 5), 3)
    assert book.sequence == 12
    read.read(diff(13, 14, 12), 3)
    assert book.sequence == 14


def test_futures_updates_too_late_to_bridge_are_a_gap():
    read, _ = made(BINANCE_FUTURES_FORM)
    read.read_reply("BTCUSDT", snapshot(10), 2)
    read.read(diff(13, 14, 12), 3)
    assert read.gap is not None


@pytest.mark.parametrize("form", [BINANCE_SPOT_FORM, BINANCE_FUTURES_FORM])
def test_an_update_without_ids_is_a_gap(form):
    read, _ = made(form)
    read.read_reply("BTCUSDT", snapshot(10), 2)
    read.read(b'{"s":"BTCUSDT","b":[]}', 3)
    assert read.gap is not None


def test_versions_rise_by_one():
    roles = {"s": Role.SYMBOL, "k": Role.KIND, "v": Role.SEQUENCE, "b": Role.BIDS}
    read, book = reader(BookFormat(roles=roles, continuity=Continuity.PLUS_ONE), spot(), "X")
    read.read(b'{"s":"X","k":"snapshot","v":5,"b":[["1","1"]]}', 1)
    read.read(b'{"s":"X","k":"update","v":6,"b":[["1","2"]]}', 1)
    assert top(book) == 2
    read.read(b'{"s":"X","k":"update","v":8,"b":[["1","3"]]}', 1)
    assert read.gap == book.instrument


def test_whole_snapshots_replace_and_late_ones_are_ignored():
    roles = {"s": Role.SYMBOL, "v": Role.SEQUENCE, "b": Role.BIDS}
    form = BookFormat(roles=roles, continuity=Continuity.RISING, always_snapshot=True)
    read, book = reader(form, spot(), "X")
    read.read(b'{"s":"X","v":5,"b":[["1","1"],["2","1"]]}', 1)
    read.read(b'{"s":"X","v":7,"b":[["1","7"]]}', 1)
    assert read.read(b'{"s":"X","v":6,"b":[["1","6"]]}', 1) is NOTHING
    assert book.levels()[0] == [(Decimal(1), Decimal(7))]


def test_a_format_without_continuity_takes_what_comes():
    roles = {"s": Role.SYMBOL, "k": Role.KIND, "b": Role.BIDS}
    read, book = reader(BookFormat(roles=roles, continuity=Continuity.NONE), spot(), "X")
    read.read(b'{"s":"X","k":"partial","b":[["1","1"]]}', 1)
    read.read(b'{"s":"X","k":"update","b":[["1","4"]]}', 1)
    assert top(book) == 4


def test_a_book_beyond_the_limit_of_levels_is_a_gap():
    roles = {"s": Role.SYMBOL, "k": Role.KIND, "b": Role.BIDS}
    read, book = reader(BookFormat(roles=roles, continuity=Continuity.NONE), spot(), "X")
    read.read(b'{"s":"X","k":"snapshot","b":[["1","1"]]}', 1)
    for start in range(1, 200_001, 20_000):
        levels = ",".join(f'["{price}","1"]' for price in range(start, start + 20_000))
        step = read.read(f'{{"s":"X","k":"update","b":[{levels}]}}'.encode(), 1)
    assert book.live
    step = read.read(b'{"s":"X","k":"update","b":[["300000","1"]]}', 1)
    assert step.events[0].reason is GapReason.OVERFLOW


def test_a_format_with_too_many_keys_is_refused():
    roles = {f"k{i}": Role.BIDS for i in range(30)}
    with pytest.raises(ValueError, match="30 keys"):
        reader(BookFormat(roles=roles, continuity=Continuity.NONE))


def test_a_second_symbol_in_one_frame_is_refused_unless_it_is_the_same():
    roles = {"s": Role.SYMBOL, "k": Role.KIND, "b": Role.BIDS}
    read, book = reader(BookFormat(roles=roles, continuity=Continuity.NONE), spot(), "X")
    read.read(b'{"s":"X","k":"snapshot","x":{"s":"X"},"b":[["1","1"]]}', 1)
    assert book.live
    read.read(b'{"s":"X","k":"snapshot","x":{"s":"Y"},"b":[["1","1"]]}', 1)
    assert not book.live
