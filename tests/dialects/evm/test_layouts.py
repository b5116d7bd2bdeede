"""Layouts read straight from digits: quick readings against plain ones, whatever the bytes."""

import random
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from argosy.dialects.evm.layouts import Events, Layout, place_of, quantity
from argosy.dialects.evm.logs import Log
from argosy.errors import WireError

WIDTHS = [*range(8, 257, 8)]
KINDS = [
    "address",
    "bytes32",
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in WIDTHS),
]


def layout_of(kind, *, indexed=False):
    return Layout("Told", dict, [("value", kind, indexed)])


def log_of(layout, word, *, indexed=False):
    topics = (layout.topic, "0x" + word) if indexed else (layout.topic,)
    return Log(address="0xab", topics=topics, data="0x" if indexed else "0x" + word)


def said(read, log):
    """What a reading comes to: its values, or its refusal."""
    try:
        return read(log)
    except WireError as e:
        return str(e)


def near(bits):
    """Numbers around where a type of so many bits ends."""
    edges = (0, 1, -1, 1 << bits, (1 << bits) - 1, 1 << (bits - 1), -(1 << (bits - 1)))
    return [(each + off) % (1 << 256) for each in edges for off in (-1, 0, 1)]


@pytest.mark.parametrize("indexed", [False, True], ids=["data", "topic"])
@pytest.mark.parametrize("kind", KINDS)
def test_at_the_ends_of_every_type_both_readings_are_one(kind, indexed):
    layout = layout_of(kind, indexed=indexed)
    rng = random.Random(kind)
    bits = int("".join(filter(str.isdigit, kind)) or "160")
    numbers = near(bits) + near(63) + [rng.getrandbits(rng.randint(1, 256)) for _ in range(20)]
    for number in numbers:
        log = log_of(layout, f"{number:064x}", indexed=indexed)
        assert said(layout.read, log) == said(layout.plain, log)
        upper = log_of(layout, f"{number:064X}", indexed=indexed)
        assert said(layout.read, upper) == said(layout.plain, upper)


@pytest.mark.parametrize("bits", [7, 9, 12, 63, 65, 129, 255])
@pytest.mark.parametrize("sign", ["", "u"])
def test_types_that_end_within_a_byte_are_read_as_well(bits, sign):
    layout = layout_of(f"{sign}int{bits}")
    for number in near(bits):
        log = log_of(layout, f"{number:064x}")
        assert said(layout.read, log) == said(layout.plain, log)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("f" * 64, -1),
        ("0" * 63 + "1", 1),
        ("8" + "0" * 63, -(1 << 255)),
        ("7" + "f" * 63, (1 << 255) - 1),
        ("0" * 48 + "7" + "f" * 15, (1 << 63) - 1),
        ("0" * 48 + "8" + "0" * 15, 1 << 63),
        ("f" * 48 + "8" + "0" * 15, -(1 << 63)),
        ("f" * 48 + "7" + "f" * 15, -(1 << 63) - 1),
    ],
)
def test_signed_words_are_what_two_s_complement_says(word, value):
    layout = layout_of("int256")
    assert layout.read(log_of(layout, word)) == {"value": value}


FIELDS = [("id", "bytes32", True), ("who", "address", True), ("size", "int128", False)]
LAYOUT = Layout("Mixed", dict, [*FIELDS, ("fee", "uint24", False), ("to", "address", False)])
DIGITS = string.hexdigits + "gG_ \u0661\xb2\ud800xX/:@`"
WORD = st.text(DIGITS, min_size=64, max_size=64) | st.text(
    "0123456789abcdef", min_size=64, max_size=64
)
SMALL = st.integers(0, 1 << 24).map(lambda each: f"{each:064x}")
TEXT = st.text(max_size=70)


@given(
    st.lists((WORD | SMALL).map(lambda word: "0x" + word) | TEXT, max_size=4),
    st.lists(WORD | SMALL, min_size=3, max_size=3).map(lambda words: "0x" + "".join(words)) | TEXT,
)
@example(["0x" + "0" * 64] * 2, "0X" + "0" * 192)
@example(["0X" + "0" * 64] * 2, "0x" + "0" * 192)
def test_of_any_text_both_readings_come_to_the_same(topics, data):
    log = Log(address="0xab", topics=(LAYOUT.topic, *topics), data=data)
    assert said(LAYOUT.read, log) == said(LAYOUT.plain, log)


@given(st.integers(0, 191), st.sampled_from(DIGITS))
def test_a_single_wrong_digit_is_refused(place, digit):
    data = "0" * place + digit + "0" * (191 - place)
    log = Log(
        address="0xab", topics=(LAYOUT.topic, "0x" + "0" * 64, "0x" + "0" * 64), data="0x" + data
    )
    found = said(LAYOUT.read, log)
    assert found == said(LAYOUT.plain, log)
    if digit not in string.hexdigits:
        assert found == f"{LAYOUT.signature}: data is not hexadecimal"


def test_a_refusal_names_event_field_and_value():
    layout = layout_of("uint24")
    with pytest.raises(WireError, match=r"Told\(uint24\): value is 16777216, which is no uint24"):
        layout.read(log_of(layout, f"{1 << 24:064x}"))
    with pytest.raises(WireError, match="0 topics"):
        layout.read(Log(address="0xab", topics=(), data="0x"))
    layout = layout_of("address", indexed=True)
    with pytest.raises(WireError, match=r"value is '0x0{23}1.*', which is no address"):
        layout.read(log_of(layout, "0" * 23 + "1" + "0" * 40, indexed=True))


def test_events_are_found_by_their_topic():
    layout = layout_of("bool")
    events = Events(layout)
    assert events.by_topic == {layout.topic: layout}
    assert events.read(log_of(layout, "0" * 63 + "1")) == {"value": 1}
    assert layout.declared == (("value", "bool", False),)


@given(st.integers(0, 1 << 300))
def test_quantities_of_any_size_are_read(number):
    assert quantity(hex(number)) == number
    assert quantity(f"0x{number:X}") == number


@pytest.mark.parametrize("digits", [1, 15, 16, 17, 18])
def test_leading_zeros_do_not_matter(digits):
    assert quantity("0x" + "7".rjust(digits, "0")) == 7


@pytest.mark.parametrize("field", ["block_number", "log_index"])
def test_a_place_beyond_all_places_is_refused(field):
    about = {"block_number": "0x1", "log_index": hex((1 << 62) - 1)}
    assert place_of(Log(address="0xab", topics=(), data="0x", **about)) == (1, (1 << 62) - 1)
    log = Log(address="0xab", topics=(), data="0x", **about | {field: hex(1 << 62)})
    with pytest.raises(WireError, match="beyond 62 bits"):
        place_of(log)
