"""The contract of Transfers: networks, addresses, withdrawals followed to their end, deposits, and
transfers between accounts. Nothing is ever sent twice.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from argosy.errors import (
    AddressRefused,
    ArgosyError,
    AuthFailed,
    DuplicateOrder,
    InsufficientFunds,
    OutcomeUnknown,
    TransferRejected,
    Unsupported,
)
from argosy.model import (
    Nanos,
    Network,
    Transfer,
    TransferKind,
    TransferRequest,
    TransferState,
    VenueId,
)
from argosy.ports import Call, HttpResponse, Transfers
from argosy.testing.contract import READ_ERRORS, Contract
from argosy.testing.damage import bad_bytes, damaged
from argosy.testing.rig import Rig, rig
from argosy.testing.twin import Trouble

AT = Nanos(1_700_000_000_000_000_000)
_DAMAGED = 40
_LONG_S = 3_600.0  # after which a twin's withdrawal has been reviewed, sent and confirmed
_SHAPES = (
    b'{"error":[],"result":[{"method":"Bitcoin","asset":"XXBT","refid":"A","amount":"1"}]}',
    b'{"code":"0","msg":"","data":[{"ccy":"BTC","chain":"BTC-Bitcoin","amt":"1","state":"2"}]}',
)


class TransfersContract(Contract):
    """Subclass it with `facts`."""

    capability = "transfers"

    def _transfers(self) -> Transfers:
        transfers = self.adapter.transfers
        assert transfers is not None
        return transfers

    def _request(self, number: int = 1, **changes: Any) -> TransferRequest:
        currency, _, amount = self.facts.moving
        request = TransferRequest(
            venue=VenueId(self.facts.venue),
            client_id=f"contract{number}",
            kind=TransferKind.WITHDRAWAL,
            currency=currency,
            amount=amount,
            fee=Decimal("0.001"),
            network="network",
            address="bc1qexample",
        )
        return msgspec.structs.replace(request, **changes)

    def _internal(self) -> TransferRequest:
        accounts = self._transfers().accounts()
        if len(accounts) < 2:
            pytest.skip(f"{self.facts.venue} has one account")
        return self._request(
            7,
            kind=TransferKind.INTERNAL,
            fee=Decimal(0),
            network="",
            address="",
            from_account=accounts[0],
            to_account=accounts[1],
        )

    def _reads(self) -> list[Call[Any]]:
        transfers, request = self._transfers(), self._request()
        about = Network(
            venue=request.venue, currency=request.currency, chain="bitcoin", name="network"
        )
        return [
            *transfers.balances(),
            transfers.networks(request.currency),
            transfers.networks(request.currency, "in"),
            transfers.networks(request.currency, "out"),
            transfers.deposit_address(about),
            transfers.quote(request),
            transfers.lookup(request, AT),
            transfers.withdrawals(AT),
            transfers.deposits(AT),
        ]

    def _changes(self) -> list[Call[Any]]:
        transfers, request = self._transfers(), self._request()
        withdrawal = Transfer(
            venue=request.venue,
            kind=request.kind,
            venue_id="1",
            currency=request.currency,
            amount=request.amount,
            state=TransferState.PENDING,
            received_ns=AT,
        )
        return [transfers.withdraw(request), transfers.cancel_withdrawal(withdrawal)]

    def test_declared(self) -> None:
        """TF-01 Declared in venue.toml, and whole."""
        self.check_declared()

    def test_requests(self) -> None:
        """TF-02 Requests are signed, show no secret and count in known buckets."""
        own = self.facts.credentials
        for call in (*self._reads(), *self._changes()):
            self.check_request(call.request, signed=True)
            assert call.request.cost
            sent = call.request.path + repr(call.request.query) + repr(call.request.body)
            assert own.secret not in sent
            assert not own.passphrase or own.passphrase not in sent

    def test_only_questions_may_be_repeated(self) -> None:
        """TF-03 What moves funds is never sent again by itself; what asks may be."""
        assert all(call.request.idempotent for call in self._reads())
        # A venue may have to be asked first: the step that withdraws is checked over a socket.
        assert any(not call.request.idempotent for call in self._changes())

    def test_bad_bytes(self) -> None:
        """TF-04 Whatever the bytes and status, nothing comes out but documented errors."""
        calls = [*self._reads(), *self._changes()]
        for call in calls:
            for data in bad_bytes(list(_SHAPES), _DAMAGED):
                for status in (200, 401, 503):
                    response = HttpResponse(status=status, body=data, received_ns=AT)
                    for read in (call.read, call.then):
                        if read is None:
                            continue
                        try:
                            read(response)
                        except READ_ERRORS:
                            continue

    def test_kinds_are_not_mixed_up(self) -> None:
        """TF-05 A transfer between accounts is no withdrawal: Unsupported, before anything."""
        with pytest.raises(Unsupported):
            self._transfers().withdraw(self._request(kind=TransferKind.INTERNAL))
        with pytest.raises(Unsupported):
            self._transfers().transfer(
                self._request(kind=TransferKind.INTERNAL, from_account="moon", to_account="mars")
            )

    # --- over real sockets ------------------------------------------------------------------------

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Rig]:
        """A rig whose key may withdraw."""
        async with rig(self.facts) as on, on.client(on.twin.credentials("withdraw")) as http:
            on.http = http
            await on.sync()
            yield on

    async def _route(self, on: Rig) -> Network:
        currency, chain, _ = self.facts.moving
        found = await on.collect([on.transfers.networks(currency)])
        return next(one for one in found if one.chain == chain)

    async def _priced(self, on: Rig) -> TransferRequest:
        """A withdrawal to an approved address, with the fee that the venue takes."""
        currency, chain, _ = self.facts.moving
        route = await self._route(on)
        request = self._request(
            network=route.name,
            address=on.twin.approved_address(currency, chain),
        )
        quote = await on.call(on.transfers.quote(request))
        return msgspec.structs.replace(request, fee=quote.fee)

    def _purse(self, on: Rig) -> Decimal:
        return on.twin.purses()[on.transfers.accounts()[0], self.facts.moving[0]]

    @pytest.mark.asyncio
    async def test_networks(self) -> None:
        """TF-20 Networks with their limits; one of them has the name that all venues share."""
        currency, chain, amount = self.facts.moving
        async with self._open() as on:
            found = await on.collect([on.transfers.networks(currency)])
            assert {one.venue for one in found} == {self.facts.venue}
            assert {one.currency for one in found} == {currency}
            assert len({one.name for one in found}) == len(found)
            (route,) = [one for one in found if one.chain == chain]
            assert route.withdrawals
            assert route.deposits
            assert route.min_withdrawal is not None
            assert 0 < route.min_withdrawal <= amount
            out = await on.collect([on.transfers.networks(currency, "out")])
            assert {one.name for one in out if one.withdrawals} == {
                one.name for one in found if one.withdrawals
            }

    @pytest.mark.asyncio
    async def test_ways_in_for_a_key_that_may_not_withdraw(self) -> None:
        """TF-34 Ways in, addresses, deposits and balances are told to a key that only trades."""
        currency, chain, amount = self.facts.moving
        async with rig(self.facts) as on:
            found = await on.collect([on.transfers.networks(currency, "in")])
            (route,) = [one for one in found if one.chain == chain]
            assert route.deposits
            assert (await on.call(on.transfers.deposit_address(route))).address
            on.twin.arrive(currency, chain, amount)
            assert len(await on.collect([on.transfers.deposits(Nanos(0))])) == 1
            balances = await on.collect(on.transfers.balances())
            mine = {one.currency: one.free for one in balances}
            account = on.transfers.accounts()[0]
            for (where, what), free in on.twin.purses().items():
                if where == account and free:
                    assert mine[what] == free

    @pytest.mark.asyncio
    async def test_deposit_addresses(self) -> None:
        """TF-21 An address of ours on a network, the same when asked again."""
        async with self._open() as on:
            route = await self._route(on)
            first = await on.call(on.transfers.deposit_address(route))
            assert first.address
            assert (first.venue, first.currency, first.chain) == (
                self.facts.venue,
                route.currency,
                route.chain,
            )
            again = await on.call(on.transfers.deposit_address(route))
            assert again == first

    @pytest.mark.asyncio
    async def test_a_withdrawal_to_its_end(self) -> None:
        """TF-22 Amount and fee are taken, the states lead to done, a transaction is told."""
        async with self._open() as on:
            request = await self._priced(on)
            before = self._purse(on)
            began_ns = on.twin.now_ns()
            made = await on.call(on.transfers.withdraw(request))
            assert not on.answers[-1][0].request.idempotent
            assert made.venue_id
            assert not made.state.final
            assert before - self._purse(on) == request.amount + request.fee
            on.twin.pass_time(_LONG_S)
            await on.sync()
            for call in (
                on.transfers.lookup(request, began_ns),
                on.transfers.withdrawals(Nanos(began_ns - 10**10)),
            ):
                (found,) = await on.collect([call])
                assert found.venue_id == made.venue_id
                assert found.state is TransferState.DONE
                assert (found.amount, found.fee) == (request.amount, request.fee)
                assert (found.currency, found.address) == (request.currency, request.address)
                assert found.tx_id
            assert before - self._purse(on) == request.amount + request.fee

    @pytest.mark.asyncio
    async def test_what_is_refused(self) -> None:
        """TF-23 Too little, too much, to a stranger: refused by name, and nothing is taken."""
        async with self._open() as on:
            request = await self._priced(on)
            before = self._purse(on)
            cases: list[tuple[dict[str, Any], type[ArgosyError]]] = [
                ({"amount": Decimal("0.00001")}, TransferRejected),
                ({"amount": before}, InsufficientFunds),  # the fee is not there
                ({"address": f"{request.address}x"}, AddressRefused),
            ]
            for number, (changes, kind) in enumerate(cases, 10):
                wrong = msgspec.structs.replace(request, client_id=f"contract{number}", **changes)
                with pytest.raises(kind):
                    await on.call(on.transfers.withdraw(wrong))
                assert self._purse(on) == before
            assert await on.collect([on.transfers.withdrawals(Nanos(0))]) == []

    @pytest.mark.asyncio
    async def test_a_key_that_may_not(self) -> None:
        """TF-24 A key that can only trade withdraws nothing."""
        async with self._open() as on:
            request = await self._priced(on)
            before = self._purse(on)
            async with on.client(on.twin.credentials("trade")) as http:
                await http.sync_clock(on.reference.server_time())
                with pytest.raises(AuthFailed):
                    await http.call(on.transfers.withdraw(request))
            assert self._purse(on) == before

    @pytest.mark.asyncio
    async def test_a_lost_answer(self) -> None:
        """TF-25 A withdrawal whose answer was lost is OutcomeUnknown, and found by looking."""
        async with self._open() as on:
            request = await self._priced(on)
            before, began_ns = self._purse(on), on.twin.now_ns()
            assert await on.collect([on.transfers.lookup(request, began_ns)]) == []
            on.twin.trouble(Trouble.LOSE_WITHDRAWAL_ANSWER)
            with pytest.raises(OutcomeUnknown):
                await on.call(on.transfers.withdraw(request))
            (found,) = await on.collect([on.transfers.lookup(request, began_ns)])
            assert found.amount == request.amount
            assert before - self._purse(on) == request.amount + request.fee

    @pytest.mark.asyncio
    async def test_an_id_used_twice(self) -> None:
        """TF-26 Where the venue keeps our ids, a second withdrawal under one is DuplicateOrder."""
        async with self._open() as on:
            request = await self._priced(on)
            await on.call(on.transfers.withdraw(request))
            before = self._purse(on)
            with pytest.raises(DuplicateOrder):
                await on.call(on.transfers.withdraw(request))
            assert self._purse(on) == before

    @pytest.mark.asyncio
    async def test_cancelling(self) -> None:
        """TF-27 What waits for a review is told as such; cancelled, it gives the funds back."""
        async with self._open() as on:
            request = await self._priced(on)
            before, began_ns = self._purse(on), on.twin.now_ns()
            on.twin.trouble(Trouble.HOLD_WITHDRAWALS)
            made = await on.call(on.transfers.withdraw(request))
            on.twin.pass_time(_LONG_S)
            await on.sync()
            (held,) = await on.collect([on.transfers.lookup(request, began_ns)])
            assert held.state is TransferState.AWAITING
            await on.call(on.transfers.cancel_withdrawal(made))
            (gone,) = await on.collect([on.transfers.lookup(request, began_ns)])
            assert gone.state is TransferState.CANCELLED
            assert self._purse(on) == before

    @pytest.mark.asyncio
    async def test_cancelling_too_late(self) -> None:
        """TF-28 What was sent cannot be cancelled, and the venue says so."""
        async with self._open() as on:
            request = await self._priced(on)
            made = await on.call(on.transfers.withdraw(request))
            on.twin.pass_time(_LONG_S)
            await on.sync()
            with pytest.raises(TransferRejected):
                await on.call(on.transfers.cancel_withdrawal(made))

    @pytest.mark.asyncio
    async def test_a_withdrawal_that_fails(self) -> None:
        """TF-29 One that fails after it was taken is told as failed."""
        async with self._open() as on:
            request = await self._priced(on)
            before, began_ns = self._purse(on), on.twin.now_ns()
            on.twin.trouble(Trouble.FAIL_WITHDRAWAL)
            await on.call(on.transfers.withdraw(request))
            on.twin.pass_time(_LONG_S)
            await on.sync()
            (failed,) = await on.collect([on.transfers.lookup(request, began_ns)])
            assert failed.state is TransferState.FAILED
            assert self._purse(on) == before

    @pytest.mark.asyncio
    async def test_deposits(self) -> None:
        """TF-30 What somebody sent is seen before it is credited, and credited once confirmed."""
        currency, chain, amount = self.facts.moving
        async with self._open() as on:
            before = self._purse(on)
            tx_id = on.twin.arrive(currency, chain, amount)
            (seen,) = await on.collect([on.transfers.deposits(Nanos(0))])
            assert (seen.tx_id, seen.amount, seen.currency) == (tx_id, amount, currency)
            assert seen.state is TransferState.CONFIRMING
            assert self._purse(on) == before
            on.twin.pass_time(_LONG_S)
            await on.sync()
            (done,) = await on.collect([on.transfers.deposits(Nanos(0))])
            assert (done.venue_id, done.state) == (seen.venue_id, TransferState.DONE)
            assert self._purse(on) == before + amount
            later = Nanos(on.twin.now_ns())
            assert await on.collect([on.transfers.deposits(later)]) == []

    @pytest.mark.asyncio
    async def test_between_accounts(self) -> None:
        """TF-31 Funds move from one account to the other, once; looking tells what became of it."""
        request = self._internal()
        async with self._open() as on:
            before = on.twin.purses()
            made = await on.call(on.transfers.transfer(request))
            assert made.venue_id
            after = on.twin.purses()
            for account, sign in ((request.from_account, -1), (request.to_account, 1)):
                key = (account, request.currency)
                assert after.get(key, 0) - before.get(key, Decimal(0)) == sign * request.amount
            too_much = msgspec.structs.replace(
                request, client_id="contract8", amount=Decimal(10**6)
            )
            with pytest.raises(InsufficientFunds):
                await on.call(on.transfers.transfer(too_much))
            assert on.twin.purses() == after

    @pytest.mark.asyncio
    async def test_looking_up_a_move(self) -> None:
        """TF-32 A transfer between accounts is found by looking, and told as done."""
        request = self._internal()
        async with self._open() as on:
            made = await on.call(on.transfers.transfer(request))
            (found,) = await on.collect([on.transfers.lookup(request, Nanos(0))])
            assert (found.venue_id, found.state) == (made.venue_id, TransferState.DONE)
            assert (found.from_account, found.to_account) == (
                request.from_account,
                request.to_account,
            )

    @pytest.mark.asyncio
    async def test_damaged_answers(self) -> None:
        """TF-33 Real answers with damage: only documented errors come out."""
        currency, chain, amount = self.facts.moving
        async with self._open() as on:
            request = await self._priced(on)
            on.twin.arrive(currency, chain, amount)
            route = (await on.collect([on.transfers.networks(currency)]))[0]
            await on.call(on.transfers.deposit_address(route))
            await on.call(on.transfers.quote(request))
            await on.call(on.transfers.withdraw(request))
            await on.collect([on.transfers.lookup(request, Nanos(0))])
            await on.collect([on.transfers.withdrawals(Nanos(0))])
            await on.collect([on.transfers.deposits(Nanos(0))])
            rng = random.Random(7)
            assert len(on.answers) >= 7
            for call, answer in on.answers:
                for _ in range(_DAMAGED):
                    body = damaged(answer.body, rng)
                    try:
                        call.read(HttpResponse(status=200, body=body, received_ns=AT))
                    except READ_ERRORS:
                        continue
