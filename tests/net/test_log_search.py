"""Logs looked for through many blocks, of a real node and of one that refuses wide questions."""

import itertools
from types import SimpleNamespace

import pytest

from argosy.errors import VenueError, VenueUnavailable, WireError
from argosy.model import Nanos
from argosy.net import log_search
from argosy.net.log_search import search_logs

ADDRESS = "0x" + "11" * 20


def row(block: int, index: int = 0) -> dict:
    word = f"0x{block:064x}"
    return {
        "address": ADDRESS,
        "topics": [word],
        "data": "0x",
        "blockNumber": hex(block),
        "blockHash": word,
        "transactionHash": word,
        "logIndex": hex(index),
    }


class Grudging:
    """A node with a log in each tenth block, that answers for at most so many blocks at once."""

    chain = "test"
    clock = SimpleNamespace(now_ns=lambda: Nanos(1))

    def __init__(self, width: int) -> None:
        self.width = width
        self.asked = []

    async def call(self, method, wanted):
        assert (method, wanted["address"]) == ("eth_getLogs", ADDRESS)
        first, last = (int(wanted[name], 16) for name in ("fromBlock", "toBlock"))
        self.asked.append((first, last))
        if last - first + 1 > self.width:
            raise VenueUnavailable("too many blocks", venue="node")
        return [row(block) for block in range(first, last + 1) if block % 10 == 0]


@pytest.mark.parametrize(("width", "asks"), [(1000, 1), (300, 6), (100, 21)])
async def test_every_block_is_looked_at_once(width, asks):
    node = Grudging(width)
    found = await search_logs(node, {"address": ADDRESS}, 0, 999)
    assert [log.block_number for log in found.logs] == list(range(0, 1000, 10))
    assert (found.since, len(node.asked)) == (0, asks)
    answered = sorted(each for each in node.asked if each[1] - each[0] < width)
    assert answered[0][0] == 0
    assert answered[-1][1] == 999
    for (_, end), (start, _) in itertools.pairwise(answered):
        assert start == end + 1


async def test_the_newest_blocks_come_first_where_not_all_can_be_asked(monkeypatch):
    monkeypatch.setattr(log_search, "ASKS_MAX", 10)
    found = await search_logs(Grudging(70), {"address": ADDRESS}, 0, 999)
    assert 0 < found.since < 1000
    expected = [block for block in range(0, 1000, 10) if block >= found.since]
    assert [log.block_number for log in found.logs] == expected


async def test_nothing_is_asked_of_no_blocks():
    node = Grudging(10)
    found = await search_logs(node, {"address": ADDRESS}, 5, 4)
    assert (found.logs, found.since, node.asked) == ((), 5, [])


async def test_what_cannot_be_had_is_raised(monkeypatch):
    with pytest.raises(VenueError, match="too many blocks"):
        await search_logs(Grudging(0), {"address": ADDRESS}, 0, 99)
    monkeypatch.setattr(log_search, "LOGS_MAX", 3)
    with pytest.raises(WireError, match="or more than 3"):
        await search_logs(Grudging(100), {"address": ADDRESS}, 0, 99)
