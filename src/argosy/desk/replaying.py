"""Plays a recording to the real connector over sockets, and compares the books it ends with."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec

from argosy.books import Shelf
from argosy.desk.decoding import BookSummary, Decoding, Summary, books_of, kind_of
from argosy.errors import ConfigError, Unsupported
from argosy.model import InstrumentId, Nanos
from argosy.net import recording
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedRunner
from argosy.net.replay import ReplayServer, ReplaySettings, serving
from argosy.ports import Channel, Clock, Event, FeedPlan, Subscription
from argosy.venues import catalog
from argosy.venues.catalog import Adapter, Endpoints

_CHANNELS = {
    "book_snapshot": Channel.BOOK,
    "trade": Channel.TRADES,
    "ticker": Channel.TICKER,
    "candle": Channel.CANDLES,
    "funding_rate": Channel.FUNDING,
    "mark_price": Channel.MARK_PRICE,
    "index_price": Channel.INDEX_PRICE,
    "open_interest": Channel.OPEN_INTEREST,
    "option_greeks": Channel.GREEKS,
}
_QUIET_S = 1.0  # nothing more came for this long: it is over


class Replayed(msgspec.Struct, kw_only=True):
    """What came out at the far end of the sockets."""

    venue: str
    file: str
    address: str
    frames_served: int = 0
    frames_received: int = 0
    events: dict[str, int] = msgspec.field(default_factory=dict)
    books_compared: int = 0
    books_same: int = 0
    gaps: int = 0
    checksums_right: int = 0
    checksums_wrong: int = 0
    instruments: dict[str, BookSummary] = msgspec.field(default_factory=dict)
    different: list[str] = msgspec.field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether every book ended as the direct reading of the file ends it."""
        return self.books_compared > 0 and self.books_same == self.books_compared


class _Wanted(msgspec.Struct, kw_only=True):
    """What to subscribe to: what the recording has."""

    subscriptions: dict[tuple[Channel, str], Subscription]
    depths: dict[str, int]


def _wanted(decoding: Decoding) -> _Wanted:
    """Read the file once: its instruments, and which channels of each it holds."""
    found: dict[tuple[Channel, str], Subscription] = {}
    depths: dict[str, int] = {}
    for event in decoding.events():
        channel = _CHANNELS.get(kind_of(event))
        instrument = getattr(event, "instrument", None)
        if channel is None or instrument is None or (channel, instrument) in found:
            continue
        interval_s = getattr(event, "interval_s", None)
        found[channel, instrument] = Subscription(
            channel=channel, instrument=InstrumentId(instrument), interval_s=interval_s
        )
    for name, book in decoding.shelf.books.items():
        depths[name] = book.depth
        key = (Channel.BOOK, name)
        if key in found and book.depth:
            found[key] = msgspec.structs.replace(found[key], depth=book.depth)
    return _Wanted(subscriptions=found, depths=depths)


def venue_of(path: Path) -> str:
    """The venue a recording's header names. ConfigError when there is none."""
    for entry in recording.read(path):
        if entry.kind == "header":
            try:
                named = msgspec.json.decode(entry.data, type=_Header).exchange.lower()
            except msgspec.MsgspecError as e:
                raise ConfigError(f"{path}: its header cannot be read ({e}); give --venue") from e
            for name, info in catalog.venues().items():
                for known in (name, *info.aliases):
                    if named == known or named.startswith((f"{known}_", f"{known}.")):
                        return name
            raise ConfigError(f"{path} is of {named!r}, which no venue here is named; give --venue")
        break
    raise ConfigError(f"{path} has no header that names its venue; give --venue")


class _Header(msgspec.Struct):
    exchange: str = ""


async def replay(
    adapter: Adapter,
    path: Path,
    *,
    speed: float = 0,
    port: int = 0,
    on_start: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Replayed:
    """Serve `path` over a WebSocket on loopback and run the venue's feed against it to the end.

    `speed` 1 plays as recorded, 0 as fast as it goes.

    Raises:
        ConfigError: the file holds nothing that can be played.
    """
    direct = Decoding(adapter, path)
    wanted = await asyncio.to_thread(_wanted, direct)
    _know(adapter, direct, wanted)
    if not wanted.subscriptions:
        raise ConfigError(f"{path} holds no stream of {adapter.info.id} that can be replayed")
    clock = cast(Clock, SystemClock())
    settings = ReplaySettings(speed=speed)
    async with serving(path, clock, settings, port=port, on_start=on_start) as server:
        result = Replayed(venue=adapter.info.id, file=path.name, address=server.ws_url)
        await _run(adapter, direct, wanted, server, clock, result, progress)
    _compare(direct.summary, result)
    return result


def _know(adapter: Adapter, direct: Decoding, wanted: _Wanted) -> None:
    """Let the adapter know what the file told of; drop what it cannot subscribe to even so."""
    reference, feed = adapter.reference, adapter.feed
    assert reference is not None  # Decoding has seen to both
    assert feed is not None
    reference.learn(book.about for book in direct.shelf.books.values())
    for key, subscription in tuple(wanted.subscriptions.items()):
        try:
            feed.plans([subscription])
        except Unsupported:
            del wanted.subscriptions[key]


async def _run(
    adapter: Adapter,
    direct: Decoding,
    wanted: _Wanted,
    server: ReplayServer,
    clock: Clock,
    result: Replayed,
    progress: Callable[[int, int], None] | None,
) -> None:
    feed = adapter.feed
    assert feed is not None  # Decoding has seen to it
    runners: list[FeedRunner] = []

    playing = [True]

    def deliver(event: Event) -> None:
        if not playing:
            return
        kind = kind_of(event)
        result.events[kind] = result.events.get(kind, 0) + 1

    for plan in feed.plans(wanted.subscriptions.values()):
        dated = msgspec.structs.replace(plan, as_of_ns=Nanos(direct.began_ns))
        runners.append(_runner(adapter, dated, direct, server, clock, deliver))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(runner.run()) for runner in runners]
        await _until_quiet(runners, server, clock, direct.summary.frames, progress)
        result.frames_received = sum(runner.stats.frames for runner in runners)
        result.frames_served = server.stats.frames
        result.gaps = sum(runner.stats.gaps for runner in runners)
        shelves = [cast(Shelf, runner.shelf) for runner in runners]
        result.instruments = {
            name: book for shelf in shelves for name, book in books_of(shelf).items()
        }
        playing.clear()
        for task in tasks:
            task.cancel()


def _runner(
    adapter: Adapter,
    plan: FeedPlan,
    direct: Decoding,
    server: ReplayServer,
    clock: Clock,
    deliver: Callable[[Event], None],
) -> FeedRunner:
    feed = adapter.feed
    assert feed is not None
    return FeedRunner(
        venue=adapter.info.id,
        plan=plan,
        endpoints=Endpoints(roles={plan.url: (_address(adapter, plan, direct, server),)}),
        limits=msgspec.structs.replace(adapter.info.feed, idle_close_s=3600.0),
        make_session=lambda shelf: feed.session(plan, shelf),
        make_shelf=Shelf,
        clock=clock,
        rng=random.Random(0),  # only jitter of reconnects
        deliver=deliver,
    )


def _address(adapter: Adapter, plan: FeedPlan, direct: Decoding, server: ReplayServer) -> str:
    """The recorded address that this plan belongs to, on this machine."""
    recorded = list(dict.fromkeys(direct.addresses.values()))
    if not recorded:
        raise ConfigError("the recording has no connections")
    live = adapter.info.endpoints.get("live")
    path = urlsplit(live.first(plan.url)).path if live is not None else ""
    chosen = next((url for url in recorded if urlsplit(url).path == path), recorded[0])
    return server.local(chosen)


async def _until_quiet(
    runners: list[FeedRunner],
    server: ReplayServer,
    clock: Clock,
    total: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Until every connection was served to its end and nothing more arrives."""
    before, quiet_s = -1, 0.0
    while quiet_s < _QUIET_S:
        await clock.sleep(0.1)
        received = sum(runner.stats.frames for runner in runners)
        if progress is not None:
            progress(received, total)
        finished = server.stats.finished >= len(runners)
        quiet_s = quiet_s + 0.1 if finished and received == before else 0.0
        before = received


def _compare(direct: Summary, result: Replayed) -> None:
    for name, book in result.instruments.items():
        result.checksums_right += book.checksums_right
        result.checksums_wrong += book.checksums_wrong
        expected = direct.instruments.get(name)
        if expected is None:
            continue
        result.books_compared += 1
        if book == expected:
            result.books_same += 1
        else:
            result.different.append(name)
    for name in direct.instruments:
        if name not in result.instruments:
            result.books_compared += 1
            result.different.append(name)
