"""What mempool.space answers, field by field as its documents name them; nothing is renamed here.

https://mempool.space/docs/api/rest and .../websocket (2026-11-27); fields of the stream also by
backend/src/api/websocket-handler.ts of github.com/mempool/mempool. Amounts are satoshi in integers,
rates satoshi a virtual byte, often with fractions; a virtual size has fractions too.
"""

from decimal import Decimal
from typing import Annotated, Any

import msgspec

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Fees(msgspec.Struct):
    """/v1/fees/recommended, and `fees` of the stream."""

    fastestFee: Decimal  # noqa: N815 - their names
    halfHourFee: Decimal  # noqa: N815
    hourFee: Decimal  # noqa: N815
    economyFee: Decimal  # noqa: N815
    minimumFee: Decimal  # noqa: N815


class MempoolBlock(msgspec.Struct):
    """/v1/fees/mempool-blocks, and `mempool-blocks` of the stream."""

    blockVSize: Decimal  # noqa: N815
    nTx: Count  # noqa: N815
    totalFees: Count  # noqa: N815
    medianFee: Decimal  # noqa: N815
    feeRange: list[Decimal]  # noqa: N815
    blockSize: Decimal = Decimal(0)  # noqa: N815


class Mempool(msgspec.Struct):
    """/mempool."""

    count: Count
    vsize: Decimal
    total_fee: Count
    fee_histogram: list[tuple[Decimal, Decimal]] = []  # (rate, virtual size), highest rate first


class Recent(msgspec.Struct):
    """/mempool/recent."""

    txid: Hash
    fee: Count
    vsize: Decimal
    value: Count


class Output(msgspec.Struct):
    """An output, or the one that an input spends."""

    value: Count
    scriptpubkey_type: str = ""
    scriptpubkey_address: str = ""
    scriptpubkey: str = ""


class Input(msgspec.Struct):
    """An input."""

    txid: Hash
    vout: Count
    is_coinbase: bool = False
    prevout: Output | None = None
    sequence: Count = 0


class Status(msgspec.Struct):
    """/tx/:txid/status, and part of transactions and unspent outputs."""

    confirmed: bool
    block_height: Count | None = None
    block_hash: Hash = ""
    block_time: Count = 0


class Transaction(msgspec.Struct):
    """/tx/:txid, of /address/:address/txs, and of the stream."""

    txid: Hash
    vin: list[Input]
    vout: list[Output]
    weight: Annotated[int, msgspec.Meta(ge=1, le=2**32)]
    size: Count = 0
    fee: Count | None = None
    status: Status = msgspec.field(default_factory=lambda: Status(confirmed=False))


class Utxo(msgspec.Struct):
    """/address/:address/utxo."""

    txid: Hash
    vout: Count
    value: Count
    status: Status


class Stats(msgspec.Struct):
    """Half of /address/:address."""

    funded_txo_sum: Count
    spent_txo_sum: Count
    tx_count: Count
    funded_txo_count: Count = 0
    spent_txo_count: Count = 0


class Address(msgspec.Struct):
    """/address/:address."""

    address: str
    chain_stats: Stats
    mempool_stats: Stats


class Block(msgspec.Struct):
    """/block/:hash, and `block` and `blocks` of the stream."""

    id: Hash
    height: Count
    timestamp: Count
    tx_count: Count
    size: Count
    weight: Count
    previousblockhash: Hash | None = None  # the first block has none


class MempoolInfo(msgspec.Struct):
    """`mempoolInfo` of the stream: what the node behind it says, so amounts are coins here."""

    size: Count
    bytes: Count
    mempoolminfee: Decimal
    minrelaytxfee: Decimal = Decimal(0)
    total_fee: Decimal | None = None


class TxId(msgspec.Struct):
    """`rbfTransaction` and `txReplaced`: what took a tracked transaction's place."""

    txid: Hash


class Position(msgspec.Struct):
    """Where a transaction waits."""

    block: Count
    vsize: Decimal = Decimal(0)


class TxPosition(msgspec.Struct):
    """`txPosition`."""

    txid: Hash
    position: Position


class AddressNews(msgspec.Struct):
    """One address of `multi-address-transactions`."""

    mempool: list[Transaction] = []
    confirmed: list[Transaction] = []
    removed: list[Transaction] = []


class Frame(
    msgspec.Struct,
    rename={
        "mempool_blocks": "mempool-blocks",
        "address_transactions": "address-transactions",
        "removed_transactions": "address-removed-transactions",
        "block_transactions": "block-transactions",
        "multi_address": "multi-address-transactions",
        "addresses_error": "track-addresses-error",
    },
):
    """A frame of the stream: any of these, and more that we have no use for."""

    blocks: list[Block] | None = None
    block: Block | None = None
    mempool_blocks: list[MempoolBlock] | None = None
    mempoolInfo: MempoolInfo | None = None  # noqa: N815
    fees: Fees | None = None
    address_transactions: list[Transaction] = []
    removed_transactions: list[Transaction] = []
    block_transactions: list[Transaction] = []
    multi_address: dict[str, AddressNews] = {}
    addresses_error: Any = None
    tx: Transaction | None = None
    txPosition: TxPosition | None = None  # noqa: N815
    txConfirmed: Hash = ""  # noqa: N815
    rbfTransaction: TxId | None = None  # noqa: N815
    txReplaced: TxId | None = None  # noqa: N815
    pong: bool = False
