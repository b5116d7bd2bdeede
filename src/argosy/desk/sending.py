"""Hands out swaps of one address: permissions first, tried out before they are sent. Those that
spend the same token take turns until they are sent, so that none counts on another's permission.

Several may wait to be mined at once. Permit2 numbers its permissions, and what waits is not at the
newest block yet: the next number is the one there and what we have on its way, and the trial is
made as if those were in. Should one of them fail, so do those after it: nothing is lost but gas.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from argosy.desk.chain import ChainAccount
from argosy.desk.signing import routers
from argosy.dialects.evm.functions import unhex
from argosy.dialects.pools.exchange import PERMIT2, Exchange
from argosy.dialects.pools.outgoing import router_call
from argosy.dialects.pools.reverts import reason
from argosy.dialects.pools.router import SignedPermit
from argosy.dialects.pools.swaps import (
    Allowed,
    PermitWanted,
    approval,
    permit_number,
    token_permissions,
)
from argosy.errors import (
    InsufficientFunds,
    InvalidOrder,
    OutcomeUnknown,
    Reverted,
    TransactionRefused,
    Unsupported,
    VenueError,
    WireError,
)
from argosy.model import ContractCall, Nanos
from argosy.net.tx_journal import Transaction, TxRequest, TxState

_APPROVING_S = 600.0
_GAS_SPARE = 115  # hundredths of what the trial took
_LOOKS = 20  # until what waits and what is in do not change in between
_UINT160 = (1 << 160) - 1

Built = Callable[[SignedPermit | None], ContractCall]


class SwapToSend(msgspec.Struct, frozen=True, kw_only=True):
    """A swap through a router. `token` is what goes in, at most `amount` of it; empty for the
    chain's own currency. `built` makes the call, with a permission where one is given.
    """

    id: str  # never carried out twice
    router: str
    token: str
    amount: int
    deadline_s: int
    built: Built


class Handed(msgspec.Struct, frozen=True):
    """A swap that was sent, and what the approvals before it cost, in wei."""

    transaction: Transaction
    approvals_cost: int = 0


class SwapSending:
    """Swaps through one router of an exchange."""

    def __init__(self, account: ChainAccount, exchange: Exchange, venue: str) -> None:
        self._account = account
        self._exchange = exchange
        self._venue = venue
        self._kinds = routers([exchange])
        self._wrapper = exchange.chain.wrapper.address

    async def send(self, swap: SwapToSend) -> Handed:
        """Send a swap once.

        Raises:
            InvalidOrder: it would fail, or an approval did; says why.
            And what TxSender.send raises.
        """
        token, router = swap.token, swap.router
        if not token:
            return Handed(await self._hand_out(swap, None))
        async with self._account.turn(token, router):
            if router != self._exchange.universal_router.lower():
                cost = await self._approve(swap)
                return Handed(await self._hand_out(swap, None), cost)
            allowed, waiting = await self._standing(token, router, universal=True)
            cost = 0
            if allowed.token < swap.amount:
                calls = approval(token, self._account.address, allowed.token)
                cost = await self._approved(swap.id, calls)
                allowed, waiting = await self._standing(token, router, universal=True)
            ahead = sum(1 for call in waiting if self._permits(call, token))
            return Handed(await self._permitted(swap, allowed.nonce, ahead), cost)

    async def _permitted(self, swap: SwapToSend, first: int, ahead: int) -> Transaction:
        """With a permission of Permit2, `ahead` others of which are on their way."""
        number = first + ahead
        permit = await self._permit(swap, number)
        if not ahead:
            return await self._hand_out(swap, permit)
        slots = permit_number(self._account.address, swap.token, swap.router, number)
        try:
            return await self._hand_out(swap, permit, slots)
        except (InvalidOrder, InsufficientFunds, TransactionRefused):
            raise
        except (VenueError, Unsupported):  # a node that tries nothing on another state
            number = await self._alone(swap.token, swap.router)
            return await self._hand_out(swap, await self._permit(swap, number))

    async def _alone(self, token: str, router: str) -> int:
        """Wait until no permission of ours waits; returns the next one's number."""
        until_ns = self._account.rpc.clock.monotonic_ns() + round(_APPROVING_S * 1e9)
        while self._account.rpc.clock.monotonic_ns() < until_ns:
            allowed, waiting = await self._standing(token, router, universal=True)
            if not any(self._permits(call, token) for call in waiting):
                return allowed.nonce
            await self._account.rpc.clock.sleep(0.1)
        raise InvalidOrder(
            f"other swaps of that token wait since {_APPROVING_S:g} s; this one was not sent",
            venue=self._venue,
        )

    # --- what stands, and what waits --------------------------------------------------------------

    async def _standing(
        self, token: str, router: str, *, universal: bool
    ) -> tuple[Allowed, list[ContractCall]]:
        """What contracts may take, and our own calls to the router that are not in yet: of one
        moment, as far as the permissions' number tells.
        """
        asked = token_permissions(token, self._account.address, router, universal=universal)
        before = await self._account.contracts.ask(asked)
        for _ in range(_LOOKS):
            await self._account.settle()
            waiting = self._waiting(router)
            after = await self._account.contracts.ask(asked)
            if (after.nonce, after.token) == (before.nonce, before.token):
                break
            before = after
        return after, waiting

    def _waiting(self, router: str) -> list[ContractCall]:
        sender = self._account.must_be_ready()
        return [
            ContractCall(to=router, data=each.request.data, value=each.request.value)
            for each in sender.open_transactions
            if each.state is TxState.PENDING
            and each.last.kind != "cancel"
            and (each.request.to or "").lower() == router
        ]

    def _read(self, call: ContractCall) -> Any:
        try:
            return router_call(
                self._kinds[call.to],
                unhex(call.data),
                owner=self._account.address,
                wrapper=self._wrapper,
                value=call.value,
            )
        except (WireError, KeyError):
            return None  # liquidity of pairs goes through routers too

    def _permits(self, call: ContractCall, token: str) -> bool:
        found = self._read(call)
        return found is not None and any(each.token == token for each in found.allowances)

    def _spends(self, calls: Sequence[ContractCall], token: str) -> int:
        """What calls to a family's own router will yet take of a token."""
        read = [self._read(call) for call in calls]
        return sum(
            amount
            for found in read
            if found is not None
            for spent, amount in found.spends
            if spent == token
        )

    # --- permissions ------------------------------------------------------------------------------

    async def _approve(self, swap: SwapToSend) -> int:
        """Let a family's own router take it, unless it may take so much beside what others of ours
        will yet have it take. Returns what that cost.
        """
        token, router, amount = swap.token, swap.router, swap.amount
        allowed, waiting = await self._standing(token, router, universal=False)
        if allowed.token >= amount + self._spends(waiting, token):
            return 0
        owner = self._account.address  # those that wait are mined before this approval is
        return await self._approved(swap.id, approval(token, owner, allowed.token, router, amount))

    async def _approved(self, id_: str, calls: Sequence[ContractCall]) -> int:
        """Have approvals mined, one after another; returns what they cost, in wei."""
        sender, cost = self._account.must_be_ready(), 0
        for number, call in enumerate(calls, 1):
            gas = await self._tried(call, None)
            request = TxRequest(id=f"{id_}.approve{number}", to=call.to, data=call.data, gas=gas)
            sent = await sender.send(request)
            try:
                sent = await self._account.contracts.final(sent, _APPROVING_S)
            except OutcomeUnknown as e:
                raise InvalidOrder(
                    f"the approval {sent.last.hash} was not final after {_APPROVING_S:g} s; the"
                    " swap was not sent",
                    venue=self._venue,
                ) from e
            if sent.state is not TxState.DONE:
                raise InvalidOrder(
                    f"the approval {sent.last.hash} is {sent.state.value}; the swap was not sent",
                    venue=self._venue,
                )
            cost += (await self._account.contracts.receipt(sent)).gas_cost
        return cost

    async def _permit(self, swap: SwapToSend, number: int) -> SignedPermit:
        """Exactly this swap's amount, until its deadline."""
        signer = self._account.signer
        assert signer is not None
        wanted = PermitWanted(
            chain_id=self._exchange.chain.id,
            token=swap.token,
            amount=min(swap.amount, _UINT160),
            expires_s=swap.deadline_s,
            nonce=number,
            spender=swap.router,
            deadline_s=swap.deadline_s,
        )
        return wanted.signed(await asyncio.to_thread(signer.sign_typed, wanted.typed()))

    # --- sending ----------------------------------------------------------------------------------

    async def _hand_out(
        self,
        swap: SwapToSend,
        permit: SignedPermit | None,
        override: dict[str, str] | None = None,
    ) -> Transaction:
        call = swap.built(permit)
        gas = await self._tried(call, override)
        return await self._account.must_be_ready().send(
            TxRequest(
                id=swap.id,
                to=call.to,
                value=call.value,
                data=call.data,
                gas=gas,
                expires_ns=Nanos(swap.deadline_s * 10**9),
            )
        )

    async def _tried(self, call: ContractCall, override: dict[str, str] | None) -> int:
        """What a call takes of gas, by trying it out; refused where it would fail. `override`:
        slots of Permit2 as they will be.
        """
        slots = None if override is None else {PERMIT2: {"stateDiff": override}}
        try:
            _, used = await self._account.contracts.simulate(call, self._account.address, slots)
        except Reverted as e:
            raise InvalidOrder(reason(e.data), venue=self._venue, code="reverted") from e
        except InsufficientFunds as e:
            raise InsufficientFunds(str(e), venue=self._venue) from e
        return used * _GAS_SPARE // 100
