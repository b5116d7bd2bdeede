"""Dry runs say what the address could not pay, and what the limits of its key would block."""

import random
import re
from decimal import Decimal

import msgspec

from argosy.desk.chain import ChainAccount
from argosy.desk.liquidity import LiquidityDesk
from argosy.desk.liquidity_asked import OpenAsk, TakeAsk
from argosy.desk.settings import LimitSettings
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from desk.pooled import V3, desk_on, held, sandboxed

CALM = Decimal(300)
RANGE = {"lower": "1000", "upper": "9000"}


def has(sandbox, symbol, decimals=6):
    return format(Decimal(held(sandbox, symbol)).scaleb(-decimals).normalize(), "f")


async def test_what_the_address_has_not_is_said(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        swaps = SwapDesk(desk, random.Random(3))
        ether, dollars = has(sandbox, "ETH", 18), has(sandbox, "USDC")
        seen = await swaps.swap(SwapAsk(give="ETH", get="USDC", amount="2000000"))
        assert seen.problem == (f"the balance does not cover 2000000 ETH: we have {ether} ETH")
        assert seen.paths
        seen = await swaps.swap(SwapAsk(give="USDC", get="ETH", amount="9e12"))
        assert seen.problem == (
            f"the balance does not cover 9000000000000 USDC: we have {dollars} USDC"
        )
        assert (await swaps.swap(SwapAsk(give="ETH", get="USDC", amount="1"))).problem == ""
        pools = LiquidityDesk(desk, random.Random(5))
        whole = await pools.open(OpenAsk(instrument=V3, base="3000000", **RANGE))
        assert re.fullmatch(
            rf"the balance does not cover \d+(\.\d+)? ETH: we have {ether} ETH;"
            rf" the balance does not cover \d+(\.\d+)? USDC: we have {dollars} USDC",
            whole.problem,
        )
        assert (await pools.open(OpenAsk(instrument=V3, base="2", **RANGE))).problem == ""

        async def native_balance(_):
            return 10**18

        monkeypatch.setattr(ChainAccount, "native_balance", native_balance)
        seen = await swaps.swap(SwapAsk(give="ETH", get="USDC", amount="1"))
        assert "does not cover 1 ETH and gas of about 0.0" in seen.problem
        assert seen.problem.endswith("ETH: we have 1 ETH")
        monkeypatch.setattr(ChainAccount, "gas_cost", lambda *_: Decimal(2))
        seen = await swaps.swap(SwapAsk(give="USDC", get="ETH", amount="1"))
        assert seen.problem == "the balance does not cover gas of about 2 ETH: we have 1 ETH"


async def test_what_the_limits_would_block_is_said(tmp_path, monkeypatch):
    caps = {"ETH": Decimal("1.5"), "USDC": Decimal(100_000)}
    limits = LimitSettings(per_transaction=caps)
    async with (
        sandboxed("uniswap") as sandbox,
        desk_on(sandbox, tmp_path, limits=limits, slippage_bps=CALM) as desk,
    ):
        swaps, pools = SwapDesk(desk, random.Random(3)), LiquidityDesk(desk, random.Random(5))
        said = r"the limits would block it: .* ETH would leave at once; the cap is 1\.5 ETH"
        seen = await swaps.swap(SwapAsk(give="ETH", get="USDC", amount="1.6"))
        assert re.match(said, seen.problem)
        terms = {"instrument": V3, **RANGE}
        assert re.match(said, (await pools.open(OpenAsk(base="2", **terms))).problem)
        sent = await pools.open(OpenAsk(base="1", id="lp", dry_run=False, **terms))
        used = "id 'lp' was used before: nothing would be sent"
        assert sent.problem == ""
        assert (await pools.open(OpenAsk(base="1", id="lp", **terms))).problem == used
        assert (await pools.take(TakeAsk(position=sent.position))).problem == ""
        swap = SwapAsk(give="ETH", get="USDC", amount="0.1", id="lp")
        assert (await swaps.swap(swap)).problem == used
        monkeypatch.delitem(desk.traders, "uniswap")
        monkeypatch.setattr(desk.links["uniswap"].account, "signer", None)
        swap = msgspec.structs.replace(swap, id="")
        assert (await swaps.swap(swap)).problem == "there is no key"
