"""web3.py, in an environment of its own, against the chain as it runs without anvil; and swaps that
it sends, as a desk hears of them.
"""

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest

from argosy.model import InstrumentId, Side
from argosy.sandbox.evm import local
from argosy.sandbox.evm.accounts import MNEMONIC
from argosy.sandbox.evm.node import NodeSettings
from desk.pooled import V3, desk_on, sandboxed
from sandbox.evm.chains import missing, no_anvil
from thirdparty.environment import python_with, run

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")

HERE = Path(__file__).parent
LABELS = (
    "token.WETH",
    "token.USDC",
    "token.DAI",
    "uniswap_v3.router",
    "uniswap_v3.quoter",
    "universal_router",
    "pool.uniswap_v3 WETH/USDC 500",
)
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def python():
    return python_with("web3", "web3")


@pytest.fixture(autouse=True)
def without_anvil(monkeypatch):
    if why := missing():
        pytest.skip(why)
    monkeypatch.setattr(local, "find_anvil", no_anvil)


def setup_of(chain, folder):
    """A file that says where everything is."""
    told = {
        "url": chain.node.url,
        "ws": chain.node.ws_url,
        "mnemonic": MNEMONIC,
        "accounts": chain.layout.accounts,
        "contracts": {label: chain.layout.contracts[label] for label in LABELS},
        "abis": {label: list(chain.contract(label).abi) for label in LABELS},
    }
    file = folder / "setup.json"
    file.write_text(json.dumps(told))
    return str(file)


@pytest.mark.parametrize(("script", "mine"), [("web3_node.py", True), ("web3_waiting.py", False)])
def test_it_works_unmodified(python, script, mine, tmp_path):
    with local.EvmChain(NodeSettings(mine=mine)) as chain:
        done = run(python, str(HERE / script), setup_of(chain, tmp_path))
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert json.loads(done.stdout.splitlines()[-1])["done"]


async def caught_up(desk, sandbox):
    """The pool as the desk follows it, once it has taken in all that the chain has."""
    board = desk.links["uniswap"].adapter.pools.board
    price, tick, *_ = sandbox.live.chain.contract("pool.uniswap_v3 WETH/USDC 500").call("slot0")
    for _ in range(200):
        pool = board.live.get(InstrumentId(V3))
        core = pool.tracked.pool.core if pool is not None else None
        if core is not None and (core.sqrt_price, core.tick) == (price, tick):
            return pool
        await asyncio.sleep(0.05)
    raise AssertionError(f"the desk is at {core}, the chain at {price}")


async def told_of(desk, name):
    for _ in range(200):
        found = [each for each in desk.trades("ETH/USD", 50) if each.venue_trade_id == name]
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"no trade {name}")


async def test_a_swap_that_it_sends_is_told_by_the_desk_and_was_quoted_by_it(python, tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        busy = sandbox.live.crowd.busy
        await asyncio.to_thread(busy.acquire)  # nobody else trades from here on
        try:
            setup = setup_of(sandbox.live.chain, tmp_path)
            for way, amount in (("sell", 3 * 10**18), ("buy", 7 * 10**17)):
                pool = await caught_up(desk, sandbox)
                sell = way == "sell"
                state = pool.tracked.pool
                ours = state.quote(
                    amount, zero_for_one=(pool.spec.base == 0) == sell, exact_in=sell
                )
                done = await asyncio.to_thread(
                    run, python, str(HERE / "web3_swap.py"), setup, way, str(amount)
                )
                assert done.returncode == 0, done.stderr[-2000:]
                theirs = json.loads(done.stdout)
                assert abs(theirs["weth"]) == amount
                assert theirs["quoted"] == abs(theirs["usdc"])
                assert (ours.amount_in, ours.amount_out) == (
                    (amount, -theirs["usdc"]) if sell else (theirs["usdc"], amount)
                )
                (trade,) = await told_of(desk, f"{theirs['hash']}-{theirs['index']}")
                assert trade.instrument == V3
                assert trade.taker_side is (Side.SELL if sell else Side.BUY)
                size, value = Decimal(amount).scaleb(-18), Decimal(abs(theirs["usdc"])).scaleb(-6)
                assert trade.size == size
                increment = desk.links["uniswap"].instruments[trade.instrument].price_increment
                assert trade.price == (value / size).quantize(increment)
                after = (await caught_up(desk, sandbox)).tracked.pool.core
                assert (after.sqrt_price, after.tick) == (theirs["sqrt_price"], theirs["tick"])
        finally:
            busy.release()
