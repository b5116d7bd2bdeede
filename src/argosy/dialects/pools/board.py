"""Pools that an exchange's feed keeps up to date: which there are, and their state now, for whoever
prices and trades by them. Follows nothing itself.
"""

from collections.abc import Iterable

import msgspec

from argosy.books.book import VenueBook
from argosy.dialects.pools.exchange import Exchange, PoolSpec
from argosy.dialects.pools.loading import Tracked, side_of
from argosy.dialects.uniswap_v2.side import PairSide
from argosy.dialects.uniswap_v3.side import ConcentratedSide
from argosy.errors import ConfigError, Unsupported
from argosy.model import Instrument, InstrumentId


class LivePool(msgspec.Struct, frozen=True):
    """A pool's state as of a block."""

    spec: PoolSpec
    tracked: Tracked
    block: int

    def side(self, *, buy: bool) -> PairSide | ConcentratedSide:
        """Buying or selling its base token; right until its next log."""
        return side_of(self.spec, self.tracked, buy=buy)


class Board:
    """The pools of an exchange: an adapter's reference finds them, its feed fills, others read."""

    def __init__(self) -> None:
        self._exchange: Exchange | None = None
        self.specs: dict[InstrumentId, PoolSpec] = {}
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.live: dict[InstrumentId, LivePool] = {}
        self.books: dict[InstrumentId, VenueBook] = {}  # their ladders

    def use(self, exchange: Exchange) -> None:
        """Say which contracts are meant; before anything else."""
        self._exchange = exchange

    @property
    def exchange(self) -> Exchange:
        """The contracts; ConfigError where nobody said."""
        if self._exchange is None:
            raise ConfigError("no chain is chosen: this venue's contracts are not known")
        return self._exchange

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """Remember how pools are traded."""
        for each in instruments:
            self.instruments[each.id] = each

    def spec(self, instrument: InstrumentId) -> PoolSpec:
        """A pool; Unsupported where none of that name was found."""
        found = self.specs.get(instrument)
        if found is None:
            raise Unsupported(f"{instrument} is no pool that was found")
        return found

    def pool(self, instrument: InstrumentId) -> LivePool:
        """A pool's state now; Unsupported while it is not followed."""
        found = self.live.get(instrument)
        if found is None:
            raise Unsupported(f"{instrument} is not followed now: no exact price of it is known")
        return found
