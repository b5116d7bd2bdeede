"""Whatever a node answers about positions, nothing but WireError comes out; ticks of prices."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.chains import chains
from argosy.dialects.evm.functions import encode
from argosy.dialects.pools.exchange import Family, live_exchange
from argosy.dialects.pools.liquidity import (
    pool_state,
    positions_of,
    price_of,
    shares_of,
    ticks_of,
)
from argosy.dialects.pools.provided import entries, put_in, taken_out
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at, usable_ticks
from argosy.errors import WireError
from argosy.model import Log, Nanos

OWNER = "0x" + "ab" * 20
EXCHANGE = live_exchange("uniswap", "uniswap", chains()["ethereum"])
USDC, WETH = (EXCHANGE.chain.token(each) for each in ("USDC", "WETH"))
V3 = EXCHANGE.spec(Family.V3, USDC, WETH, fee=500, address="0x" + "12" * 20, spacing=10)
V2 = EXCHANGE.spec(Family.V2, USDC, WETH, fee=3000, address="0x" + "34" * 20)
WORDS = st.lists(st.integers(0, (1 << 256) - 1), min_size=0, max_size=13)


def hexed(words):
    return "0x" + b"".join(word.to_bytes(32, "big") for word in words).hex()


def follow(reading, answer):
    """A reading to its end, every question of it answered by `answer`."""
    for _ in range(8):
        value = reading.read([answer(call) for call in reading.calls])
        reading = None if reading.then is None else reading.then(value)
        if reading is None:
            return value
    raise AssertionError("it never ends")


@given(words=WORDS, count=st.integers(0, 3), real=st.booleans())
def test_positions_read_or_say_that_it_is_none(words, count, real):
    told = [count, 7]
    position = encode(
        ("uint96", "address", "address", "address", "uint24", "int24", "int24"),
        (0, OWNER, V3.token0.address, V3.token1.address, 500, -(1 << 23), 5),
    ) + encode(("uint128",) * 5, (9, 1, 1, 1, 1))

    def answer(call):
        if told:
            return hexed([told.pop(0)])
        if real and call.data[:10] == "0x99fbab88":
            return "0x" + position.hex()
        return hexed(words)

    try:
        follow(positions_of(EXCHANGE, [V3], OWNER), answer)
    except WireError:
        pass


@given(words=WORDS)
def test_pools_and_pairs_read_or_say_that_they_are_none(words):
    for reading in (pool_state(V3), shares_of(EXCHANGE, [V2], OWNER)):
        try:
            follow(reading, lambda _: hexed(words))
        except WireError:
            pass


@given(
    topics=st.lists(st.integers(0, (1 << 256) - 1).map(lambda n: f"0x{n:064x}"), max_size=4),
    words=WORDS,
    at=st.sampled_from([V2.address, V3.address, EXCHANGE.v3.positions.lower()]),
)
def test_logs_read_or_say_that_they_are_none(topics, words, at):
    log = Log(
        chain="ethereum",
        address=at,
        topics=tuple(topics),
        data=hexed(words),
        block_number=1,
        block_hash="0x" + "00" * 32,
        transaction_hash="0x" + "00" * 32,
        index=0,
        removed=False,
        received_ns=Nanos(1),
    )
    for spec in (V2, V3):
        for read in (
            lambda spec: put_in(EXCHANGE, spec, OWNER, [log]),
            lambda spec: taken_out(EXCHANGE, spec, [log]),
            lambda spec: entries(EXCHANGE, [spec], OWNER, [[log]]),
        ):
            try:
                read(spec)
            except WireError:
                pass


@given(tick=st.integers(-8000, 8000).map(lambda n: n * 10))
def test_a_price_leads_back_to_its_tick(tick):
    price = price_of(V3, sqrt_price_at(tick + 200_000 // 10 * 10))
    least, most = usable_ticks(10)
    found = ticks_of(V3, price, None)
    own = found[1] if V3.base == 1 else found[0]
    assert own == tick + 200_000
    assert (found[0] == least) or (found[1] == most)


def test_more_positions_than_are_read_are_said():
    with pytest.raises(WireError, match="201 positions; 200 are the most"):
        follow(positions_of(EXCHANGE, [V3], OWNER), lambda _: hexed([201]))


def test_the_base_is_priced_in_the_quote():
    assert V3.base_token.currency == "ETH"
    assert 2900 < price_of(V3, sqrt_price_at(196_256)) < 3100
    assert ticks_of(V3, Decimal(2700), Decimal(3300))[0] < 196_256
