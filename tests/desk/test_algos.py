"""Algorithms on a running desk: started, paused, stopped, finished."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from argosy.desk.algo_words import AlgoAsk
from argosy.desk.algos import AlgoDesk, WorkAsk
from argosy.desk.settings import BookSettings, DeskSettings, JournalSettings, Settings
from argosy.errors import ConfigError, InvalidOrder
from argosy.model import OrderStatus
from desk.running import INSTRUMENT, VENUES, desk_of, sandboxed, until


def asked(venue: str = "kraken", **words: object) -> AlgoAsk:
    shared = {"algorithm": "twap", "instrument": INSTRUMENT[venue], "side": "buy", "size": "0.05"}
    if words.get("algorithm") not in {"pov", "sniper", "chase"}:
        shared["parts"] = 5
    return AlgoAsk(**{**shared, "over_s": 2.5, **words})


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "words",
    [
        {},
        {"passive": True, "jitter": "40%"},
        {"algorithm": "vwap", "curve": ("3", "1", "1", "3")},
        {"algorithm": "vwap"},  # by the venue's own candles
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


@pytest.mark.parametrize("venue", VENUES)
async def test_each_does_what_it_is_for(venue: str) -> None:
    """Beside one another: participation, a sniper, a ladder, a chase."""
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        algos = AlgoDesk(desk, random.Random(3))
        bid, offer = desk.top(INSTRUMENT[venue])
        far = str((bid * Decimal("0.9")).quantize(Decimal(1)))
        farther = str((bid * Decimal("0.8")).quantize(Decimal(1)))
        high = str((offer * Decimal("1.05")).quantize(Decimal(1)))
        asks = {
            "pov": {"rate": "50%", "max_part": "0.02", "over_s": 60.0},
            "sniper": {"price": high, "min_size": "0.01"},
            "chase": {"max_chase": "5%"},
            "scale": {"first_price": far, "last_price": farther, "parts": 4, "factor": "2"},
        }
        begun = {
            name: await algos.start(asked(venue, **{"algorithm": name, "over_s": None, **words}))
            for name, words in asks.items()
        }
        assert {name: view.kind for name, view in begun.items()} == {name: name for name in asks}
        done = {begun[name].id for name in ("pov", "sniper", "chase")}
        await until(lambda: not done & {view.id for view in algos.works()}, 30)
        ended = {view.id: view for view in algos.works(everything=True)}
        for name in ("pov", "sniper", "chase"):
            view = ended[begun[name].id]
            assert (name, view.report.status) == (name, OrderStatus.FILLED), view
            assert view.progress.market_twap
            assert view.progress.cost_bps is not None
        await until(lambda: len(sandbox.orders(venue)) == 4)
        (ladder,) = algos.works()
        assert ladder.id == begun["scale"].id
        sizes = sorted(order.spec.size(order.size) for order in sandbox.orders(venue))
        assert sum(sizes) == Decimal("0.05")
        assert sizes[-1] / sizes[0] == pytest.approx(Decimal(2), abs=Decimal("0.01"))
        await algos.ask(WorkAsk(work=ladder.id, what="stop"))
        await until(lambda: not algos.works())
        assert not sandbox.orders(venue)


def asked_of_each(venue: str, bid: Decimal) -> dict[str, dict[str, object]]:
    """None of them is done soon: each rests, waits, or follows little by little."""
    low = [str((bid * Decimal(away)).quantize(Decimal(1))) for away in ("0.9", "0.8")]
    return {
        "twap": {"over_s": 400.0, "passive": True, "price": low[0]},
        "vwap": {"over_s": 400.0, "price": low[0]},
        "pov": {"rate": "1%", "over_s": 400.0, "price": low[0]},
        "sniper": {"price": low[0]},
        "scale": {"first_price": low[0], "last_price": low[1], "parts": 3},
        "chase": {"price": low[0]},
    }


@pytest.mark.parametrize("venue", VENUES)
async def test_the_next_process_goes_on_with_each(venue: str, tmp_path: Path) -> None:
    settings = Settings(
        desk=DeskSettings(venues=(venue,), pairs=("BTC/USD",)),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
        journal=JournalSettings(url=f"sqlite:///{tmp_path / 'journal.db'}"),
    )
    async with sandboxed(venue) as sandbox:
        async with desk_of(sandbox, venue, settings=settings) as desk:
            algos = AlgoDesk(desk, random.Random(3))
            bid, _ = desk.top(INSTRUMENT[venue])
            begun = {
                name: (await algos.start(asked(venue, algorithm=name, **words))).id
                for name, words in asked_of_each(venue, bid).items()
            }
            # The passive part, three steps and the chase rest; the others send nothing.
            await until(lambda: len(sandbox.orders(venue)) == 5)
        resting = {order.id for order in sandbox.orders(venue)}
        assert len(resting) == 5  # they stand while nobody watches
        async with desk_of(sandbox, venue, settings=settings) as desk:
            algos = AlgoDesk(desk, random.Random(4))
            await until(lambda: not any(view.detail for view in algos.works()))
            assert {view.kind: view.id for view in algos.works()} == begun
            assert {order.id for order in sandbox.orders(venue)} == resting  # nothing twice
            for work in begun.values():
                await algos.ask(WorkAsk(work=work, what="stop"))
            await until(lambda: not algos.works())
            assert not sandbox.orders(venue)


async def test_a_dry_run_tells_and_sends_nothing() -> None:
    async with sandboxed("okx") as sandbox, desk_of(sandbox, "okx") as desk:
        algos = AlgoDesk(desk, random.Random(3))
        bid, _ = desk.top(INSTRUMENT["okx"])
        twap = await algos.start(asked("okx", dry_run=True))
        assert [part.after_s for part in twap.plan] == [0, Decimal("0.5"), 1, Decimal("1.5"), 2]
        assert [part.size for part in twap.plan] == [Decimal("0.01")] * 5
        ladder = await algos.start(
            asked("okx", algorithm="scale", first_price="90000", last_price="80000", dry_run=True)
        )
        assert [part.price for part in ladder.plan] == [90000, 87500, 85000, 82500, 80000]
        chase = await algos.start(
            asked("okx", algorithm="chase", max_chase="20 ticks", dry_run=True)
        )
        tick = desk.links["okx"].instruments[INSTRUMENT["okx"]].price_increment
        assert abs(chase.plan[0].price - bid - 20 * tick) < bid / 100
        for words in (
            {"algorithm": "pov", "rate": "0.1"},
            {"algorithm": "sniper", "price": "90000"},
            {"algorithm": "vwap"},
        ):
            told = await algos.start(asked("okx", dry_run=True, **words))
            assert sum(part.size for part in told.plan) <= Decimal("0.05")
            assert told.plan
        assert not algos.works(everything=True)
        assert not sandbox.orders("okx", final=True)


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
        ({"algorithm": "vwap", "parts": 0}, "parts is 0"),
        ({"algorithm": "pov"}, "needs a rate"),
        ({"algorithm": "pov", "rate": "2"}, "rate is 2"),
        ({"algorithm": "sniper"}, "limit price"),
        ({"algorithm": "scale"}, "first_price and last_price"),
        ({"algorithm": "chase"}, "how far it follows"),
        ({"algorithm": "chase", "max_chase": "far"}, "max_chase is 'far'"),
        ({"jitter": "200%"}, "jitter is 2"),
        ({"max_part": "1"}, "max_part is not for twap, but pov"),
        ({"algorithm": "scale", "price": "9"}, "price is not for scale"),
        ({"post_only": True}, "post_only is for schedules that are passive"),
        ({"price": "0.01234"}, "no multiple"),
        ({"instrument": "nowhere:BTC/USD"}, "no venue 'nowhere'"),
        ({"algorithm": "shortfall"}, "no best schedule"),
        ({"instrument": "kraken:NO/PE"}, "lists no"),
    ],
)
async def test_what_cannot_be_started_says_why(words: dict[str, object], said: str) -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        algos = AlgoDesk(desk, random.Random(3))
        with pytest.raises((ConfigError, InvalidOrder), match=said):
            await algos.start(asked(**words))
        with pytest.raises(ConfigError, match="must be one of"):
            await algos.ask(WorkAsk(work="x", what="dance"))
        with pytest.raises(ConfigError, match="no work 'x' runs"):
            await algos.ask(WorkAsk(work="x", what="stop"))
