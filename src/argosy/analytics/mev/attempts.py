"""Finds sandwiches that did not come off: a part was reverted or is missing, or whom they were
around was reverted. What did not happen has no logs; it is known by what calldata asked for. Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec

from argosy.analytics.mev.found import Part, Sandwich, SandwichAttempt, Victim
from argosy.analytics.mev.parties import is_of, party, shared_contracts
from argosy.analytics.mev.sandwiches import STRICTER, CurveBefore
from argosy.model.trades import PoolTrade, WishedSwap

_MOST = 500  # acts of a pool in a block, that are looked at
_WORDS = {"reverted": "was reverted", "missing": "is missing"}


class _Act(msgspec.Struct, frozen=True):
    """A trade of a pool, or the wish for one."""

    part: Part
    trade: PoolTrade | None = None


class _Candidate(msgspec.Struct, frozen=True):
    """Two acts that may be the parts of one, what fits best first."""

    order: tuple[int, Fraction, int, int]
    pool: str
    front: _Act
    back: _Act
    between: tuple[_Act, ...]
    who: str


def find_attempts(
    trades: Sequence[PoolTrade],
    wishes: Sequence[WishedSwap],
    tokens: Mapping[str, tuple[str, str]],
    *,
    sandwiches: Sequence[Sandwich] = (),
    routers: Collection[str] = (),
    tolerance: Fraction = Fraction(1, 10),
    curve_before: CurveBefore | None = None,
) -> list[SandwichAttempt]:
    """The attempts of one block, in order of their first parts.

    `wishes` are what was reverted in it and what waits (then its position is below 0); `tokens` are
    those of the pools. The rest is as in `find_sandwiches`, whose parts are no attempt's.
    """
    shared = shared_contracts([*trades, *wishes], routers)
    candidates: list[_Candidate] = []
    for pool, acts in _by_pool(trades, wishes, tokens).items():
        if any(act.trade is None for act in acts):
            candidates += _of_pool(pool, acts, shared, tolerance, curve_before)
    used = {part.transaction for each in sandwiches for part in (each.front, each.back)}
    found = []
    for each in sorted(candidates, key=lambda candidate: candidate.order):
        parts = {each.front.part.transaction, each.back.part.transaction}
        if not parts & used:
            used |= parts
            found.append(_told(each, curve_before))
    return sorted(found, key=lambda each: each.place)


def _by_pool(
    trades: Iterable[PoolTrade],
    wishes: Sequence[WishedSwap],
    tokens: Mapping[str, tuple[str, str]],
) -> dict[str, list[_Act]]:
    """What was done and wanted in each pool that somebody traded in, in order; what waits first."""
    acts: dict[str, list[_Act]] = defaultdict(list)
    protocols: dict[str, str] = {}
    for trade in trades:
        acts[trade.pool].append(_Act(_done(trade), trade))
        protocols[trade.pool] = trade.protocol
    for pool, rows in acts.items():
        pair = tokens.get(pool)
        for wish in wishes:
            ends = (wish.given, wish.taken)
            if pair is None or wish.protocol != protocols[pool]:
                continue
            if ends in {pair, pair[::-1]}:
                rows.append(_Act(_wished(wish, forward=ends == pair)))
        rows.sort(key=lambda act: (act.part.position, act.part.index))
        del rows[_MOST:]
    return acts


def _done(trade: PoolTrade) -> Part:
    return Part(
        transaction=trade.transaction,
        position=trade.position,
        index=trade.index,
        sender=trade.sender,
        contract=trade.contract,
        forward=trade.forward,
        amount_in=trade.amount_in,
        amount_out=trade.amount_out,
        outcome="done",
    )


def _wished(wish: WishedSwap, *, forward: bool) -> Part:
    return Part(
        transaction=wish.transaction,
        position=wish.position,
        index=-1,
        sender=wish.sender,
        contract=wish.contract,
        forward=forward,
        amount_in=wish.amount_in,
        amount_out=wish.amount_out,
        outcome="missing" if wish.position < 0 else "reverted",
    )


def _of_pool(
    pool: str,
    acts: Sequence[_Act],
    shared: frozenset[str],
    tolerance: Fraction,
    curve_before: CurveBefore | None,
) -> list[_Candidate]:
    found = []
    for front in acts:
        for back in acts:
            one, other = front.part, back.part
            if one.forward == other.forward or one.transaction == other.transaction:
                continue
            who = party(one, other, shared) if _before(one, other) else ""
            if not who:
                continue
            between = tuple(_between(acts, one, other, who))
            if not _counts(front, back, between):
                continue
            off = _off(front, back, between, curve_before)
            room = tolerance if who == one.sender else tolerance / STRICTER
            if off is not None and off <= room:
                strange = all(act.part.contract != one.contract for act in between)
                order = (int(strange), off, one.position, other.position)
                found.append(_Candidate(order, pool, front, back, between, who))
    return found


def _before(front: Part, back: Part) -> bool:
    """Whether one may come before the other: what is missing may have been meant for anywhere."""
    if "missing" in {front.outcome, back.outcome}:
        return front.outcome != back.outcome
    return front.position < back.position


def _between(acts: Sequence[_Act], front: Part, back: Part, who: str) -> list[_Act]:
    """What others did or tried between the two, the way of the first."""
    return [
        act
        for act in acts
        if act.part.forward == front.forward
        and act.part.outcome != "missing"
        and act.part.transaction not in {front.transaction, back.transaction}
        and (front.outcome == "missing" or front.position < act.part.position)
        and (back.outcome == "missing" or act.part.position < back.position)
        and not is_of(act.part, who)
    ]


def _counts(front: _Act, back: _Act, between: Sequence[_Act]) -> bool:
    """Whether what is between makes an attempt. Who has both parts and a victim made a sandwich;
    what waits may be another trade of theirs, unless the part that is there touches a victim.
    """
    if front.trade is not None and back.trade is not None:
        return bool(between) and all(act.trade is None for act in between)
    one, other = front.part, back.part
    if "missing" not in {one.outcome, other.outcome}:
        return bool(between)
    there = one if other.outcome == "missing" else other
    return one.sender == other.sender and any(
        abs(act.part.position - there.position) == 1 for act in between
    )


def _off(
    front: _Act, back: _Act, between: Sequence[_Act], curve_before: CurveBefore | None
) -> Fraction | None:
    """How far what was to be sold is from what was bought, or was to be; None: nobody can tell."""
    bought = [front.part.amount_out]
    first = next((act.trade for act in between if act.trade is not None), None)
    if front.trade is None and first is not None and curve_before is not None:
        curve = curve_before(first)
        try:
            if curve is not None:
                bought.append(curve.swap(front.part.amount_in, forward=front.part.forward)[0])
        except ValueError:
            pass  # the curve tells not so far
    told = [abs(Fraction(back.part.amount_in, each) - 1) for each in bought if each]
    return min(told, default=None)


def _told(found: _Candidate, curve_before: CurveBefore | None) -> SandwichAttempt:
    front, back, some = found.front, found.back, found.between
    trades = [act.trade for act in some if act.trade is not None]
    whose = trades[0] if trades else front.trade or back.trade
    assert whose is not None, "a pool is one that somebody traded in"
    return SandwichAttempt(
        block=whose.block,
        pool=found.pool,
        protocol=whose.protocol,
        attacker=found.who,
        front=front.part,
        back=back.part,
        victims=tuple(_victims(front, trades, curve_before)),
        reason=_reason(front.part, back.part),
    )


def _victims(
    front: _Act, trades: Sequence[PoolTrade], curve_before: CurveBefore | None
) -> list[Victim]:
    """Those who traded between. Without a first part nobody lost; else, by the pool's curve."""
    if front.trade is None:
        return [Victim(trade=each, fair_out=each.amount_out) for each in trades]
    curve = curve_before(front.trade) if curve_before is not None else None
    found = []
    for each in trades:
        fair = None
        try:
            if curve is not None:
                fair, curve = curve.swap(each.amount_in, forward=each.forward)
        except ValueError:
            curve = None
        found.append(Victim(trade=each, fair_out=fair))
    return found


def _reason(front: Part, back: Part) -> str:
    told = [
        f"its {name} part {_WORDS[part.outcome]}"
        for name, part in (("first", front), ("last", back))
        if part.outcome != "done"
    ]
    return " and ".join(told) or "whom it was around was reverted"
