"""The account over all venues: holdings, positions, exposure, margin; valued by live prices."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from argosy.desk.desk import Desk
from argosy.desk.trader import Trader
from argosy.errors import ConfigError
from argosy.model import Balance, Instrument, InstrumentId, Nanos, Position
from argosy.model.money import ZERO
from argosy.portfolio.explained import Unexplained
from argosy.portfolio.holdings import Exposure, Holding, Offset, exposures, holdings, offsets
from argosy.portfolio.margin import MarginView, VenueMargin, overview, venue_margin

TARGET_LEVEL = Decimal(3)  # equity over maintenance margin, that suggested transfers aim at


class VenueAccount(msgspec.Struct, frozen=True, kw_only=True):
    """How recent what is known of a venue's account is."""

    venue: str
    as_of_ns: Nanos  # when it was last reconciled; 0: never
    detail: str  # what cannot be relied on, in words; empty: all can
    unexplained: tuple[Unexplained, ...] = ()  # changes of balances that no fill explains


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is held, at all venues together."""

    currency: str  # of all values
    value: Decimal  # of what has a price, unrealised profit included
    holdings: tuple[Holding, ...]
    positions: tuple[Position, ...]
    exposures: tuple[Exposure, ...]
    offsets: tuple[Offset, ...]  # positions that cancel out and could be closed
    venues: tuple[VenueAccount, ...]
    missing: tuple[str, ...]  # what could not be counted, in words


class PortfolioDesk:
    """The consolidated account, for the API and the CLI."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def account(self, currency: str = "USD") -> AccountView:
        """Holdings, positions, exposure by asset, and what could be netted, valued in `currency`.

        Raises:
            ConfigError: no venue with a key.
        """
        traders = self._traders()

        def price_of(unit: str) -> Decimal | None:
            return self.price(unit, currency)

        balances = _balances(traders)
        positions = _open(traders)
        instruments = self._instruments(traders)
        held = holdings(balances, price_of)
        exposed, missing = exposures(balances, positions, instruments, price_of, self._alike())
        missing += [
            f"{one.currency} at {one.venue}: no price in {currency}"
            for one in held
            if one.value is None
        ]
        value = sum((one.value or ZERO for one in held), ZERO)
        for position in positions:
            about = instruments.get(position.instrument)
            rate = None if about is None else price_of(about.settle or about.quote)
            if position.unrealised_pnl is None or rate is None:
                missing.append(f"{position.instrument}: unrealised profit is not known")
            else:
                value += position.unrealised_pnl * rate
        return AccountView(
            currency=currency,
            value=value,
            holdings=tuple(held),
            positions=tuple(positions),
            exposures=tuple(exposed),
            offsets=tuple(offsets(positions, instruments, price_of)),
            venues=tuple(self._venue(one) for one in traders),
            missing=tuple(missing),
        )

    def margin(self, currency: str = "USD", target_level: Decimal = TARGET_LEVEL) -> MarginView:
        """What positions need at each venue and overall, and transfers that would even it out.

        Raises:
            ConfigError: no venue with a key, or a target level not above 1.
        """
        traders = self._traders()

        def price_of(unit: str) -> Decimal | None:
            return self.price(unit, currency)

        instruments = self._instruments(traders)
        found: list[VenueMargin] = []
        missing: list[str] = []
        for trader in traders:
            if trader.margin is None:
                missing.append(f"{trader.link.id}: its margin is not known yet")
                continue
            positions = trader.ledger.positions.values()
            one = venue_margin(trader.margin, positions, instruments, price_of)
            if one is None:
                missing.append(f"{trader.link.id}: no price of {trader.margin.currency}")
            else:
                found.append(one)
        balances = _balances(traders)
        try:
            return overview(
                found,
                holdings(balances, price_of),
                currency=currency,
                target_level=target_level,
                missing=missing,
            )
        except ValueError as e:
            raise ConfigError(f"margin: {e}") from None

    def price(self, unit: str, currency: str) -> Decimal | None:
        """What one unit of a currency is worth: by rates, else by the middle of a book here.

        A chain's wrapped currency is worth what it wraps.
        """
        unit = self._alike().get(unit, unit)
        rate = self._desk.rates.find(unit, currency)
        if rate is not None:
            return rate.rate
        for pair, book in self._desk.books.items():
            base, _, quote = pair.partition("/")
            if base != unit:
                continue
            rest = self._desk.rates.find(quote, currency)
            view = book.view(self._desk.now_ns(), 1)
            if rest is not None and view.bids and view.asks:
                return (view.bids[0].price + view.asks[0].price) / 2 * rest.rate
        return None

    # --- within -----------------------------------------------------------------------------------

    def _alike(self) -> dict[str, str]:
        accounts = (trader.link.account for trader in self._desk.traders.values())
        return {one.info.wrapped: one.info.native for one in accounts if one is not None}

    def _traders(self) -> list[Trader]:
        found = list(self._desk.traders.values())
        if not found:
            raise ConfigError("this desk has no account: set venues.NAME.credentials for a venue")
        return found

    @staticmethod
    def _instruments(traders: Iterable[Trader]) -> dict[InstrumentId, Instrument]:
        return {ident: one for trader in traders for ident, one in trader.link.instruments.items()}

    @staticmethod
    def _venue(trader: Trader) -> VenueAccount:
        return VenueAccount(
            venue=trader.link.id,
            as_of_ns=Nanos(trader.last_reconciled_ns),
            detail="not reconciled yet" if not trader.last_reconciled_ns else trader.link.detail,
            unexplained=tuple(trader.unexplained),
        )


def _balances(traders: Iterable[Trader]) -> list[Balance]:
    """What is held. Venues that trade from one wallet have it once."""
    found: list[Balance] = []
    wallets: set[str] = set()
    for trader in traders:
        if trader.wallet in wallets:
            continue
        if trader.wallet:
            wallets.add(trader.wallet)
        found += trader.ledger.balances.values()
    return found


def _open(traders: Iterable[Trader]) -> list[Position]:
    return [each for one in traders for each in one.ledger.positions.values() if each.size]
