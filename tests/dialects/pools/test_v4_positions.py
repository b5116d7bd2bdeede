"""Liquidity of v4 pools on the published contracts: what is computed is taken, earned and paid."""

from decimal import Decimal
from types import SimpleNamespace

import msgspec
import pytest

from argosy.dialects.evm.functions import encode
from argosy.dialects.evm.jsonrpc import read_log
from argosy.dialects.pools import functions as f
from argosy.dialects.pools import v4_positions as m
from argosy.dialects.pools.liquidity import price_of, ticks_of
from argosy.dialects.pools.liquidity_deeds import add_deed, take_deed
from argosy.dialects.pools.provided import entry_key, managed_entries
from argosy.dialects.pools.providing import adding_to_managed, taking
from argosy.dialects.pools.reverts import reason
from argosy.dialects.pools.v4_deeds import KEY, manager_of
from argosy.errors import ConfigError, Reverted, WireError
from argosy.sandbox.evm.local import EvmChain
from dialects.pools.chain import Followed
from dialects.pools.provider import LATER_S, SLIPPAGE, gas_paid, world

D = Decimal
V4 = "ETH/USDC@v4-500"
PLAIN = "WBTC/USDC@v4-3000"  # neither is the chain's own currency


@pytest.fixture(scope="module")
def chain():
    with EvmChain() as chain:
        yield chain


@pytest.fixture(scope="module")
def boards(chain):
    return {"uniswap": Followed(chain, "uniswap").pools.board}


def side(spec, symbol):
    """Where a token is in a pool, and what only that one given looks like."""
    at = 0 if spec.token0.currency == symbol else 1
    return at, lambda amount: (amount, None) if at == 0 else (None, amount)


async def planned(it, spec, lower, upper, amounts, *, position=None, slippage=SLIPPAGE):
    price = await it.price(spec)
    ticks = ticks_of(spec, lower, upper)
    if position is not None:
        ticks = (position.lower, position.upper)
    return adding_to_managed(spec, price, ticks, amounts, slippage=slippage, position=position)


async def outcome(it, spec, done):
    """What a mined deed came to, as the desk finds it."""
    (change,) = m.changes_in(it.exchange, [spec], done.logs)
    block = done.logs[0].block_number
    state = await it.client.ask(m.managed_state(it.exchange, spec), block - 1)
    before = await it.client.ask(m.kept(it.exchange, change), block - 1)
    after = await it.client.ask(m.kept(it.exchange, change), block)
    told = it.chain.link.call("eth_getLogs", m.pool_logs_filter(it.exchange, spec, block))
    logs = [read_log(each, "sandbox", 1) for each in told]
    return m.came_to(change, state, before, after, logs)


async def changed_by(it, spec, deed):
    """Do it; returns what it came to, and by how much balances changed but for gas."""
    before, gas = it.balances(spec), gas_paid(it)
    done = await it.do(deed)
    moved = [now - then for then, now in zip(before, it.balances(spec), strict=True)]
    own = it.exchange.own_side(spec)
    if own is not None:
        moved[own] += gas_paid(it) - gas
    return await outcome(it, spec, done), tuple(moved)


@pytest.mark.parametrize("name", [V4, PLAIN])
async def test_what_is_computed_is_what_happens(chain, boards, tmp_path, name):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(name)
        usdc, only = side(spec, "USDC")
        price = price_of(spec, await it.price(spec))
        ends = (price * D("0.95"), price * D("1.05"))
        adding = await planned(it, spec, *ends, only(10_000 * 10**6))
        assert adding.expected[usdc] <= 10_000 * 10**6 < adding.expected[usdc] + 2
        assert all(map(int.__lt__, adding.least, adding.expected))
        assert all(map(int.__lt__, adding.expected, adding.most))
        came, moved = await changed_by(it, spec, add_deed(it.exchange, adding, it.me, LATER_S))
        assert came.amounts == adding.expected == tuple(-each for each in moved)
        assert (came.change.liquidity, came.fees) == (adding.liquidity, (0, 0))

        (position,) = await it.managed()
        assert position.name == f"{spec.instrument}#{came.change.token_id}"
        assert (position.liquidity, position.fees) == (adding.liquidity, (0, 0))
        assert position.in_range
        assert 0 < position.liquidity < position.whole
        assert all(0 <= a - b <= 1 for a, b in zip(came.amounts, position.amounts, strict=True))

        it.trade(spec, 60_000 * 10**6, give=usdc)
        (position,) = await it.managed()
        assert position.fees[usdc] > 0
        collect = taking(position, D(0), slippage=SLIPPAGE)
        came, moved = await changed_by(it, spec, take_deed(it.exchange, collect, it.me, LATER_S))
        assert (came.amounts, came.fees) == ((0, 0), position.fees)
        assert moved == position.fees

        it.trade(spec, 20_000 * 10**6, give=usdc)
        (position,) = await it.managed()
        half = taking(position, D("0.5"), slippage=SLIPPAGE)
        came, moved = await changed_by(it, spec, take_deed(it.exchange, half, it.me, LATER_S))
        assert (came.amounts, came.fees) == (half.expected, position.fees)
        assert moved == tuple(map(sum, zip(half.expected, position.fees, strict=True)))

        it.trade(spec, 20_000 * 10**6, give=usdc)
        (position,) = await it.managed()
        whole = taking(position, D(1), slippage=SLIPPAGE)
        came, moved = await changed_by(it, spec, take_deed(it.exchange, whole, it.me, LATER_S))
        assert (came.amounts, came.fees) == (position.amounts, position.fees)
        assert moved == tuple(map(sum, zip(position.amounts, position.fees, strict=True)))
        assert await it.managed() == []


async def test_more_goes_in_and_fees_come_out_with_it(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V4)
        usdc, only = side(spec, "USDC")
        price = price_of(spec, await it.price(spec))
        ends = (price * D("0.95"), price * D("1.05"))
        first = await planned(it, spec, *ends, only(50_000 * 10**6))
        changes = [(await changed_by(it, spec, add_deed(it.exchange, first, it.me, LATER_S)))[0]]
        it.trade(spec, 900_000 * 10**6, give=usdc)
        (position,) = await it.managed()
        # So little that its own fees pay for all of one token, and some is paid out.
        amounts = only(position.fees[usdc] // 3)
        more = await planned(it, spec, None, None, amounts, position=position)
        came, moved = await changed_by(it, spec, add_deed(it.exchange, more, it.me, LATER_S))
        changes.append(came)
        assert (more.fees, came.fees) == (position.fees, position.fees)
        assert came.amounts == more.expected
        expected = [fee - put for fee, put in zip(came.fees, came.amounts, strict=True)]
        assert moved == tuple(expected)
        assert moved[usdc] > 0
        (position,) = await it.managed()
        assert position.liquidity == first.liquidity + more.liquidity
        assert position.fees == (0, 0)

        entry = managed_entries(it.exchange, changes)[entry_key(it.exchange, position)]
        assert entry.liquidity == position.liquidity
        paid = [sum(each.amounts[at] for each in changes) for at in (0, 1)]
        assert [entry.amount0, entry.amount1] == paid
        half = taking(position, D("0.5"), slippage=SLIPPAGE)
        changes.append(
            (await changed_by(it, spec, take_deed(it.exchange, half, it.me, LATER_S)))[0]
        )
        entry = managed_entries(it.exchange, changes)[entry_key(it.exchange, position)]
        assert abs(entry.amount0 - D(paid[0]) / 2) < D(paid[0]) / 10**12


async def test_both_amounts_are_never_exceeded(chain, boards, tmp_path):
    """Whatever the price does within the slippage, the contract finds what it needs."""
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V4)
        usdc, _ = side(spec, "USDC")
        price = price_of(spec, await it.price(spec))
        ends = (price * D("0.9"), price * D("1.1"))
        both = (2 * 10**18, 5_500 * 10**6) if usdc == 1 else (5_500 * 10**6, 2 * 10**18)
        adding = await planned(it, spec, *ends, both, slippage=D("0.01"))
        assert all(map(int.__le__, adding.most, both))
        assert adding.most[usdc] > both[usdc] * 999 // 1000
        it.trade(spec, 250_000 * 10**6, give=usdc)  # it moves, and not too far
        assert price * D("1.0005") < price_of(spec, await it.price(spec)) < price * D("1.01")
        came, moved = await changed_by(it, spec, add_deed(it.exchange, adding, it.me, LATER_S))
        assert came.amounts != adding.expected
        assert tuple(-each for each in moved) == came.amounts
        for least, amount, most in zip(adding.least, came.amounts, adding.most, strict=True):
            assert least <= amount <= most


async def test_a_swap_in_the_same_block_is_seen(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V4)
        usdc, only = side(spec, "USDC")
        price = price_of(spec, await it.price(spec))
        ends = (price * D("0.9"), price * D("1.1"))
        adding = await planned(it, spec, *ends, only(10**10))
        await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        (position,) = await it.managed()
        taken = taking(position, D("0.5"), slippage=D("0.02"))
        link, deed = chain.link, take_deed(it.exchange, taken, it.me, LATER_S)
        before = it.balances(spec)
        trade = it.trading(spec, 10_000 * 10**6, give=usdc)
        link.call("evm_setAutomine", False)
        try:
            fields = [
                {"from": trade.sender, "to": trade.to, "data": trade.data, "gas": hex(10**6)},
                {"from": it.me, "to": deed.call.to, "data": deed.call.data, "gas": hex(10**6)},
            ]
            tips = (10**10, 10**9)  # the swap first
            sent = [
                link.call(
                    "eth_sendTransaction",
                    each | {"maxFeePerGas": hex(tip), "maxPriorityFeePerGas": hex(tip)},
                )
                for each, tip in zip(fields, tips, strict=True)
            ]
            link.call("evm_mine")
        finally:
            link.call("evm_setAutomine", True)
        receipts = [link.receipt(each) for each in sent]
        assert [int(each["status"], 16) for each in receipts] == [1, 1]
        assert len({each["blockNumber"] for each in receipts}) == 1
        assert int(receipts[0]["transactionIndex"], 16) == 0
        logs = tuple(read_log(each, "sandbox", 1) for each in receipts[1]["logs"])
        done = SimpleNamespace(logs=logs)
        came = await outcome(it, spec, done)
        assert came.fees[usdc] > 0  # of the swap just before
        assert came.amounts != taken.expected
        got = [now - then for then, now in zip(before, it.balances(spec), strict=True)]
        assert got[usdc] == came.amounts[usdc] + came.fees[usdc]
        gas = int(receipts[1]["gasUsed"], 16) * int(receipts[1]["effectiveGasPrice"], 16)
        assert got[1 - usdc] + gas == came.amounts[1 - usdc] + came.fees[1 - usdc]


async def test_a_range_beside_the_price_takes_one_token(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V4)
        usdc, only = side(spec, "USDC")
        price = price_of(spec, await it.price(spec))
        ends = (price * D("0.8"), price * D("0.999"))
        adding = await planned(it, spec, *ends, only(10**9))
        assert (adding.most[1 - usdc], adding.expected[1 - usdc]) == (0, 0)
        came, _ = await changed_by(it, spec, add_deed(it.exchange, adding, it.me, LATER_S))
        assert came.amounts[1 - usdc] == 0
        (position,) = await it.managed()
        assert not position.in_range
        with pytest.raises(ConfigError, match="takes USDC alone"):
            await planned(it, spec, *ends, only(10**9)[::-1])
        with pytest.raises(ConfigError, match="come to no liquidity"):
            await planned(it, spec, price * D("0.5"), price * 2, (1, 0))


async def test_what_contracts_refuse_is_told_in_words(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V4)
        usdc, only = side(spec, "USDC")
        price = price_of(spec, await it.price(spec))
        ends = (price * D("0.9"), price * D("1.1"))
        adding = await planned(it, spec, *ends, only(10**9), slippage=D("0.001"))
        it.trade(spec, 500_000 * 10**6, give=usdc)
        with pytest.raises(Reverted) as refused:
            await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        assert "moved further than was allowed (at most" in reason(refused.value.data)
        adding = await planned(it, spec, *ends, only(10**9))
        with pytest.raises(Reverted) as refused:
            await it.do(add_deed(it.exchange, adding, it.me, 1))
        assert reason(refused.value.data) in {
            "its deadline has passed",
            "the permission for the router has expired",
        }
        await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        (position,) = await it.managed()
        taken = taking(position, D(1), slippage=D("0.001"))
        it.trade(spec, 500_000 * 10**6, give=usdc)
        with pytest.raises(Reverted) as refused:
            await it.do(take_deed(it.exchange, taken, it.me, LATER_S))
        assert "moved further than was allowed (at least" in reason(refused.value.data)
        foreign = msgspec.structs.replace(position, token_id=1)
        collect = taking(foreign, D(0), slippage=SLIPPAGE)
        with pytest.raises(Reverted) as refused:
            await it.do(take_deed(it.exchange, collect, it.me, LATER_S))
        assert reason(refused.value.data) == "the position is not ours"


async def test_positions_of_others_and_burnt_ones_are_left_out(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V4)
        _, only = side(spec, "USDC")
        for _ in range(2):
            adding = await planned(it, spec, None, None, only(10**9))
            await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        one, other = await it.managed()
        whole = taking(one, D(1), slippage=SLIPPAGE)
        await it.do(take_deed(it.exchange, whole, it.me, LATER_S))
        assert [each.token_id for each in await it.managed()] == [other.token_id]
        ids = (other.token_id, one.token_id, 10**9)
        for specs, expected in (([spec], [other.token_id]), ([it.spec(PLAIN)], [])):
            reading = m.managed_positions(it.exchange, specs, it.me, ids)
            assert [each.token_id for each in await it.client.ask(reading)] == expected


# --- without a chain ------------------------------------------------------------------------------


def test_what_nodes_may_not_say_is_a_wire_error(boards):
    board = boards["uniswap"]
    exchange = board.exchange
    spec = board.specs[f"uniswap:{V4}"]
    key = spec.key
    owner = "0x" + "11" * 20
    reading = m.managed_positions(exchange, [spec], owner, [7])
    named = (key.currency0, key.currency1, key.fee, key.spacing, key.hooks)
    holder = "0x" + encode(("address",), (owner,)).hex()

    def told(info):
        return [holder, "0x" + encode((KEY, "uint256"), (named, info)).hex()]

    lower, upper = (-20).to_bytes(3, "big", signed=True), (40).to_bytes(3, "big")
    info = int.from_bytes(upper + lower + b"\0", "big")
    (place,) = reading.read(told(info))
    assert (place.lower, place.upper) == (-20, 40)
    with pytest.raises(WireError, match="is told to be from 0 to 0"):
        reading.read(told(0))
    with pytest.raises(WireError, match="no such contract"):
        m.managed_state(exchange, spec).read(["0x"])
    slot0 = "0x" + encode(f.V4_SLOT0.returns, (0, 0, 0, 0)).hex()
    with pytest.raises(WireError, match="no price"):
        m.managed_state(exchange, spec).read([slot0])
    with pytest.raises(Reverted):
        m.managed_state(exchange, spec).read([Reverted("no", venue="n")])
    state = "0x" + encode(f.V4_SLOT0.returns, (1 << 96, 0, 0, 500)).hex()
    many = "0x" + encode(m.POSITION.returns, ((1 << 128) - 1, 0, 0)).hex()
    zero = "0x" + encode(("uint256", "uint256"), (0, 0)).hex()
    steep = reading.then([msgspec.structs.replace(place, lower=-887_000, upper=887_000)])
    assert steep.read([state, zero, zero, many])[0].liquidity == (1 << 128) - 1
    bare = msgspec.structs.replace(exchange, v4=None)
    with pytest.raises(ConfigError, match="no known contract of v4 positions"):
        manager_of(bare)


def test_a_change_that_does_not_follow_is_told(boards):
    board = boards["uniswap"]
    spec = board.specs[f"uniswap:{V4}"]
    change = m.Change(spec=spec, token_id=7, lower=-20, upper=20, liquidity=5, place=3)
    state = m.PoolState(1 << 96, 0)
    with pytest.raises(WireError, match="had 1 and 5 came to it, but it has 9"):
        m.came_to(change, state, m.Kept(1, (0, 0)), m.Kept(9, (0, 0)), [])
