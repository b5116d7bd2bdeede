"""Quotes of followed pools against the deployed contracts, to the last unit: v2, v3 and v4, while
swaps and liquidity move them.
"""

import random

import pytest

from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.jsonrpc import Ask, read_answers
from argosy.dialects.pools.asking import request
from argosy.dialects.pools.exchange import Family
from argosy.errors import Reverted
from argosy.sandbox.evm.crowd import Crowd, CrowdSettings
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from dialects.pools.chain import Followed

V2_OUT = Function("getAmountsOut(uint256,address[])", "uint256[]")
V2_IN = Function("getAmountsIn(uint256,address[])", "uint256[]")
SINGLE = "(address,address,uint256,uint24,uint160)"
V3_IN = Function(f"quoteExactInputSingle({SINGLE})", "uint256", "uint160", "uint32", "uint256")
V3_OUT = Function(f"quoteExactOutputSingle({SINGLE})", "uint256", "uint160", "uint32", "uint256")
KEY = "(address,address,uint24,int24,address)"
V4_SINGLE = f"({KEY},bool,uint128,bytes)"
V4_IN = Function(f"quoteExactInputSingle({V4_SINGLE})", "uint256", "uint256")
V4_OUT = Function(f"quoteExactOutputSingle({V4_SINGLE})", "uint256", "uint256")


def contract_quote(exchange, spec, raw, *, buy):
    """What to ask the deployed quoter or router, and how to read it."""
    zero_for_one = (spec.base == 0) != buy
    given, taken = spec.token0, spec.token1
    if not zero_for_one:
        given, taken = taken, given
    if spec.family is Family.V2:
        function = V2_IN if buy else V2_OUT
        data = function.data(raw, [given.address, taken.address])
        return exchange.v2.router, data, lambda a: function.one(a)[0 if buy else -1]
    if spec.family is Family.V3:
        function = V3_OUT if buy else V3_IN
        data = function.data((given.address, taken.address, raw, spec.fee, 0))
        return exchange.v3.quoter, data, function.one
    key = spec.key
    named = (key.currency0, key.currency1, key.fee, key.spacing, key.hooks)
    function = V4_OUT if buy else V4_IN
    return exchange.v4.quoter, function.data((named, zero_for_one, raw, b"")), function.one


def sizes(rng, spec, live):
    """Anything from dust to more than there is."""
    depth = sum(size for _, size, _ in live.side(buy=True).bends()[:40])
    top = max(int(depth), 10**4)
    return max(1, int(top * 10 ** rng.uniform(-7, 0.1)))


def compare(followed, rng, count):
    exchange = followed.pools.board.exchange
    live = list(followed.pools.board.live.values())
    asks, expected = [], []
    for _ in range(count):
        pool = rng.choice(live)
        buy = rng.random() < 0.5
        raw = sizes(rng, pool.spec, pool)
        to, data, read = contract_quote(exchange, pool.spec, raw, buy=buy)
        asks.append(Ask("eth_call", ({"to": to, "data": data}, "latest")))
        expected.append((pool.spec.instrument, buy, raw, pool.side(buy=buy).value(raw), read))
    equal, neither, wrong = 0, 0, []
    for at in range(0, count, 250):
        part = asks[at : at + 250]
        answers = read_answers(followed.ask(request(part)).body, part, "node")
        for (name, buy, raw, ours, read), told in zip(
            expected[at : at + 250], answers, strict=True
        ):
            assert isinstance(told, str | Reverted), told
            theirs = None if isinstance(told, Reverted) else read(told)
            if ours == theirs:
                equal += 1
            elif not ours and (theirs is None or (not buy and "@v2" not in name)):
                # The pool has not as much, or it is too little to bring anything. Quoters of v3
                # then say what a part of the input brings.
                neither += 1
            else:
                wrong.append((name, buy, raw, ours, theirs))
    return equal, neither, wrong


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [11])
def test_ten_thousand_quotes_are_the_contracts(seed):
    rng = random.Random(seed)
    equal, neither, wrong = 0, 0, []
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(
            chain,
            CrowdSettings(seed=seed, swapper_rate=1.0, whale_rate=0.3, provider_rate=0.5),
        )
        crowd.open()
        venues = [Followed(chain, "uniswap"), Followed(chain, "sushiswap")]
        for venue in venues:
            venue.confirm()
            assert venue.session.ready
        for _ in range(14):
            for venue in venues:
                found = compare(venue, rng, 600 if venue is venues[0] else 200)
                equal, neither = equal + found[0], neither + found[1]
                wrong += found[2]
            crowd.step()
            for venue in venues:
                venue.catch_up()
    assert not wrong, (len(wrong), wrong[:5])
    assert equal >= 10_000
    assert neither < equal / 20
