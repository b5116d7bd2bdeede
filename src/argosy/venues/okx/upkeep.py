"""What every OKX connection keeps up: text pings, and subscriptions until they are confirmed.

https://www.okx.com/docs-v5/en/#overview-websocket-connect (read 2026-11). Does no I/O.
"""

from collections.abc import Sequence

import msgspec

from argosy.errors import StreamGap
from argosy.model import GapReason, Nanos, VenueId, VenueStatus
from argosy.model.time import SECOND
from argosy.ports import Step
from argosy.venues.okx.names import VENUE
from argosy.venues.okx.streams import StreamArg, operations
from argosy.venues.okx.values import decoding
from argosy.venues.okx.wire import Message

PING_AFTER_S = 20  # of silence; the venue closes after 30
CONFIRM_WITHIN_S = 15
SUBSCRIBE_TRIES = 3
UPGRADE = "64008"  # the connection closes in about a minute: open another first
_message = msgspec.json.Decoder(Message)


def read_message(frame: bytes) -> Message:
    """Any frame but "pong", as its envelope. Raises WireError."""
    with decoding("a stream frame"):
        return _message.decode(frame)


def status(word: str, detail: str, now_ns: Nanos, *, reconnect: bool = False) -> VenueStatus:
    """What the venue says about itself or about what we asked."""
    return VenueStatus(
        venue=VenueId(VENUE), status=word, received_ns=now_ns, detail=detail, reconnect=reconnect
    )


def notice(message: Message, now_ns: Nanos) -> Step:
    """A notice of the venue; an upgrade ahead asks for another connection."""
    leaving = str(message.code) == UPGRADE
    word = "service_upgrade" if leaving else "notice"
    detail = f"{message.code}: {message.msg or ''}"
    return Step((status(word, detail, now_ns, reconnect=leaving),), reconnect=leaving)


class Pinger:
    """Sends "ping" into silence; the venue answers "pong"."""

    def __init__(self) -> None:
        self._heard_ns = Nanos(0)
        self._pinged = False

    def heard(self, now_ns: Nanos) -> None:
        """Anything came in."""
        self._heard_ns = now_ns
        self._pinged = False

    def due(self, now_ns: Nanos) -> tuple[str, ...]:
        """A ping, once per silence."""
        if self._pinged or now_ns - self._heard_ns < PING_AFTER_S * SECOND:
            return ()
        self._pinged = True
        return ("ping",)


class Subscriptions:
    """Streams asked for and not confirmed yet."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._waiting: dict[StreamArg, tuple[int, Nanos]] = {}  # tries, and when last
        self._refused: set[StreamArg] = set()
        self._next_id = 1

    @property
    def complete(self) -> bool:
        """Whether everything was confirmed."""
        return not (self._waiting or self._refused)

    def ask(self, args: Sequence[StreamArg], now_ns: Nanos) -> tuple[str, ...]:
        """The frames that subscribe."""
        frames = operations("subscribe", args, self._batch, self._next_id)
        self._next_id += len(frames)
        for arg in args:
            self._waiting[arg] = (self._waiting.get(arg, (0, now_ns))[0] + 1, now_ns)
        return tuple(text for _, text, _ in frames)

    def confirmed(self, message: Message) -> StreamArg | None:
        """The stream that an answer confirms."""
        if message.arg is None:
            return None
        arg = StreamArg(
            channel=message.arg.channel,
            inst_id=message.arg.inst_id,
            inst_type=message.arg.inst_type,
            inst_family=message.arg.inst_family,
        )
        self._waiting.pop(arg, None)
        return arg

    def refused(self, message: Message, optional: frozenset[str] = frozenset()) -> None:
        """An error: the streams that its text names will not come. OKX names them in words only:
        "Wrong URL or channel:candle1m,instId:BTC-USDT doesn't exist."
        """
        text = message.msg or ""
        for arg in list(self._waiting):
            named = f"channel:{arg.channel}," in text or f"channel:{arg.channel} " in text
            if named and (not arg.inst_id or arg.inst_id in text):
                del self._waiting[arg]
                if arg.channel not in optional:
                    self._refused.add(arg)

    def again(self, now_ns: Nanos) -> tuple[str, ...]:
        """Frames that ask again for what was not confirmed in time; StreamGap after the third."""
        late = [
            arg
            for arg, (_, at_ns) in self._waiting.items()
            if now_ns - at_ns > CONFIRM_WITHIN_S * SECOND
        ]
        if any(self._waiting[arg][0] >= SUBSCRIBE_TRIES for arg in late):
            raise StreamGap("okx: a subscription was not confirmed", reason=GapReason.STALE)
        return self.ask(late, now_ns) if late else ()
