"""The contract of an Account: balances, positions, fees, and what a key may do."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import AuthFailed
from argosy.model import Balance, Credentials, MarginMode, Nanos, OrderType, Permission
from argosy.ports import Account, Call, HttpResponse
from argosy.testing import samples
from argosy.testing.contract import READ_ERRORS, Contract
from argosy.testing.damage import bad_bytes, damaged
from argosy.testing.rig import Rig, rig
from argosy.testing.trading_wire import placed

AT = Nanos(1_700_000_000_000_000_000)
_DAMAGED = 60
_CLOSE = Decimal("0.0001")  # venues write balances with four decimals at least
_KEYS = {
    "trade": {Permission.READ, Permission.TRADE},
    "read": {Permission.READ},
    "withdraw": {Permission.READ, Permission.TRADE, Permission.WITHDRAW},
}


def agree(on: Rig, balances: Sequence[Balance]) -> bool:
    """Whether balances are the venue's own, as far as it writes them."""
    mine = {one.currency: one for one in balances if one.total}
    true = on.twin.balances()
    return set(mine) == set(true) and all(
        abs(mine[currency].total - total) <= _CLOSE
        and abs(mine[currency].held - held) <= _CLOSE
        and mine[currency].total == mine[currency].free + mine[currency].held
        for currency, (total, held) in true.items()
    )


class AccountContract(Contract):
    """Subclass it with `facts`."""

    capability = "account"

    def _account(self) -> Account:
        account = self.adapter.account
        assert account is not None
        return account

    def _calls(self) -> list[Call[Any]]:
        account = self._account()
        return [
            *account.balances(),
            *account.positions(),
            account.margin(),
            account.fees(self.facts.instrument),
            account.key_info(self.facts.credentials),
        ]

    def key_cases(self) -> Sequence[str]:
        """The kinds of keys a twin has."""
        return list(_KEYS)

    def test_declared(self) -> None:
        """AC-01 Declared in venue.toml, and whole."""
        self.check_declared()

    def test_requests(self) -> None:
        """AC-02 Requests are signed, safe to repeat, show no secret, and count in known buckets."""
        own = self.facts.credentials
        for call in self._calls():
            self.check_request(call.request, signed=True)
            assert call.request.idempotent
            assert call.request.cost
            sent = call.request.path + repr(call.request.query) + repr(call.request.body)
            assert own.secret not in sent
            assert not own.passphrase or own.passphrase not in sent

    def test_bad_bytes(self) -> None:
        """AC-03 Whatever the bytes and status, nothing comes out but documented errors."""
        for call in self._calls():
            for data in bad_bytes([b'{"error":[],"result":{"ZUSD":{"balance":"1"}}}'], _DAMAGED):
                for status in (200, 401, 503):
                    try:
                        call.read(HttpResponse(status=status, body=data, received_ns=AT))
                    except READ_ERRORS:
                        continue

    # --- over real sockets ------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_balances(self) -> None:
        """AC-20 Balances are the venue's own, what orders hold included."""
        async with rig(self.facts) as on:
            assert agree(on, await on.collect(on.account.balances()))
            await placed(on)
            await on.call(on.trading.place(samples.order(self.facts, OrderType.MARKET, 2)))
            found = await on.collect(on.account.balances())
            assert agree(on, found)
            assert any(one.held for one in found)
            assert {one.venue for one in found} == {self.facts.venue}

    @pytest.mark.asyncio
    async def test_positions(self) -> None:
        """AC-21 Positions are the venue's own: none, then the one that was opened, signed."""
        async with rig(self.facts) as on:
            assert await on.collect(on.account.positions()) == []
            await on.call(on.trading.place(opening(on)))
            found = await on.collect(on.account.positions())
            assert {(one.instrument, one.side): one.size for one in found} == dict(
                on.twin.positions()
            )
            assert len(found) == 1
            assert found[0].size > 0
            assert found[0].entry_price is not None

    @pytest.mark.asyncio
    async def test_margin(self) -> None:
        """AC-26 What positions need: nothing without any, then what the opened one needs."""
        async with rig(self.facts) as on:
            before = await on.call(on.account.margin())
            assert before.initial_margin == before.maintenance_margin == 0
            assert before.level is None
            assert before.equity > 0
            await on.call(on.trading.place(opening(on)))
            after = await on.call(on.account.margin())
            assert 0 < after.maintenance_margin < after.initial_margin < after.equity
            assert after.level is not None
            assert after.level > 1
            assert abs(after.free - (after.equity - after.initial_margin)) <= _CLOSE
            (position,) = await on.collect(on.account.positions())
            if position.initial_margin is not None:  # told in the currency that it settles in
                assert abs(after.initial_margin / position.initial_margin - 1) < Decimal("0.02")

    @pytest.mark.asyncio
    async def test_fees(self) -> None:
        """AC-22 The rates that this account pays: fractions, above 0 where they are paid."""
        async with rig(self.facts) as on:
            rates = await on.call(on.account.fees(self.facts.instrument))
            assert (rates.maker, rates.taker) == on.twin.fees(self.facts.instrument)

    @pytest.mark.asyncio
    async def test_what_keys_may_do(self, key: str) -> None:
        """AC-23 A key's permissions are told; one that can withdraw never passes for harmless."""
        async with rig(self.facts) as on:
            credentials = on.twin.credentials(key)
            async with on.client(credentials) as http:
                info = await http.call(on.account.key_info(credentials))
            assert info.permissions - {Permission.TRANSFER} == _KEYS[key]
            assert info.raw_permissions

    @pytest.mark.asyncio
    async def test_a_key_that_is_none(self) -> None:
        """AC-24 An unknown key is AuthFailed."""
        async with rig(self.facts) as on:
            right = on.twin.credentials("trade")
            wrong = Credentials(
                key=right.key[::-1], secret=right.secret, passphrase=right.passphrase
            )
            async with on.client(wrong) as http:
                with pytest.raises(AuthFailed):
                    await http.collect(on.account.balances())

    @pytest.mark.asyncio
    async def test_damaged_answers(self) -> None:
        """AC-25 Real answers with damage: only documented errors come out."""
        async with rig(self.facts) as on:
            await on.call(on.trading.place(opening(on)))
            await on.collect(on.account.balances())
            await on.collect(on.account.positions())
            await on.call(on.account.margin())
            await on.call(on.account.fees(self.facts.instrument))
            await on.call(on.account.key_info(on.twin.credentials("trade")))
            rng = random.Random(7)
            for call, answer in on.answers:
                for _ in range(_DAMAGED):
                    body = damaged(answer.body, rng)
                    try:
                        call.read(HttpResponse(status=200, body=body, received_ns=AT))
                    except READ_ERRORS:
                        continue


def opening(on: Rig) -> Any:
    """A market order that opens a long position: a derivative, else spot on margin."""
    place = on.facts.derivative or on.facts.instrument
    size = on.facts.derivative_size if on.facts.derivative else on.facts.size
    return samples.order(
        on.facts,
        OrderType.MARKET,
        9,
        instrument=place,
        size=size,
        margin_mode=MarginMode.CROSS,
    )
