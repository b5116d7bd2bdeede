"""The chain's own currency and its wrapper: one for one, once for an id, balances that agree."""

import random
from decimal import Decimal

import pytest

from argosy.desk.settings import LimitSettings
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from argosy.errors import Blocked, ConfigError, InvalidOrder
from desk.pooled import desk_on, held, sandboxed

WRAP = {"give": "eth", "get": "WETH"}
UNWRAP = {"give": "WETH", "get": "ETH"}


def wrapped(sandbox):
    chain = sandbox.live.chain
    return chain.contract("token.WETH").call("balanceOf", chain.layout.accounts["desk"])


async def test_wrapping_and_back_is_one_for_one_and_explained(tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        swaps = SwapDesk(desk, random.Random(3))
        seen = await swaps.swap(SwapAsk(**WRAP, amount="1.5"))
        assert (seen.problem, seen.got, seen.paths[0].gets) == ("", None, Decimal("1.5"))
        assert 0 < seen.paths[0].gas < Decimal("0.001")
        before, ether = wrapped(sandbox), held(sandbox, "ETH")
        done = await swaps.swap(SwapAsk(**WRAP, amount="1.5", id="w", dry_run=False))
        assert (done.got, done.least, done.repeated) == (Decimal("1.5"), Decimal("1.5"), False)
        assert wrapped(sandbox) - before == 15 * 10**17
        assert ether - held(sandbox, "ETH") == 15 * 10**17 + int(done.gas.scaleb(18))
        again = await swaps.swap(SwapAsk(**WRAP, amount="7", id="w", dry_run=False))
        assert (again.amount, again.got, again.repeated) == (done.amount, done.got, True)
        assert (again.transaction, again.paths) == (done.transaction, ())
        back = await swaps.swap(SwapAsk(**UNWRAP, amount="0.25", id="u", dry_run=False))
        assert (back.give, back.get, back.got) == ("WETH", "ETH", Decimal("0.25"))
        assert wrapped(sandbox) - before == 125 * 10**16
        same = await swaps.swap(SwapAsk(**UNWRAP, amount="3", id="u", dry_run=False))
        assert (same.amount, same.transaction) == (Decimal("0.25"), back.transaction)
        trader = desk.traders["uniswap"]
        await trader.reconcile()
        await trader.reconcile()
        assert not trader.unexplained
        (told,) = (b for b in trader.ledger.balances.values() if b.currency == "WETH")
        assert told.total == Decimal(wrapped(sandbox)).scaleb(-18)


async def test_what_cannot_be_wrapped_is_said(tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        swaps = SwapDesk(desk, random.Random(3))
        await swaps.swap(SwapAsk(**WRAP, amount="1", id="w", dry_run=False))
        seen = await swaps.swap(SwapAsk(**WRAP, amount="1", id="w"))
        assert seen.problem == "id 'w' was used before: nothing would be sent"
        seen = await swaps.swap(SwapAsk(**UNWRAP, amount="1e9"))
        assert "WETH" in seen.problem
        assert seen.paths[0].gas is None
        for ask, words in (
            (SwapAsk(**UNWRAP, amount="1", id="w", dry_run=False), "used before, and not for it"),
            (SwapAsk(**WRAP, amount="0"), "amount is 0"),
            (SwapAsk(**WRAP, amount="1e-19"), "a unit of ETH and above"),
            (SwapAsk(give="WETH", get="USDC", amount="1"), "argosy swap WETH ETH` unwraps"),
        ):
            with pytest.raises(ConfigError, match=words):
                await swaps.swap(ask)
        with pytest.raises(InvalidOrder):
            await swaps.swap(SwapAsk(**UNWRAP, amount="1e9", dry_run=False))


async def test_limits_hold_for_wrapping_too(tmp_path):
    limits = LimitSettings(per_transaction={"ETH": Decimal(1), "gas": Decimal("1e-9")})
    async with (
        sandboxed("uniswap") as sandbox,
        desk_on(sandbox, tmp_path, limits=limits) as desk,
    ):
        swaps = SwapDesk(desk, random.Random(3))
        seen = await swaps.swap(SwapAsk(**WRAP, amount="0.1"))
        assert "the limits would block it" not in seen.problem  # the gas is known once it is sent
        with pytest.raises(Blocked, match="gas"):
            await swaps.swap(SwapAsk(**WRAP, amount="0.1", dry_run=False))
