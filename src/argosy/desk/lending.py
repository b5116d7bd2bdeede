"""What `argosy lend` does: one function each. Knows a chain by its Place alone."""

from decimal import Decimal

import msgspec

from argosy.desk.place import Place, Told, Where, amount_of, open_place
from argosy.errors import ConfigError, Unsupported
from argosy.model import (
    LendingAccount,
    LendingAction,
    LendingEvent,
    LendingKind,
    Reserve,
)
from argosy.model.lending import find
from argosy.ports import Lending

PROTOCOL = "aave"
ALL = "all"


class Lent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an action is, and what became of it."""

    deed: Told
    health_before: Decimal | None
    health_expected: Decimal | None  # computed; None: nothing would be owed, or not computed
    note: str = ""
    events: tuple[LendingEvent, ...] = ()
    account: LendingAccount | None = None  # as it is afterwards; None: nothing was sent


def _lending(place: Place) -> Lending:
    lending = place.protocol(PROTOCOL).lending
    assert lending is not None
    return lending


async def markets(where: Where) -> tuple[Reserve, ...]:
    """Every token of the chain's market."""
    async with open_place(where) as place:
        return await place.client.ask(_lending(place).markets())


async def account(where: Where) -> LendingAccount:
    """What somebody has in it."""
    async with open_place(where) as place:
        lending = _lending(place)
        reserves = await place.client.ask(lending.markets())
        return await place.client.ask(lending.account(place.owner, reserves))


async def act(
    where: Where, kind: LendingKind, token: str, amount: str, *, dry_run: bool = False
) -> Lent:
    """Supply, withdraw, borrow or repay so much of a token ("all" where that makes sense)."""
    async with open_place(where) as place:
        lending = _lending(place)
        reserves = await place.client.ask(lending.markets())
        reserve = find(reserves, token)
        if reserve is None:
            known = ", ".join(each.symbol for each in reserves)
            raise ConfigError(f"{token} is not in this market; there are: {known}")
        wanted = None if amount in {ALL, ""} else amount_of(amount)
        action = LendingAction(kind=kind, asset=reserve.asset, amount=wanted)
        before = await place.client.ask(lending.account(place.owner, reserves))
        expected, note = None, ""
        try:
            expected = lending.after(before, reserve, action).health
        except Unsupported as e:
            note = str(e)
        deed = lending.act(before, reserve, action)
        told, done = await place.carry_out(deed, lending, dry_run=dry_run)
        if done is None:
            return Lent(deed=told, health_before=before.health, health_expected=expected, note=note)
        after = await place.client.ask(lending.account(place.owner, reserves))
        return Lent(
            deed=told,
            health_before=before.health,
            health_expected=expected,
            note=note,
            events=lending.events(done.logs),
            account=after,
        )
