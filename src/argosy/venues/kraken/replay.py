"""A public session over a recording, whose format shows in its first frame. Does no I/O.

Both of Kraken's formats have been in use side by side since 2023, so a day does not settle which of
them a recording is in: the day chooses what is spoken first, the frames what is understood.
"""

from collections.abc import Callable, Sequence

from argosy.model import Nanos
from argosy.ports import FeedPlan, FeedSession, HttpResponse, SessionCall, Step

_HEAD = 400  # bytes within which an object shows its kind


def is_v1(frame: bytes) -> bool | None:
    """Whether a frame is of v1 (True) or v2 (False); None when it shows neither."""
    if frame.startswith(b"["):
        return True
    head = frame[:_HEAD].replace(b" ", b"")
    if b'"channel":' in head or b'"method":' in head:
        return False  # looked at first: orders of v2 have an `event` of their own
    return True if b'"event":' in head else None


class ReplaySession:
    """A FeedSession that goes over to the other format when the first frame shows it."""

    def __init__(
        self, plan: FeedPlan, make: Callable[[bool], FeedSession], *, starts_old: bool
    ) -> None:
        self.plan = plan
        self._make = make
        self._old = starts_old
        self._session = make(starts_old)
        self._settled = False
        self._opened = False

    def prepare(self) -> Sequence[SessionCall]:
        """As the format's session."""
        return self._session.prepare()

    def answer(self, tag: str, response: HttpResponse) -> Step:
        """As the format's session."""
        return self._session.answer(tag, response)

    def open(self, now_ns: Nanos) -> Step:
        """As the format's session."""
        self._opened = True
        return self._session.open(now_ns)

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """As the format's session; the first frame may change which one that is."""
        if self._settled:
            return self._session.receive(frame, received_ns)
        old = is_v1(frame)
        if old is None:
            return self._session.receive(frame, received_ns)
        self._settled = True
        if old is self._old:
            return self._session.receive(frame, received_ns)
        self._old = old
        self._session = self._make(old)
        asked = self._session.open(received_ns).send if self._opened else ()
        step = self._session.receive(frame, received_ns)
        return Step(step.events, (*asked, *step.send), step.calls, step.reconnect)

    def tick(self, now_ns: Nanos) -> Step:
        """As the format's session."""
        return self._session.tick(now_ns)

    def close(self, now_ns: Nanos) -> Step:
        """As the format's session."""
        return self._session.close(now_ns)

    @property
    def ready(self) -> bool:
        """As the format's session."""
        return self._session.ready
