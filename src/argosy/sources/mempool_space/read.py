"""From mempool.space's own types into the model. Raises WireError, and nothing else."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from argosy.errors import WireError
from argosy.model import Head, Nanos
from argosy.model.bitcoin import (
    SATOSHI_PER_COIN,
    AddressState,
    BitcoinBlock,
    BitcoinInput,
    BitcoinOutput,
    BitcoinTransaction,
    FeeForecast,
    MempoolState,
    ProjectedBlock,
    ProjectedBlocks,
    SeenTransaction,
    TransactionNews,
    TransferState,
    UnspentOutput,
)
from argosy.sources.mempool_space import wire

T = TypeVar("T")
UNREADABLE = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
# What the words stand for, in blocks: https://mempool.space/docs/faq (2026-11-27).
FASTEST, HALF_HOUR, HOUR = 1, 3, 6
_DIGITS = 40
_MOST = Decimal(10**18)


def decoded(decoder: "msgspec.json.Decoder[T]", data: bytes, what: str) -> T:
    """An answer as its type. Raises WireError."""
    try:
        return decoder.decode(data)
    except UNREADABLE as e:
        raise WireError(f"{what} cannot be read ({type(e).__name__}: {e})"[:300]) from e


def number(value: Decimal, what: str) -> Decimal:
    """A rate or a size, 0 or above, that arithmetic can be done with."""
    if not value.is_finite() or len(value.as_tuple().digits) > _DIGITS:
        raise WireError(f"{what} is no number to compute with")
    if (value and abs(value.adjusted()) > _DIGITS) or not 0 <= value <= _MOST:
        raise WireError(f"{what} is out of range")
    return value


def fees(told: wire.Fees, chain: str, received_ns: Nanos) -> FeeForecast:
    """The recommended rates. `economyFee` is of no block in particular, and left out."""
    return FeeForecast(
        chain=chain,
        rates=(
            (FASTEST, number(told.fastestFee, "fastestFee")),
            (HALF_HOUR, number(told.halfHourFee, "halfHourFee")),
            (HOUR, number(told.hourFee, "hourFee")),
        ),
        floor=number(told.minimumFee, "minimumFee"),
        source="mempool.space",
        received_ns=received_ns,
    )


def projected(told: Sequence[wire.MempoolBlock], chain: str, received_ns: Nanos) -> ProjectedBlocks:
    """The blocks that would be mined next."""
    return ProjectedBlocks(
        chain=chain,
        blocks=tuple(
            ProjectedBlock(
                transaction_count=each.nTx,
                vsize=number(each.blockVSize, "blockVSize"),
                total_fee=each.totalFees,
                median_rate=number(each.medianFee, "medianFee"),
                rates=tuple(number(rate, "feeRange") for rate in each.feeRange),
            )
            for each in told
        ),
        received_ns=received_ns,
    )


def block(told: wire.Block, chain: str, received_ns: Nanos) -> BitcoinBlock:
    """A block, without its transactions."""
    if told.height and not told.previousblockhash:
        raise WireError(f"block {told.height} is told without its parent")
    return BitcoinBlock(
        chain=chain,
        number=told.height,
        hash=told.id,
        parent=told.previousblockhash or "",
        timestamp_s=told.timestamp,
        size=told.size,
        weight=told.weight,
        transaction_count=told.tx_count,
        received_ns=received_ns,
    )


def head(told: wire.Block, chain: str, received_ns: Nanos) -> Head:
    """The same as every chain's followers take it; what is Ethereum's alone is 0."""
    whole = block(told, chain, received_ns)
    return Head(
        chain=chain,
        number=whole.number,
        hash=whole.hash,
        parent=whole.parent,
        timestamp_s=whole.timestamp_s,
        base_fee=0,
        gas_used=0,
        gas_limit=0,
        received_ns=received_ns,
    )


def transaction(told: wire.Transaction, chain: str, received_ns: Nanos) -> BitcoinTransaction:
    """A transaction, waiting or in a block."""
    status = told.status
    _in_a_block(status, told.txid)
    return BitcoinTransaction(
        chain=chain,
        txid=told.txid,
        inputs=tuple(_input(each) for each in told.vin),
        outputs=tuple(
            BitcoinOutput(
                index=index,
                value=each.value,
                address=each.scriptpubkey_address,
                kind=each.scriptpubkey_type,
            )
            for index, each in enumerate(told.vout)
        ),
        vsize=-(-told.weight // 4),
        weight=told.weight,
        fee=told.fee,
        block_hash=status.block_hash if status.confirmed else "",
        block_number=status.block_height if status.confirmed else None,
        received_ns=received_ns,
    )


def _in_a_block(status: wire.Status, txid: str) -> None:
    if status.confirmed and (not status.block_hash or status.block_height is None):
        raise WireError(f"{txid} is confirmed, and in no block")


def status(told: wire.Status, txid: str, chain: str, received_ns: Nanos) -> TransactionNews:
    """Where a transaction stands."""
    _in_a_block(told, txid)
    return TransactionNews(
        chain=chain,
        txid=txid,
        state=TransferState.CONFIRMED if told.confirmed else TransferState.WAITING,
        block_hash=told.block_hash if told.confirmed else "",
        block_number=told.block_height if told.confirmed else None,
        received_ns=received_ns,
    )


def seen(told: wire.Recent, chain: str, received_ns: Nanos) -> SeenTransaction:
    """A transaction that came to wait; its size is rounded up."""
    return SeenTransaction(
        chain=chain,
        txid=told.txid,
        fee=told.fee,
        vsize=math.ceil(number(told.vsize, "vsize")),
        value=told.value,
        received_ns=received_ns,
    )


def _input(told: wire.Input) -> BitcoinInput:
    if told.is_coinbase:
        return BitcoinInput(txid="", index=0)
    if told.prevout is None:
        return BitcoinInput(txid=told.txid, index=told.vout)
    return BitcoinInput(
        txid=told.txid,
        index=told.vout,
        value=told.prevout.value,
        address=told.prevout.scriptpubkey_address,
    )


def address(told: wire.Address, chain: str, received_ns: Nanos) -> AddressState:
    """What an address has received and spent."""
    return AddressState(
        chain=chain,
        address=told.address,
        received=told.chain_stats.funded_txo_sum,
        spent=told.chain_stats.spent_txo_sum,
        transaction_count=told.chain_stats.tx_count,
        waiting_received=told.mempool_stats.funded_txo_sum,
        waiting_spent=told.mempool_stats.spent_txo_sum,
        waiting_count=told.mempool_stats.tx_count,
        received_ns=received_ns,
    )


def unspent(told: wire.Utxo, chain: str) -> UnspentOutput:
    """Coins at an address."""
    confirmed = told.status.confirmed
    return UnspentOutput(
        chain=chain,
        txid=told.txid,
        index=told.vout,
        value=told.value,
        block_hash=told.status.block_hash if confirmed else "",
        block_number=told.status.block_height if confirmed else None,
    )


def mempool(told: wire.Mempool, chain: str, received_ns: Nanos) -> MempoolState:
    """How full the pool is; the least rate there is of what waits, for it tells no floor."""
    rates = [number(rate, "fee_histogram") for rate, _ in told.fee_histogram]
    return MempoolState(
        chain=chain,
        count=told.count,
        vsize=int(number(told.vsize, "vsize")),
        total_fee=told.total_fee,
        floor=min(rates, default=Decimal(0)),
        received_ns=received_ns,
    )


def mempool_info(told: wire.MempoolInfo, chain: str, received_ns: Nanos) -> MempoolState:
    """How full the pool is, from the stream, where amounts are coins."""
    kilo = Decimal(SATOSHI_PER_COIN) / 1000
    floor = max(
        number(told.mempoolminfee, "mempoolminfee"), number(told.minrelaytxfee, "minrelaytxfee")
    )
    total = None
    if told.total_fee is not None:
        # A float there: 1.61036575 may be told as 1.6103657500000002.
        total = round(number(told.total_fee, "total_fee") * SATOSHI_PER_COIN)
    return MempoolState(
        chain=chain,
        count=told.size,
        vsize=told.bytes,
        total_fee=total,
        floor=floor * kilo,
        received_ns=received_ns,
    )
