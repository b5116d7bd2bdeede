"""What Bitcoin Core answers, field by field as its documents name them; nothing is renamed here.

https://bitcoincore.org/en/doc/32.0.0/rpc/ (2026-11-27), and what litecoind 0.21.2.1 answered, which
is a Bitcoin Core 0.21. Amounts are coins, and read as Decimal: a float would round them.
"""

from decimal import Decimal
from typing import Annotated

import msgspec

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class ChainInfo(msgspec.Struct):
    """getblockchaininfo."""

    chain: str  # main, test, testnet4, signet, regtest
    blocks: Count
    headers: Count
    bestblockhash: Hash
    mediantime: Count
    chainwork: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,64}$")]
    initialblockdownload: bool
    pruned: bool = False


class NetworkInfo(msgspec.Struct):
    """getnetworkinfo."""

    version: Count  # 270000: 27.0
    subversion: str
    protocolversion: Count
    connections: Count
    relayfee: Decimal  # coins a 1,000 virtual bytes
    networkactive: bool = True


class Header(msgspec.Struct):
    """getblockheader, verbose."""

    hash: Hash
    height: Count
    time: Count
    mediantime: Count
    nTx: Count = 0  # noqa: N815 - its name there
    previousblockhash: Hash = ""  # the first block has none


class ScriptPubKey(msgspec.Struct):
    """An output's script. Until 0.22 `addresses` (several: a bare multisig), then `address`."""

    type: str
    hex: str = ""
    address: str = ""
    addresses: list[str] = []


class Prevout(msgspec.Struct):
    """The output that an input spends: getblock with verbosity 3, from 23.0."""

    value: Decimal
    scriptPubKey: ScriptPubKey  # noqa: N815 - its name there
    height: Count = 0
    generated: bool = False


class Vin(msgspec.Struct):
    """An input. Either `coinbase`, or `txid` and `vout`."""

    coinbase: str = ""
    txid: Hash = ""
    vout: Count = 0
    sequence: Count = 0
    prevout: Prevout | None = None


class Vout(msgspec.Struct):
    """An output."""

    value: Decimal
    n: Count
    scriptPubKey: ScriptPubKey  # noqa: N815 - its name there


class Transaction(msgspec.Struct):
    """getrawtransaction, verbose, and the transactions of getblock."""

    txid: Hash
    hash: Hash
    vsize: Annotated[int, msgspec.Meta(ge=1, le=2**32)]
    weight: Count
    vin: list[Vin]
    vout: list[Vout]
    fee: Decimal | None = None
    blockhash: Hash = ""
    confirmations: int = 0


class TxOut(msgspec.Struct):
    """gettxout: an output that no block has spent."""

    value: Decimal
    scriptPubKey: ScriptPubKey  # noqa: N815 - its name there
    confirmations: Count = 0
    coinbase: bool = False


class Block(Header):
    """getblock with verbosity 2 or 3."""

    size: Count = 0
    weight: Count = 0
    tx: list[Transaction] = []


class Fees(msgspec.Struct):
    """What an entry of the pool pays."""

    base: Decimal
    ancestor: Decimal
    modified: Decimal = Decimal(0)
    descendant: Decimal = Decimal(0)


class MempoolEntry(msgspec.Struct, rename={"replaceable": "bip125-replaceable"}):
    """getmempoolentry, and each of getrawmempool, verbose. 32.0 deprecates `vsize`, keeps it, and
    says what it was all along: `vsize_adjusted`.
    """

    fees: Fees
    time: Count
    ancestorsize: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    vsize: Annotated[int, msgspec.Meta(ge=0, le=2**32)] = 0
    vsize_adjusted: Annotated[int, msgspec.Meta(ge=0, le=2**32)] = 0
    depends: list[Hash] = []
    replaceable: bool | None = None


class MempoolInfo(msgspec.Struct):
    """getmempoolinfo."""

    size: Count
    bytes: Count
    mempoolminfee: Decimal  # coins a 1,000 virtual bytes
    minrelaytxfee: Decimal
    loaded: bool = True
    total_fee: Decimal | None = None  # from 23.0


class FeeEstimate(msgspec.Struct):
    """estimatesmartfee. Without `feerate`: too little data, and `errors` says so."""

    blocks: Count
    feerate: Decimal | None = None  # coins a 1,000 virtual bytes
    errors: list[str] = []


class AcceptFees(msgspec.Struct):
    """What a transaction that was tested would pay."""

    base: Decimal


class Accept(
    msgspec.Struct, rename={"reject_reason": "reject-reason", "reject_details": "reject-details"}
):
    """testmempoolaccept, of one transaction."""

    txid: Hash
    allowed: bool | None = None  # none: another one of the package failed first
    vsize: Count = 0
    fees: AcceptFees | None = None
    reject_reason: str = ""
    reject_details: str = ""
