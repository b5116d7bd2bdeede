"""Things that go wrong, on demand and at random, seeded and counted. It only decides; the server
frame does the damage.
"""

import fnmatch
from collections import Counter
from enum import StrEnum
from random import Random

import msgspec


class FaultKind(StrEnum):
    """What goes wrong."""

    # streams, per outgoing frame
    DROP = "drop"
    DUPLICATE = "duplicate"
    # requests and frames
    LATE = "late"  # delay_ms later; frames keep their order behind it
    CORRUPT = "corrupt"  # one digit changed
    TRUNCATE = "truncate"  # the second half missing
    OVERSIZE = "oversize"  # padded to oversize_bytes
    # requests, over REST or a stream
    REQUEST_LOST = "request_lost"  # connection cut before it was processed
    ANSWER_LOST = "answer_lost"  # processed, connection cut before the answer
    HTTP_ERROR = "http_error"  # not processed, answered with `status`
    HTTP_ERROR_AFTER = "http_error_after"  # processed, answered with `status`
    RATE_LIMITED = "rate_limited"  # not processed, answered in the venue's own way
    # streams
    DISCONNECT = "disconnect"  # the connection is cut instead of the frame


class FaultPlan(msgspec.Struct, frozen=True, kw_only=True):
    """When a fault strikes: at the `nth` matching operation, else each with probability `rate`.

    Operations are called "POST /0/private/AddOrder" (REST), "in add_order" (a request over a
    stream), "out book" (a frame of a channel, or the answer to a method), "in connect".
    """

    kind: FaultKind
    venue: str = "*"
    role: str = "*"  # rest, ws_public, ...
    operation: str = "*"  # a shell pattern
    nth: int | None = None  # 1: the next one
    rate: float = 1.0
    times: int | None = None  # at most so often; None: nth once, rate without end
    delay_ms: float = 250.0
    status: int = 503
    oversize_bytes: int = 32 * 2**20


class _Armed:
    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self.seen = 0
        self.struck = 0

    @property
    def spent(self) -> bool:
        limit = self.plan.times
        if limit is None:
            limit = 1 if self.plan.nth is not None else None
        return limit is not None and self.struck >= limit


class Faults:
    """The plans in force and what they did."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._armed: dict[int, _Armed] = {}
        self._next = 0
        self.counts: Counter[FaultKind] = Counter()
        self.operations: Counter[str] = Counter()  # every operation that passed, struck or not
        self.skew_ns = 0  # added to the clock that servers show and judge by

    def add(self, plan: FaultPlan) -> int:
        """Put a plan in force; the answer is its number."""
        self._next += 1
        self._armed[self._next] = _Armed(plan)
        return self._next

    def remove(self, number: int) -> None:
        """Take a plan out; unknown numbers are ignored."""
        self._armed.pop(number, None)

    def clear(self) -> None:
        """Take every plan out and the skew away; counts stay."""
        self._armed.clear()
        self.skew_ns = 0

    def storm(self, rate: float = 0.01) -> None:
        """Everything at random, each with probability `rate` per operation."""
        for kind in FaultKind:
            self.add(FaultPlan(kind=kind, rate=rate, oversize_bytes=2**20))

    def strike(
        self, venue: str, role: str, operation: str, among: frozenset[FaultKind]
    ) -> FaultPlan | None:
        """Whether this operation fails, and how; the first plan that strikes wins."""
        if not self._armed:
            return None
        for armed in self._armed.values():
            plan = armed.plan
            if plan.kind not in among or armed.spent or not _matches(plan, venue, role, operation):
                continue
            armed.seen += 1
            hit = armed.seen == plan.nth if plan.nth else self._random.random() < plan.rate
            if hit:
                armed.struck += 1
                self.counts[plan.kind] += 1
                return plan
        return None

    def damage(self, plan: FaultPlan, text: str) -> str:
        """The text as the plan's kind leaves it."""
        if plan.kind is FaultKind.TRUNCATE:
            return text[: len(text) // 2]
        if plan.kind is FaultKind.OVERSIZE:
            return text + " " * max(0, plan.oversize_bytes - len(text))
        if plan.kind is FaultKind.CORRUPT:
            digits = [i for i, sign in enumerate(text) if sign.isdigit()]
            if digits:
                at = self._random.choice(digits)
                other = str((int(text[at]) + self._random.randint(1, 9)) % 10)
                return text[:at] + other + text[at + 1 :]
        return text


def _matches(plan: FaultPlan, venue: str, role: str, operation: str) -> bool:
    return (
        fnmatch.fnmatchcase(venue, plan.venue)
        and fnmatch.fnmatchcase(role, plan.role)
        and fnmatch.fnmatchcase(operation, plan.operation)
    )
