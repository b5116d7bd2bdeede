"""Swaps over several pools try the tokens on their way, and share what orders found."""

import asyncio
import random
from decimal import Decimal

import msgspec
import pytest

from argosy.desk.settings import LimitSettings
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from argosy.errors import Blocked, InvalidOrder, NotSent
from argosy.model import OrderStatus
from argosy.sandbox.evm.builder import FOREVER
from desk.pooled import desk_on, final, orders_of, sandboxed
from desk.test_token_trials import ask, odd, without

PAIRS = ("ETH/USD", "GOOD/ETH", "HONEY/ETH")
CALM = Decimal(300)  # others trade meanwhile: so much a pool may move in these tests


def counted(desk, monkeypatch):
    """The trials that are made on a node, as they are made."""
    trials, made = desk.traders["uniswap"].trials, []
    real = trials._made

    async def _made(trial, at):
        made.append(trial)
        return await real(trial, at)

    monkeypatch.setattr(trials, "_made", _made)
    return made


def sent(desk):
    return desk.links["uniswap"].account.sender.transactions


@pytest.mark.timeout(120)
@pytest.mark.parametrize("methods", [(), ("eth_simulateV1",)], ids=["simulate", "overrides"])
async def test_a_way_to_what_cannot_be_sold_is_refused(tmp_path, monkeypatch, methods):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS, slippage_bps=CALM) as desk:
            without(desk, monkeypatch, *methods)
            swaps = SwapDesk(desk, random.Random(3))
            for get, words in (
                ("HONEY", "HONEY cannot be swapped for WETH"),
                ("FEE", r"FEE takes a fee of its own: of \d+ units that were sent \d+ arrived"),
            ):
                terms = {"give": "USDC", "get": get, "amount": "900"}
                seen = await swaps.swap(SwapAsk(**terms))
                assert seen.trial.startswith("it would be refused: ")
                with pytest.raises(Blocked, match=words) as refused:
                    await swaps.swap(SwapAsk(**terms, dry_run=False))
                assert str(refused.value) in seen.trial
            assert not sent(desk)
            # What an order finds, a way need not try.
            orders = orders_of(desk)
            with pytest.raises(Blocked, match="HONEY cannot be swapped"):
                await orders.place(ask("HONEY"))


async def test_the_tokens_of_a_way_are_tried_once_by_all_its_pools(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS, slippage_bps=CALM) as desk:
            made, swaps = counted(desk, monkeypatch), SwapDesk(desk, random.Random(3))
            wanted = SwapAsk(give="USDC", get="GOOD", amount="900", hops=2)
            seen = await swaps.swap(wanted)
            assert " → uniswap:GOOD/ETH@v2" in seen.paths[0].pools
            assert seen.trial.startswith("tried: 9 USDC to WETH, GOOD and back came to 8.9") or (
                seen.trial.startswith("tried: 9 USDC to ETH, GOOD and back came to 8.9")
            )
            assert len(made[-1].legs) == len(made) == 4  # there and back, a swap more each time
            terms = {"give": "USDC", "get": "GOOD", "amount": "900", "hops": 2, "id": "good"}
            done = await swaps.swap(SwapAsk(**terms, dry_run=False))
            assert done.trial == "tried before"
            assert done.got > 0
            again = await swaps.swap(SwapAsk(**terms, dry_run=False))
            assert (again.transaction, again.trial) == (done.transaction, "")
            order = await final(desk, await orders_of(desk).place(ask("GOOD", size="1")))
            assert order.status is OrderStatus.FILLED
            assert len(made) == 4


async def test_why_a_way_was_not_tried_is_said(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        limits = LimitSettings(unchecked_tokens=("GOOD",))
        async with desk_on(
            sandbox, tmp_path, pairs=PAIRS, slippage_bps=CALM, limits=limits
        ) as desk:
            swaps, made = SwapDesk(desk, random.Random(3)), counted(desk, monkeypatch)
            seen = await swaps.swap(SwapAsk(give="GOOD", get="ETH", amount="20"))
            assert seen.trial == "not tried: the address has 0 GOOD of 20"
            assert not made
            without(desk, monkeypatch, "eth_simulateV1", "eth_call")
            seen = await swaps.swap(SwapAsk(give="ETH", get="GOOD", amount="1"))
            assert seen.trial.startswith("not tried, which the settings allow: ")
            seen = await swaps.swap(SwapAsk(give="USDC", get="FEE", amount="900", hops=2))
            assert seen.trial.startswith("it would be refused: whether USDC can be sold again")
            assert "whether FEE can be sold" in seen.trial
            monkeypatch.delitem(desk.traders, "uniswap")
            seen = await swaps.swap(SwapAsk(give="ETH", get="GOOD", amount="1"))
            assert seen.trial == "not tried: no key"


def moving(chain, symbol, rpc, monkeypatch):
    """Somebody buys a tenth of a token's pool after it was quoted, before the first trial."""
    real, moved = rpc.call, []
    weth = chain.layout.tokens["WETH"].address

    def buy():
        router, who = chain.contract("uniswap_v2.router"), chain.layout.accounts["provider_a"]
        terms = (0, [weth, symbol], who, FOREVER)
        router.send(who, "swapExactETHForTokens", *terms, value=10 * 10**18, gas=4_000_000)
        moved.append(symbol)

    async def call(method, *params):
        if method == "eth_simulateV1" and not moved:
            await asyncio.to_thread(buy)
        return await real(method, *params)

    monkeypatch.setattr(rpc, "call", call)
    return moved


@pytest.mark.parametrize("through", ["order", "swap"])
async def test_a_pool_that_moves_between_quote_and_trial_is_not_held_against_it(
    tmp_path, monkeypatch, through
):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS, slippage_bps=CALM) as desk:
            good = sandbox.live.told().tokens["GOOD"]
            rpc = desk.links["uniswap"].account.rpc
            moved = moving(sandbox.live.chain, good, rpc, monkeypatch)
            if through == "order":
                orders = orders_of(desk)
                with pytest.raises(InvalidOrder, match="more than was allowed: the price moved"):
                    await orders.place(ask("GOOD", side="buy"))
                placed = await orders.place(ask("GOOD", side="buy"))
                assert (await final(desk, placed)).status is OrderStatus.FILLED
            else:
                seen = await SwapDesk(desk, random.Random(3)).swap(
                    SwapAsk(give="ETH", get="GOOD", amount="1", hops=1)
                )
                assert seen.trial.startswith("tried: ")
            assert moved


async def test_a_pool_that_moved_is_no_fault_of_its_tokens(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS, slippage_bps=CALM) as desk:
            trials, swaps = desk.traders["uniswap"].trials, SwapDesk(desk, random.Random(3))
            real = trials.check

            async def check(way):
                terms, _ = way.part(10**30)
                return await real(
                    type(way)(
                        what=way.what,
                        terms=way.terms,
                        native=way.native,
                        onward=way.onward,
                        block=way.block,
                        part=lambda _held: (terms, 10**30),
                    )
                )

            monkeypatch.setattr(trials, "check", check)
            wanted = SwapAsk(give="ETH", get="GOOD", amount="1", dry_run=False)
            with pytest.raises(Blocked, match="the pool quotes 1000000"):
                await swaps.swap(wanted)
            assert not trials._verdicts
            monkeypatch.setattr(trials, "check", real)
            assert (await swaps.swap(wanted)).got > 0


async def test_a_way_back_that_gives_too_little_is_refused(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS, slippage_bps=CALM) as desk:
            monkeypatch.setattr("argosy.desk.token_trials.kept_of", lambda _terms: 2)
            with pytest.raises(Blocked, match=r"GOOD and back, came to .* the fees of the pools"):
                await SwapDesk(desk, random.Random(3)).swap(
                    SwapAsk(give="ETH", get="GOOD", amount="1", dry_run=False)
                )
            assert not sent(desk)


async def test_what_is_remembered_is_bounded_and_looked_at_again(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS, slippage_bps=CALM) as desk:
            made, swaps = counted(desk, monkeypatch), SwapDesk(desk, random.Random(3))
            verdicts = desk.traders["uniswap"].trials._verdicts
            wanted = SwapAsk(give="ETH", get="GOOD", amount="1", hops=1)
            assert (await swaps.swap(wanted)).trial.startswith("tried: ")
            ((key, verdict),) = verdicts.items()
            verdicts[key] = msgspec.structs.replace(verdict, looked_ns=-(10**18))
            assert (await swaps.swap(wanted)).trial == "tried before"
            assert verdicts[key].looked_ns > 0
            assert len(made) == 2
            monkeypatch.setattr("argosy.desk.token_trials._KEPT", 1)
            with pytest.raises(Blocked):
                await swaps.swap(SwapAsk(give="ETH", get="HONEY", amount="1", dry_run=False))
            assert len(verdicts) == 1
            assert key not in verdicts

            rpc = desk.links["uniswap"].account.rpc
            real = rpc.batch

            failing = ""

            async def batch(asks, *rest):
                told = await real(asks, *rest)
                return [NotSent("gone")] * len(told) if asks[0].method == failing else told

            monkeypatch.setattr(rpc, "batch", batch)
            for failing in ("eth_getCode", "eth_call"):  # noqa: B007 - `batch` reads it
                with pytest.raises(NotSent, match="gone"):
                    await swaps.swap(wanted)
