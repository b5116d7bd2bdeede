"""What a pool's price costs from its own state, against the contract's quoter by RPC: the same
sizes at the same pool on a node of this machine, and the same figures or no row.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

from argosy.books.amm import Units, ladder
from argosy.desk.onchain import sandbox_exchange
from argosy.dialects.evm.functions import Function
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.loading import loading, side_of
from argosy.dialects.uniswap_v3.tracking import TrackedPool
from argosy.errors import ConfigError
from argosy.model import Side
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.told import ToldChain
from benchmarks.rows import Row, compared, skipped

GROUP = "pools"
SEED = 20_261_127
SINGLE = "(address,address,uint256,uint24,uint160)"
QUOTE = Function(f"quoteExactOutputSingle({SINGLE})", "uint256", "uint160", "uint32", "uint256")
NAMES = ("quote of a size, pool just changed", "ladder of a side")
ABI = [
    {
        "type": "function",
        "name": "quoteExactOutputSingle",
        "stateMutability": "nonpayable",
        "inputs": [
            {
                "name": "params",
                "type": "tuple",
                "components": [
                    {"name": name, "type": kind}
                    for name, kind in zip(
                        ("tokenIn", "tokenOut", "amount", "fee", "limit"),
                        SINGLE.strip("()").split(","),
                        strict=True,
                    )
                ],
            }
        ],
        "outputs": [
            {"name": name, "type": kind}
            for name, kind in (
                ("amountIn", "uint256"),
                ("after", "uint160"),
                ("crossed", "uint32"),
                ("gas", "uint256"),
            )
        ],
    }
]


def measure(repeats: int) -> list[Row]:
    """Rows against a quoter by web3 and by plain JSON-RPC; skipped where there is no chain."""
    try:
        with EvmChain() as chain:
            return _measure(chain, repeats)
    except ConfigError as e:
        return [skipped(GROUP, name, "RPC quoter", str(e)[:80]) for name in NAMES]


def _loaded(chain: EvmChain) -> tuple[Exchange, PoolSpec, TrackedPool]:
    """The busiest pool of the chain, read as the venue reads it."""
    layout = chain.layout
    told = ToldChain(
        chain_id=1337,
        rpc=chain.node.url,
        ws=chain.node.ws_url,
        accounts=layout.accounts,
        keys={},
        tokens={symbol: token.address for symbol, token in layout.tokens.items()},
        decimals={symbol: token.decimals for symbol, token in layout.tokens.items()},
        contracts=layout.contracts,
    )
    exchange = sandbox_exchange("uniswap", "uniswap", told)
    pool = layout.pool("uniswap_v3", "WETH", "USDC", 500)
    weth, usdc = exchange.chain.token("WETH"), exchange.chain.token("USDC")
    spec = exchange.spec(Family.V3, weth, usdc, fee=500, address=pool.address, spacing=10)
    load = loading(spec, exchange)
    while calls := load.calls():
        asked = [("eth_call", ({"to": c.to, "data": c.data}, "latest")) for c in calls]
        load.take(
            [a for at in range(0, len(asked), 500) for a in chain.link.batch(asked[at : at + 500])]
        )
    tracked = load.tracked(0)
    assert isinstance(tracked, TrackedPool)
    return exchange, spec, tracked


def _measure(chain: EvmChain, repeats: int) -> list[Row]:
    exchange, spec, tracked = _loaded(chain)
    pair = (exchange.chain.token("USDC").address, exchange.chain.token("WETH").address)
    rng = random.Random(SEED)
    sizes = [int(10**18 * 10 ** rng.uniform(-2, 2.5)) for _ in range(60)]

    def ours() -> list[int | None]:
        found = []
        for size in sizes:
            tracked.pool.set_shares(0, 0)  # any change: the way is found anew
            found.append(side_of(spec, tracked, buy=True).value(size))
        return found

    units = Units(base_decimals=18, quote_decimals=6, price_decimals=3, size_decimals=7)

    def shown() -> int:
        tracked.pool.set_shares(0, 0)
        return len(ladder(side_of(spec, tracked, buy=True), Side.BUY, units)[1])

    quoter = exchange.v3.quoter if exchange.v3 is not None else ""

    def by_rpc() -> list[int | None]:
        return [
            QUOTE.one(
                chain.link.call(
                    "eth_call",
                    {"to": quoter, "data": QUOTE.data((*pair, size, 500, 0))},
                    "latest",
                )
            )
            for size in sizes
        ]

    quote_us = _us(ours, repeats) / len(sizes)
    ladder_us, levels = _us(shown, repeats), shown()
    rows = []
    for peer, ask, known in _peers(chain, quoter, pair, sizes, by_rpc):
        if ask is None:
            rows += [skipped(GROUP, name, peer, "not installed beside us") for name in NAMES]
        elif ask() != ours():
            rows += [skipped(GROUP, name, peer, "it says other figures") for name in NAMES]
        else:
            theirs = _us(ask, max(1, repeats // 3)) / len(sizes)
            rows += [
                compared(GROUP, NAMES[0], "us/quote", quote_us, peer, known, theirs),
                compared(
                    GROUP,
                    f"{NAMES[1]}, {levels} levels",
                    "us/ladder",
                    ladder_us,
                    peer,
                    known,
                    theirs * levels,
                    note="theirs: a quote a level, as measured above",
                ),
            ]
    return rows


def _peers(
    chain: EvmChain,
    quoter: str,
    pair: tuple[str, str],
    sizes: Sequence[int],
    by_rpc: Callable[[], list[int | None]],
) -> list[tuple[str, Callable[[], list[int | None]] | None, str]]:
    plain = ("quoter, JSON-RPC", by_rpc, "anvil")
    try:
        from web3 import Web3
    except ImportError:
        return [("quoter, web3", None, ""), plain]
    web3 = Web3(Web3.HTTPProvider(chain.node.url))
    contract = web3.eth.contract(address=Web3.to_checksum_address(quoter), abi=ABI)
    tokens = [Web3.to_checksum_address(token) for token in pair]

    def by_web3() -> list[int | None]:
        function = contract.functions.quoteExactOutputSingle
        return [function((*tokens, size, 500, 0)).call()[0] for size in sizes]

    return [("quoter, web3", by_web3, version("web3")), plain]


def _us(work: Callable[[], object], repeats: int) -> float:
    """Microseconds of one call, the median of some."""
    found = []
    for _ in range(max(1, repeats)):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found) * 1e6
