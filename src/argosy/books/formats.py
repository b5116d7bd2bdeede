"""How a venue writes its books, as data: which keys matter, how levels look, what keeps order."""

from enum import IntEnum

import msgspec


class Role(IntEnum):
    """What a key of a book frame means to us. Keys without a role are skipped over."""

    SYMBOL = 1  # the venue's name of the instrument
    KIND = 2  # a word: is it a snapshot?
    BIDS = 3
    ASKS = 4
    SNAPSHOT_BIDS = 5  # levels of a snapshot, where the key says so instead of KIND
    SNAPSHOT_ASKS = 6
    SEQUENCE = 7  # id of this update, or of the last in it
    PREVIOUS = 8  # id of the update before
    FIRST = 9  # id of the first update in it
    CHECKSUM = 10  # number, or string of one
    TIME_MS = 11  # number, or string of one
    TIME_ISO = 12  # RFC 3339


class Continuity(IntEnum):
    """What shows that no update was lost."""

    NONE = 0  # nothing but the checksum, or every frame is a snapshot
    PREVIOUS = 1  # PREVIOUS equals the last SEQUENCE; -1 marks a snapshot (OKX, Deribit, HTX)
    RANGE = 2  # FIRST <= last + 1 <= SEQUENCE (Binance spot)
    RANGE_PREVIOUS = 3  # first RANGE, then PREVIOUS equals the last SEQUENCE (Binance futures)
    PLUS_ONE = 4  # SEQUENCE is the last + 1 (Kraken Futures, HTX swaps)
    RISING = 5  # SEQUENCE above the last; each frame is a snapshot


class Checksum(IntEnum):
    """How a venue's book checksum is made."""

    NONE = 0
    KRAKEN = 1  # top 10 asks then bids, digits without point and leading zeros, CRC-32 unsigned
    OKX = 2  # top 25 interleaved "bid:size:ask:size", texts as sent, CRC-32 signed; 0 means absent


class BookFormat(msgspec.Struct, frozen=True, kw_only=True):
    """One venue's book frames.

    Levels are arrays [price, size, ...] of strings or numbers, or objects; for objects `price_key`
    and `size_key` name the parts. Prices and sizes are exact: a number that does not fit the
    instrument's increments is a WireError, unless `scale_from_snapshot`, where the digits that a
    snapshot writes set the scale (venues that pad with zeros their checksum counts).
    """

    roles: dict[str, Role]
    continuity: Continuity
    checksum: Checksum = Checksum.NONE
    snapshot_words: tuple[str, ...] = ("snapshot", "partial")
    price_key: str = ""
    size_key: str = ""
    price_index: int = 0
    size_index: int = 1
    time_index: int = -1  # where a level array carries its time, in unix seconds; -1: nowhere
    always_snapshot: bool = False  # every frame is a whole book
    symbol_last: bool = False  # the frame is an array whose last element is the symbol
    scale_from_snapshot: bool = False
    truncate: bool = False  # levels beyond the subscribed depth are to be dropped by us
