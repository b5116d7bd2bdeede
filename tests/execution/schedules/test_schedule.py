"""Schedules in virtual time: each run once, through restarts, late starts and clock steps."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution import works
from argosy.execution.schedules import At, Condition, Every, Schedule
from argosy.execution.work import (
    Began,
    Continue,
    Due,
    Launch,
    Launched,
    Pause,
    Phase,
    Resumed,
    Stop,
    Wake,
    child_id,
)
from argosy.model import OrderStatus, Side
from argosy.model.time import SECOND
from execution.emulated.worlds import SPOT, World

D = Decimal
START = 1_790_000_000 * SECOND


class Clock(dict):
    """No markets, and a clock that goes where it is told."""

    now_ns = START


class Desk:
    """Runs one schedule: remembers what it launched; a process that dies forgets the rest."""

    def __init__(self, work):
        self.clock, self.work = Clock(), work
        self.asked = []  # every launch that was decided, repeated ones too
        self.begun = []  # runs that were begun, each once
        self.give(Began())

    def give(self, event):
        outcome = self.work.receive(event, self.clock)
        written = msgspec.json.Encoder(decimal_format="string").encode(outcome.work)
        self.work = works.decode("schedule", written)
        assert self.work == outcome.work
        self.wake = [each.at_ns for each in outcome.actions if isinstance(each, Wake)]
        self.asked += [each for each in outcome.actions if isinstance(each, Launch)]
        return outcome

    def at(self, second, event=None):
        self.clock.now_ns = START + second * SECOND
        self.give(event or Due())

    def tell(self, problem=""):
        """Whoever launches: each run is begun once, however often it is asked for."""
        for each in self.asked:
            if each.run not in self.begun:
                self.begun.append(each.run)
            self.give(Launched(each.run, problem))


def schedule(**terms):
    shared = {"id": "sched1", "name": "test", "what": "order", "ask": "{}"}
    return Schedule(**{**shared, **terms})


def every(seconds=60, **terms):
    return schedule(when=Every(every_s=seconds, from_ns=START), **terms)


def test_once_at_its_time():
    desk = Desk(schedule(when=At(at_ns=START + 10 * SECOND)))
    assert desk.wake == [START + 10 * SECOND]
    assert desk.work.phase is Phase.WAITING
    desk.at(9)
    assert not desk.asked
    desk.at(10)
    (launch,) = desk.asked
    assert launch.run == child_id("sched1", 0)
    assert not desk.work.done  # whether it has begun is open
    desk.tell()
    assert desk.work.status is OrderStatus.FILLED
    assert desk.work.reason == "1 begun"


def test_a_moment_just_passed_still_counts_and_an_older_one_does_not():
    desk = Desk(schedule(when=At(at_ns=START - 200 * SECOND)))
    assert len(desk.asked) == 1
    late = Desk(schedule(when=At(at_ns=START - 301 * SECOND)))
    assert not late.asked
    assert late.work.done


@settings(max_examples=200)
@given(st.data())
def test_each_time_once_or_skipped(data):
    """Whatever happens in between: restarts, silence, a clock that steps back and forward."""
    desk = Desk(every(late_s=30))
    now, seen = 0, set()
    for _ in range(data.draw(st.integers(1, 30))):
        now += data.draw(st.sampled_from([1, 5, 20, 61, 400, -30, -100]))
        now = max(0, now)
        desk.at(now, data.draw(st.sampled_from([Due(), Resumed(), Pause(), Continue()])))
        if data.draw(st.booleans()):
            desk.tell()
        for ran in desk.work.runs:
            assert (ran.due_ns - START) % (60 * SECOND) == 0
            assert 0 <= ran.at_ns - ran.due_ns <= 30 * SECOND
        assert len({ran.due_ns for ran in desk.work.runs}) == len(desk.work.runs)
        seen |= {each.run for each in desk.asked}
    assert len(seen) == desk.work.numbered
    desk.tell()
    assert desk.begun == [child_id("sched1", number) for number in range(desk.work.numbered)]


def test_what_was_not_known_to_have_begun_is_asked_for_again():
    desk = Desk(every())
    desk.at(60)
    desk.at(61, Resumed())
    first, again = desk.asked
    assert first == again
    assert first.not_after_ns == START + (60 + 300) * SECOND
    desk.tell()
    desk.at(62, Resumed())
    assert len(desk.asked) == 2


def test_too_late_is_skipped_and_never_caught_up():
    desk = Desk(every(late_s=10))
    desk.at(60)
    desk.tell()
    desk.at(60 * 20 + 5, Resumed())  # the desk was down for 19 minutes
    assert [ran.due_ns - START for ran in desk.work.runs] == [60 * SECOND, 1200 * SECOND]
    assert desk.work.skipped


@pytest.mark.parametrize("event", [Resumed(), Due(), Continue()])
@pytest.mark.parametrize(
    ("seconds", "now", "due"), [(60, 245, 240), (1, 3600, 3600), (1, 290, 290)]
)
def test_of_several_times_that_have_come_only_the_last_is_begun(event, seconds, now, due):
    """After minutes of silence, or a clock that stepped, not one for each of them."""
    desk = Desk(every(seconds))
    desk.at(seconds)
    desk.tell()
    for _ in range(3):  # whatever else is told at that moment
        desk.at(now, event)
    runs = [ran.due_ns - START for ran in desk.work.runs]
    assert runs == [seconds * SECOND, due * SECOND]
    assert desk.work.skipped == 1


def test_times_until_and_refusals():
    desk = Desk(every(times_max=2))
    desk.at(60)
    desk.tell("no funds")
    desk.at(120)
    desk.tell("")
    assert desk.work.done
    assert desk.work.reason == "1 begun"
    assert [ran.problem for ran in desk.work.runs] == ["no funds", ""]
    ending = Desk(every(until_ns=START + 90 * SECOND))
    ending.at(60)
    ending.tell()
    ending.at(90)
    assert ending.work.status is OrderStatus.EXPIRED
    assert ending.work.reason == "its time came; 1 begun"


def test_stopped_while_a_run_is_open_it_ends_once_that_is_known():
    desk = Desk(every())
    desk.at(60)
    desk.at(61, Stop())
    assert desk.work.phase is Phase.STOPPING
    desk.at(62, Resumed())
    assert len(desk.asked) == 2
    desk.tell()
    assert desk.work.status is OrderStatus.CANCELLED


def test_a_condition_runs_when_it_comes_to_hold():
    world = World()
    work = schedule(condition=Condition(instrument=SPOT, at_least=D(110)), times_max=2)
    world.driver.start(work)

    def launched():
        for each in world.driver.launches:
            world.driver.tell("sched1", Launched(each.run))
        return len(world.driver.launches)

    for ticks, count in ((210, 0), (221, 1), (230, 1), (215, 1), (222, 2), (200, 2), (230, 2)):
        world.quote(ticks)
        world.trade(Side.BUY)
        assert launched() == count, ticks
    assert world.driver.works["sched1"].done


def test_a_condition_must_hold_for_its_while_of_fresh_prices():
    world = World()
    condition = Condition(instrument=SPOT, at_least=D(110), for_s=10)
    world.driver.start(schedule(condition=condition))
    world.quote(230)
    world.trade(Side.BUY)
    world.driver.advance(8 * SECOND)
    world.driver.lose(SPOT)
    world.driver.advance(8 * SECOND)
    world.driver.restore(SPOT)
    world.driver.advance(9 * SECOND)
    assert not world.driver.launches
    world.driver.advance(2 * SECOND)
    assert len(world.driver.launches) == 1


def test_time_and_condition():
    world = World()
    begin = world.clock.now_ns()
    work = schedule(
        when=Every(every_s=100, from_ns=begin + 100 * SECOND),
        condition=Condition(instrument=SPOT, at_least=D(110)),
        window_s=20,
    )
    world.driver.start(work)
    world.driver.advance(110 * SECOND)
    assert not world.driver.launches
    world.quote(230)
    world.trade(Side.BUY)  # within the window of the first time
    assert len(world.driver.launches) == 1
    world.driver.advance(95 * SECOND)
    assert len(world.driver.launches) == 2
    world.quote(200)
    world.trade(Side.BUY)
    world.driver.advance(100 * SECOND)
    world.quote(230)
    world.trade(Side.BUY)
    world.driver.advance(10 * SECOND)
    assert len(world.driver.launches) == 3  # 5 s into the window of the third
    world.quote(200)
    world.trade(Side.BUY)
    world.driver.advance(150 * SECOND)
    assert world.driver.works["sched1"].skipped == 1


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({}, "a time or a condition"),
        ({"when": At(at_ns=1), "times_max": 0}, "times is 0"),
        ({"when": At(at_ns=1), "late_s": -1}, "late_s"),
    ],
)
def test_terms_that_make_no_sense(terms, said):
    with pytest.raises(ValueError, match=said):
        schedule(**terms)
