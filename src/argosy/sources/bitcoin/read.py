"""From Bitcoin Core's own types into the model. Raises WireError, and nothing else."""

from decimal import Decimal

from argosy.errors import WireError
from argosy.model import Head, Nanos
from argosy.model.bitcoin import (
    BitcoinBlock,
    BitcoinInput,
    BitcoinOutput,
    BitcoinTransaction,
    MempoolState,
    TransactionCheck,
    WaitingTransaction,
)
from argosy.sources.bitcoin import wire
from argosy.sources.bitcoin.amounts import rate, satoshi


def head(told: wire.Header, chain: str, received_ns: Nanos) -> Head:
    """A header as every chain's followers take it; what is Ethereum's alone is 0."""
    _joined(told)
    return Head(
        chain=chain,
        number=told.height,
        hash=told.hash,
        parent=told.previousblockhash,
        timestamp_s=told.time,
        base_fee=0,
        gas_used=0,
        gas_limit=0,
        received_ns=received_ns,
    )


def block(told: wire.Block, chain: str, received_ns: Nanos) -> BitcoinBlock:
    """A block with its transactions."""
    _joined(told)
    return BitcoinBlock(
        chain=chain,
        number=told.height,
        hash=told.hash,
        parent=told.previousblockhash,
        timestamp_s=told.time,
        size=told.size,
        weight=told.weight,
        transaction_count=told.nTx or len(told.tx),
        transactions=tuple(
            transaction(each, chain, received_ns, told.hash, told.height) for each in told.tx
        ),
        received_ns=received_ns,
    )


def transaction(
    told: wire.Transaction,
    chain: str,
    received_ns: Nanos,
    block_hash: str = "",
    block_number: int | None = None,
) -> BitcoinTransaction:
    """A transaction, of that block where it is given."""
    return BitcoinTransaction(
        chain=chain,
        txid=told.txid,
        inputs=tuple(_input(each, told.txid) for each in told.vin),
        outputs=tuple(
            BitcoinOutput(
                index=each.n,
                value=satoshi(each.value, f"output {each.n} of {told.txid}"),
                address=_address(each.scriptPubKey),
                kind=each.scriptPubKey.type,
            )
            for each in told.vout
        ),
        vsize=told.vsize,
        weight=told.weight,
        fee=None if told.fee is None else satoshi(told.fee, f"the fee of {told.txid}"),
        block_hash=block_hash or told.blockhash,
        block_number=block_number,
        received_ns=received_ns,
    )


def _input(told: wire.Vin, txid: str) -> BitcoinInput:
    if not told.coinbase and not told.txid:
        raise WireError(f"an input of {txid} spends nothing, and is no coinbase")
    if told.coinbase or told.prevout is None:
        return BitcoinInput(txid="" if told.coinbase else told.txid, index=told.vout)
    return BitcoinInput(
        txid=told.txid,
        index=told.vout,
        value=satoshi(told.prevout.value, f"what {txid} spends"),
        address=_address(told.prevout.scriptPubKey),
    )


def output(told: wire.TxOut, index: int) -> BitcoinOutput:
    """An output that no block has spent."""
    return BitcoinOutput(
        index=index,
        value=satoshi(told.value, f"output {index}"),
        address=_address(told.scriptPubKey),
        kind=told.scriptPubKey.type,
    )


def _address(script: wire.ScriptPubKey) -> str:
    """One address or none: the keys of a bare multisig are no address of anybody's."""
    return script.address or (script.addresses[0] if len(script.addresses) == 1 else "")


def _joined(told: wire.Header) -> None:
    if told.height and not told.previousblockhash:
        raise WireError(f"block {told.height} is told without its parent")


def waiting(
    told: wire.MempoolEntry, txid: str, chain: str, received_ns: Nanos
) -> WaitingTransaction:
    """An entry of the pool."""
    vsize = told.vsize_adjusted or told.vsize
    if not vsize:
        raise WireError(f"{txid} waits without a size")
    return WaitingTransaction(
        chain=chain,
        txid=txid,
        fee=satoshi(told.fees.base, f"the fee of {txid}"),
        vsize=vsize,
        ancestor_fee=_not_below_zero(told.fees.ancestor, f"what {txid} and its ancestors pay"),
        ancestor_vsize=told.ancestorsize,
        depends=tuple(told.depends),
        replaceable=told.replaceable,
        entered_s=told.time,
        received_ns=received_ns,
    )


def _not_below_zero(coins: Decimal, what: str) -> int:
    """Less where who runs the node took fees off by prioritisetransaction, for its miner to see."""
    paid = satoshi(coins.copy_abs(), what)
    return 0 if coins.is_signed() else paid


def check(told: wire.Accept, chain: str) -> TransactionCheck:
    """Whether a transaction would be taken."""
    accepted = bool(told.allowed)
    details = told.reject_details or told.reject_reason
    return TransactionCheck(
        chain=chain,
        txid=told.txid,
        accepted=accepted,
        fee=None if told.fees is None else satoshi(told.fees.base, f"the fee of {told.txid}"),
        vsize=told.vsize or None,
        reason="" if accepted else details or "it was not looked at",
    )


def mempool(told: wire.MempoolInfo, chain: str, received_ns: Nanos) -> MempoolState:
    """How full the pool is."""
    return MempoolState(
        chain=chain,
        count=told.size,
        vsize=told.bytes,
        total_fee=None
        if told.total_fee is None
        else satoshi(told.total_fee, "all that waits pays"),
        floor=max(
            rate(told.mempoolminfee, "mempoolminfee"), rate(told.minrelaytxfee, "minrelaytxfee")
        ),
        received_ns=received_ns,
    )


def estimate(told: wire.FeeEstimate) -> Decimal | None:
    """A rate; None: the node has seen too little to say."""
    return None if told.feerate is None else rate(told.feerate, "feerate")
