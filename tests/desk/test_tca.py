"""Costs from the journal of a running desk."""

import random
from decimal import Decimal

import pytest

from argosy.desk.algo_words import AlgoAsk
from argosy.desk.algos import AlgoDesk
from argosy.desk.tca import TcaDesk
from argosy.errors import ConfigError
from desk.running import VENUES, desk_of, order, sandboxed, until

D = Decimal


async def test_what_orders_cost() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        tca = TcaDesk(desk)
        placed = {}
        for venue in VENUES:
            placed[venue] = order(sandbox, venue, away="1.01")
            await desk.traders[venue].place(placed[venue])
            await desk.traders[venue].place(order(sandbox, venue))  # rests
        ledgers = [desk.traders[venue].ledger for venue in VENUES]
        await until(lambda: all(ledger.fills for ledger in ledgers))
        for venue in VENUES:
            (cost,) = await tca.order(placed[venue].client_id)
            book = desk.top(cost.instrument)
            assert cost.filled == D("0.01")
            assert cost.spread_bps > 0
            assert abs(cost.arrival_mid / (sum(book) / 2) - 1) < D("0.01")
            parts = cost.spread_bps + cost.timing_bps + cost.impact_bps
            assert abs(parts - cost.cost_bps) <= D("0.02")
            assert cost.fee_bps > 0
            assert cost.total_bps is not None
        report = await tca.report(by="venue")
        assert {group.name for group in report.groups} == set(VENUES)
        assert all((group.orders, group.filled_orders) == (2, 1) for group in report.groups)
        assert report.all.orders == 4
        assert report.unpriced == 0
        only = await tca.report(by="instrument", instrument=placed["okx"].instrument)
        assert [group.name for group in only.groups] == [placed["okx"].instrument]


async def test_a_work_s_orders_together() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        algos = AlgoDesk(desk, random.Random(3))
        terms = {"algorithm": "twap", "instrument": "kraken:BTC/USD", "side": "buy"}
        begun = await algos.start(AlgoAsk(**terms, size="0.04", parts=4, over_s=1.0))
        await until(lambda: not algos.works(), 20)
        costs = await TcaDesk(desk).order(begun.id)
        assert len(costs) >= 3
        assert {cost.work for cost in costs} == {begun.id}
        report = await TcaDesk(desk).report(by="work")
        assert [group.name for group in report.groups] == [begun.id]


@pytest.mark.parametrize(
    ("words", "said"),
    [({"by": "mood"}, "by is 'mood'"), ({"since_s": 0.0}, "above 0")],
)
async def test_what_cannot_be_asked(words: dict[str, object], said: str) -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        with pytest.raises(ConfigError, match=said):
            await TcaDesk(desk).report(**words)
        with pytest.raises(ConfigError, match="no order of 'x'"):
            await TcaDesk(desk).order("x")
