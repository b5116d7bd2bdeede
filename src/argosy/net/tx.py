"""Sends transactions of one address and follows them until they are final: nonces in order, faster
or cancelled on request, sent again when nodes forget them. Decides nothing about what to send.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from argosy.dialects.evm.jsonrpc import Ask, hash_of, quantity
from argosy.errors import (
    ArgosyError,
    Blocked,
    ConfigError,
    InsufficientFunds,
    NonceUsed,
    NotSent,
    OutcomeUnknown,
    TransactionRefused,
    VenueUnavailable,
    WireError,
)
from argosy.net.chain_fees import GWEI, HISTORY_BLOCKS, PERCENTILES, Fees, read_history
from argosy.net.rpc import RpcClient
from argosy.net.tx_journal import Attempt, Transaction, TxRequest, TxState, TxStore
from argosy.ports import TxFields, TxSigner

_UNSURE = (NotSent, OutcomeUnknown, VenueUnavailable, WireError)  # some node may have it, or soon
_TRIES = 3
_CANCEL_GAS = 21_000


class TxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient, and how expensive, a sender may be."""

    confirmations: int = 3  # blocks, its own included, before a transaction counts as final
    urgency: float = 50.0  # which of the fee percentiles: 10, 50 or 90
    fee_cap: int = 500 * GWEI  # the most for a unit of gas, in wei; nothing above it is signed
    stuck_blocks: int = 0  # after so many blocks pay more by itself; 0: only when told
    max_open: int = 64  # transactions at once
    kept: int = 1_000  # finished ones remembered
    quorum: int = 1  # nodes that must agree on how a transaction ended before it counts as final


async def usual_fees(client: RpcClient, urgency: float) -> Fees:
    """What to offer now, by the chain's last blocks; `urgency` is one of PERCENTILES.

    Raises:
        ConfigError: another urgency.
        And what RpcClient.call raises.
    """
    told = await client.call("eth_feeHistory", hex(HISTORY_BLOCKS), "latest", list(PERCENTILES))
    quotes = read_history(told)
    if urgency not in quotes:
        raise ConfigError(f"urgency is {urgency}; it must be one of {PERCENTILES}")
    return quotes[urgency]


class TxSender:
    """One address on one chain. `open` it before use, call `settle` after each new head."""

    def __init__(
        self,
        client: RpcClient,
        signer: TxSigner,
        store: TxStore,
        settings: TxSettings | None = None,
        on_change: Callable[[Transaction], None] | None = None,
    ) -> None:
        self.settings = settings or TxSettings()
        self.transactions: dict[str, Transaction] = {}  # by id, oldest first; the newest: see find
        self._client = client
        self._signer = signer
        self._store = store
        self._on_change = on_change
        self._lock = asyncio.Lock()
        self._chain_id = 0
        self._next_nonce = 0
        self._opened = False
        self._doubted: Transaction | None = None  # told to be refused, and may be written otherwise

    @property
    def address(self) -> str:
        """Whose transactions they are: 0x hex in lower case."""
        return self._signer.address

    async def open(self) -> None:
        """Learn from the store and from the chain where nonces stand.

        Raises:
            ConfigError: the store is damaged, in use, or another's.
            NotSent: it cannot be read or written.
            And what RpcClient.call raises: without an answer nothing can be sent.
        """
        async with self._lock:
            self._chain_id = quantity(await self._client.call("eth_chainId"))
            try:
                await self._store.open(self._chain_id, self._signer.address)
                known = await self._store.read(self.settings.kept)
                used = await self._count("pending")
            except BaseException:
                self.close()
                raise
            self.transactions = {each.request.id: each for each in known.transactions}
            self._next_nonce = max(used, known.next_nonce)
            self._doubted = None
            self._opened = True

    def close(self) -> None:
        """Leave the store to others; what is open goes on, and is found again."""
        self._opened = False
        self._store.close()

    async def find(self, id_: str) -> Transaction | None:
        """A transaction by its id, however long ago; None: the id was never used.

        Raises:
            NotSent: the store cannot be read.
            ConfigError: what it has is damaged.
        """
        known = self.transactions.get(id_)
        if known is not None or (self._doubted and self._doubted.request.id == id_):
            return known
        if not self._opened:
            raise NotSent("this sender is not open")
        return await self._store.find(id_)

    @property
    def open_transactions(self) -> list[Transaction]:
        """What is not final, by nonce."""
        found = [each for each in self.transactions.values() if not each.state.final]
        return sorted(found, key=lambda each: each.nonce)

    # --- sending ----------------------------------------------------------------------------------

    async def fees(self) -> Fees:
        """What to offer now, by the chain's last blocks and the urgency of the settings."""
        return await usual_fees(self._client, self.settings.urgency)

    async def send(self, request: TxRequest, fees: Fees | None = None) -> Transaction:
        """Sign and send. An id that was used before returns that transaction, and sends nothing.

        A transaction that no node is known to have (its `note` says why) is pending all the same:
        it is written down, and `settle` hands it out again.

        Raises:
            TransactionRefused, InsufficientFunds: no node takes it; its nonce is free again.
            Blocked: the fee cap, or too many open.
            NotSent: the store could not be read or written.
        """
        async with self._lock:
            await self._without_doubt()
            known = await self.find(request.id)
            if known is not None:
                return known
            if len(self.open_transactions) >= self.settings.max_open:
                raise Blocked(f"{self.settings.max_open} transactions are open; settle them first")
            offer = fees or await self.fees()
            for _ in range(_TRIES):
                attempt = await self._signed(request, self._next_nonce, offer, "send")
                made = Transaction(request=request, nonce=self._next_nonce, attempts=(attempt,))
                await self._keep_new(made)
                try:
                    return await self._hand_out(made)
                except NonceUsed as e:  # somebody else has this key, or a node was behind before
                    self._refuse(made, str(e))
                    self._next_nonce = made.nonce + 1
                    await self._without_doubt()
                    self._next_nonce = max(self._next_nonce, await self._count("pending"))
                except (TransactionRefused, InsufficientFunds) as e:
                    self._refuse(made, str(e))
                    raise
            raise NotSent(f"nonces of {self._signer.address} are used by somebody else as we go")

    async def speed_up(self, id_: str, fees: Fees | None = None) -> Transaction:
        """The same for more: an eighth above the last attempt, or what is usual now if higher.

        Raises:
            NonceUsed: it is in the chain already, or final: `settle` will tell.
            KeyError: there is no such id.
            And what `send` raises.
        """
        return await self._replace(id_, "speed_up", fees)

    async def cancel(self, id_: str, fees: Fees | None = None) -> Transaction:
        """Put an empty transfer to ourselves in its place. Which of both gets in is the
        chain's choice, and the state says it. Raises as `speed_up` does.
        """
        return await self._replace(id_, "cancel", fees)

    async def _replace(
        self, id_: str, kind: Literal["speed_up", "cancel"], fees: Fees | None
    ) -> Transaction:
        async with self._lock:
            known = await self.find(id_)
            if known is None:
                raise KeyError(id_)
            if known.state is not TxState.PENDING:
                raise NonceUsed(f"{id_} is {known.state.value}: nothing is left to replace")
            last = known.last
            cancels = kind == "cancel" or last.kind == "cancel"
            before = Fees(base_fee=0, priority_fee=last.priority_fee, max_fee=last.max_fee)
            offer = before.bumped().at_least(fees or await self.fees())
            kind = "cancel" if cancels else "speed_up"  # what was cancelled stays so
            attempt = await self._signed(known.request, known.nonce, offer, kind)
            made = msgspec.structs.replace(known, attempts=(*known.attempts, attempt))
            await self._keep(made)
            try:
                return await self._hand_out(made)
            except (TransactionRefused, InsufficientFunds):
                await self._keep(known)  # nobody has it: what was sent before stands
                raise

    async def _signed(
        self,
        request: TxRequest,
        nonce: int,
        fees: Fees,
        kind: Literal["send", "speed_up", "cancel"],
    ) -> Attempt:
        if fees.max_fee > self.settings.fee_cap:
            raise Blocked(
                f"{request.id} would offer {fees.max_fee} wei a unit of gas, above the cap of"
                f" {self.settings.fee_cap}; raise fee_cap or wait"
            )
        empty = kind == "cancel"
        fields = TxFields(
            chain_id=self._chain_id,
            nonce=nonce,
            to=self._signer.address if empty else request.to,
            value=0 if empty else request.value,
            data="0x" if empty else request.data,
            gas=_CANCEL_GAS if empty else request.gas,
            max_fee=fees.max_fee,
            priority_fee=min(fees.priority_fee, fees.max_fee),
        )
        raw, name = await asyncio.to_thread(self._signer.sign, fields)
        return Attempt(
            kind=kind,
            hash=name,
            raw="0x" + raw.hex(),
            max_fee=fields.max_fee,
            priority_fee=fields.priority_fee,
            at_block=quantity(await self._client.call("eth_blockNumber")),
        )

    async def _hand_out(self, transaction: Transaction) -> Transaction:
        """Give the last attempt to the nodes; trouble that leaves things open becomes a note."""
        last = transaction.last
        note = ""
        try:
            await self._client.send_raw(bytes.fromhex(last.raw[2:]), last.hash)
        except _UNSURE as e:
            note = str(e)[:300]
        if note != transaction.note:
            transaction = msgspec.structs.replace(transaction, note=note)
            await self._keep(transaction)
        return transaction

    # --- following --------------------------------------------------------------------------------

    async def settle(self) -> list[Transaction]:
        """Look at everything that is open; returns what changed. Raises as RpcClient.call does."""
        async with self._lock:
            waiting = self.open_transactions
            if not waiting:
                return []
            head = quantity(await self._client.call("eth_blockNumber"))
            used = await self._count("latest")
            changed = []
            for each in waiting:
                after = await self._look(each, head, used)
                if after != each:
                    if self.transactions.get(each.request.id) != after:
                        await self._keep(after)
                    changed.append(after)
            self._forget()
            return changed

    async def _look(self, known: Transaction, head: int, used: int) -> Transaction:
        replace = msgspec.structs.replace
        names = [attempt.hash for attempt in known.attempts]
        told = await self._client.batch([Ask("eth_getTransactionReceipt", (n,)) for n in names])
        for attempt, receipt in zip(known.attempts, told, strict=True):
            if isinstance(receipt, Exception):
                raise receipt
            if receipt is not None:
                return await self._agreed(known, self._mined(known, attempt, receipt, head))
        if used > known.nonce:  # its nonce is used, and by none of ours: or receipts come late
            if not known.gone_block:
                return replace(known, state=TxState.PENDING, gone_block=head)
            if head - known.gone_block + 1 < self.settings.confirmations:
                return known
            return replace(known, state=TxState.REPLACED)
        if known.state is TxState.MINED or known.gone_block:  # a reorganisation took it out again
            clear = {"mined_hash": "", "block_number": 0, "block_hash": "", "gone_block": 0}
            known = replace(known, state=TxState.PENDING, **clear)
        return await self._revive(known, head)

    async def _agreed(self, known: Transaction, after: Transaction) -> Transaction:
        """It as final, where as many nodes as there must be say the same; else as mined."""
        if not after.state.final or self.settings.quorum <= 1:
            return after
        try:
            block_hash, status = await self._client.agreed(
                "eth_getTransactionReceipt",
                after.mined_hash,
                quorum=self.settings.quorum,
                part=_ending,
            )
        except ArgosyError as e:
            note = str(e)[:300]
        else:
            fine = int(after.state is not TxState.REVERTED)
            if (block_hash, status) == (after.block_hash, fine):
                return after
            note = f"{self.settings.quorum} nodes have it in block {block_hash}"
        mined = {"mined_hash": after.mined_hash, "block_number": after.block_number}
        return msgspec.structs.replace(
            known, state=TxState.MINED, block_hash=after.block_hash, note=note, **mined
        )

    def _mined(
        self, known: Transaction, attempt: Attempt, receipt: dict[str, Any], head: int
    ) -> Transaction:
        number = quantity(receipt.get("blockNumber"))
        state = TxState.MINED
        if head - number + 1 >= self.settings.confirmations:
            if attempt.kind == "cancel":
                state = TxState.CANCELLED
            elif quantity(receipt.get("status")) == 1:
                state = TxState.DONE
            else:
                state = TxState.REVERTED
        return msgspec.structs.replace(
            known,
            state=state,
            mined_hash=attempt.hash,
            block_number=number,
            block_hash=hash_of(receipt.get("blockHash")),
            gone_block=0,
            note="",
        )

    async def _revive(self, known: Transaction, head: int) -> Transaction:
        """It waits: hand it out again where it was forgotten, pay more where it is stuck."""
        last = known.last
        expired = known.request.expires_ns
        if expired is not None and self._client.clock.now_ns() > expired and last.kind != "cancel":
            return await self._more(known, "cancel")
        stuck = self.settings.stuck_blocks
        if (
            stuck and head - last.at_block >= stuck
        ):  # forgotten or not: as it is, it does not get in
            return await self._more(known, "cancel" if last.kind == "cancel" else "speed_up")
        if await self._client.call("eth_getTransactionByHash", last.hash) is None:
            try:
                return await self._hand_out(known)
            except (TransactionRefused, InsufficientFunds) as e:
                return msgspec.structs.replace(known, note=str(e)[:300])
        return msgspec.structs.replace(known, note="")

    async def _more(self, known: Transaction, kind: Literal["speed_up", "cancel"]) -> Transaction:
        """Another attempt, of our own accord: what stands in its way is noted, and tried later."""
        last = known.last
        before = Fees(base_fee=0, priority_fee=last.priority_fee, max_fee=last.max_fee)
        try:
            offer = before.bumped().at_least(await self.fees())
            attempt = await self._signed(known.request, known.nonce, offer, kind)
            made = msgspec.structs.replace(known, attempts=(*known.attempts, attempt))
            await self._keep(made)
            return await self._hand_out(made)
        except ArgosyError as e:
            latest = self.transactions.get(known.request.id, known)
            return msgspec.structs.replace(latest, note=str(e)[:300])

    # --- keeping ----------------------------------------------------------------------------------

    async def _count(self, block: str) -> int:
        return quantity(
            await self._client.call("eth_getTransactionCount", self._signer.address, block)
        )

    async def _keep(self, transaction: Transaction) -> None:
        """On disk first, then in memory, then told."""
        if not self._opened:
            raise NotSent("this sender is not open")
        await self._store.write(transaction)
        self.transactions[transaction.request.id] = transaction
        if self._on_change is not None:
            self._on_change(transaction)

    async def _keep_new(self, made: Transaction) -> None:
        """Keep it and its nonce. Where that fails nobody knows whether it is on disk: so that it
        is never sent after all, it is then refused.
        """
        try:
            await self._keep(made)
        except ConfigError:  # it is on disk for certain, as another's
            raise
        except (ArgosyError, asyncio.CancelledError) as e:
            self._refuse(made, f"not written: {type(e).__name__}")
            raise
        self._next_nonce = made.nonce + 1

    def _refuse(self, made: Transaction, why: str) -> None:
        """Nobody has it, and nobody will: its id and nonce are free as soon as that is written."""
        refused = msgspec.structs.replace(made, state=TxState.REFUSED, note=why[:300])
        self.transactions.pop(made.request.id, None)
        self._next_nonce = made.nonce  # the lock is ours: nobody took one meanwhile
        self._doubted = refused
        try:
            self._store.tell(refused)
        except NotSent:  # nothing can be written: nothing can be sent, either
            return
        if self._on_change is not None:
            self._on_change(refused)

    async def _without_doubt(self) -> None:
        """Raises NotSent while it is not written that what was refused is."""
        if self._doubted is not None:
            await self._store.write(self._doubted)
            self._doubted = None

    def _forget(self) -> None:
        finished = [each for each in self.transactions.values() if each.state.final]
        for each in finished[: max(len(finished) - self.settings.kept, 0)]:
            del self.transactions[each.request.id]


def _ending(receipt: Any) -> tuple[str, int]:
    """Where a transaction is, and whether it was carried out: what nodes must agree on."""
    if not isinstance(receipt, dict):
        raise WireError("no receipt")
    return hash_of(receipt.get("blockHash")), quantity(receipt.get("status"))
