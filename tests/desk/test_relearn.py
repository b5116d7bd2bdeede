"""Increments that become finer while the desk runs: it asks again and rebuilds the books itself."""

import msgspec
import pytest

from argosy.books import VenueBook
from argosy.desk.desk import Desk
from argosy.model import Instrument, InstrumentId
from desk.running import desk_of, sandboxed, until

OKX = InstrumentId("okx:BTC/USDT")


def make_coarse(desk: Desk) -> Instrument:
    """The desk knows what the venue listed before its tick became a tenth; returns the true one."""
    link = desk.links["okx"]
    true = link.instruments[OKX]
    coarse = msgspec.structs.replace(true, price_increment=true.price_increment * 10)
    link.instruments[OKX] = coarse
    link.adapter.reference.learn([coarse])
    return true


def book_of(desk: Desk) -> VenueBook:
    return desk.links["okx"].feeds[0].shelf.books[OKX]


@pytest.mark.parametrize("way", ["in use", "from the start"])
async def test_a_finer_tick_is_learnt_and_the_book_rebuilt(way: str) -> None:
    """A book in use is replaced without a gap of the others; one never in use at once."""
    async with sandboxed("okx") as sandbox, desk_of(sandbox, "okx") as desk:
        link = desk.links["okx"]
        (feed,) = link.feeds
        handovers, first = feed.stats.handovers, book_of(desk)
        true = make_coarse(desk)
        if way == "in use":
            first.price_decimals -= 1  # as it was made when the tick was ten times as large
        else:
            feed.resync("a session that begins before the list of instruments is renewed")
        await until(lambda: link.gaps and link.instruments[OKX] == true, 20)
        await until(lambda: feed.ready and book_of(desk).live, 20)
        book = book_of(desk)
        assert book is not first
        assert book.about.price_increment == true.price_increment
        assert (feed.stats.handovers > handovers) == (way == "in use")
        await until(lambda: desk.universal("BTC/USD", 5).asks)
        assert desk.universal("BTC/USD", 5).asks[0].price % true.price_increment == 0
        gaps = link.gaps
        frames = feed.stats.frames
        await until(lambda: feed.stats.frames > frames + 20)
        assert link.gaps == gaps
