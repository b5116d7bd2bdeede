"""The CRC-32 checksums that venues send with their books, computed from scaled ladders.

This file is compiled by Cython and also runs as it stands. It verifies nothing by itself.
"""

from zlib import crc32

import cython

if cython.compiled:
    from cython.cimports.argosy.books.ladder import Ladder
    from cython.cimports.argosy.books.levels import POWERS
else:
    from argosy.books.ladder import Ladder

KRAKEN_LEVELS = cython.declare(cython.int, 10)
OKX_LEVELS = cython.declare(cython.int, 25)

if cython.compiled:
    crc_fill()
else:

    def crc_of(start: int, text: bytearray, length: int) -> int:
        """CRC-32 of the first bytes of a text, going on from the sum of what came before."""
        return crc32(text[:length], start)


@cython.cfunc
@cython.exceptval(check=False)
def _digits(
    text: cython.pointer[cython.uchar], at: cython.int, value: cython.longlong
) -> cython.int:
    """Write a number's decimal digits; returns where they end."""
    if value < 0:
        text[at] = 45
        at += 1
        value = -value
    if cython.compiled:
        return at + digits_text(cython.address(text[at]), value)
    length: cython.int = 1
    bound: cython.longlong = 10
    while length < 19 and value >= bound:
        length += 1
        if length < 19:
            bound *= 10
    place: cython.int = at + length
    end: cython.int = place
    high: cython.longlong
    low: cython.int
    while place - at >= 2:
        high = value // 100
        low = value - high * 100
        place -= 2
        text[place] = 48 + low // 10
        text[place + 1] = 48 + low % 10
        value = high
    if place > at:
        text[at] = 48 + value
    return end


@cython.cfunc
@cython.exceptval(check=False)
def _plain(
    text: cython.pointer[cython.uchar], at: cython.int, value: cython.longlong, decimals: cython.int
) -> cython.int:
    """Write a scaled number as plain decimal text without padding zeros; returns where it ends."""
    if cython.compiled and value >= 0 and 0 < decimals <= 8:
        length: cython.int = plain_text(cython.address(text[at]), value, POWERS[decimals])
        if length > 0:
            return at + length
    while decimals > 0 and value % 10 == 0:
        value //= 10
        decimals -= 1
    if decimals == 0:
        return _digits(text, at, value)
    power: cython.longlong = 1
    i: cython.int
    for i in range(decimals):
        power *= 10
    at = _digits(text, at, value // power)
    text[at] = 46
    at += 1
    fraction: cython.longlong = value % power
    for i in range(decimals):
        power //= 10
        text[at] = 48 + fraction // power
        fraction %= power
        at += 1
    return at


@cython.cfunc
@cython.exceptval(check=False)
def _kraken_side(text: cython.pointer[cython.uchar], at: cython.int, side: Ladder) -> cython.int:
    taken: cython.int = 0
    b: cython.int
    i: cython.int
    for b in range(side.blocks):
        start: cython.int = side.order[b] * side.block
        for i in range(start, start + side.counts[side.order[b]]):
            if taken == KRAKEN_LEVELS:
                return at
            at = _digits(text, at, side.keys[i] * side.sign)
            at = _digits(text, at, side.sizes[i])
            taken += 1
    return at


@cython.ccall
def kraken(bids: Ladder, asks: Ladder) -> cython.longlong:
    """Kraken's checksum, unsigned: ten best asks, then ten best bids, digits only.

    Source: docs.kraken.com, "Spot WebSockets (v2) Book Checksum", read 2026-11.
    Scales must be the decimals the venue writes, for a padding zero counts.
    """
    if cython.compiled:
        buffer: cython.uchar[1024]
        text: cython.pointer[cython.uchar] = buffer
    else:
        text = bytearray(1024)
    end: cython.int = _kraken_side(text, 0, asks)
    end = _kraken_side(text, end, bids)
    return crc_of(0, text, end)


@cython.cclass
class KrakenSum:
    """Kraken's checksum of one book, computed anew only where its best ten levels changed."""

    def __init__(self) -> None:
        if not cython.compiled:
            self.bids_text = bytearray(1024)
        self.bids_length = 0
        self.asks_sum = 0
        self.value = 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def of(self, bids: Ladder, asks: Ladder) -> cython.longlong:
        """The checksum, unsigned; clears the ladders' `top_changed`."""
        if not bids.top_changed and not asks.top_changed:
            return self.value
        if asks.top_changed:
            if cython.compiled:
                buffer: cython.uchar[1024]
                text: cython.pointer[cython.uchar] = buffer
            else:
                text = bytearray(1024)
            self.asks_sum = crc_of(0, text, _kraken_side(text, 0, asks))
            asks.top_changed = False
        if bids.top_changed:
            self.bids_length = _kraken_side(self.bids_text, 0, bids)
            bids.top_changed = False
        self.value = crc_of(self.asks_sum, self.bids_text, self.bids_length)
        return self.value


@cython.ccall
def okx(
    bids: Ladder, asks: Ladder, price_decimals: cython.int, size_decimals: cython.int
) -> cython.longlong:
    """OKX's checksum, signed 32 bit: 25 levels a side, interleaved, joined by colons.

    Sent until 2026-06-23 (since then the field is 0); needed for recordings.
    Source: OKX API v5 guide, "Checksum", read 2026-11.
    """
    if cython.compiled:
        buffer: cython.uchar[4096]
        text: cython.pointer[cython.uchar] = buffer
    else:
        text = bytearray(4096)
    at: cython.int = 0
    bid_block: cython.int = 0
    bid_at: cython.int = 0
    ask_block: cython.int = 0
    ask_at: cython.int = 0
    place: cython.int
    i: cython.int
    for i in range(OKX_LEVELS):
        if bid_block < bids.blocks:
            place = bids.order[bid_block] * bids.block + bid_at
            at = _plain(text, at, -bids.keys[place], price_decimals)
            text[at] = 58
            at = _plain(text, at + 1, bids.sizes[place], size_decimals)
            text[at] = 58
            at += 1
            bid_at += 1
            if bid_at == bids.counts[bids.order[bid_block]]:
                bid_block += 1
                bid_at = 0
        if ask_block < asks.blocks:
            place = asks.order[ask_block] * asks.block + ask_at
            at = _plain(text, at, asks.keys[place], price_decimals)
            text[at] = 58
            at = _plain(text, at + 1, asks.sizes[place], size_decimals)
            text[at] = 58
            at += 1
            ask_at += 1
            if ask_at == asks.counts[asks.order[ask_block]]:
                ask_block += 1
                ask_at = 0
    value: cython.longlong = crc_of(0, text, at - 1) if at else 0
    return value - 4294967296 if value >= 2147483648 else value
