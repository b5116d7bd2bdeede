"""The questions to a node, each as a Call: what to send, and what the answer means. Sends nothing.

`sendrawtransaction` too may be asked again: the same bytes are the same transaction.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from argosy.errors import ArgosyError, WireError
from argosy.model import Head, Nanos
from argosy.model.bitcoin import (
    BitcoinBlock,
    BitcoinOutput,
    BitcoinTransaction,
    MempoolState,
    TransactionCheck,
    WaitingTransaction,
)
from argosy.ports import Call, HttpRequest, HttpResponse
from argosy.sources.bitcoin import read, wire
from argosy.sources.bitcoin.envelope import Ask, body, decoded, result_of, results_of

T = TypeVar("T")
U = TypeVar("U")
MOST_TARGET = 1008  # blocks; estimatesmartfee takes no more

_CHAIN_INFO = msgspec.json.Decoder(wire.ChainInfo)
_NETWORK_INFO = msgspec.json.Decoder(wire.NetworkInfo)
_COUNT = msgspec.json.Decoder(wire.Count)
_HASH = msgspec.json.Decoder(wire.Hash)
_HASHES = msgspec.json.Decoder(list[wire.Hash])
_HEADER = msgspec.json.Decoder(wire.Header)
_BLOCK = msgspec.json.Decoder(wire.Block)
_POOL = msgspec.json.Decoder(dict[wire.Hash, wire.MempoolEntry])
_ENTRY = msgspec.json.Decoder(wire.MempoolEntry)
_POOL_INFO = msgspec.json.Decoder(wire.MempoolInfo)
_ESTIMATE = msgspec.json.Decoder(wire.FeeEstimate)
_TRANSACTION = msgspec.json.Decoder(wire.Transaction)
_OUTPUT = msgspec.json.Decoder(wire.TxOut | None)
_ACCEPTS = msgspec.json.Decoder(list[wire.Accept])
_Reader = Callable[[bytes, Nanos], T]


class Rpc:
    """The questions to one node, under its name in messages, about one chain."""

    def __init__(self, chain: str, node: str) -> None:
        self.chain = chain
        self.node = node

    # --- the chain --------------------------------------------------------------------------------

    def chain_info(self) -> Call[wire.ChainInfo]:
        """Which network, how far, and whether it is still catching up."""
        return self._one(Ask("getblockchaininfo"), self._plain(_CHAIN_INFO, "getblockchaininfo"))

    def network_info(self) -> Call[wire.NetworkInfo]:
        """The node's version and connections."""
        return self._one(Ask("getnetworkinfo"), self._plain(_NETWORK_INFO, "getnetworkinfo"))

    def block_count(self) -> Call[int]:
        """The number of the newest block."""
        return self._one(Ask("getblockcount"), self._plain(_COUNT, "getblockcount"))

    def block_hash(self, number: int) -> Call[str]:
        """The hash of a block of the best chain; NotKnown where it is not there yet."""
        return self._one(Ask("getblockhash", (number,)), self._plain(_HASH, "getblockhash"))

    def head(self, block_hash: str) -> Call[Head]:
        """A block's header."""

        def value(data: bytes, received_ns: Nanos) -> Head:
            told = decoded(_HEADER, data, f"{self.node}: getblockheader")
            self._same(told.hash, block_hash)
            return read.head(told, self.chain, received_ns)

        return self._one(Ask("getblockheader", (block_hash, True)), value)

    def block(self, block_hash: str) -> Call[BitcoinBlock]:
        """A block with its transactions. Asked with verbosity 3, which brings what inputs spend;
        nodes before 23.0 take it for 2.
        """

        def value(data: bytes, received_ns: Nanos) -> BitcoinBlock:
            told = decoded(_BLOCK, data, f"{self.node}: getblock")
            self._same(told.hash, block_hash)
            return read.block(told, self.chain, received_ns)

        return self._one(Ask("getblock", (block_hash, 3)), value)

    def _same(self, told: str, asked: str) -> None:
        if told != asked:
            raise WireError(f"{self.node}: asked for block {asked}, it answers with {told}")

    # --- what waits -------------------------------------------------------------------------------

    def mempool_info(self) -> Call[MempoolState]:
        """How full the pool is."""

        def value(data: bytes, received_ns: Nanos) -> MempoolState:
            told = decoded(_POOL_INFO, data, f"{self.node}: getmempoolinfo")
            return read.mempool(told, self.chain, received_ns)

        return self._one(Ask("getmempoolinfo"), value)

    def mempool_ids(self) -> Call[list[str]]:
        """The txids of all that waits."""
        return self._one(Ask("getrawmempool", (False,)), self._plain(_HASHES, "getrawmempool"))

    def mempool(self) -> Call[list[WaitingTransaction]]:
        """All that waits, whole. Large on the main chain: ask `mempool_info` first."""

        def value(data: bytes, received_ns: Nanos) -> list[WaitingTransaction]:
            told = decoded(_POOL, data, f"{self.node}: getrawmempool")
            return [
                read.waiting(entry, txid, self.chain, received_ns) for txid, entry in told.items()
            ]

        return self._one(Ask("getrawmempool", (True,)), value)

    def mempool_entries(self, txids: Sequence[str]) -> Call[list[WaitingTransaction | ArgosyError]]:
        """Some of what waits; NotKnown stands for what does not wait any more."""

        def value(data: bytes, txid: str, received_ns: Nanos) -> WaitingTransaction:
            told = decoded(_ENTRY, data, f"{self.node}: getmempoolentry")
            return read.waiting(told, txid, self.chain, received_ns)

        return self._many([(Ask("getmempoolentry", (txid,)), txid) for txid in txids], value)

    def fee_rates(self, targets: Sequence[int]) -> Call[list[Decimal | ArgosyError | None]]:
        """The rate to be mined within so many blocks, for each target; None: too little data."""

        def value(data: bytes, _target: int, _received_ns: Nanos) -> Decimal | None:
            return read.estimate(decoded(_ESTIMATE, data, f"{self.node}: estimatesmartfee"))

        return self._many([(Ask("estimatesmartfee", (each,)), each) for each in targets], value)

    # --- transactions -----------------------------------------------------------------------------

    def transactions(self, txids: Sequence[str]) -> Call[list[BitcoinTransaction | ArgosyError]]:
        """Transactions that wait; of blocks only where the node keeps an index (-txindex). NotKnown
        stands for the others.
        """

        def value(data: bytes, txid: str, received_ns: Nanos) -> BitcoinTransaction:
            told = decoded(_TRANSACTION, data, f"{self.node}: getrawtransaction")
            if told.txid != txid:
                raise WireError(f"{self.node}: asked for {txid}, it answers with {told.txid}")
            return read.transaction(told, self.chain, received_ns)

        return self._many([(Ask("getrawtransaction", (txid, True)), txid) for txid in txids], value)

    def unspent(
        self, places: Sequence[tuple[str, int]]
    ) -> Call[list[BitcoinOutput | ArgosyError | None]]:
        """Outputs of blocks by txid and index, also where something that waits spends them. None:
        a block has spent it, or it is in none.
        """

        def value(data: bytes, index: int, _received_ns: Nanos) -> BitcoinOutput | None:
            told = decoded(_OUTPUT, data, f"{self.node}: gettxout")
            return None if told is None else read.output(told, index)

        return self._many(
            [(Ask("gettxout", (txid, index, False)), index) for txid, index in places], value
        )

    def test(self, raw: bytes) -> Call[TransactionCheck]:
        """Whether the node would take a signed transaction, without giving it to anybody."""

        def value(data: bytes, _received_ns: Nanos) -> TransactionCheck:
            told = decoded(_ACCEPTS, data, f"{self.node}: testmempoolaccept")
            if len(told) != 1:
                raise WireError(f"{self.node}: {len(told)} answers to one transaction")
            return read.check(told[0], self.chain)

        return self._one(Ask("testmempoolaccept", ([raw.hex()],)), value)

    def send(self, raw: bytes) -> Call[str]:
        """Give a signed transaction to the node, which passes it on; returns its txid.

        TransactionRefused, Underpriced: it took nothing. AlreadyMined: it is in a block.
        """
        return self._one(
            Ask("sendrawtransaction", (raw.hex(),)), self._plain(_HASH, "sendrawtransaction")
        )

    # --- building ---------------------------------------------------------------------------------

    def _plain(self, decoder: "msgspec.json.Decoder[T]", method: str) -> _Reader[T]:
        return lambda data, _received_ns: decoded(decoder, data, f"{self.node}: {method}")

    def _one(self, ask: Ask, value: _Reader[T]) -> Call[T]:
        def answer(response: HttpResponse) -> T:
            return value(result_of(response, ask, self.node), response.received_ns)

        return Call(_request([ask], batch=False), answer)

    def _many(
        self, asks: Sequence[tuple[Ask, U]], value: Callable[[bytes, U, Nanos], T]
    ) -> Call[list[T | ArgosyError]]:
        def answer(response: HttpResponse) -> list[T | ArgosyError]:
            told = results_of(response, [ask for ask, _ in asks], self.node)
            return [
                each if isinstance(each, ArgosyError) else value(each, asked, response.received_ns)
                for each, (_, asked) in zip(told, asks, strict=True)
            ]

        return Call(_request([ask for ask, _ in asks], batch=True), answer)


def _request(asks: Sequence[Ask], *, batch: bool) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path="",
        host="rpc",
        headers=(("Content-Type", "application/json"),),
        body=body(asks, batch=batch),
    )
