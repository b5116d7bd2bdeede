"""The queue between a feed and its consumer: ordered, conflating, bounded."""

import asyncio

import pytest

from argosy.errors import StreamGap
from argosy.model import GapReason
from argosy.net.events import EventQueue
from argosy.ports import BookChanged
from net.sessions import BTC, Book, trade


async def test_events_come_in_order_and_get_waits():
    queue = EventQueue()
    async with asyncio.TaskGroup() as group:
        got = group.create_task(queue.get())
        await asyncio.sleep(0)
        queue.put(trade(1, 1))
        queue.put(trade(2, 1))
    assert got.result().venue_trade_id == "1"
    assert (await queue.get()).venue_trade_id == "2"
    assert queue.get_nowait() is None


def test_a_book_waits_once_at_its_first_place():
    queue = EventQueue()
    one, two = BookChanged(BTC, Book()), BookChanged(BTC, Book())
    for event in (one, trade(1, 1), two, one, two, one):
        queue.put(event)
    assert [queue.get_nowait() for _ in range(3)] == [one, trade(1, 1), two]
    assert queue.get_nowait() is None
    queue.put(one)
    assert queue.get_nowait() is one
    assert queue.conflated == 3


def test_an_overflow_drops_all_tells_once_and_goes_on():
    told: list[int] = []
    queue = EventQueue(size=5, on_overflow=lambda: told.append(1))
    for number in range(7):
        queue.put(trade(number, 1))
    with pytest.raises(StreamGap) as caught:
        queue.get_nowait()
    assert caught.value.reason is GapReason.OVERFLOW
    assert [queue.get_nowait().venue_trade_id for _ in range(2)] == ["5", "6"]
    assert (queue.dropped, told) == (5, [1])


async def test_one_who_stops_waiting_leaves_nothing_behind():
    queue = EventQueue()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await queue.get()
    queue.put(trade(1, 1))
    assert (await queue.get()).venue_trade_id == "1"
