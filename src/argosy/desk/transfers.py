"""Moving funds as people ask for it: words in, a plan or a movement out, if it is allowed."""

import random
from decimal import Decimal

import msgspec

from argosy.desk.asks import new_client_id
from argosy.desk.desk import Desk
from argosy.desk.link import VenueLink
from argosy.desk.mover import Mover
from argosy.desk.transfer_plans import TransferPlan, Way, plan, request_of, transfers_of
from argosy.errors import AuthFailed, ConfigError, TransferRejected
from argosy.execution.transfers import Movement
from argosy.model import Permission, TransferKind
from argosy.model.money import parse_decimal
from argosy.model.time import SECOND

_FRESH_S = 60  # how long a plan may be followed


class TransferAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to move, in words. `source` and `target`: a venue ("okx"), an account of one
    ("okx:trading"), or as target "address:NAME" of the settings. The amount is what arrives.
    """

    source: str
    target: str
    currency: str
    amount: str
    chain: str = ""  # empty: the cheapest that works


class CancelTransferAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which transfer to cancel."""

    transfer: str


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A movement as it stands; `trouble`: why its ends could not be asked lately."""

    id: str
    movement: Movement
    trouble: str = ""


_CANNOT = (
    "the API key for {venue} cannot withdraw: give it the permission at the venue"
    ' (sandbox: sandbox.key = "withdraw")'
)


class TransferDesk:
    """Transfers for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng
        self._last: tuple[TransferAsk, TransferPlan, int] | None = None  # the newest, and when

    async def plan(self, ask: TransferAsk) -> TransferPlan:
        """What would be done now; nothing is moved.

        Raises:
            ConfigError: venues, accounts or amounts that cannot be used.
            ArgosyError: a venue that does not answer.
        """
        planned = await self._planned(self._way(ask), ask.chain)
        self._last = (ask, planned, self._desk.clock.monotonic_ns())
        return planned

    async def start(self, ask: TransferAsk) -> TransferView:
        """Plan, and move the funds if nothing stands against it.

        Raises as `plan` and `Mover.send` do.
        """
        way = self._way(ask)
        mover = self._mover()
        self._allowed(way)
        planned = self._just_planned(ask) or await self._planned(way, ask.chain)
        if planned.problem or planned.route is None:
            raise TransferRejected(planned.problem, venue=way.source.id)
        movement = await mover.send(
            request_of(way, planned.route, new_client_id(self._rng)),
            to_venue=way.target.id if way.target is not None else "",
            to_name=way.name if way.place is not None else "",
        )
        return self._view(movement)

    async def cancel(self, ask: CancelTransferAsk) -> TransferView:
        """Ask the source to cancel a withdrawal."""
        return self._view(await self._mover().cancel(ask.transfer))

    def transfers(self, *, everything: bool = False) -> list[TransferView]:
        """Those under way, or those that ended lately as well, oldest first."""
        mover = self._desk.mover
        if mover is None:
            return []
        ended = list(mover.finished) if everything else []
        return [self._view(one) for one in (*ended, *mover.open.values())]

    def show(self, transfer_id: str) -> TransferView:
        """One of those that are remembered; ConfigError for any other."""
        for view in self.transfers(everything=True):
            if view.id == transfer_id:
                return view
        raise ConfigError(f"no transfer {transfer_id!r}; `argosy transfer list --all` shows them")

    # --- words ------------------------------------------------------------------------------------

    def _way(self, ask: TransferAsk) -> Way:
        try:
            amount = parse_decimal(ask.amount, "amount")
        except ValueError as e:
            raise ConfigError(f"transfer: {e}") from None
        if not Decimal("1e-30") < amount < Decimal("1e30"):
            raise ConfigError(f"transfer: amount is {ask.amount}; it must be above 0")
        currency = ask.currency.upper()
        source, from_account = self._venue(ask.source)
        kind, _, name = ask.target.partition(":")
        if kind == "address":
            place = self._desk.addresses.get(name)
            if place is None or place.currency != currency:
                raise ConfigError(
                    f"transfer: there is no address {name!r} for {currency} in transfers.addresses"
                    f" (there are: {', '.join(self._desk.addresses) or 'none'}); funds go to"
                    " addresses of the settings and to other venues only"
                )
            self._leaves_from(source, from_account)
            return Way(
                source=source, currency=currency, amount=amount, place=place, name=ask.target
            )
        target, to_account = self._venue(ask.target)
        if target is not source:
            self._leaves_from(source, from_account)
            if to_account:
                raise ConfigError(
                    f"transfer: which account of {target.id} is credited is not ours to say;"
                    f" write {target.id!r}"
                )
            return Way(
                source=source, currency=currency, amount=amount, target=target, name=target.id
            )
        known = transfers_of(source).accounts()
        if from_account == to_account or not {from_account, to_account} <= set(known):
            raise ConfigError(
                f"transfer: within {source.id} funds move between its accounts"
                f" {', '.join(known)}: write {source.id}:{known[0]} and {source.id}:{known[-1]}"
            )
        return Way(
            source=source,
            currency=currency,
            amount=amount,
            accounts=(from_account, to_account),
            name=ask.target,
        )

    def _venue(self, words: str) -> tuple[VenueLink, str]:
        name, _, account = words.partition(":")
        link = self._desk.links.get(name)
        if link is None:
            raise ConfigError(
                f"transfer: no venue {name!r} on this desk; there are:"
                f" {', '.join(self._desk.links)}"
            )
        return link, account

    @staticmethod
    def _leaves_from(source: VenueLink, account: str) -> None:
        first = transfers_of(source).accounts()[0]
        if account not in {"", first}:
            raise ConfigError(
                f"transfer: withdrawals leave {source.id}:{first}; move the funds there first:"
                f" `argosy transfer start {source.id}:{account} {source.id}:{first} ...`"
            )

    # --- what is allowed --------------------------------------------------------------------------

    async def _planned(self, way: Way, chain: str) -> TransferPlan:
        try:
            planned = await plan(way)
        except AuthFailed as e:
            if Permission.WITHDRAW in way.source.permissions or any(way.accounts):
                raise
            raise ConfigError(_CANNOT.format(venue=way.source.id) + f" ({e})") from None
        if not chain or planned.kind is TransferKind.INTERNAL:
            return planned
        return planned.by(chain)

    def _just_planned(self, ask: TransferAsk) -> TransferPlan | None:
        """The plan that somebody has just looked at: asking all of it again could take a venue's
        whole allowance. It is used once.
        """
        last, self._last = self._last, None
        if last is None or last[0] != ask:
            return None
        age_ns = self._desk.clock.monotonic_ns() - last[2]
        return last[1] if age_ns < _FRESH_S * SECOND and not last[1].problem else None

    def _allowed(self, way: Way) -> None:
        """ConfigError unless the settings and the key allow it, saying which does not."""
        if not self._desk.transfers_enabled:
            raise ConfigError(
                "transfers are off: set transfers.enabled = true to let this desk move funds"
            )
        if any(way.accounts):
            return
        link = way.source
        if not link.settings.allow_withdrawal_key:
            raise ConfigError(
                f"withdrawals from {link.id} are not allowed: set"
                f" venues.{link.id}.allow_withdrawal_key = true"
            )
        if Permission.WITHDRAW not in link.permissions:
            raise ConfigError(_CANNOT.format(venue=link.id))

    def _mover(self) -> Mover:
        if self._desk.mover is None:
            raise ConfigError("this desk moves no funds: it keeps no journal without an API key")
        return self._desk.mover

    def _view(self, movement: Movement) -> TransferView:
        trouble = self._mover().trouble.get(movement.id, "")
        return TransferView(id=movement.id, movement=movement, trouble=trouble)
