"""Sends withdrawals and transfers once, and follows them to their end, also after a restart.

Each is in the journal before it is sent. One whose outcome is not known is looked up, never sent
again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

import msgspec
import structlog

from argosy.desk.link import VenueLink
from argosy.desk.transfer_plans import transfers_of
from argosy.errors import (
    ArgosyError,
    ConfigError,
    DuplicateOrder,
    NotSent,
    OutcomeUnknown,
    Unsupported,
    VenueError,
    WireError,
)
from argosy.execution.journal import Journal, TransferIntended, TransferKnown
from argosy.execution.transfers import (
    Movement,
    accepted,
    decode,
    doubted,
    encode,
    follows_target,
    given_up,
    may_be_ours,
    seen_at_source,
    seen_at_target,
)
from argosy.model import Nanos, Transfer, TransferKind, TransferRequest, TransferState
from argosy.model.time import MINUTE
from argosy.ports import Clock

_log = structlog.get_logger(__name__)
FINISHED_KEPT = 200
_MARGIN_NS = 10 * MINUTE  # clocks differ, and a venue may list a transfer as of before we asked


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often the venues are asked, and how long until their silence is an answer."""

    poll_s: float = 30.0
    # A request that was signed longer ago than this is refused: OKX takes 30 s of skew, and at
    # Kraken every later request has used up its nonce. What is not found by then never arrived.
    sure_s: float = 300.0


class Mover:
    """Movements of the desk. `run` follows what is under way until cancelled."""

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        links: Mapping[str, VenueLink],
        pace: Pace | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self.open: dict[str, Movement] = {}
        self.finished: deque[Movement] = deque(maxlen=FINISHED_KEPT)
        self.heard: Callable[[Movement], None] = lambda _movement: None  # of every change
        self.trouble: dict[str, str] = {}  # why a movement could not be looked at, by its id
        self._clock = clock
        self._journal = journal
        self._links = links
        self._sending: set[str] = set()
        self._doubted_ns: dict[str, int] = {}  # since when, on the clock that never steps
        self._one = asyncio.Lock()
        self._wake = asyncio.Event()

    def restore(self) -> int:
        """Take up what an earlier process left; returns how many were under way.

        What it may have sent is in doubt until the venue has told.
        """
        now_ns = self._clock.now_ns()
        for body in self._journal.store.open_transfers():
            movement = decode(body)
            if movement.source is None and movement.state is not TransferState.UNKNOWN:
                why = "the process ended before it was known"
                movement = doubted(movement, why, now_ns)
                self._tell(movement)
            self.open[movement.id] = movement
            self.heard(movement)
        latest = [decode(body) for body in self._journal.store.latest_transfers(FINISHED_KEPT)]
        self.finished.extend(one for one in reversed(latest) if one.state.final)
        return len(self.open)

    # --- sending ----------------------------------------------------------------------------------

    async def send(
        self, request: TransferRequest, *, to_venue: str = "", to_name: str = ""
    ) -> Movement:
        """Move funds, once. Returns what is known when the venue has answered, or did not.

        Raises:
            VenueError: the venue refused; nothing moved.
            NotSent, Unsupported: nothing was sent.
            ConfigError: the id was used before, or one in doubt could not be told from it.
        """
        async with self._one:  # what was there before is looked at, and must stay all of it
            link = self._link(request.venue)
            self._not_alike(request)
            # By the source's clock, since it is asked what there is since then: ours may step.
            created_ns = link.http.clock.now_ns()
            movement = Movement(
                request=request,
                created_ns=created_ns,
                changed_ns=self._clock.now_ns(),
                to_venue=to_venue,
                to_name=to_name,
                before=await self._before(link, request, created_ns),
                state=TransferState.PENDING,
            )
            self._sending.add(movement.id)
            try:
                await self._journal.commit(
                    TransferIntended(
                        id=movement.id, body=encode(movement), at_ns=movement.created_ns
                    )
                )
                self.open[movement.id] = movement
                self.heard(movement)
                return await self._send(link, movement)
            finally:
                self._sending.discard(movement.id)
                self._wake.set()

    def _not_alike(self, request: TransferRequest) -> None:
        """Refuse what could not be told from one whose outcome is open."""
        for other in self.open.values():
            if other.in_doubt and other.same_as(request):
                raise ConfigError(
                    f"transfer {other.id} is just like it, and its outcome is not known yet:"
                    " wait until it is (`argosy transfer list`)"
                )

    async def _before(
        self, link: VenueLink, request: TransferRequest, created_ns: Nanos
    ) -> tuple[str, ...]:
        since_ns = Nanos(created_ns - _MARGIN_NS)
        try:
            found = await link.http.collect([transfers_of(link).lookup(request, since_ns)])
        except Unsupported:
            return ()
        return tuple(dict.fromkeys(one.venue_id for one in found))

    async def _send(self, link: VenueLink, movement: Movement) -> Movement:
        transfers, request = transfers_of(link), movement.request
        internal = request.kind is TransferKind.INTERNAL
        try:
            call = transfers.transfer(request) if internal else transfers.withdraw(request)
            told = await link.http.call(call)
        except (OutcomeUnknown, DuplicateOrder, WireError) as e:
            return self._keep(doubted(movement, str(e), self._clock.now_ns()))
        except (VenueError, NotSent, Unsupported, ConfigError) as e:
            self._keep(given_up(movement, str(e), self._clock.now_ns()))
            raise
        except BaseException as e:
            self._keep(doubted(movement, type(e).__name__, self._clock.now_ns()))
            raise
        return self._keep(accepted(movement, told, self._clock.now_ns()))

    async def cancel(self, transfer_id: str) -> Movement:
        """Ask the source to cancel; what became of it is told by its state.

        Raises:
            ConfigError: no such transfer under way, or the source's id of it is not known.
            VenueError: the source says that it is too late.
        """
        movement = self.open.get(transfer_id)
        if movement is None or movement.source is None:
            raise ConfigError(
                f"no transfer {transfer_id!r} under way that its venue has confirmed;"
                " `argosy transfer list` shows them"
            )
        link = self._link(movement.request.venue)
        await link.http.call(transfers_of(link).cancel_withdrawal(movement.source))
        return await self.look(movement.id)

    # --- following --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look at everything under way: when woken, and in turns."""
        while True:
            listed: dict[str, list[Transfer]] = {}  # each target is asked once a turn
            for transfer_id in tuple(self.open):
                if transfer_id in self._sending:
                    continue
                try:
                    await self.look(transfer_id, listed)
                except ArgosyError as e:
                    self.trouble[transfer_id] = str(e) or type(e).__name__
                except Exception as e:  # one defect must not stop the others from being followed
                    self.trouble[transfer_id] = f"{type(e).__name__}: {e}"
                    _log.error("transfer not followed", transfer=transfer_id, exc_info=e)
                else:
                    self.trouble.pop(transfer_id, None)
            self._wake.clear()
            try:
                async with asyncio.timeout(self.pace.poll_s if self.open else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def look(
        self, transfer_id: str, listed: dict[str, list[Transfer]] | None = None
    ) -> Movement:
        """Ask both ends what became of a movement; `listed`: deposits by venue, as just told."""
        movement = self.open[transfer_id]
        link = self._link(movement.request.venue)
        since_ns = Nanos(movement.created_ns - _MARGIN_NS)
        if movement.source is None or not (movement.source.state.final and movement.source.tx_id):
            movement = await self._look_at_source(link, movement, since_ns)
        if not movement.state.final and follows_target(movement):
            deposits = {} if listed is None else listed
            if movement.to_venue not in deposits:
                deposits[movement.to_venue] = await self._deposits(movement.to_venue)
            found = deposits[movement.to_venue]
            movement = self._keep(seen_at_target(movement, found, self._clock.now_ns()))
        return movement

    async def _deposits(self, venue: str) -> list[Transfer]:
        """What a venue lists since the oldest movement to it began."""
        link = self._link(venue)
        began = [one.created_ns for one in self.open.values() if one.to_venue == venue]
        since_ns = Nanos(min(began) - _MARGIN_NS)
        return await link.http.collect([transfers_of(link).deposits(since_ns)])

    async def _look_at_source(
        self, link: VenueLink, movement: Movement, since_ns: Nanos
    ) -> Movement:
        found: list[Transfer] = await link.http.collect(
            [transfers_of(link).lookup(movement.request, since_ns)]
        )
        now_ns = self._clock.now_ns()
        claimed = self._claimed(movement.id)
        after = seen_at_source(movement, found, claimed, now_ns)
        if after.in_doubt and not may_be_ours(after, found, claimed):
            began_ns = self._doubted_ns.setdefault(movement.id, self._clock.monotonic_ns())
            if self._clock.monotonic_ns() - began_ns > self.pace.sure_s * 1e9:
                after = given_up(after, "it never reached the venue", now_ns)
        else:
            self._doubted_ns.pop(movement.id, None)
        return self._keep(after)

    def _claimed(self, but: str) -> frozenset[str]:
        """The source's ids of all other movements."""
        return frozenset(
            one.source.venue_id
            for one in (*self.open.values(), *self.finished)
            if one.id != but and one.source is not None
        )

    # --- within -----------------------------------------------------------------------------------

    def _link(self, venue: str) -> VenueLink:
        link = self._links.get(venue)
        if link is None:
            raise ConfigError(f"{venue} is not on this desk any more: add it to desk.venues")
        if not link.started.is_set():
            raise NotSent(f"{venue} is not connected yet ({link.detail})")
        return link

    def _keep(self, movement: Movement) -> Movement:
        """Remember a movement as it is now, and write down what is new of it."""
        if self.open.get(movement.id) == movement:
            return movement
        self._tell(movement)
        self.heard(movement)
        if movement.state.final:
            self.open.pop(movement.id, None)
            self._doubted_ns.pop(movement.id, None)
            self.trouble.pop(movement.id, None)
            self.finished.append(movement)
        else:
            self.open[movement.id] = movement
        return movement

    def _tell(self, movement: Movement) -> None:
        try:
            self._journal.tell(
                TransferKnown(
                    id=movement.id,
                    state=movement.state.value,
                    done=movement.state.final,
                    body=encode(movement),
                    at_ns=movement.changed_ns,
                )
            )
        except NotSent as e:  # closed, taken over, or failing for long: `Trader.run` ends the desk
            _log.error("not journalled", transfer=movement.id, error=str(e))
