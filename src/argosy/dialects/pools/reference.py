"""An exchange's pools as instruments, found by asking its factories."""

from collections.abc import Callable, Iterable, Sequence

from argosy.dialects.pools.asking import chain_check, reading_call
from argosy.dialects.pools.board import Board
from argosy.dialects.pools.discovery import Found, instrument_of, searches
from argosy.errors import Unsupported
from argosy.model import Candle, Instrument, InstrumentId, Nanos
from argosy.ports import Call, HttpResponse


class PoolReference:
    """Satisfies ports.MarketReference."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def instruments(self) -> Sequence[Call[list[Instrument]]]:
        """See MarketReference: every pool of two known tokens that has liquidity."""
        exchange = self._board.exchange
        return [
            _mapped(reading_call(search, exchange.venue), self._listed)
            for search in searches(exchange)
        ]

    def _listed(self, found: list[Found]) -> list[Instrument]:
        listed = []
        for each in found:
            self._board.specs[each.spec.instrument] = each.spec
            listed.append(instrument_of(each))
        return listed

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """See MarketReference."""
        self._board.learn(instruments)

    def recognise(self, url: str, response: HttpResponse) -> list[Instrument]:  # noqa: ARG002
        """See MarketReference: a node's answer does not say what was asked."""
        return []

    def server_time(self) -> Call[Nanos]:
        """See MarketReference."""
        exchange = self._board.exchange
        return chain_check(exchange.chain.id, exchange.venue)

    def candles(
        self,
        instrument: InstrumentId,
        interval_s: int,  # noqa: ARG002
        since_ns: Nanos | None,  # noqa: ARG002
        limit: int,  # noqa: ARG002
    ) -> Call[list[Candle]]:
        """See MarketReference."""
        raise Unsupported(f"a node keeps no candles of {instrument}")


def _mapped(
    call: Call[list[Found]], listed: Callable[[list[Found]], list[Instrument]]
) -> Call[list[Instrument]]:
    then = call.then

    def following(response: HttpResponse) -> Call[list[Instrument]] | None:
        assert then is not None
        after = then(response)
        return None if after is None else _mapped(after, listed)

    return Call(
        call.request,
        lambda response: listed(call.read(response)),
        None if then is None else following,
    )
