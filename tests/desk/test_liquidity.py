"""Liquidity through a desk on the sandbox's chain, while others trade there."""

import asyncio
import random
from decimal import Decimal

import pytest

from argosy.desk.liquidity import LiquidityDesk
from argosy.desk.liquidity_asked import AddAsk, OpenAsk, TakeAsk
from argosy.errors import ConfigError, InvalidOrder, VenueUnavailable
from desk.pooled import V3, desk_on, held, sandboxed

D = Decimal
V2 = "uniswap:ETH/USDC@v2"
V4 = "uniswap:ETH/USDC@v4-500"


def liquidity_of(desk):
    return LiquidityDesk(desk, random.Random(5))


@pytest.mark.timeout(120)
async def test_a_position_from_opening_to_closing(tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        pools = liquidity_of(desk)
        assert await pools.positions() == []
        wide = {"lower": "1000", "upper": "9000"}
        ask = OpenAsk(instrument=V3, base="2", slippage_bps="500", **wide)
        usdc = held(sandbox, "USDC")
        sender = desk.links["uniswap"].account.sender
        seen = await pools.open(ask)
        assert (seen.transaction, seen.gas) == ("", None)
        assert (held(sandbox, "USDC"), dict(sender.transactions)) == (usdc, {})
        assert abs(seen.lower - 1000) < 1
        assert abs(seen.upper - 9000) < 5
        assert seen.words.endswith(f"into {V3}")
        assert "2 ETH" in seen.words

        act = {"dry_run": False, "slippage_bps": "500"}
        opened = await pools.open(OpenAsk(instrument=V3, base="2", id="lp-1", **wide, **act))
        assert opened.position.startswith(f"{V3}#")
        assert D("1.9") < opened.base <= 2
        assert D(usdc - held(sandbox, "USDC")).scaleb(-6) == opened.quote
        again = await pools.open(OpenAsk(instrument=V3, base="2", id="lp-1", **wide, **act))
        assert (again.transaction, again.position) == (opened.transaction, opened.position)
        assert (again.repeated, opened.repeated) == (True, False)

        (view,) = await pools.positions("uniswap")
        for _ in range(100):
            if view.base_fees or view.quote_fees:
                break
            await asyncio.sleep(0.1)  # the crowd trades
            (view,) = await pools.positions("uniswap")
        assert view.position == opened.position
        assert view.in_range
        assert 0 < view.share < 1
        assert view.base_fees + view.quote_fees > 0
        assert view.held is not None
        assert view.loss <= D("0.000001")
        assert view.net == view.loss + view.base_fees * view.price + view.quote_fees

        added = await pools.add(AddAsk(position=opened.position, quote="1000", id="lp-2", **act))
        assert D(900) < added.quote <= 1000
        before = held(sandbox, "USDC")
        collected = await pools.take(
            TakeAsk(position=opened.position, percent="0", id="lp-3", **act)
        )
        assert (collected.base, collected.quote) == (0, 0)
        assert collected.quote_fees == D(held(sandbox, "USDC") - before).scaleb(-6)
        with pytest.raises(ConfigError, match="id 'lp-3' was used before, and not for it"):
            await pools.add(AddAsk(position=opened.position, quote="9", id="lp-3", **act))
        part = await pools.take(TakeAsk(position=opened.position, percent="50", id="lp-4", **act))
        assert part.base > D("0.9")
        (view,) = await pools.positions()
        assert view.held is not None
        before = held(sandbox, "USDC")
        closed = await pools.take(TakeAsk(position=opened.position, id="lp-5", **act))
        assert closed.quote + closed.quote_fees == D(held(sandbox, "USDC") - before).scaleb(-6)
        assert closed.base >= closed.least_base > 0
        assert await pools.positions() == []
        trader = desk.traders["uniswap"]
        for _ in range(4):
            await trader.reconcile()
        assert not trader.unexplained


@pytest.mark.timeout(120)
async def test_a_v4_position_from_opening_to_closing(tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        pools = liquidity_of(desk)
        act = {"dry_run": False, "slippage_bps": "500"}
        ask = OpenAsk(instrument=V4, base="2", lower="1000", upper="9000", id="lp-1", **act)
        usdc = held(sandbox, "USDC")
        opened = await pools.open(ask)
        assert opened.position.startswith(f"{V4}#")
        assert opened.least_base < opened.base < opened.most_base
        assert opened.least_quote < opened.quote < opened.most_quote
        assert D(usdc - held(sandbox, "USDC")).scaleb(-6) == opened.quote
        again = await pools.open(ask)
        assert (again.transaction, again.position) == (opened.transaction, opened.position)
        assert (again.base, again.quote) == (opened.base, opened.quote)

        (view,) = await pools.positions("uniswap")
        for _ in range(100):
            if view.base_fees or view.quote_fees:
                break
            await asyncio.sleep(0.1)  # the crowd trades
            (view,) = await pools.positions("uniswap")
        assert (view.position, view.in_range, pools.missing) == (opened.position, True, [])
        assert view.base_fees + view.quote_fees > 0
        assert view.loss <= D("0.000001")
        assert view.net == view.loss + view.base_fees * view.price + view.quote_fees

        before = held(sandbox, "USDC")
        added = await pools.add(AddAsk(position=opened.position, quote="1000", id="lp-2", **act))
        assert D(900) < added.quote < 1100
        assert added.quote_fees - added.quote == D(held(sandbox, "USDC") - before).scaleb(-6)
        before = held(sandbox, "USDC")
        collect = TakeAsk(position=opened.position, percent="0", id="lp-3", **act)
        collected = await pools.take(collect)
        assert (collected.base, collected.quote) == (0, 0)
        assert collected.quote_fees == D(held(sandbox, "USDC") - before).scaleb(-6)
        await pools.take(TakeAsk(position=opened.position, percent="50", id="lp-4", **act))
        (view,) = await pools.positions()
        assert view.held is not None
        before = held(sandbox, "USDC")
        closed = await pools.take(TakeAsk(position=opened.position, id="lp-5", **act))
        assert closed.quote + closed.quote_fees == D(held(sandbox, "USDC") - before).scaleb(-6)
        assert closed.base >= closed.least_base > 0
        assert await pools.positions() == []
        trader = desk.traders["uniswap"]
        for _ in range(4):
            await trader.reconcile()
        assert not trader.unexplained


@pytest.mark.timeout(120)
async def test_v4_with_a_node_that_tells_little(tmp_path, monkeypatch):
    async with sandboxed("uniswap", block_s=0.5) as sandbox, desk_on(sandbox, tmp_path) as desk:
        act = {"dry_run": False, "slippage_bps": "500"}
        opened = await liquidity_of(desk).open(OpenAsk(instrument=V4, quote="900", id="lp", **act))
        rpc = desk.links["uniswap"].account.rpc
        call, refuse_state = rpc.call, []

        async def grudging(method, *params):
            if method == "eth_getLogs" and "topics" in params[0]:
                if refuse_state and params[0]["topics"][0] is None:
                    raise VenueUnavailable("missing trie node", venue="node")
                width = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16)
                if width > 2:
                    raise VenueUnavailable("at most 3 blocks", venue="node")
            return await call(method, *params)

        monkeypatch.setattr(rpc, "call", grudging)
        monkeypatch.setattr("argosy.net.log_search.ASKS_MAX", 12)
        pools = liquidity_of(desk)
        (view,) = await pools.positions()
        assert view.held is not None
        (missing,) = pools.missing
        assert missing.startswith("uniswap: v4 positions of before block ")
        monkeypatch.setattr("argosy.desk.held_liquidity._TOKENS_MOST", 1)
        again = await liquidity_of(desk).open(OpenAsk(instrument=V4, quote="90", id="lp2", **act))
        pools = liquidity_of(desk)
        assert [each.position for each in await pools.positions()] == [again.position]
        assert "v4 positions of tokens before #" in pools.missing[1]
        monkeypatch.setattr("argosy.desk.held_liquidity._TOKENS_MOST", 9)
        refuse_state.append(True)
        view, _ = await liquidity_of(desk).positions()
        assert (view.position, view.held, view.loss) == (opened.position, None, None)


@pytest.mark.timeout(120)
async def test_shares_of_a_pair_through_the_desk(tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        pools = liquidity_of(desk)
        act = {"dry_run": False, "slippage_bps": "500"}
        opened = await pools.open(OpenAsk(instrument=V2, quote="5000", id="pair-1", **act))
        assert opened.position == V2
        (view,) = await pools.positions()
        assert (view.lower, view.upper, view.in_range) == (None, None, True)
        assert abs(view.net) < view.held / 100
        before = held(sandbox, "USDC")
        closed = await pools.take(TakeAsk(position=V2, id="pair-2", **act))
        assert closed.quote == D(held(sandbox, "USDC") - before).scaleb(-6)
        assert await pools.positions() == []


async def test_what_cannot_be_done_is_refused_in_words(tmp_path):
    async with sandboxed("uniswap", block_s=2.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        pools = liquidity_of(desk)
        for ask, error, words in [
            (OpenAsk(instrument="okx:ETH/USDC", base="1"), ConfigError, "no venue of pools"),
            (OpenAsk(instrument="uniswap:ETH/PEPE@v2", base="1"), ConfigError, "no pool that"),
            (OpenAsk(instrument=V4), ConfigError, "takes either token"),
            (OpenAsk(instrument=V2, base="1", lower="9"), ConfigError, "has no ranges"),
            (OpenAsk(instrument=V3), ConfigError, "takes either token"),
            (OpenAsk(instrument=V3, base="-1"), ConfigError, "base is -1; 0 to"),
            (OpenAsk(instrument=V3, base="9" * 40), ConfigError, "is possible"),
            (OpenAsk(instrument=V3, base="1", lower="0"), ConfigError, "price of 0 is none"),
            (OpenAsk(instrument=V3, base="1", lower="1e90"), ConfigError, "at most 60 digits"),
            (OpenAsk(instrument=V3, base="0"), ConfigError, "give an amount above 0"),
            (OpenAsk(instrument=V2, base="0", quote="0"), ConfigError, "an amount above 0"),
            (OpenAsk(instrument=V3, base="1", lower="9", upper="8"), ConfigError, "lower price"),
            (OpenAsk(instrument=V3, base="1", slippage_bps="10000"), ConfigError, "slippage_bps"),
            (OpenAsk(instrument=V3, base="1", upper="10"), ConfigError, "takes USDC alone"),
        ]:
            with pytest.raises(error, match=words):
                await pools.open(ask)
        for ends, known in (
            ({}, ()),
            ({"lower": "9"}, ("lower",)),
            ({"upper": "9000"}, ("upper",)),
        ):
            whole = await pools.open(OpenAsk(instrument=V3, base="1", **ends))
            for end in ("lower", "upper"):  # None: as far as there are prices
                assert (getattr(whole, end) is not None) == (end in known)
        with pytest.raises(ConfigError, match="is no position of ours; there are: none"):
            await pools.take(TakeAsk(position=f"{V3}#1"))
        for token in ("1", "x", "", "9" * 90):  # the first one is somebody else's
            with pytest.raises(ConfigError, match="is no position of ours"):
                await pools.take(TakeAsk(position=f"{V4}#{token}"))
        with pytest.raises(InvalidOrder, match="could not be taken from us"):
            await pools.open(
                OpenAsk(
                    instrument="uniswap:USDC/USDT@v2", base="999999999", id="much", dry_run=False
                )
            )
