"""Which transactions move coins of watched addresses, or many coins at once. Pure: blocks and
transactions come in, transfers come out, and are undone with their block.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec

from argosy.model import Nanos
from argosy.model.bitcoin import (
    BitcoinBlock,
    BitcoinInput,
    BitcoinOutput,
    BitcoinTransaction,
    CoinTransfer,
    Party,
    TransferState,
)

K = TypeVar("K")
V = TypeVar("V")


class WatchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to tell of. `labels` say whose an address is: shown, and not watched by that."""

    addresses: frozenset[str] = frozenset()
    labels: dict[str, str] = {}
    threshold: int | None = None  # satoshi that change hands; None: watched addresses alone
    max_blocks: int = 144  # that can still be undone
    max_waiting: int = 100_000  # transfers that are known to wait, oldest forgotten first
    max_outputs: int = 200_000  # of watched addresses, to know them again when they are spent


class TransferWatch:
    """Give it blocks and waiting transactions in the order that they are learnt."""

    def __init__(self, settings: WatchSettings) -> None:
        self.settings = settings
        self._waiting: OrderedDict[str, CoinTransfer] = OrderedDict()
        self._blocks: OrderedDict[str, tuple[CoinTransfer, ...]] = OrderedDict()
        # Nodes before 23.0 do not tell what inputs spend: what we saw come, we know when it goes.
        self._outputs: OrderedDict[tuple[str, int], Party] = OrderedDict()

    def waits(self, transaction: BitcoinTransaction) -> tuple[CoinTransfer, ...]:
        """A transaction waits; told once."""
        if transaction.txid in self._waiting:
            return ()
        transfer = self._read(transaction, TransferState.WAITING)
        if transfer is None:
            return ()
        self._waiting[transaction.txid] = transfer
        _trim(self._waiting, self.settings.max_waiting)
        return (transfer,)

    def block(self, block: BitcoinBlock) -> tuple[CoinTransfer, ...]:
        """A block came: its transfers are confirmed."""
        found = []
        for transaction in block.transactions:
            self._waiting.pop(transaction.txid, None)
            transfer = self._read(transaction, TransferState.CONFIRMED)
            if transfer is not None:
                found.append(transfer)
        self._blocks[block.hash] = tuple(found)
        _trim(self._blocks, self.settings.max_blocks)
        return tuple(found)

    def undo(self, block_hash: str, received_ns: Nanos) -> tuple[CoinTransfer, ...]:
        """A block is no longer part of the chain: its transfers are told again, undone."""
        return tuple(
            msgspec.structs.replace(each, state=TransferState.UNDONE, received_ns=received_ns)
            for each in reversed(self._blocks.pop(block_hash, ()))
        )

    def left(self, txids: Collection[str], received_ns: Nanos) -> tuple[CoinTransfer, ...]:
        """These do not wait any more, and no block that was given has them. Give blocks first."""
        return tuple(
            msgspec.structs.replace(transfer, state=TransferState.REMOVED, received_ns=received_ns)
            for txid in txids
            if (transfer := self._waiting.pop(txid, None)) is not None
        )

    # --- reading ----------------------------------------------------------------------------------

    def _read(self, transaction: BitcoinTransaction, state: TransferState) -> CoinTransfer | None:
        spent, received = self._sides(transaction)
        self._remember(transaction)
        watched = tuple(sorted(self.settings.addresses & (spent.keys() | received.keys() - {""})))
        net = {
            address: received.get(address, 0) - spent.get(address, 0)
            for address in (*spent, *received)
        }
        recipients = self._parties(net, 1)
        # Coins to no address (a bare script, data) change hands as well. Where the node does not
        # tell whose coins are spent, change cannot be told apart, and counts too.
        value = sum(each.value for each in recipients)
        threshold = self.settings.threshold
        large = threshold is not None and value >= threshold and not transaction.mined
        if not watched and not large:
            return None
        return CoinTransfer(
            chain=transaction.chain,
            txid=transaction.txid,
            state=state,
            value=value,
            senders=self._parties(net, -1),
            recipients=recipients,
            watched=watched,
            block_hash=transaction.block_hash,
            block_number=transaction.block_number,
            received_ns=transaction.received_ns,
        )

    def _sides(self, transaction: BitcoinTransaction) -> tuple[dict[str, int], dict[str, int]]:
        spent: defaultdict[str, int] = defaultdict(int)
        received: defaultdict[str, int] = defaultdict(int)
        for each in transaction.inputs:
            known = self._spent(each)
            if known is not None:
                spent[known.address] += known.value
        for output in transaction.outputs:
            received[output.address] += output.value
        return spent, received

    def _spent(self, each: BitcoinInput) -> Party | None:
        if each.value is not None:
            return Party(address=each.address, value=each.value)
        return self._outputs.get((each.txid, each.index))

    def _remember(self, transaction: BitcoinTransaction) -> None:
        for output in transaction.outputs:
            if output.address in self.settings.addresses:
                place = (transaction.txid, output.index)
                self._outputs[place] = Party(address=output.address, value=output.value)
        _trim(self._outputs, self.settings.max_outputs)

    def _parties(self, net: Mapping[str, int], sign: int) -> tuple[Party, ...]:
        found = [
            Party(address=address, label=self.settings.labels.get(address, ""), value=sign * value)
            for address, value in net.items()
            if sign * value > 0
        ]
        return tuple(sorted(found, key=lambda party: (-party.value, party.address)))


def spending(
    transaction: BitcoinTransaction, known: Mapping[tuple[str, int], BitcoinOutput]
) -> BitcoinTransaction:
    """The same transaction with what its inputs spend, where that is among `known`; with its fee,
    where that is all of it.
    """
    inputs = tuple(
        msgspec.structs.replace(each, value=out.value, address=out.address)
        if each.value is None and (out := known.get((each.txid, each.index))) is not None
        else each
        for each in transaction.inputs
    )
    values = [each.value for each in inputs if each.value is not None]
    fee = transaction.fee
    if fee is None and len(values) == len(inputs):
        fee = sum(values) - transaction.value
    return msgspec.structs.replace(transaction, inputs=inputs, fee=fee)


def _trim(kept: "OrderedDict[K, V]", most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
