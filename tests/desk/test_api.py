"""A whole desk in a program of one's own: it starts, takes asks, ends with the block."""

import random
from decimal import Decimal

import pytest

from argosy.desk.api import running_desk
from argosy.desk.arbitrage import ScanAsk
from argosy.desk.asks import CancelAsk, OrderAsk
from argosy.desk.routes import RouteAsk
from argosy.desk.settings import DeskSettings, Settings
from argosy.errors import ConfigError
from argosy.model.orders import OrderStatus


@pytest.fixture
def settings(tmp_path):
    desk = DeskSettings(state_folder=str(tmp_path / "state"), pairs=("BTC/USD",))
    return Settings(desk=desk)


async def test_a_block_has_a_desk_that_trades(settings):
    async with running_desk(settings, rng=random.Random(1)) as api:
        assert {venue.state.value for venue in api.desk.venues()} == {"live"}
        assert api.desk.universal("BTC/USD", 5).asks
        order = await api.orders.place(
            OrderAsk(instrument="kraken:BTC/USD", side="buy", size="0.01", price="50000")
        )
        assert order.status is OrderStatus.ACCEPTED
        await api.orders.cancel(CancelAsk(order=order.client_id))
        done = await api.routes.route(
            RouteAsk(pair="BTC/USD", side="buy", size="0.5", dry_run=False)
        )
        assert done.filled == Decimal("0.5")
        assert api.arbitrage.scan(ScanAsk()).quote == "USD"
        assert api.portfolio.account().value > 0
        assert (await api.tca.report()).all
        assert not api.algos.works()


async def test_what_the_block_raises_comes_out_as_it_was(settings):
    with pytest.raises(ZeroDivisionError):
        async with running_desk(settings):
            1 / 0  # noqa: B018


async def test_one_desk_holds_a_state_folder(settings):
    async with running_desk(settings):
        with pytest.raises(ConfigError, match="state"):
            async with running_desk(settings):
                pass
    async with running_desk(settings) as api:
        assert api.desk.venues()
