"""Funds moved by a desk between two simulated venues: once, to the end, whatever breaks."""

import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from argosy.desk.desk import Desk
from argosy.desk.mover import Pace
from argosy.desk.settings import (
    AddressSettings,
    BookSettings,
    DeskSettings,
    JournalSettings,
    SandboxConfig,
    Settings,
    TransferSettings,
    VenueSettings,
)
from argosy.desk.transfers import CancelTransferAsk, TransferAsk, TransferDesk, TransferView
from argosy.errors import ArgosyError, ConfigError, TransferRejected
from argosy.execution.journal import JournalFailed, TransferIntended
from argosy.execution.transfers import encode
from argosy.model import TransferState
from argosy.sandbox.chain import BLOCK_MS, address_of
from argosy.sandbox.faults import FaultKind, FaultPlan
from argosy.sandbox.okx.server import Server as OkxServer
from argosy.sandbox.server import Sandbox
from argosy.sandbox.wallet import Stage
from desk.running import VENUES, desk_of, sandboxed, until

D = Decimal
PACE = Pace(poll_s=0.05, sure_s=1.0)
WITHDRAW = {"kraken": "POST /0/private/Withdraw", "okx": "POST /api/v5/asset/withdrawal"}
OTHER = {"kraken": "okx", "okx": "kraken"}
FEE = {"kraken": D("0.00015"), "okx": D("0.0002")}
DONE, FAILED = TransferState.DONE, TransferState.FAILED
both = pytest.mark.parametrize("venue", VENUES)


def settings(journal: Path, **changes: Any) -> Settings:
    own = Settings(
        desk=DeskSettings(pairs=("BTC/USD",)),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
        venues={name: VenueSettings(allow_withdrawal_key=True) for name in VENUES},
        sandbox=SandboxConfig(key="withdraw"),
        journal=JournalSettings(url=f"sqlite:///{journal}"),
        transfers=TransferSettings(
            enabled=True,
            addresses={
                "cold": AddressSettings(
                    currency="BTC", chain="bitcoin", address=address_of("bitcoin", "cold")
                )
            },
        ),
    )
    return msgspec.structs.replace(own, **changes)


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return settings(tmp_path / "journal.db")


@pytest.fixture(autouse=True)
def quick_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BLOCK_MS, "bitcoin", 150)


@asynccontextmanager
async def moving(sandbox: Sandbox, own: Settings) -> AsyncIterator[tuple[Desk, TransferDesk]]:
    sandbox.world.still = True  # balances change by transfers alone
    async with desk_of(sandbox, settings=own, pace=PACE) as desk:
        yield desk, TransferDesk(desk, random.Random(5))


def ask(venue: str, **words: str) -> TransferAsk:
    shared = {"source": venue, "target": OTHER[venue], "currency": "BTC", "amount": "0.25"}
    return TransferAsk(**{**shared, **words})


def purse(sandbox: Sandbox, venue: str, currency: str = "BTC") -> Decimal:
    """What there is in the account that deposits reach and withdrawals leave."""
    if venue == "kraken":
        return sandbox.account("kraken").holding(currency).total
    server = sandbox.servers["okx"]
    assert isinstance(server, OkxServer)
    return server.exchange.funding["desk"].get(currency, D(0))


async def ended(desk: TransferDesk, transfer_id: str) -> TransferView:
    def view() -> TransferView:
        return desk.show(transfer_id)

    await until(lambda: view().movement.state.final, 20)
    return view()


@both
async def test_funds_go_from_one_venue_to_the_other(venue: str, own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (desk, transfers):
        before = {name: purse(sandbox, name) for name in VENUES}
        begun = await transfers.start(ask(venue))
        assert not begun.movement.state.final
        assert [one.id for one in transfers.transfers()] == [begun.id]
        done = await ended(transfers, begun.id)
        assert (done.movement.state, done.movement.reason) == (DONE, "")
        source, target = done.movement.source, done.movement.target
        assert source is not None
        assert target is not None
        assert source.tx_id == target.tx_id != ""
        assert (source.venue, target.venue) == (venue, OTHER[venue])
        assert before[venue] - purse(sandbox, venue) == D("0.25") + FEE[venue]
        assert purse(sandbox, OTHER[venue]) - before[OTHER[venue]] == D("0.25")
        assert transfers.transfers() == []
        assert desk.journal is not None
        await desk.journal.flushed()
        told = [row.kind for row in desk.journal.store.history_of(begun.id)]
        assert told[0] == "intended"
        assert told[-1] == "done"


@both
async def test_a_lost_answer_leads_to_exactly_one_withdrawal(venue: str, own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        before = purse(sandbox, venue)
        lost = FaultPlan(kind=FaultKind.ANSWER_LOST, operation=WITHDRAW[venue], nth=1)
        sandbox.faults.add(lost)
        begun = await transfers.start(ask(venue))
        assert begun.movement.state is TransferState.UNKNOWN
        done = await ended(transfers, begun.id)
        assert done.movement.state is DONE
        assert sandbox.faults.operations[WITHDRAW[venue]] == 1
        assert len(sandbox.venue(venue).wallet.withdrawals) == 1
        assert before - purse(sandbox, venue) == D("0.25") + FEE[venue]


@both
async def test_a_lost_request_moves_nothing_and_is_told(venue: str, own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        before = purse(sandbox, venue)
        sandbox.faults.add(FaultPlan(kind=FaultKind.REQUEST_LOST, operation=WITHDRAW[venue], nth=1))
        begun = await transfers.start(ask(venue))
        assert begun.movement.state is TransferState.UNKNOWN
        with pytest.raises(ConfigError, match="just like it"):  # it could not be told from it
            await transfers.start(ask(venue))
        done = await ended(transfers, begun.id)
        assert (done.movement.state, done.movement.reason) == (
            FAILED,
            "it never reached the venue",
        )
        assert purse(sandbox, venue) == before
        assert not sandbox.venue(venue).wallet.withdrawals
        again = await transfers.start(ask(venue))  # now it may
        assert (await ended(transfers, again.id)).movement.state is DONE


@both
async def test_a_restart_in_the_middle_is_followed_to_the_end(venue: str, own: Settings) -> None:
    async with sandboxed() as sandbox:
        before = purse(sandbox, OTHER[venue])
        sandbox.venue(venue).wallet.held = True
        async with moving(sandbox, own) as (_, transfers):
            begun = await transfers.start(ask(venue))
            await until(lambda: transfers.show(begun.id).movement.state is TransferState.AWAITING)
        sandbox.venue(venue).wallet.release()
        async with moving(sandbox, own) as (_, transfers):
            done = await ended(transfers, begun.id)
            assert done.movement.state is DONE
        assert len(sandbox.venue(venue).wallet.withdrawals) == 1
        assert purse(sandbox, OTHER[venue]) - before == D("0.25")
        async with moving(sandbox, own) as (_, transfers):  # what is over is remembered
            assert transfers.transfers() == []
            assert transfers.show(begun.id).movement.state is DONE


@both
async def test_a_restart_right_after_a_lost_answer(venue: str, own: Settings) -> None:
    async with sandboxed() as sandbox:
        sandbox.faults.add(FaultPlan(kind=FaultKind.ANSWER_LOST, operation=WITHDRAW[venue], nth=1))
        async with moving(sandbox, own) as (desk, transfers):
            assert desk.mover is not None
            desk.mover.look = None  # type: ignore[method-assign,assignment]  # it never looks
            begun = await transfers.start(ask(venue))
            assert begun.movement.state is TransferState.UNKNOWN
        async with moving(sandbox, own) as (_, transfers):
            assert (await ended(transfers, begun.id)).movement.state is DONE
        assert len(sandbox.venue(venue).wallet.withdrawals) == 1


@both
async def test_a_death_between_intention_and_sending_sends_nothing(
    venue: str, own: Settings
) -> None:
    async with sandboxed() as sandbox:
        before = purse(sandbox, venue)
        async with moving(sandbox, own) as (desk, transfers):
            assert desk.journal is not None
            commit = desk.journal.commit

            async def dies(*entries: Any) -> None:
                await commit(*entries)
                raise KeyboardInterrupt

            desk.journal.commit = dies  # type: ignore[method-assign]
            with pytest.raises(KeyboardInterrupt):
                await transfers.start(ask(venue))
        async with moving(sandbox, own) as (_, transfers):
            (left,) = transfers.transfers()
            assert left.movement.state is TransferState.UNKNOWN
            done = await ended(transfers, left.id)
            assert done.movement.reason == "it never reached the venue"
        assert sandbox.faults.operations.get(WITHDRAW[venue], 0) == 0
        assert purse(sandbox, venue) == before


async def test_what_cannot_be_written_down_is_not_sent(own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (desk, transfers):
        assert desk.journal is not None

        async def full(*entries: Any) -> None:
            assert isinstance(entries[0], TransferIntended)
            raise JournalFailed("the disk is full; nothing was sent")

        desk.journal.commit = full  # type: ignore[method-assign]
        with pytest.raises(JournalFailed):
            await transfers.start(ask("okx"))
        assert transfers.transfers(everything=True) == []
        assert not sandbox.venue("okx").wallet.withdrawals


@both
async def test_one_that_fails_at_the_venue_is_told_as_failed(venue: str, own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        before = purse(sandbox, venue)
        sandbox.venue(venue).wallet.failing = True
        begun = await transfers.start(ask(venue))
        assert (await ended(transfers, begun.id)).movement.state is FAILED
        assert purse(sandbox, venue) == before


@both
async def test_cancelling_what_is_held(venue: str, own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        before = purse(sandbox, venue)
        sandbox.venue(venue).wallet.held = True
        begun = await transfers.start(ask(venue))
        gone = await transfers.cancel(CancelTransferAsk(transfer=begun.id))
        assert gone.movement.state is TransferState.CANCELLED
        assert purse(sandbox, venue) == before
        with pytest.raises(ConfigError, match="no transfer"):
            await transfers.cancel(CancelTransferAsk(transfer=begun.id))


async def test_someone_else_s_withdrawals_are_never_taken_for_ours(own: Settings) -> None:
    """At Kraken, which keeps no ids: one of before, of the same amount to the same address."""
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        wallet, account = sandbox.venue("kraken").wallet, sandbox.account("kraken")
        rule = wallet.network("BTC", "bitcoin")
        assert rule is not None
        planned = await transfers.plan(ask("kraken"))
        assert planned.route is not None
        theirs = wallet.withdraw(account, rule, D("0.25"), planned.route.address)
        sandbox.faults.add(
            FaultPlan(kind=FaultKind.REQUEST_LOST, operation=WITHDRAW["kraken"], nth=1)
        )
        begun = await transfers.start(ask("kraken"))
        done = await ended(transfers, begun.id)
        assert done.movement.state is FAILED
        assert theirs.stage in {Stage.BROADCAST, Stage.DONE}
        assert len(wallet.withdrawals) == 1


@both
@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.REQUEST_LOST,
        FaultKind.ANSWER_LOST,
        FaultKind.HTTP_ERROR,
        FaultKind.HTTP_ERROR_AFTER,
        FaultKind.TRUNCATE,
    ],
)
async def test_whichever_request_fails_a_transfer_is_sent_once_or_never(
    venue: str, kind: FaultKind, own: Settings
) -> None:
    """Fail the nth request to either venue's funding API, for every n of a whole life."""
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        wallet = sandbox.venue(venue).wallet
        for number in range(1, 9):
            amount = D("0.05") + D(number) / 1000
            sandbox.faults.clear()
            sandbox.faults.add(FaultPlan(kind=kind, operation="* /api/v5/asset/*", nth=number))
            sandbox.faults.add(FaultPlan(kind=kind, operation="* /0/private/[DW]*", nth=number))
            with contextlib.suppress(ArgosyError):
                await transfers.start(ask(venue, amount=str(amount)))
            await until(lambda: not transfers.transfers(), 20)
            ours = [
                one.movement
                for one in transfers.transfers(everything=True)
                if one.movement.request.amount == amount
            ]
            sent = [one for one in wallet.withdrawals if one.amount == amount]
            assert len(sent) == sum(one.state is DONE for one in ours) <= 1
            assert {one.state for one in ours} <= {DONE, FAILED}
        assert sandbox.faults.counts[kind] >= 8


# --- plans ----------------------------------------------------------------------------------------


async def test_the_cheapest_common_network_is_planned(own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        words = ask("okx", currency="usdt", amount="100")
        planned = await transfers.plan(words)
        assert planned.problem == ""
        assert planned.route is not None
        assert (planned.route.chain, planned.route.fee) == ("tron", D("1.5"))
        assert (planned.total, planned.free) == (D("101.5"), D(10_000))
        (ethereum,) = planned.others
        assert (ethereum.chain, ethereum.fee) == ("ethereum", D(2))
        assert ethereum.arrival_s == 12 * 30.5  # Kraken waits for 30 blocks
        kraken = sandbox.venue("kraken")
        rule = kraken.wallet.network("USDT", "tron")
        assert rule is not None
        assert planned.route.address == kraken.wallet.address(kraken.account(), rule)
        other = await transfers.plan(msgspec.structs.replace(words, chain="ethereum"))
        assert other.route is not None
        assert (other.route.chain, other.total) == ("ethereum", D(102))
        none = await transfers.plan(msgspec.structs.replace(words, chain="solana"))
        assert none.route is None
        assert "no network 'solana'" in none.problem
        sandbox.venue("kraken").wallet.suspended.add(("USDT", "tron"))
        closed = await transfers.plan(words)
        assert closed.route is not None
        assert closed.route.chain == "ethereum"
        assert [one.problem for one in closed.others] == ["kraken takes no deposits on it"]
        assert not sandbox.venue("okx").wallet.withdrawals


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"amount": "0.0001"}, "okx withdraws 0.001 at least"),
        ({"amount": "501"}, "okx withdraws 500 at most"),
        ({"amount": "0.123456789"}, "takes 8 decimals"),
        ({"amount": "1"}, "1.0002 would leave it"),
        ({"currency": "USDC", "amount": "10"}, "kraken takes no deposits on it"),
    ],
)
async def test_what_stands_against_a_plan_is_told_and_nothing_is_sent(
    own: Settings, words: dict[str, str], said: str
) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        planned = await transfers.plan(ask("okx", **words))
        assert said in planned.problem
        with pytest.raises(TransferRejected):
            await transfers.start(ask("okx", **words))
        assert not sandbox.venue("okx").wallet.withdrawals
        assert transfers.transfers(everything=True) == []


async def test_a_plan_just_made_is_followed_without_asking_again(own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        words, asked = ask("kraken"), "POST /0/private/WithdrawInfo"
        planned = await transfers.plan(words)
        before = sandbox.faults.operations[asked]
        begun = await transfers.start(words)
        assert sandbox.faults.operations[asked] == before
        assert planned.route is not None
        assert begun.movement.request.address == planned.route.address
        await ended(transfers, begun.id)
        other = await transfers.start(words)  # it is followed once
        assert sandbox.faults.operations[asked] == before + 1
        assert other.id != begun.id
        await transfers.plan(words)
        await transfers.start(msgspec.structs.replace(words, amount="0.3"))  # of other words, never
        sent = [one.amount for one in sandbox.venue("kraken").wallet.withdrawals]
        assert sent == [D("0.25"), D("0.25"), D("0.3")]


async def test_within_a_venue(own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        before = (purse(sandbox, "okx"), sandbox.account("okx").holding("BTC").total)
        words = ask("okx", source="okx:trading", target="okx:funding", amount="2")
        planned = await transfers.plan(words)
        assert (planned.kind, planned.total, planned.problem) == ("internal", D(2), "")
        begun = await transfers.start(words)
        done = await ended(transfers, begun.id)
        assert done.movement.state is DONE
        after = (purse(sandbox, "okx"), sandbox.account("okx").holding("BTC").total)
        assert (after[0] - before[0], before[1] - after[1]) == (D(2), D(2))
        too_much = await transfers.plan(msgspec.structs.replace(words, amount="99"))
        assert "free in its account 'trading'" in too_much.problem


async def test_to_an_address_of_the_settings(own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        begun = await transfers.start(ask("okx", target="address:cold"))
        done = await ended(transfers, begun.id)
        assert done.movement.state is DONE
        assert done.movement.target is None
        (sent,) = sandbox.world.chain.transactions
        assert (sent.address, sent.amount) == (address_of("bitcoin", "cold"), D("0.25"))


async def test_an_address_that_the_venue_does_not_know_is_no_way(own: Settings) -> None:
    place = AddressSettings(currency="BTC", chain="bitcoin", address="bc1qstranger")
    own = msgspec.structs.replace(
        own, transfers=TransferSettings(enabled=True, addresses={"new": place})
    )
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        planned = await transfers.plan(ask("kraken", target="address:new"))
        assert "none of the withdrawal addresses" in planned.problem
        with pytest.raises(TransferRejected):
            await transfers.start(ask("kraken", target="address:new"))
        # OKX says so only when asked to withdraw: it refuses, and the transfer is over.
        with pytest.raises(TransferRejected):
            await transfers.start(ask("okx", target="address:new"))
        (refused,) = transfers.transfers(everything=True)
        assert refused.movement.state is FAILED
        assert not sandbox.world.chain.transactions


# --- what is allowed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"transfers": TransferSettings()}, "transfers.enabled = true"),
        (
            {"sandbox": SandboxConfig(key="trade"), "venues": {}},
            "venues.okx.allow_withdrawal_key = true",
        ),
        ({"sandbox": SandboxConfig(key="trade")}, "the API key for okx cannot withdraw"),
    ],
)
async def test_nothing_is_moved_unless_everything_allows_it(
    own: Settings, changes: dict[str, Any], said: str
) -> None:
    own = msgspec.structs.replace(own, **changes)
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        assert (await transfers.plan(ask("okx"))).problem == ""  # a plan moves nothing
        with pytest.raises(ConfigError, match=said):
            await transfers.start(ask("okx"))
        assert not sandbox.venue("okx").wallet.withdrawals
        if changes.get("transfers") is None:  # moving within a venue takes no such key
            begun = await transfers.start(ask("okx", source="okx:trading", target="okx:funding"))
            assert (await ended(transfers, begun.id)).movement.state is DONE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"amount": "-1"}, "must be above 0"),
        ({"amount": "many"}, "plain decimal number"),
        ({"source": "mars"}, "no venue 'mars'"),
        ({"target": "bc1qfreetext"}, "no venue 'bc1qfreetext'"),
        ({"target": "address:bc1qfreetext"}, "no address 'bc1qfreetext'"),
        ({"target": "address:cold", "currency": "ETH"}, "no address 'cold' for ETH"),
        ({"target": "kraken:trading"}, "not ours to say"),
        ({"source": "okx:trading"}, "withdrawals leave okx:funding"),
        ({"target": "okx"}, "okx:funding and okx:trading"),
        ({"source": "okx:funding", "target": "okx:funding"}, "move between its accounts"),
    ],
)
async def test_words_that_cannot_be_used(own: Settings, words: dict[str, str], said: str) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (_, transfers):
        for refuse in (transfers.plan, transfers.start):
            with pytest.raises(ConfigError, match=said):
                await refuse(ask("okx", **words))


async def test_an_id_is_used_once(own: Settings) -> None:
    async with sandboxed() as sandbox, moving(sandbox, own) as (desk, transfers):
        begun = await transfers.start(ask("okx"))
        assert desk.mover is not None
        with pytest.raises(ConfigError, match="used before"):
            await desk.mover.send(begun.movement.request, to_venue="kraken")
        assert len(sandbox.venue("okx").wallet.withdrawals) == 1
        assert encode(begun.movement)
