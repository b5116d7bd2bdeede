"""Levels that are read in one go, against the same levels read the thorough way.

A blank behind a level's bracket is JSON all the same, and keeps a level from the quick way.
"""

from decimal import Decimal
from zlib import crc32

from hypothesis import example, given
from hypothesis import strategies as st

from argosy.books import Ladder
from argosy.books.checksums import kraken, okx
from argosy.errors import WireError
from argosy.model.money import plain
from books.making import OKX_FORM, reader, spot

TAILS = ("", ',"0","4"', ',"","12"', ',"0"', ",7", ",", ',"]"', ',"a"', ',"\\""', ",[]", ',"')


@st.composite
def numbers(draw):
    """Numbers as venues write them, up to more digits than the quick way takes."""
    whole = draw(st.text("0123456789", min_size=1, max_size=9))
    part = draw(st.text("0123456789", min_size=0, max_size=9))
    return f"{whole}.{part}" if part else whole


def frame(levels: str, behind: str = "") -> bytes:
    return (
        '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"bids":['
        + levels
        + "]"
        + behind
        + ',"prevSeqId":-1,"seqId":10}]}'
    ).encode()


def outcome(price_decimals: int, size_decimals: int, text: bytes) -> object:
    about = spot(
        price=f"{Decimal(1).scaleb(-price_decimals):f}",
        size=f"{Decimal(1).scaleb(-size_decimals):f}",
    )
    read, book = reader(OKX_FORM, about)
    try:
        read.read(text, 7)
    except WireError:
        return "refused"
    return book.live, book.levels()


def same_both_ways(price_decimals, size_decimals, levels, behind):
    quick = ",".join(levels)
    thorough = ",".join("[ " + level[1:] for level in levels)
    found = outcome(price_decimals, size_decimals, frame(quick, behind))
    assert found == outcome(price_decimals, size_decimals, frame(thorough, behind))
    return found


@given(
    st.integers(0, 10),
    st.integers(0, 10),
    st.lists(st.tuples(numbers(), numbers(), st.sampled_from(TAILS)), min_size=1, max_size=5),
    st.integers(0, 60),
)
@example(0, 0, [("12345678", "1", "")], 60)
@example(8, 8, [("12345678.87654321", "0.00000001", ',"0","4"')], 0)
@example(1, 5, [("60123.10", "0.12345000", "")], 60)
@example(1, 5, [("60123.11", "0.12345000", "")], 60)
def test_levels_are_the_same_read_either_way(price_decimals, size_decimals, parts, blanks):
    levels = [f'["{price}","{size}"{tail}]' for price, size, tail in parts]
    same_both_ways(price_decimals, size_decimals, levels, " " * blanks)


@given(
    st.integers(0, 8),
    st.text('0123456789.",][-e+\\ ', max_size=8),
    st.integers(0, 26),
    st.integers(0, 3),
)
def test_malformed_levels_end_the_same_either_way(decimals, noise, place, cut):
    level = '["29348.7","0.65","0","4"]'
    broken = "[" + (level[:place] + noise + level[place + cut :])[1:]
    same_both_ways(decimals, 2, ['["29348","0.5"]', broken, '["29347","1"]'], " " * 60)


@given(numbers(), numbers())
def test_what_fits_is_read_exactly(price, size):
    found = same_both_ways(9, 9, [f'["{price}","{size}"]'], "")
    kept = [(Decimal(price), Decimal(size))] if Decimal(size) else []
    assert found == (True, (kept, []))


def test_levels_before_their_symbol_are_read_in_its_decimals():
    read, first = reader(OKX_FORM, spot(price="0.1", size="0.01"))
    second = read.attach("ETH-USDT", spot(symbol="ETH/USDT", price="0.001", size="0.0001"))
    for name, book in (("BTC-USDT", first), ("ETH-USDT", second), ("BTC-USDT", first)):
        text = (
            '{"action":"snapshot","data":[{"bids":[["2.5","0.25","0","1"],["2.4","1.5","0","2"]],'
            f'"prevSeqId":-1,"seqId":10}}],"arg":{{"channel":"books","instId":"{name}"}}}}'
        )
        read.read(text.encode(), 7)
        wanted = [(Decimal("2.5"), Decimal("0.25")), (Decimal("2.4"), Decimal("1.5"))]
        assert book.levels() == (wanted, [])


SCALED = st.dictionaries(
    st.one_of(st.integers(0, 10**6), st.integers(0, 2**63 - 1)),
    st.one_of(st.integers(1, 10**6), st.integers(1, 2**63 - 1)),
    max_size=30,
)


@given(SCALED, SCALED, st.integers(0, 10), st.integers(0, 10))
@example({10**8: 10**16, 10**8 - 1: 99_999_999}, {10**16 - 1: 1}, 8, 8)
def test_checksums_are_those_of_the_plain_texts(bids, asks, price_decimals, size_decimals):
    sides = [sorted(bids.items(), reverse=True), sorted(asks.items())]
    ladders = [Ladder(True), Ladder(False)]
    for ladder, side in zip(ladders, sides, strict=True):
        for price, size in side:
            ladder.set(price, size)
    digits = "".join(f"{price}{size}" for side in sides[::-1] for price, size in side[:10])
    assert kraken(*ladders) == crc32(digits.encode())
    texts = []
    for place in range(25):
        for side in sides:
            for price, size in side[place : place + 1]:
                texts.append(plain(Decimal(price).scaleb(-price_decimals)))
                texts.append(plain(Decimal(size).scaleb(-size_decimals)))
    right = crc32(":".join(texts).encode())
    assert okx(*ladders, price_decimals, size_decimals) == (right ^ 2**31) - 2**31
