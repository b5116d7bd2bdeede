"""Lines for people about what a chain brought, and which events are of which kinds."""

from decimal import Decimal

import pytest

from analytics.mev.blocks import POOL, Block
from argosy.analytics.mev import (
    Arbitrage,
    JustInTime,
    Part,
    SandwichAttempt,
    Victim,
    find_back_runs,
    find_front_runs,
    find_sandwiches,
)
from argosy.desk.chain_source import known_routers
from argosy.desk.chain_watching import check_kinds, wanted
from argosy.desk.chain_words import event_lines, gwei, mev_words
from argosy.dialects.evm.call_words import TokenName
from argosy.errors import ConfigError
from argosy.model import Head, Nanos, PendingTransaction
from argosy.net.watch.events import (
    BlockUndone,
    BlockWatched,
    ContractEvent,
    Label,
    LargeTransfer,
    PendingAgain,
    PendingEnded,
    WatchGap,
)
from argosy.net.watch.mempool import decoded

WETH, USDC = "0x" + "ee" * 20, "0x" + "cd" * 20
NAMES = {WETH: TokenName("WETH", 18), USDC: TokenName("USDC", 6)}
POOLS = {POOL: (WETH, USDC)}
E18 = 10**18
HASH = "0x" + "12" * 32
HEAD = Head(
    chain="test",
    number=7,
    hash=HASH,
    parent=HASH,
    timestamp_s=0,
    base_fee=2 * 10**9,
    gas_used=1,
    gas_limit=2,
    received_ns=Nanos(0),
)


def test_sandwiches_front_runs_and_back_runs():
    block = Block()
    front = block.swap("0x" + "aa" * 20, 5_000 * E18, priority_fee=9)
    victim = block.swap("0x" + "bb" * 20, 100 * E18, priority_fee=1)
    block.swap("0x" + "aa" * 20, front.amount_out, forward=False)
    (one,) = find_sandwiches(block.trades, curve_before=block.curve_before)
    words = mev_words(one, NAMES, POOLS)
    assert words.startswith("sandwich  in WETH/USDC: 0xaaaa…aaaa made ")
    assert "0xbbbb…bbbb lost" in words
    assert words.endswith("USDC")
    (unknown,) = find_sandwiches(block.trades)
    assert mev_words(unknown, NAMES, {}).endswith("lost ?")
    terms = {"block": 1, "pool": POOL, "protocol": "uniswap_v2", "attacker": one.attacker}
    part = Part(
        transaction=HASH,
        position=2,
        index=-1,
        sender=one.attacker,
        contract="",
        forward=True,
        amount_in=1,
        amount_out=1,
        outcome="reverted",
    )
    tried = SandwichAttempt(
        front=part, back=part, victims=one.victims, reason="its last part was reverted", **terms
    )
    words = mev_words(tried, NAMES, POOLS)
    head = "attempted sandwich in WETH/USDC by 0xaaaa…aaaa: its last part was reverted, 0xbbbb"
    assert words.startswith(head)
    assert words.endswith("USDC")
    unharmed = Victim(trade=victim, fair_out=victim.amount_out)
    tried = SandwichAttempt(front=part, back=part, victims=(unharmed,), reason="so", **terms)
    assert mev_words(tried, NAMES, POOLS).endswith("0xbbbb…bbbb lost nothing")
    seen = {front.transaction: 3_000_000, victim.transaction: 1_000_000}
    (run,) = find_front_runs(block.trades, seen)
    assert "0xaaaa…aaaa before 0xbbbb…bbbb, seen 2 ms later" in mev_words(run, NAMES, POOLS)
    (back,) = find_back_runs(block.trades)
    assert mev_words(back, NAMES, POOLS).endswith("(right after)")
    served = JustInTime(
        block=1,
        pool=POOL,
        provider="0x" + "cc" * 20,
        added=HASH,
        removed=HASH,
        liquidity=5,
        ticks=(0, 10),
        served=(victim,),
    )
    assert mev_words(served, NAMES, POOLS).endswith("for 0xbbbb…bbbb alone")


def test_blocks_transfers_and_events():
    block = BlockWatched(
        head=HEAD,
        transactions=3,
        failed=1,
        arbitrage=(
            Arbitrage(
                block=7,
                transaction=HASH,
                sender=WETH,
                contract=USDC,
                pools=("a", "b"),
                profit={USDC: 5 * 10**6},
            ),
        ),
        transfers=(
            LargeTransfer(
                transaction=HASH,
                token=USDC,
                symbol="USDC",
                amount=Decimal(250_000),
                usd=Decimal(250_000),
                sender=WETH,
                recipient=USDC,
                sender_labels=(Label(text="exchange"),),
                recipient_labels=(Label(text="fresh wallet", guess=True),),
            ),
        ),
        events=(
            ContractEvent(
                contract=USDC, name="Paused", arguments={"by": WETH}, transaction=HASH, index=1
            ),
        ),
    )
    head, arbitrage, transfer, event = event_lines(block, NAMES, POOLS)
    assert head.endswith("3 transactions, 1 failed, 0 trades, base fee 2 gwei")
    assert "over 2 pools: 5 USDC before gas" in arbitrage
    assert "250,000.0000 USDC (250,000 USD) from 0xeeee…eeee (exchange)" in transfer
    assert transfer.endswith("(fresh wallet?)")
    assert "Paused of 0xcdcd…cdcd: by 0xee" in event
    (undone,) = event_lines(BlockUndone(block=block), NAMES, POOLS)
    assert "block 7" in undone
    broken = BlockWatched(head=HEAD, transactions=0, failed=0, problem="no answer")
    assert event_lines(broken, NAMES, POOLS)[0].endswith("not read: no answer")


def test_what_waits_and_what_became_of_it():
    transaction = PendingTransaction(
        chain="test", hash=HASH, sender=WETH, to=USDC, data="0x38ed1739", received_ns=Nanos(0)
    )
    event = decoded(transaction)
    assert "malformed: swapExactTokensForTokens" in event_lines(event, NAMES, POOLS)[0]
    ended = PendingEnded(hash=HASH, sender=WETH, nonce=1, fate="replaced", by=HASH, waited_ns=10**9)
    assert event_lines(ended, NAMES, POOLS) == [
        "replaced   0x121212…1212 by 0x121212…1212 after 1.0 s"
    ]
    assert event_lines(PendingAgain(hash=HASH, block_hash=HASH), NAMES, POOLS)
    assert event_lines(WatchGap(why="why"), NAMES, POOLS) == ["gap        why"]


def test_kinds():
    payment = decoded(
        PendingTransaction(
            chain="test", hash=HASH, sender=WETH, to=USDC, data="0x", value=5, received_ns=Nanos(0)
        )
    )
    assert wanted(payment, ())
    assert wanted(payment, check_kinds(["pending"]))
    assert wanted(payment, check_kinds(["transfer"]))
    assert not wanted(payment, check_kinds(["swap", "block"]))
    with pytest.raises(ConfigError, match="'nope' is no kind"):
        check_kinds(["swap", "nope"])


def test_prices_of_gas():
    assert [gwei(each) for each in (0, 8, 10**8, 10**9, 25 * 10**9, 5_000 * 10**9)] == [
        *("0", "0.000000008", "0.1", "1", "25", "5,000")
    ]


def test_routers_of_a_chain_that_is_known():
    assert "0x7a250d5630b4cf539739df2c5dacb4c659f2488d" in known_routers(1)
    assert known_routers(987_654_321) == frozenset()
