"""Frames of objects and of arrays with a CRC-32, as Kraken writes them in its two formats."""

from decimal import Decimal
from zlib import crc32

import pytest

from argosy.books import Ladder
from argosy.books.checksums import kraken
from argosy.errors import WireError
from argosy.model import GapReason
from books.making import KRAKEN_FORM, KRAKEN_V1_FORM, reader, spot

# The worked example of docs.kraken.com, "Spot WebSockets (v2) Book Checksum".
ASKS = [
    ("45285.2", "0.00100000"),
    ("45286.4", "1.54571953"),
    ("45286.6", "1.54571109"),
    ("45289.6", "1.54560911"),
    ("45290.2", "0.15890660"),
    ("45291.8", "1.54553491"),
    ("45294.7", "0.04454749"),
    ("45296.1", "0.35380000"),
    ("45297.5", "0.09945542"),
    ("45299.5", "0.18772827"),
]
BIDS = [
    ("45283.5", "0.10000000"),
    ("45283.4", "1.54582015"),
    ("45282.1", "0.10000000"),
    ("45281.0", "0.10000000"),
    ("45280.3", "1.54592586"),
    ("45279.0", "0.07990000"),
    ("45277.6", "0.03310103"),
    ("45277.5", "0.30000000"),
    ("45277.3", "1.54602737"),
    ("45276.6", "0.15445238"),
]
CHECKSUM = 3310070434


def v2_frame(kind, bids=(), asks=(), checksum=CHECKSUM, time="2023-10-06T17:35:55.440295Z"):
    def side(levels):
        return ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in levels)

    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"BTC/USD","bids":[{side(bids)}],'
        f'"asks":[{side(asks)}],"checksum":{checksum},"timestamp":"{time}"}}]}}'
    ).encode()


def kraken_reader(depth=10):
    return reader(KRAKEN_FORM, spot("kraken", "BTC/USD"), "BTC/USD", depth)


def test_the_published_checksum_is_right():
    read, book = kraken_reader()
    read.read(v2_frame("snapshot", BIDS, ASKS), 1)
    assert book.live
    assert book.checksums_right == 1
    assert book.venue_ns == 1696613755440295000
    assert kraken(book.bids, book.asks) == CHECKSUM


def test_one_wrong_digit_is_seen():
    read, book = kraken_reader()
    wrong = [*ASKS[:-1], ("45299.5", "0.18772828")]
    step = read.read(v2_frame("snapshot", BIDS, wrong), 1)
    assert step.events[0].reason is GapReason.CHECKSUM
    assert step.events[0].detail == "said 3310070434"
    assert book.checksums_wrong == 1


def test_levels_that_fall_out_of_the_depth_are_dropped():
    read, book = kraken_reader()
    book.verify = False
    read.read(v2_frame("snapshot", BIDS, ASKS), 1)
    read.read(v2_frame("update", [("45283.6", "1")], [("45285.1", "2")]), 2)
    assert len(book.bids) == len(book.asks) == 10
    assert book.levels(1) == (
        [(Decimal("45283.6"), Decimal(1))],
        [(Decimal("45285.1"), Decimal(2))],
    )
    assert book.levels()[0][-1][0] == Decimal("45277.3")
    read.read(v2_frame("update", [("45277.3", "0")]), 3)
    assert len(book.bids) == 9


def test_keys_of_a_level_may_come_in_any_order_with_others_between():
    read, book = kraken_reader()
    book.verify = False
    frame = (
        b'{"data":[{"symbol":"BTC/USD","bids":[{"qty":2,"more":"x","price":45283.5 , "n":1}],'
        b'"asks":[]}],"type":"snapshot"}'
    )
    read.read(frame, 1)
    assert book.best_bid() == (Decimal("45283.5"), Decimal(2))


@pytest.mark.parametrize(
    "level",
    [
        "{}",
        '{"price":1}',
        '{"price":1,"qty":',
        '{"price":1,"qty":1',
        "{5}",
        '{"price":[],"qty":1}',
        '{"more":[],"price":1,"qty":1}',
    ],
)
def test_a_broken_level_is_a_gap(level):
    read, _ = kraken_reader()
    frame = f'{{"type":"snapshot","data":[{{"symbol":"BTC/USD","bids":[{level}]}}]}}'.encode()
    assert read.read(frame, 1).events[0].reason is GapReason.MALFORMED


@pytest.mark.parametrize(
    "time",
    [
        "",
        "2023",
        "2023-10-06T17:35:55.440295",
        "2023-13-06T17:35:55Z",
        "2023-10-32T17:35:55Z",
        "1969-10-06T17:35:55Z",
        "2023-10-06T17:35:x5Z",
        "2023-10-06T17:35:55.4x0295Z",
    ],
)
def test_a_broken_time_is_a_gap(time):
    read, _ = kraken_reader()
    step = read.read(v2_frame("snapshot", BIDS, ASKS, time=time), 1)
    assert step.events[0].reason is GapReason.MALFORMED


@pytest.mark.parametrize(
    ("time", "nanos"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2024-02-29T23:59:59.123456789Z", 1709251199123456789),
        ("2000-03-01T00:00:00.5Z", 951868800500000000),
        ("2023-10-06T17:35:55.1234567891Z", 1696613755123456789),
    ],
)
def test_times_are_read_to_the_nanosecond(time, nanos):
    read, book = kraken_reader()
    read.read(v2_frame("snapshot", BIDS, ASKS, time=time), 1)
    assert book.venue_ns == nanos


def v1_reader():
    return reader(KRAKEN_V1_FORM, spot("kraken", "XBT/USD", price="0.1"), "XBT/USD", 10)


def test_the_first_format_carries_its_symbol_last_and_its_times_in_levels():
    read, book = v1_reader()
    snapshot = (
        b'[1,{"as":[["5541.30000","2.50700000","1534614248.123678"]],'
        b'"bs":[["5541.20000","1.52900000","1534614248.765567"]]},"book-10","XBT/USD"]'
    )
    read.read(snapshot, 1)
    assert book.live
    assert (book.price_decimals, book.size_decimals) == (5, 8)
    assert book.venue_ns == 1534614248765567000
    update = (
        b'[1,{"a":[["5541.30000","2.50700000","1534614248.456738","r"],'
        b'["5542.50000","0.40100000","1534614248.456738"]]},'
        b'{"b":[["5541.30000","0.00000000","1534614335.345903"]]},"book-10","XBT/USD"]'
    )
    read.read(update, 2)
    assert book.levels() == (
        [(Decimal("5541.2"), Decimal("1.529"))],
        [(Decimal("5541.3"), Decimal("2.507")), (Decimal("5542.5"), Decimal("0.401"))],
    )
    assert book.venue_ns == 1534614335345903000


def test_an_empty_snapshot_keeps_the_scale():
    read, book = v1_reader()
    read.read(b'[1,{"as":[],"bs":[]},"book-10","XBT/USD"]', 1)
    assert book.live
    assert book.price_decimals == 1


@pytest.mark.parametrize("time", ["-1", "1.1234567891", "99999999999999999"])
def test_a_level_time_that_is_none_is_an_error(time):
    read, _ = v1_reader()
    with pytest.raises(WireError, match="no time in unix seconds"):
        read.read(f'[1,{{"as":[["1","1","{time}"]]}},"book-10","XBT/USD"]'.encode(), 1)


def test_negative_numbers_are_written_with_their_sign():
    bids, asks = Ladder(True), Ladder(False)
    asks.set(-5, 7)
    assert kraken(bids, asks) == crc32(b"-57")


def test_only_ten_levels_a_side_are_in_the_checksum():
    read, book = kraken_reader(depth=25)
    more = [*ASKS, ("45300.0", "1"), ("45301.0", "2")]
    read.read(v2_frame("snapshot", [*BIDS, ("45000.0", "1")], more), 1)
    assert book.live
    assert len(book.asks) == 12


def test_the_longest_number_is_written_whole():
    bids, asks = Ladder(True), Ladder(False)
    asks.set(2**63 - 1, 1)
    assert kraken(bids, asks) == crc32(b"92233720368547758071")


def test_a_frame_that_breaks_off_in_a_level_is_a_gap():
    read, _ = kraken_reader()
    frame = b'{"type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":1,"qty":2,'
    assert read.read(frame, 1).events[0].reason is GapReason.MALFORMED


def checksum_of(book):
    return kraken(book.bids, book.asks)


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ([], []),
        ([("45270.0", "1")], [("45310.0", "2")]),  # below the ten that count
        ([("45283.6", "1")], []),
        ([], [("45285.1", "3")]),
        ([("45283.5", "0")], [("45285.2", "0")]),
        ([("45283.5", "7")], [("45299.5", "8")]),
    ],
)
def test_a_checksum_kept_from_before_is_the_one_made_anew(bids, asks):
    read, book = kraken_reader(depth=25)
    deeper = [("45310.0", "1"), ("45311.0", "1")]
    read.read(v2_frame("snapshot", [*BIDS, ("45270.0", "3")], [*ASKS, *deeper]), 1)
    other, plain = kraken_reader(depth=25)
    plain.verify = False
    other.read(v2_frame("snapshot", [*BIDS, ("45270.0", "3")], [*ASKS, *deeper]), 1)
    other.read(v2_frame("update", bids, asks), 2)
    read.read(v2_frame("update", bids, asks, checksum=checksum_of(plain)), 2)
    assert book.live
    assert book.checksums_right == 2
