"""VWAP by a curve that learns: the usual volume of each part, corrected by what was traded so far.

Volume is taken apart as in Bialkowski, Darolles, Le Fol, "Improving VWAP strategies: A dynamic
volume approach", Journal of Banking & Finance 32 (2008): what is usual at the time, and how this
day differs from it, of which the latest news fade.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.algorithms.scheduled import Scheduled
from argosy.execution.turn import Turn
from argosy.execution.work import Continue, FeedBack, Input, Resumed
from argosy.model.money import ZERO

PERSISTENCE = Decimal("0.7")  # how much of a part's difference from the day the next one has
_ODD = Decimal(5)  # volume this many times, or this fraction of, the day's is taken for an accident


class LiveCurve(Scheduled, frozen=True, kw_only=True, omit_defaults=True, tag="live_curve"):
    """A schedule whose next part is so large that the share done will be the market's: what was
    traded up to its end, of all that is expected by the end of the time.

    What a coming part will trade is its usual volume, times how the day compares with the usual so
    far, or for the next ones how the latest parts do; the difference of the two fades by
    `persistence` with each part. So only the shape of the curve counts, not its unit. Own fills do
    not count. A part that was not watched in full (a pause, no prices, the desk down) is taken to
    have been like the day.
    """

    volumes: tuple[Decimal, ...]  # the usual ones
    persistence: Decimal = PERSISTENCE
    over: int = 0  # parts that are over, and in the figures below
    traded: Decimal = ZERO  # in parts that were watched
    usual: Decimal = ZERO  # what is usual for these
    missed: Decimal = ZERO  # what is usual for those that were not
    recent: Decimal = ZERO  # as traded and usual, the older the less
    recent_usual: Decimal = ZERO
    seen_before: Decimal = ZERO  # of all trades seen, what is in the figures
    filled_before: Decimal = ZERO  # of own fills
    gap: bool = False  # the part that goes on was not watched in full

    def see(self, turn: Turn[Self], event: Input) -> None:
        """Note gaps; learn from parts that are over."""
        super().see(turn, event)
        if self.begun_ns and isinstance(event, Continue | FeedBack | Resumed) and not self.gap:
            turn.set(gap=True)
        work = turn.work
        if not work.begun_ns:
            return
        over = min(len(work.volumes), max(0, turn.now_ns - work.begun_ns) // work.interval_ns)
        if over > work.over:
            turn.set(**work.learnt(over))

    def learnt(self, over: int) -> dict[str, object]:
        """What changes when that many parts are over."""
        seen = self.marks.seen if self.marks is not None else ZERO
        own = self.filled - self.filled_before
        changes: dict[str, object] = {
            "over": over,
            "seen_before": seen,
            "filled_before": self.filled,
            "gap": False,
        }
        usual = sum(self.volumes[self.over : over], ZERO)
        if self.gap:
            return changes | {"missed": self.missed + usual}
        traded = max(ZERO, seen - self.seen_before - own)
        return changes | {
            "traded": self.traded + traded,
            "usual": self.usual + usual,
            "recent": self.recent * self.persistence + traded,
            "recent_usual": self.recent_usual * self.persistence + usual,
        }

    def day(self) -> Decimal:
        """What was traded so far, over what is usual."""
        return self.traded / self.usual if self.usual else Decimal(1)

    def forecast(self) -> list[Decimal]:
        """What the parts that are not over will trade."""
        day, news = self.day(), ZERO
        if self.recent_usual:
            latest = self.recent / self.recent_usual
            news = min(_ODD * day, max(day / _ODD, latest)) - day
        found = []
        for usual in self.volumes[self.over :]:
            news *= self.persistence
            found.append(usual * (day + news))
        return found

    def target(self, number: int) -> Decimal:
        """The market's own share by the end of part `number`, as far as can be told now."""
        coming = self.forecast()
        past = self.traded + self.missed * self.day()
        whole = past + sum(coming, ZERO)
        if whole <= 0 or number >= len(self.volumes):
            return self.targets[number - 1]
        return (past + sum(coming[: max(0, number - self.over)], ZERO)) / whole


def live_curve(
    schedule: Scheduled, volumes: Sequence[Decimal], persistence: Decimal = PERSISTENCE
) -> LiveCurve:
    """A schedule that follows its market. `volumes` are usual for its parts, in any unit, and
    `schedule` was made of them; a `persistence` of 0 leaves it as it was.

    Raises:
        ValueError: another number of volumes than parts, or a persistence not between 0 and 1.
    """
    if len(volumes) != len(schedule.targets):
        raise ValueError(f"{len(volumes)} volumes for {len(schedule.targets)} parts")
    if not 0 <= persistence <= 1:
        raise ValueError(f"persistence is {persistence}; it must be between 0 and 1")
    return LiveCurve(
        **msgspec.structs.asdict(schedule), volumes=tuple(volumes), persistence=persistence
    )
