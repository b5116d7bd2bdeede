"""The order of logs, and what happens to it when blocks are dropped."""

import pytest

from argosy.dialects.evm.history import History
from argosy.dialects.evm.logs import Log
from argosy.errors import StreamGap


def log(block, index, branch="a", *, removed=False):
    return Log(
        address="0xpool",
        topics=(),
        data="0x",
        block_number=hex(block),
        block_hash=f"{branch}{block}",
        log_index=hex(index),
        removed=removed,
    )


def filled(*places, kept=100):
    history = History(kept)
    for at, place in enumerate(places):
        each = log(*place)
        assert history.is_news(each)
        history.record(each, at)
    return history


def test_what_came_already_is_no_news():
    history = filled((1, 0), (1, 3), (2, 0))
    assert not history.is_news(log(1, 3))
    assert not history.is_news(log(2, 0))
    assert history.is_news(log(2, 1))
    assert history.last == (2, 0)


@pytest.mark.parametrize(("place", "branch"), [((1, 2), "a"), ((2, 0), "b"), ((0, 9), "a")])
def test_what_does_not_follow_is_a_gap(place, branch):
    history = filled((1, 0), (1, 3), (2, 0))
    with pytest.raises(StreamGap, match="rebuild the pool"):
        history.is_news(log(*place, branch))


def test_removed_logs_newest_first_undo_one_by_one():
    history = filled((1, 0), (2, 0), (2, 1))
    assert history.revert(log(2, 1)) == [2]
    assert history.last == (2, 0)
    assert history.revert(log(2, 0)) == [1]
    assert history.is_news(log(2, 0, "b"))


def test_removed_logs_oldest_first_undo_all_at_once():
    history = filled((1, 0), (2, 0), (2, 1), (3, 0))
    assert history.revert(log(2, 0)) == [3, 2, 1]
    assert history.revert(log(2, 1)) == []
    assert history.revert(log(3, 0)) == []
    assert history.last == (1, 0)
    with pytest.raises(StreamGap, match="not among the 1 changes"):
        history.revert(log(3, 0))


def test_a_chain_that_goes_back_and_forth():
    history = filled((1, 0), (2, 0), (2, 1))
    history.revert(log(2, 0))
    history.record(log(2, 0, "b"), "b")
    assert history.revert(log(2, 0, "b")) == ["b"]
    history.record(log(2, 0), "again")
    history.record(log(2, 1), "again too")
    assert history.revert(log(2, 1)) == ["again too"]


def test_what_is_no_longer_kept_cannot_be_undone():
    history = filled((1, 0), (2, 0), (3, 0), kept=2)
    with pytest.raises(StreamGap, match="not among the 2 changes"):
        history.revert(log(1, 0))
    assert history.revert(log(2, 0)) == [2, 1]
    assert history.last == (1, 0)
    with pytest.raises(StreamGap):
        history.is_news(log(1, 0, "b"))


def test_a_snapshot_says_from_where_logs_count():
    history = filled((1, 0))
    history.start(7)
    with pytest.raises(StreamGap):
        history.is_news(log(7, 5))
    assert history.is_news(log(8, 0))
    with pytest.raises(ValueError, match="at least one"):
        History(0)
