"""Tells the traders what transfers of ours do to their balances, so that none seems strange."""

from collections.abc import Mapping

from argosy.desk.link import VenueLink
from argosy.desk.trader import Trader
from argosy.execution.transfers import Movement, effects

_TRADING = "trading"  # the account whose balances traders explain


class Moving:
    """Movements of a desk, as far as they concern the accounts that trade."""

    def __init__(self, links: Mapping[str, VenueLink], traders: Mapping[str, Trader]) -> None:
        self._links = links
        self._traders = traders
        self._told: set[str] = set()  # keys of effects that are expected

    def heard(self, movement: Movement) -> None:
        """A movement was begun, taken up or has gone on."""
        for effect in effects(movement):
            trader = self._traders.get(effect.venue)
            if trader is None or self._account(effect.venue, effect.account) != _TRADING:
                continue
            if effect.key not in self._told:
                self._told.add(effect.key)
                trader.explained.expect(effect.key, movement.request.currency, effect.amount)
            if effect.over:
                self._told.discard(effect.key)
                trader.explained.over(effect.key)

    def _account(self, venue: str, account: str) -> str:
        """The account meant by an empty word is the first."""
        transfers = self._links[venue].adapter.transfers
        return account or (transfers.accounts()[0] if transfers is not None else "")
