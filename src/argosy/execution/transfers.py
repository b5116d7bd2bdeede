"""A movement of funds from its intention to its end, told by both ends. A value; does no I/O.

It is never sent twice, and nothing is guessed: what may have been sent is looked up, and taken for
ours only where nothing else can be.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal

import msgspec

from argosy.model import Nanos, Transfer, TransferKind, TransferRequest, TransferState

_DONE, _UNKNOWN = TransferState.DONE, TransferState.UNKNOWN
_LOST = frozenset({TransferState.FAILED, TransferState.CANCELLED})
_encode = msgspec.json.Encoder(decimal_format="string").encode


class Movement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for, and what source and target say of it."""

    request: TransferRequest
    created_ns: Nanos  # by the source's clock
    changed_ns: Nanos
    to_venue: str = ""  # empty: an address of the settings, or another account of the venue
    to_name: str = ""  # of the address in the settings
    before: tuple[str, ...] = ()  # ids of what looked the same at the source before it was sent
    state: TransferState
    reason: str = ""
    source: Transfer | None = None
    target: Transfer | None = None

    @property
    def id(self) -> str:
        """Ours."""
        return self.request.client_id

    @property
    def in_doubt(self) -> bool:
        """Whether it may have been sent, and nobody knows."""
        return self.source is None and not self.state.final

    def same_as(self, request: TransferRequest) -> bool:
        """Whether the source could not tell it from `request`."""
        mine = self.request
        return (mine.venue, mine.kind, mine.currency, mine.address, mine.amount) == (
            request.venue,
            request.kind,
            request.currency,
            request.address,
            request.amount,
        )


def encode(movement: Movement) -> bytes:
    """For the journal."""
    return _encode(movement)


decode = msgspec.json.Decoder(Movement).decode


def accepted(movement: Movement, told: Transfer, now_ns: Nanos) -> Movement:
    """The source answered."""
    return _next(movement, now_ns, source=told)


def doubted(movement: Movement, why: str, now_ns: Nanos) -> Movement:
    """It may have been sent."""
    return _set(movement, _UNKNOWN, why, now_ns)


def given_up(movement: Movement, why: str, now_ns: Nanos) -> Movement:
    """It is known that nothing was moved."""
    return _set(movement, TransferState.FAILED, why, now_ns)


def seen_at_source(
    movement: Movement, found: Sequence[Transfer], claimed: Collection[str], now_ns: Nanos
) -> Movement:
    """What the source lists that may be this one; `claimed` are ids of other movements of ours.

    By our id where the source keeps it. Else it must be new, nobody else's, and the only one: of
    several, none is taken.
    """
    if movement.source is not None:
        again = next((one for one in found if one.venue_id == movement.source.venue_id), None)
        return movement if again is None else _next(movement, now_ns, source=again)
    mine = may_be_ours(movement, found, claimed)
    mine = [one for one in mine if one.client_id == movement.id] or mine
    if len(mine) > 1:
        ids = ", ".join(sorted(one.venue_id for one in mine))
        why = f"{movement.request.venue} has several that look like it: {ids}"
        return _set(movement, _UNKNOWN, why, now_ns)
    return _next(movement, now_ns, source=mine[0]) if mine else movement


def may_be_ours(
    movement: Movement, found: Sequence[Transfer], claimed: Collection[str]
) -> list[Transfer]:
    """Each that is neither of before, nor another movement's, nor under another id than ours."""
    by_id = {one.venue_id: one for one in found}  # pages may tell one twice
    return [
        one
        for one in by_id.values()
        if one.client_id in {"", movement.id}
        and one.venue_id not in movement.before
        and one.venue_id not in claimed
    ]


def seen_at_target(movement: Movement, found: Sequence[Transfer], now_ns: Nanos) -> Movement:
    """Deposits that the target lists: ours is the one of the transaction that the source told."""
    if movement.source is None or not movement.source.tx_id:
        return movement
    for one in found:
        request = movement.request
        if (one.tx_id, one.currency, one.address) == (
            movement.source.tx_id,
            request.currency,
            request.address,
        ):
            return _next(movement, now_ns, target=one)
    return movement


def _next(
    movement: Movement,
    now_ns: Nanos,
    *,
    source: Transfer | None = None,
    target: Transfer | None = None,
) -> Movement:
    """With what is newly told of either end. What is final stays so."""
    if movement.state.final:
        return movement
    source, target = source or movement.source, target or movement.target
    assert source is not None, "the target is only looked at once the source is known"
    told = _told(movement, source, target)
    if told == (movement.state, movement.reason) and not (
        _differs(source, movement.source) or _differs(target, movement.target)
    ):
        return movement
    state, reason = told
    return msgspec.structs.replace(
        movement, source=source, target=target, state=state, reason=reason, changed_ns=now_ns
    )


def _differs(new: Transfer | None, old: Transfer | None) -> bool:
    """Whether anything is new but the time at which we were told."""
    if new is None or old is None:
        return new is not old
    return msgspec.structs.replace(new, received_ns=old.received_ns) != old


def _told(
    movement: Movement, source: Transfer, target: Transfer | None
) -> tuple[TransferState, str]:
    """(state, reason) of the whole, from its ends."""
    place = movement.to_venue
    if target is not None:
        if target.state is _DONE:
            return _DONE, _shortfall(movement, target)
        if target.state in _LOST:
            return TransferState.FAILED, f"{place} did not credit it ({target.detail}): ask there"
        if target.state is TransferState.AWAITING:
            return target.state, f"{place} holds it ({target.detail})"
        return TransferState.CONFIRMING, ""
    if source.state is _UNKNOWN:
        word = source.detail or "a state"
        why = f"{source.venue} says {word!r}, which we do not know"
        known = movement.state if movement.state is not _UNKNOWN else TransferState.PENDING
        return known, why
    if source.state is _DONE and place:
        return TransferState.CONFIRMING, f"confirmed for {source.venue}, not credited at {place}"
    if source.state in _LOST or source.state is TransferState.AWAITING:
        return source.state, f"{source.venue}: {source.detail or source.state.value}"
    return source.state, ""


def _shortfall(movement: Movement, target: Transfer) -> str:
    missing: Decimal = movement.request.amount - target.amount
    if not missing:
        return ""
    return f"{target.amount} arrived, {movement.request.amount} were asked for"


def _set(movement: Movement, state: TransferState, why: str, now_ns: Nanos) -> Movement:
    if movement.state.final or (movement.state, movement.reason) == (state, why):
        return movement
    return msgspec.structs.replace(movement, state=state, reason=why, changed_ns=now_ns)


def follows_target(movement: Movement) -> bool:
    """Whether the target has to be asked: it may have it by now."""
    return bool(
        movement.to_venue
        and movement.request.kind is TransferKind.WITHDRAWAL
        and movement.source is not None
        and movement.source.tx_id
    )


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a movement does to one balance, once; below 0 where funds leave."""

    key: str
    venue: str
    account: str  # empty: the one that withdrawals leave and deposits reach
    amount: Decimal
    over: bool  # it has come, comes soon, or never will


def effects(movement: Movement) -> list[Effect]:
    """All that a movement does or may do to balances of ours; those that are over stay listed."""
    request, final = movement.request, movement.state.final
    total = request.amount + request.fee

    def effect(what: str, venue: str, account: str, amount: Decimal) -> Effect:
        key = f"{movement.id} {what}"
        return Effect(key=key, venue=venue, account=account, amount=amount, over=final)

    found = [effect("out", request.venue, request.from_account, -total)]
    if movement.state in _LOST:
        if movement.source is not None:
            found.append(effect("back", request.venue, request.from_account, total))
    elif request.kind is TransferKind.INTERNAL:
        found.append(effect("in", request.venue, request.to_account, request.amount))
    elif movement.to_venue:
        found.append(effect("in", movement.to_venue, "", request.amount))
    return found
