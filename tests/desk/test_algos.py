"""Algorithms on a running desk: started, paused, stopped, finished."""

import random
from decimal import Decimal

import pytest

from argosy.desk.algos import AlgoAsk, AlgoDesk, WorkAsk
from argosy.errors import ConfigError
from argosy.model import OrderStatus
from desk.running import INSTRUMENT, VENUES, desk_of, sandboxed, until


def asked(venue: str = "kraken", **words: object) -> AlgoAsk:
    shared = {"algorithm": "twap", "instrument": INSTRUMENT[venue], "side": "buy", "size": "0.05"}
    return AlgoAsk(**{**shared, "parts": 5, "over_s": 2.5, **words})


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "words",
    [
        {},
        {"algorithm": "vwap", "curve": ("3", "1", "1", "3")},
        {"algorithm": "shortfall", "volatility": 900.0, "temporary": 1e-3},
    ],
)
async def test_it_is_done_in_its_time(venue: str, words: dict[str, object]) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        algos = AlgoDesk(desk, random.Random(3))
        begun = await algos.start(asked(venue, **words))
        assert [view.id for view in algos.works()] == [begun.id]
        await until(lambda: not algos.works(), 20)
        (ended,) = algos.works(everything=True)
        assert ended.report.status is OrderStatus.FILLED
        assert ended.progress.filled == Decimal("0.05")
        assert ended.progress.arrival_mid
        assert ended.progress.cost_bps is not None
        assert ended.children >= 4
        assert sum(fill.order.spec.size(fill.size) for fill in sandbox.fills(venue)) == Decimal(
            "0.05"
        )


async def test_it_is_paused_and_stopped() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        algos = AlgoDesk(desk, random.Random(3))
        begun = await algos.start(asked(over_s=500.0))
        await until(lambda: algos.works()[0].report.filled == Decimal("0.01"))
        assert (await algos.ask(WorkAsk(work=begun.id, what="pause"))).phase == "paused"
        assert (await algos.ask(WorkAsk(work=begun.id, what="continue"))).phase == "working"
        await algos.ask(WorkAsk(work=begun.id, what="stop"))
        await until(lambda: not algos.works())
        assert len(sandbox.orders("kraken", final=True)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"side": "x"}, "buy or sell"),
        ({"size": "0"}, "above 0"),
        ({"over_s": 0.0}, "over_s"),
        ({"parts": 0}, "parts is 0"),
        ({"algorithm": "vwap"}, "needs a curve"),
        ({"algorithm": "shortfall"}, "no best schedule"),
        ({"instrument": "kraken:NO/PE"}, "lists no"),
    ],
)
async def test_what_cannot_be_started_says_why(words: dict[str, object], said: str) -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        algos = AlgoDesk(desk, random.Random(3))
        with pytest.raises(ConfigError, match=said):
            await algos.start(asked(**words))
        with pytest.raises(ConfigError, match="must be one of"):
            await algos.ask(WorkAsk(work="x", what="dance"))
        with pytest.raises(ConfigError, match="no work 'x' runs"):
            await algos.ask(WorkAsk(work="x", what="stop"))
