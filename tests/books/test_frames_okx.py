"""Frames of arrays of strings with previous and next ids, as OKX writes them."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.books import BookReader, Shelf
from argosy.errors import WireError
from argosy.model import BookGap, BookSnapshot, BookUpdate, GapReason, Level
from argosy.ports import NOTHING
from books.making import OKX_FORM, okx_frame, reader, spot

ASKS = [("101.1", "2"), ("101.2", "3.5")]
BIDS = [("100.9", "1"), ("100.8", "4")]


@pytest.fixture
def synced():
    read, book = reader(OKX_FORM)
    read.read(okx_frame("snapshot", BIDS, ASKS, -1, 10), 7)
    return read, book


def test_a_snapshot_makes_the_book_live(synced):
    read, book = synced
    assert book.live
    assert read.ready
    assert book.levels() == (
        [(Decimal("100.9"), Decimal(1)), (Decimal("100.8"), Decimal(4))],
        [(Decimal("101.1"), Decimal(2)), (Decimal("101.2"), Decimal("3.5"))],
    )
    assert book.best_bid() == (Decimal("100.9"), Decimal(1))
    assert book.best_ask() == (Decimal("101.1"), Decimal(2))
    assert book.venue_ns == 1597026383085000000
    assert book.received_ns == 7
    assert book.snapshot(1).asks == (Level(Decimal("101.1"), Decimal(2)),)
    assert book.snapshot().sequence == 10
    assert repr(book) == "VenueBook('okx:BTC/USDT', live, 2x2)"


def test_an_update_changes_inserts_and_removes(synced):
    read, book = synced
    step = read.read(
        okx_frame("update", [("100.9", "0")], [("101.1", "9"), ("101.0", "1")], 10, 11), 8
    )
    assert step is book.changed
    assert step.events[0].book is book
    assert book.levels() == (
        [(Decimal("100.8"), Decimal(4))],
        [
            (Decimal("101.0"), Decimal(1)),
            (Decimal("101.1"), Decimal(9)),
            (Decimal("101.2"), Decimal("3.5")),
        ],
    )
    change = book.last_change()
    assert isinstance(change, BookUpdate)
    assert change.bids == (Level(Decimal("100.9"), Decimal(0)),)
    assert change.sequence == 11


def test_a_lost_update_is_a_gap_until_the_next_snapshot(synced):
    read, book = synced
    step = read.read(okx_frame("update", BIDS, ASKS, 11, 12), 8)
    (gap,) = step.events
    assert isinstance(gap, BookGap)
    assert gap.reason is GapReason.SEQUENCE
    assert gap.detail == "have 10, got 11..12"
    assert read.gap == "okx:BTC/USDT"
    assert not book.live
    assert book.levels() == ([], [])
    assert book.best_bid() is None
    assert book.best_ask() is None
    assert read.read(okx_frame("update", BIDS, ASKS, 12, 13), 9) is NOTHING
    assert read.gap is None
    assert read.unsynced == "okx:BTC/USDT"
    read.read(okx_frame("snapshot", BIDS, ASKS, -1, 20), 10)
    assert book.live
    assert isinstance(book.last_change(), BookSnapshot)
    assert (book.gaps, book.snapshots) == (1, 2)


def test_a_heartbeat_keeps_the_book_and_a_sequence_reset_is_followed(synced):
    read, book = synced
    read.read(okx_frame("update", [], [], 10, 10), 8)
    read.read(okx_frame("update", [], [("101.1", "5")], 10, 3), 9)
    read.read(okx_frame("update", [], [("101.1", "6")], 3, 5), 9)
    assert book.live
    assert book.best_ask() == (Decimal("101.1"), Decimal(6))


def test_an_update_without_ids_is_taken_as_formats_before_2022_wrote_it(synced):
    read, book = synced
    frame = b'{"arg":{"instId":"BTC-USDT"},"action":"update","data":[{"asks":[["101.1","8"]]}]}'
    read.read(frame, 8)
    assert book.best_ask() == (Decimal("101.1"), Decimal(8))
    assert book.last_change().sequence is None


def test_a_crossed_book_is_not_served(synced):
    read, book = synced
    read.read(okx_frame("update", [("101.1", "1")], [], 10, 11), 8)
    assert book.crossed
    assert not book.live
    read.read(okx_frame("update", [("101.1", "0")], [], 11, 12), 8)
    assert book.live


def test_a_number_off_the_grid_is_a_gap_not_a_rounding(synced):
    read, book = synced
    step = read.read(okx_frame("update", [("100.95", "1")], [], 10, 11), 8)
    assert step.events[0].reason is GapReason.MALFORMED
    assert "off the instrument's grid" in step.events[0].detail
    assert not book.live


def test_nothing_of_a_broken_update_is_applied(synced):
    read, book = synced
    read.read(okx_frame("update", [("100.9", "9")], [("101.1", "-1")], 10, 11), 8)
    assert book.levels() == ([], [])
    assert not book.live


def test_padding_zeros_are_no_digits(synced):
    read, book = synced
    read.read(okx_frame("update", [("100.90000000000000000000", "9.000000000000")], [], 10, 11), 8)
    assert book.best_bid() == (Decimal("100.9"), Decimal(9))


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{",
        b"{}",
        b"x",
        b"[]",
        b'{"arg":{"instId":5}}',
        b'{"arg":{"instId":"BTC-USDU"},"data":[]}',
        b'{"arg":{"instId":"BTC-USDT}',
    ],
)
def test_a_frame_of_no_known_book_is_a_wire_error(synced, frame):
    read, book = synced
    with pytest.raises(WireError):
        read.read(frame, 8)
    assert book.live


@pytest.mark.parametrize(
    "levels",
    [
        '"asks":5',
        '"asks":[[]]',
        '"asks":[["101.1"]]',
        '"asks":[["101.1","1"',
        '"asks":[["101.1","1"],5]',
        '"asks":[["101.1","x"]]',
        '"asks":[["101.1",null]]',
        '"asks":[["101.","1"]]',
        '"asks":[["101.1" ,"1]]',
        '"asks":[["NaN","1"]]',
        '"asks":[[101.1x,"1"]]',
        '"asks":[["99999999999999999999","1"]]',
        '"asks":[["1.12345678901234567891","1"]]',
        '"asks":[["999999999999999999","1"]]',
        '"asks":[["101.1","1",[]]]',
        '"asks":[["101.1","1",tru',
        '"asks":[["1e","1"]]',
        '"asks":[["1e99","1"]]',
        '"asks":[["1e-99","1"]]',
        '"asks":[["99e17","1"]]',
        '"seqId":1.5',
        '"seqId":"1',
        '"ts":"-1"',
        '"ts":"99999999999999"',
        '"instId":"ETH-USDT"',
        '"asks":[]}]',
        '"asks":[]}]}}',
        '"asks":[]}]} x',
        '"asks":[',
        '"asks":',
        '"action":1',
    ],
)
def test_a_malformed_frame_of_a_known_book_is_its_gap(synced, levels):
    read, book = synced
    frame = f'{{"arg":{{"instId":"BTC-USDT"}},"action":"update","data":[{{{levels}}}]}}'.encode()
    step = read.read(frame.replace(b"}}]}}]}", b"}}"), 8)
    assert step.events[0].reason is GapReason.MALFORMED
    assert read.gap == book.instrument
    assert not book.live


@pytest.mark.parametrize(
    ("written", "value"),
    [("1.5e2", "150"), ("15E1", "150"), ("1500e-1", "150"), ("0e99", None), ("1.5e+2", "150")],
)
def test_exponents_are_read_exactly(synced, written, value):
    read, book = synced
    read.read(okx_frame("update", [("100.9", "0"), ("100.8", written)], [], 10, 11), 8)
    assert book.best_bid() == (None if value is None else (Decimal("100.8"), Decimal(value)))


def test_small_exponents_shed_their_padding(synced):
    read, book = synced
    frame = okx_frame("update", [("100.9", "150000000000000000e-20")], [], 10, 11)
    read.read(frame, 8)
    assert book.best_bid() == (Decimal("100.9"), Decimal("0.0015"))


def test_null_levels_and_ids_count_as_absent(synced):
    read, book = synced
    frame = (
        b'{"arg":{"instId":"BTC-USDT"},"action":"update",'
        b'"data":[{"asks":null,"bids":[],"checksum":null,"prevSeqId":10,"seqId":11}]}'
    )
    read.read(frame, 8)
    assert book.live
    assert book.sequence == 11


def test_unknown_keys_escapes_and_spaces_are_passed_over(synced):
    read, book = synced
    frame = (
        b' { "note" : "a \\" quote" , "arg" : { "instId" : "BTC-USDT" } , "action" : "update" ,'
        b' "more" : [ true , { "deep" : 1 , "bits" : 2 , "bid" : 3 } ] ,'
        b' "data" : [ { "asks" : [ [ "101.1" , 7 , "0" ] ] ,'
        b' "prevSeqId" : 10 , "seqId" : 11 } ] } '
    )
    read.read(frame, 8)
    assert book.best_ask() == (Decimal("101.1"), Decimal(7))


def test_a_wrong_checksum_is_a_gap_and_zero_means_none(synced):
    read, book = synced
    read.read(okx_frame("update", [], [], 10, 11, checksum=0), 8)
    assert book.live
    step = read.read(okx_frame("update", [], [], 11, 12, checksum=5), 8)
    assert step.events[0].reason is GapReason.CHECKSUM
    assert (book.checksums_right, book.checksums_wrong) == (0, 1)


def test_checksums_need_not_be_verified(synced):
    read, book = synced
    book.verify = False
    read.read(okx_frame("update", [], [], 10, 11, checksum=5), 8)
    assert book.live


def test_a_lost_connection_takes_every_book_out_of_use(synced):
    read, book = synced
    step = read.lost(GapReason.DISCONNECTED, 9)
    assert [event.instrument for event in step.events] == ["okx:BTC/USDT"]
    assert not book.live
    assert not read.ready
    with pytest.raises(LookupError):
        book.last_change()


def test_two_books_of_one_connection_are_kept_apart(synced):
    read, book = synced
    other = read.attach("ETH-USDT", spot(symbol="ETH/USDT"))
    assert not read.ready
    read.read(okx_frame("snapshot", BIDS, [], -1, 1, symbol="ETH-USDT"), 8)
    assert len(other.bids) == 2
    assert other.live
    with pytest.raises(LookupError):
        book.last_change()
    read.read(okx_frame("update", [("100.9", "9")], [], 10, 11), 8)
    assert book.best_bid() == (Decimal("100.9"), Decimal(9))
    read.read(okx_frame("update", [("100.9", "9")], [], 11, 12, symbol="BTC-USDT"), 8)
    read.detach("ETH-USDT")
    read.detach("ETH-USDT")
    assert not other.live
    with pytest.raises(WireError):
        read.read(okx_frame("update", [], [], 1, 2, symbol="ETH-USDT"), 8)


def test_a_snapshot_by_request_bridges_to_the_updates_kept_meanwhile():
    read, book = reader(OKX_FORM)
    read.buffer("BTC-USDT")
    assert read.read(okx_frame("update", [("100.9", "1")], [], 8, 9), 1) is NOTHING
    read.read(okx_frame("update", [("100.9", "2")], [], 9, 12), 2)
    read.read(okx_frame("update", [("100.9", "3")], [], 12, 13), 3)
    reply = (
        b'{"code":"0","data":[{"asks":[["101.1","1"]],"bids":[["100.9","9"]],"ts":"1","seqId":10}]}'
    )
    assert read.read_reply("BTC-USDT", reply, 4) is book.changed
    assert book.live
    assert book.best_bid() == (Decimal("100.9"), Decimal(3))
    assert book.sequence == 13


def test_a_snapshot_older_than_the_updates_is_a_gap():
    read, book = reader(OKX_FORM)
    read.buffer("BTC-USDT")
    read.read(okx_frame("update", [("100.9", "1")], [], 20, 21), 1)
    read.read_reply("BTC-USDT", b'{"data":[{"asks":[],"bids":[],"seqId":10}]}', 4)
    assert read.gap == book.instrument
    assert not book.live


def test_a_broken_reply_is_a_gap():
    read, book = reader(OKX_FORM)
    read.buffer("BTC-USDT")
    read.read_reply("BTC-USDT", b'{"data":[{"asks":[["0.01","1"]],"seqId":10}]}', 4)
    assert read.gap == book.instrument
    with pytest.raises(WireError):
        read.read_reply("BTC-USDT", b'{"data":[', 4)


def test_waiting_for_a_snapshot_is_bounded():
    read, _ = reader(OKX_FORM)
    read.buffer("BTC-USDT")
    for sequence in range(2_000):
        read.read(okx_frame("update", [], [], sequence, sequence + 1), 1)
    step = read.read(okx_frame("update", [], [], 2_000, 2_001), 1)
    assert step.events[0].reason is GapReason.OVERFLOW


def test_a_frame_of_many_levels_is_taken_and_one_of_too_many_is_not():
    read, book = reader(OKX_FORM)
    many = [(f"{price}", "1") for price in range(1, 1_500)]
    read.read(okx_frame("snapshot", many, [], -1, 1), 1)
    assert len(book.bids) == 1_499
    step = read.read(okx_frame("update", [("1", "1")] * 70_000, [], 1, 2), 1)
    assert step.events[0].reason is GapReason.MALFORMED


def test_a_book_of_another_kind_cannot_be_attached():
    class Other:
        def book(self, instrument):
            return instrument

    with pytest.raises(TypeError, match="Instrument is no book"):
        BookReader(OKX_FORM, Other()).attach("X", spot())


def test_a_shelf_gives_one_book_an_instrument():
    shelf = Shelf()
    assert shelf.book(spot()) is shelf.book(spot())
    assert len(shelf) == 1


def test_a_book_that_no_frame_reached_has_no_last_change():
    book = Shelf().book(spot())
    with pytest.raises(LookupError, match="no frame yet"):
        book.last_change()


def test_a_frame_that_breaks_off_anywhere_is_never_applied():
    whole = okx_frame("snapshot", [("100.9", "-1.5e1"), ("7", "0.25")], ASKS, -1, 10)
    for end in range(len(whole)):
        read, book = reader(OKX_FORM)
        try:
            step = read.read(whole[:end], 1)
        except WireError:
            continue
        assert step.events[0].reason is GapReason.MALFORMED
        assert not book.live


@pytest.mark.parametrize("tail", ["1", "1.", "1.5", "[1", "[1,", "[1,2", '[1,2,"x', "[1,2,3"])
def test_a_number_at_the_end_of_a_frame_is_an_error(synced, tail):
    read, _ = synced
    read.read(f'{{"instId":"BTC-USDT","asks":[{tail}'.encode(), 8)
    assert read.gap is not None


def test_a_malformed_frame_of_an_unknown_book_is_a_wire_error(synced):
    read, book = synced
    with pytest.raises(WireError):
        read.read(b'{"instId":"ETH-USDT","asks":[[', 8)
    assert book.live


@given(st.binary(max_size=80), st.integers(0, 200), st.integers(0, 5))
def test_bytes_that_are_changed_bring_out_nothing_but_wire_errors(noise, at, cut):
    read, _ = reader(OKX_FORM)
    whole = okx_frame("snapshot", BIDS, ASKS, -1, 10)
    for frame in (noise, whole[:at] + noise + whole[at + cut :]):
        with suppress(WireError):
            read.read(frame, 1)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**12), st.integers(0, 8), st.integers(0, 3), st.sampled_from(["", "-"])
        ),
        min_size=1,
        max_size=20,
    )
)
def test_numbers_of_any_length_and_padding_are_read_exactly(numbers):
    read, book = reader(OKX_FORM, spot(price="0.00000001"))
    levels, wanted = [], {}
    for mantissa, decimals, padding, sign in numbers:
        value = Decimal(f"{sign}{mantissa}").scaleb(-decimals)
        text = f"{value:f}"
        if padding:
            text += ("" if "." in text else ".") + "0" * padding
        levels.append((text, "1.25"))
        wanted[value] = Decimal("1.25")
    step = read.read(okx_frame("snapshot", levels, [], -1, 10), 7)
    fits = all(abs(value) * 10**8 < 2**63 for value in wanted)
    assert (step is book.changed) == fits
    if fits:
        assert dict(book.levels()[0]) == wanted


@pytest.mark.parametrize(
    ("price", "size", "said"),
    [
        ("100.9", "0.1000000001", "off the instrument's grid"),
        ("100.9", "1.1234567890123456789", "beyond 64 bits"),
        ("100.9", "0.1234567890123456780", "off the instrument's grid"),
    ],
)
def test_digits_beyond_the_usual_ones_are_never_cut(synced, price, size, said):
    read, book = synced
    step = read.read(okx_frame("update", [(price, size)], [], 10, 11), 8)
    assert said in step.events[0].detail
    assert not book.live


@given(st.text(alphabet="0123456789.-e+", min_size=1, max_size=12))
def test_what_looks_like_a_number_is_read_as_decimal_reads_it_or_not_at_all(text):
    read, book = reader(OKX_FORM, spot(price="0.00000001"))
    read.read(okx_frame("snapshot", [(text, "1")], [], -1, 10), 7)
    try:
        value = Decimal(text)
    except ArithmeticError:
        value = None
    if book.live:
        assert value is not None
        assert book.levels()[0] == [(value, Decimal(1))]
