"""Following a chain's tip over reorganisations: any tree of blocks, and a real node."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import StreamGap, WireError
from argosy.model import Head
from argosy.net.heads import HeadFollower, HeadTracker
from net.nodes import ask, client, node


def block(number: int, name: str, parent: str) -> Head:
    return Head(
        chain="test",
        number=number,
        hash=name,
        parent=parent,
        timestamp_s=number,
        base_fee=0,
        gas_used=0,
        gas_limit=0,
        received_ns=0,
    )


@st.composite
def trees(draw):
    """Blocks, each on any of those before it, and the tips in the order a node told them."""
    blocks = [block(10, "b0", "b-")]
    for number in range(1, draw(st.integers(1, 25))):
        parent = draw(st.sampled_from(blocks[-6:]))
        blocks.append(block(parent.number + 1, f"b{number}", parent.hash))
    return blocks, draw(st.lists(st.sampled_from(blocks[1:] or blocks), max_size=25))


@given(trees())
async def test_what_was_told_adds_up_to_the_chain_of_the_tip(tree):
    blocks, tips = tree
    by_hash = {each.hash: each for each in blocks}

    async def fetch(name):
        return by_hash.get(name)

    tracker = HeadTracker("test")
    told: list[Head] = []
    for tip in [blocks[0], *tips]:
        known = [each.hash for each in told]
        change = await tracker.push(tip, fetch)
        if change is None:
            assert tip.hash in known
            continue
        for dropped in change.dropped:
            assert told.pop() == dropped
        told += change.added
        assert tracker.tip == change.tip == tip == told[-1]
        for before, after in itertools.pairwise(told):
            assert after.parent == before.hash
            assert after.number == before.number + 1
        assert tracker.confirmations(tip.number, tip.hash) == 1
        assert tracker.confirmations(10, "b0") == len(told)
        for each in change.dropped:
            assert tracker.confirmations(each.number, each.hash) == 0


async def test_what_joins_nowhere_begins_anew():
    async def nothing(_name):
        return None

    tracker = HeadTracker("test")
    await tracker.push(block(10, "a", "-"), nothing)
    with pytest.raises(StreamGap, match="block 15 of test"):
        await tracker.push(block(15, "z", "y"), nothing)
    assert tracker.tip == block(15, "z", "y")
    assert tracker.confirmations(10, "a") == 0


async def test_a_reorganisation_deeper_than_we_remember_begins_anew():
    branch = {f"x{n}": block(n, f"x{n}", f"x{n - 1}") for n in range(50)}

    async def fetch(name):
        return branch.get(name)

    tracker = HeadTracker("test", depth=8)
    for number in range(20):
        await tracker.push(block(number, f"a{number}", f"a{number - 1}"), fetch)
    assert tracker.at(11) is None
    assert tracker.at(12) is not None
    with pytest.raises(StreamGap):
        await tracker.push(branch["x20"], fetch)


async def test_a_parent_with_another_number_is_a_lie():
    async def fetch(_name):
        return block(7, "p", "o")

    tracker = HeadTracker("test")
    await tracker.push(block(10, "a", "-"), fetch)
    with pytest.raises(WireError, match="parent of block 12"):
        await tracker.push(block(12, "c", "p"), fetch)


async def test_a_real_reorganisation_is_told_block_by_block():
    with node() as one:
        async with client(one.url) as rpc:
            follower = HeadFollower(rpc)
            await follower.poll()
            await ask(one.url, "anvil_mine", "0x5")
            change = await follower.poll()
            assert change is not None
            assert [head.number for head in change.added] == [1, 2, 3, 4, 5]
            assert await follower.poll() is None
            old = change.added
            await ask(one.url, "anvil_reorg", 3, [])
            await ask(one.url, "evm_mine")
            change = await follower.poll()
    assert change is not None
    assert [head.hash for head in change.dropped] == [old[4].hash, old[3].hash, old[2].hash]
    assert [head.number for head in change.added] == [3, 4, 5, 6]
    assert change.added[0].parent == old[1].hash


async def test_a_node_that_forgets_blocks_and_mines_others_is_noticed():
    with node() as one:
        async with client(one.url) as rpc:
            follower = HeadFollower(rpc)
            await ask(one.url, "anvil_mine", "0x2")
            await follower.poll()
            before = await ask(one.url, "evm_snapshot")
            await ask(one.url, "anvil_mine", "0x2")
            gone = (await follower.poll()).added
            await ask(one.url, "evm_revert", before)
            assert await follower.poll() is None  # lower, and part of our chain: it may just lag
            await ask(one.url, "evm_increaseTime", 100)
            await ask(one.url, "evm_mine")
            change = await follower.poll()
    assert [head.hash for head in change.dropped] == [gone[1].hash, gone[0].hash]
    assert [head.number for head in change.added] == [3]
