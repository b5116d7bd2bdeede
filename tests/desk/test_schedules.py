"""Schedules on a running desk: what they begin, each once, also through a restart."""

import random
from decimal import Decimal

import pytest

from argosy.desk.launching import Launcher
from argosy.desk.schedules import ScheduleAsk, ScheduleDesk
from argosy.errors import ConfigError, NotSent
from argosy.execution.work import Launch, Stop, child_id
from argosy.model import ClientOrderId, Nanos
from desk.running import desk_of, sandboxed, until

ORDER = {"instrument": "kraken:BTC/USD", "side": "buy", "size": "0.01", "price": "20000"}
ALGO = {"algorithm": "twap", "instrument": "kraken:BTC/USD", "side": "buy", "size": "0.02"}
ROUTE = {"pair": "BTC/USD", "side": "buy", "size": "0.01"}
LEG = {"instrument": "kraken:BTC/USD", "side": "buy", "size": "0.01"}


def desk_for(desk) -> ScheduleDesk:
    rng = random.Random(3)
    return ScheduleDesk(desk, Launcher(desk, rng), rng)


def ask(what: str = "order", terms: dict | None = None, **when: object) -> ScheduleAsk:
    return ScheduleAsk(what=what, ask=terms or ORDER, **when)


@pytest.mark.parametrize(
    ("what", "terms", "size"),
    [
        ("order", ORDER | {"type": "market", "price": ""}, "0.01"),
        ("algo", ALGO | {"parts": 2, "over_s": 1.0}, "0.02"),
        ("route", ROUTE, "0.01"),
        ("basket", {"legs": [LEG]}, "0.01"),
    ],
)
async def test_everything_can_be_begun(what: str, terms: dict[str, object], size: str) -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        schedules = desk_for(desk)
        begun = await schedules.start(ask(what, terms, in_s=0.3))
        assert begun.upcoming
        await until(lambda: not schedules.schedules(), 20)
        (ended,) = schedules.schedules(everything=True)
        (run,) = ended.runs
        assert (run.run, run.begun, run.problem) == (child_id(begun.id, 0), True, "")

        def filled() -> bool:
            fills = sandbox.fills("kraken")
            return sum(fill.order.spec.size(fill.size) for fill in fills) == Decimal(size)

        await until(filled, 20)


async def test_again_and_again_and_what_is_refused_is_said() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        schedules = desk_for(desk)
        dear = ORDER | {"size": "100000", "price": "1000000"}
        await schedules.start(ask(terms=dear, every_s=1, times=2))
        await until(lambda: not schedules.schedules(), 20)
        (ended,) = schedules.schedules(everything=True)
        assert len(ended.runs) == 2
        assert all("funds" in run.problem.lower() for run in ended.runs), ended.runs
        assert not sandbox.orders("kraken")


async def test_on_a_price() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        schedules = desk_for(desk)
        never = ask(instrument="kraken:BTC/USD", watch="mid", at_most="1")
        now = ask(instrument="kraken:BTC/USD", watch="mid", at_least="1")
        waiting = await schedules.start(never)
        await schedules.start(now)
        await until(lambda: len(sandbox.orders("kraken")) == 1)
        await until(lambda: [view.id for view in schedules.schedules()] == [waiting.id])
        await desk.works.ask(waiting.id, Stop())
        await until(lambda: not schedules.schedules())


async def test_a_run_begins_once_however_often_it_is_asked_for() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        launcher = Launcher(desk, random.Random(3))
        later = Nanos(desk.now_ns() + 10**10)
        text = '{"instrument":"kraken:BTC/USD","side":"buy","size":"0.01","price":"20000"}'
        run = ClientOrderId("6f1e2d3c4b5a49788796a5b4c3d2e1f0")
        action = Launch(run=run, what="order", ask=text, not_after_ns=later)
        for _ in range(3):
            await launcher.launch(action)
        assert len(sandbox.orders("kraken", final=True)) == 1
        late = Launch(run=ClientOrderId("a" * 32), what="order", ask=text, not_after_ns=Nanos(1))
        with pytest.raises(NotSent, match="too late"):
            await launcher.launch(late)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: ask("dance", in_s=1.0), "must be one of order, algo, route, basket"),
        (lambda: ask(terms={"instrument": "kraken:BTC/USD"}, in_s=1.0), "order: .*side"),
        (lambda: ask(terms=ORDER | {"client_id": "x"}, in_s=1.0), "leave client_id out"),
        (lambda: ask(terms=ORDER | {"instrument": "kraken:NO/PE"}, in_s=1.0), "lists no"),
        (lambda: ask("algo", ALGO | {"parts": 0}, in_s=1.0), "parts is 0"),
        (lambda: ask("route", ROUTE | {"pair": "NO/PE"}, in_s=1.0), "no universal book"),
        (lambda: ask("basket", {"legs": []}, in_s=1.0), "1 to 50"),
        (ask, "a time or a condition"),
        (lambda: ask(in_s=1.0, every_s=2), "in_s and every_s contradict"),
        (lambda: ask(at="tomorrow"), "at is 'tomorrow'"),
        (lambda: ask(at="2026-12-01T16:00:00"), "say of which zone"),
        (lambda: ask(in_s=-1.0), "in_s is -1"),
        (lambda: ask(cron="x"), "five fields"),
        (lambda: ask(at_least="1"), "needs an instrument"),
        (lambda: ask(instrument="kraken:NO/PE", at_least="1"), "lists no"),
    ],
)
async def test_what_cannot_be_scheduled_says_why(made, said) -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        with pytest.raises(ConfigError, match=said):
            await desk_for(desk).start(made())


async def test_a_dry_run_says_when() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        schedules = desk_for(desk)
        view = await schedules.start(
            ask(cron="0 9 * * 1-5", zone="Asia/Tokyo", dry_run=True, until="2100-01-01T00:00:00Z")
        )
        assert len(view.upcoming) == 5
        assert all(at_ns % (86_400 * 10**9) == 0 for at_ns in view.upcoming)  # 09:00 is 00:00 UTC
        assert not schedules.schedules()
