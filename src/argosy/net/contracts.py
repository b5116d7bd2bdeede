"""Asks contracts, and has changes of them made: readings at one block in few requests; deeds with
their approvals first, tried out before they are sent, and followed into the chain.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from argosy.dialects.evm.data_fees import operator_paid, paid_beside_gas
from argosy.dialects.evm.jsonrpc import Ask, quantity, read_log
from argosy.errors import ArgosyError, NotSent, OutcomeUnknown, Reverted, WireError
from argosy.model import ContractCall, Log, Nanos
from argosy.net.rpc import RpcClient
from argosy.net.tx import TxSender
from argosy.net.tx_journal import Transaction, TxRequest, TxState
from argosy.ports import Deed, Reading

T = TypeVar("T")

_CHAIN_MAX = 8  # readings that may follow from one another
_GAS_SPARE = 130  # hundredths of the estimate that a transaction may use: ticks may be crossed
_PATIENCE_S = 600.0


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A deed that is in the chain. `gas_cost` in wei, a rollup's fee for posting it included."""

    transaction: Transaction
    logs: tuple[Log, ...]
    gas_used: int
    gas_cost: int
    success: bool
    approvals_cost: int = 0  # in wei: of the transactions that had to come before


class ContractClient:
    """One chain's contracts, through its nodes; with a sender also for one address of ours.

    `settle`: how it is looked what became of open transactions, where others are to hear of it.
    """

    def __init__(
        self,
        rpc: RpcClient,
        sender: TxSender | None = None,
        settle: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self.rpc = rpc
        self.sender = sender
        self._settle = settle

    # --- asking -----------------------------------------------------------------------------------

    async def ask(self, reading: Reading[T], block: int | str = "latest") -> T:
        """The value of a reading, every question of it answered for one block.

        Raises:
            Reverted: a contract refused, and the reading is not `partial`.
            What RpcClient.call and the reading's `read` raise.
        """
        at = hex(block) if isinstance(block, int) else block
        if at == "latest" and (len(reading.calls) > 1 or reading.then is not None):
            at = await self.rpc.call("eth_blockNumber")
        for _ in range(_CHAIN_MAX):
            value = reading.read(await self._answers(reading, at))
            following = None if reading.then is None else reading.then(value)
            if following is None:
                return value
            reading = following
        raise WireError(f"a reading goes on after {_CHAIN_MAX} steps; it never ends")

    async def _answers(self, reading: Reading[Any], at: str) -> list[str | ArgosyError]:
        asks = [Ask("eth_call", (call_fields(call), at)) for call in reading.calls]
        answers: list[str | ArgosyError] = []
        for told in await self.rpc.batch(asks):
            if isinstance(told, ArgosyError):
                if not reading.partial or not isinstance(told, Reverted):
                    raise told
                answers.append(told)
            elif isinstance(told, str):
                answers.append(told)
            else:
                raise WireError(f"eth_call was answered with {str(told)[:80]!r}")
        return answers

    # --- doing ------------------------------------------------------------------------------------

    async def do(
        self,
        deed: Deed,
        *,
        id_: str,
        gas: int = 0,
        expires_ns: Nanos | None = None,
    ) -> Done:
        """Send a deed once, its approvals before it, and wait until it is final.

        Approvals that are needed are sent and waited for first, as `ID.1`, `ID.2`, ... The deed is
        tried out at the newest block before it is signed; unless given, `gas` is then what that
        took and three tenths more. An id that was used before sends nothing, and returns what
        became of it.

        Raises:
            Reverted: it would fail, or it did, in the chain: `message` says which.
            Blocked, InsufficientFunds, TransactionRefused, NotSent: nothing was sent.
            OutcomeUnknown: it is sent, and what became of it is not known yet.
        """
        sender, before = self._sender(), 0
        if await sender.find(id_) is None:
            for number, approval in enumerate(deed.approvals, 1):
                if await self.ask(approval.needed):
                    sent = await self._send(approval.call, f"{id_}.{number}", 0, None)
                    before += (await self._carried(sent)).gas_cost
        done = await self._carried(await self._send(deed.call, id_, gas, expires_ns))
        return msgspec.structs.replace(done, approvals_cost=before)

    async def outcome(self, id_: str) -> Done:
        """Wait for what was sent under an id, and read what it did; sends nothing.

        Raises:
            NotSent: nothing was sent under it, or it never got into the chain.
            Reverted: its contract refused.
            OutcomeUnknown: what became of it is not known yet.
        """
        known = await self._sender().find(id_)
        if known is None:
            raise NotSent(f"nothing was sent as {id_}")
        return await self._carried(known)

    async def simulate(
        self,
        call: ContractCall,
        sender: str | None = None,
        overrides: dict[str, Any] | None = None,
    ) -> tuple[str, int]:
        """What a call would answer at the newest block, and the gas it would take. `overrides`:
        state that is taken for another, by address, as eth_call has them.

        Raises:
            Reverted: it would fail; `data` is what the contract says.
        """
        own = sender or call.sender or self._sender().address
        fields = call_fields(msgspec.structs.replace(call, sender=own))
        if overrides is None:
            asks = [Ask("eth_call", (fields, "latest")), Ask("eth_estimateGas", (fields,))]
        else:
            told = (fields, "latest", overrides)
            asks = [Ask("eth_call", told), Ask("eth_estimateGas", told)]
        answer, used = await self.rpc.batch(asks)
        for told in (answer, used):
            if isinstance(told, Exception):
                raise told
        return str(answer), quantity(used)

    async def _send(
        self, call: ContractCall, id_: str, gas: int, expires_ns: Nanos | None
    ) -> Transaction:
        sender = self._sender()
        known = await sender.find(id_)
        if known is not None:
            return known
        if not gas:
            _, used = await self.simulate(call)
            gas = used * _GAS_SPARE // 100
        return await sender.send(
            TxRequest(
                id=id_,
                to=call.to,
                value=call.value,
                data=call.data,
                gas=gas,
                expires_ns=expires_ns,
            )
        )

    async def final(self, transaction: Transaction, patience_s: float = _PATIENCE_S) -> Transaction:
        """Wait until a transaction is final.

        Raises:
            OutcomeUnknown: it is not after so long; it goes on all the same.
            And what TxSender.settle raises.
        """
        sender, clock = self._sender(), self.rpc.clock
        settle = self._settle or sender.settle
        until_ns = clock.monotonic_ns() + round(patience_s * 1e9)
        id_ = transaction.request.id
        while not transaction.state.final:
            if clock.monotonic_ns() > until_ns:
                raise OutcomeUnknown(
                    f"{id_} is {transaction.state.value} after {patience_s:g} s"
                    f" ({transaction.note or transaction.last.hash}); it goes on"
                )
            await clock.sleep(0.1)
            await settle()
            transaction = await sender.find(id_) or transaction
        return transaction

    async def _carried(self, sent: Transaction) -> Done:
        """Wait until a transaction is final, and read what it did."""
        transaction, id_ = await self.final(sent), sent.request.id
        if transaction.state in {TxState.CANCELLED, TxState.REPLACED}:
            raise NotSent(f"{id_} was {transaction.state.value}: it never got into the chain")
        done = await self.receipt(transaction)
        if not done.success:
            raise Reverted(
                f"{id_} is in block {transaction.block_number}, and its contract refused"
            )
        return done

    async def receipt(self, transaction: Transaction) -> Done:
        """What a mined transaction did. Raises WireError where the chain has it no more."""
        told = await self.rpc.call("eth_getTransactionReceipt", transaction.mined_hash)
        if not isinstance(told, dict) or not isinstance(told.get("logs"), list):
            raise WireError(f"{transaction.mined_hash}: no receipt, where there was one")
        now_ns = self.rpc.clock.now_ns()
        used = quantity(told.get("gasUsed"))
        cost = used * quantity(told.get("effectiveGasPrice") or "0x0") + paid_beside_gas(told)
        operator = operator_paid(told, used)
        if operator is not None:
            cost += await self.ask(operator, quantity(told.get("blockNumber")))
        return Done(
            transaction=transaction,
            logs=tuple(read_log(log, self.rpc.chain, now_ns) for log in told["logs"]),
            gas_used=used,
            gas_cost=cost,
            success=quantity(told.get("status")) == 1,
        )

    def _sender(self) -> TxSender:
        if self.sender is None:
            raise NotSent("no key: this client can only ask")
        return self.sender


def call_fields(call: ContractCall) -> dict[str, str]:
    """A call as eth_call and eth_estimateGas take it."""
    fields = {"to": call.to, "data": call.data}
    if call.value:
        fields["value"] = hex(call.value)
    if call.sender:
        fields["from"] = call.sender
    return fields
