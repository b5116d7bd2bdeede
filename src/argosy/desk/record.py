"""Records raw frames of chosen instruments, from the sandbox or from the venues themselves."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from argosy.desk.build import Chooser, open_desk
from argosy.desk.keeping import cause_of
from argosy.desk.link import VenueLink, default_subscriptions
from argosy.desk.settings import Settings
from argosy.errors import ConfigError, VenueUnavailable
from argosy.model import Instrument, InstrumentId, split_id
from argosy.net.recording import RecordingFile, header
from argosy.ports import Subscription

_PATIENCE_S = 30.0  # for the first frame


async def record(
    settings: Settings,
    instruments: Sequence[str],
    out: Path,
    seconds: float,
    progress: Callable[[int], None],
) -> int:
    """Record for `seconds` from the first frame on (0: until interrupted); returns the frames.

    Raises:
        ConfigError: an instrument that is none, or `out` exists or cannot be written.
        VenueUnavailable: not one frame came; no file is left behind.
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

    try:
        return await _record(settings, venue, sorted(wanted[venue]), choose, out, seconds, progress)
    except BaseException as e:
        if isinstance(cause_of(e), ConfigError):  # nothing was recorded
            await asyncio.to_thread(out.unlink, missing_ok=True)
        raise


async def _record(
    settings: Settings,
    venue: str,
    instruments: Sequence[str],
    choose: Chooser,
    out: Path,
    seconds: float,
    progress: Callable[[int], None],
) -> int:
    async with open_desk(settings, choose=choose, keys=False, attach=True) as desk:
        with contextlib.closing(RecordingFile(out)) as file:
            link = desk.links[venue]
            config = {"book": list(instruments), "trades": list(instruments)}
            file.write(header(venue.upper(), config, desk.now_ns()))
            desk.tap.add(file)
            async with asyncio.TaskGroup() as group:
                running = group.create_task(desk.run())
                await _wait(seconds, link, lambda: progress(_frames(link)))
                frames = _frames(link)
                running.cancel()
    if not frames:
        await asyncio.to_thread(out.unlink, missing_ok=True)
        raise VenueUnavailable(f"nothing came ({link.detail or 'interrupted'}); {out} not written")
    return frames


def _frames(link: VenueLink) -> int:
    return sum(feed.stats.frames for feed in link.feeds)


async def _wait(seconds: float, link: VenueLink, look: Callable[[], None]) -> None:
    """Until interrupted, or `seconds` after the first frame, or a while after none came."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(kind, stop.set)
    until = loop.time() + _PATIENCE_S + seconds if seconds else float("inf")
    began = False
    while not stop.is_set() and loop.time() < until:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(0.1, max(0.0, until - loop.time()))):
                await stop.wait()
        if seconds and not began and _frames(link):
            began, until = True, loop.time() + seconds
        look()
