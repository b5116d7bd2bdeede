"""Records raw frames of chosen instruments, from the sandbox or from the venues themselves."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from argosy.desk.build import open_desk
from argosy.desk.link import VenueLink, default_subscriptions
from argosy.desk.settings import Settings
from argosy.errors import ConfigError
from argosy.model import Instrument, InstrumentId, split_id
from argosy.net.recording import RecordingFile, header
from argosy.ports import Subscription


async def record(
    settings: Settings,
    instruments: Sequence[str],
    out: Path,
    seconds: float,
    progress: Callable[[int], None],
) -> int:
    """Record until `seconds` are over (0: until interrupted); returns the number of frames.

    Raises:
        ConfigError: an instrument that is none, or `out` exists or cannot be written.
    """
    wanted: dict[str, set[str]] = {}
    for name in instruments:
        try:
            owner, _ = split_id(InstrumentId(name))
        except ValueError as e:
            raise ConfigError(str(e)) from None
        wanted.setdefault(owner, set()).add(name)
    if await asyncio.to_thread(out.exists):
        raise ConfigError(f"{out} exists; choose another name or remove it")
    if len(wanted) > 1:
        raise ConfigError("a recording is of one venue; record each venue to its own file")
    (venue,) = wanted
    public = msgspec.structs.replace(settings.desk, venues=(venue,), pairs=())
    settings = msgspec.structs.replace(settings, desk=public)

    def choose(link: VenueLink, known: Sequence[Instrument]) -> Iterable[Subscription]:
        missing = wanted[link.id] - {instrument.id for instrument in known}
        if missing:
            raise ConfigError(f"{link.id} lists no {', '.join(sorted(missing))}")
        chosen = [instrument for instrument in known if instrument.id in wanted[link.id]]
        return default_subscriptions(chosen, settings.books.depth.get(link.id))

    async with open_desk(settings, choose=choose, keys=False) as desk:
        with contextlib.closing(RecordingFile(out)) as file:
            link = desk.links[venue]
            config = {"book": sorted(wanted[venue]), "trades": sorted(wanted[venue])}
            file.write(header(venue.upper(), config, desk.now_ns()))
            desk.tap.add(file)
            async with asyncio.TaskGroup() as group:
                running = group.create_task(desk.run())
                await _wait(seconds, lambda: progress(_frames(link)))
                frames = _frames(link)
                running.cancel()
    return frames


def _frames(link: VenueLink) -> int:
    return sum(feed.stats.frames for feed in link.feeds)


async def _wait(seconds: float, look: Callable[[], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(kind, stop.set)
    until = loop.time() + seconds if seconds else float("inf")
    while not stop.is_set() and loop.time() < until:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(0.2, max(0.0, until - loop.time()))):
                await stop.wait()
        look()
