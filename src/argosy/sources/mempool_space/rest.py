"""The questions to mempool.space's REST API, each as a Call. Sends nothing.

https://mempool.space/docs/api/rest (2026-11-27). Its base ends with /api. Errors are plain text,
with the status to go by; how much may be asked is not published, and who asks too much is banned.
"""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from urllib.parse import quote

import msgspec

from argosy.errors import NotKnown, RateLimited, VenueError, VenueUnavailable, WireError
from argosy.model import Nanos
from argosy.model.bitcoin import (
    AddressState,
    BitcoinBlock,
    BitcoinTransaction,
    FeeForecast,
    MempoolState,
    ProjectedBlocks,
    SeenTransaction,
    TransactionNews,
    UnspentOutput,
)
from argosy.ports import Call, HttpRequest, HttpResponse
from argosy.sources.mempool_space import read, wire

T = TypeVar("T")
W = TypeVar("W")
SOURCE = "mempool.space"
_TXID = re.compile(r"[0-9a-f]{64}")
_PAGE = 25  # confirmed transactions of an address that one answer holds
_FEES = msgspec.json.Decoder(wire.Fees)
_BLOCKS = msgspec.json.Decoder(list[wire.MempoolBlock])
_MEMPOOL = msgspec.json.Decoder(wire.Mempool)
_RECENT = msgspec.json.Decoder(list[wire.Recent])
_ADDRESS = msgspec.json.Decoder(wire.Address)
_TRANSACTION = msgspec.json.Decoder(wire.Transaction)
_TRANSACTIONS = msgspec.json.Decoder(list[wire.Transaction])
_UTXOS = msgspec.json.Decoder(list[wire.Utxo])
_STATUS = msgspec.json.Decoder(wire.Status)
_BLOCK = msgspec.json.Decoder(wire.Block)
_HEIGHT = msgspec.json.Decoder(Annotated[int, msgspec.Meta(ge=0, le=2**53)])


class Explorer:
    """The questions, about one chain."""

    def __init__(self, chain: str = "bitcoin") -> None:
        self.chain = chain

    # --- fees and what waits ----------------------------------------------------------------------

    def fees(self) -> Call[FeeForecast]:
        """The recommended rates."""
        return self._get(
            "/v1/fees/recommended", _FEES, lambda told, at: read.fees(told, self.chain, at)
        )

    def mempool_blocks(self) -> Call[ProjectedBlocks]:
        """The blocks that would be mined next."""
        return self._get(
            "/v1/fees/mempool-blocks",
            _BLOCKS,
            lambda told, at: read.projected(told, self.chain, at),
        )

    def mempool(self) -> Call[MempoolState]:
        """How full the pool is."""
        return self._get("/mempool", _MEMPOOL, lambda told, at: read.mempool(told, self.chain, at))

    def recent(self) -> Call[list[SeenTransaction]]:
        """The last ten transactions that came to wait: id, fee, size and value."""
        return self._get(
            "/mempool/recent",
            _RECENT,
            lambda told, at: [read.seen(each, self.chain, at) for each in told],
        )

    # --- addresses --------------------------------------------------------------------------------

    def address(self, address: str) -> Call[AddressState]:
        """What an address has received and spent."""

        def value(told: wire.Address, at: Nanos) -> AddressState:
            if told.address != address:
                raise WireError(f"{SOURCE}: asked for {address}, it answers with {told.address}")
            return read.address(told, self.chain, at)

        return self._get(f"/address/{quote(address, safe='')}", _ADDRESS, value)

    def address_transactions(self, address: str, after: str = "") -> Call[list[BitcoinTransaction]]:
        """Those of an address, newest first: all that wait (50 at most), then those of blocks, page
        by page as `HttpClient.collect` asks for them. `after`: the last txid that is known already.
        """
        path = f"/address/{quote(address, safe='')}/txs"
        query = (("after_txid", after),) if after else ()
        call = self._get(path, _TRANSACTIONS, self._transactions, query)

        def then(response: HttpResponse) -> Call[list[BitcoinTransaction]] | None:
            told = [each for each in call.read(response) if each.block_hash]
            if len(told) < _PAGE or told[-1].txid == after:
                return None
            return self.address_transactions(address, told[-1].txid)

        return Call(call.request, call.read, then)

    def unspent(self, address: str) -> Call[list[UnspentOutput]]:
        """The coins at an address."""
        return self._get(
            f"/address/{quote(address, safe='')}/utxo",
            _UTXOS,
            lambda told, _at: [read.unspent(each, self.chain) for each in told],
        )

    # --- transactions and blocks ------------------------------------------------------------------

    def transaction(self, txid: str) -> Call[BitcoinTransaction]:
        """A transaction."""

        def value(told: wire.Transaction, at: Nanos) -> BitcoinTransaction:
            if told.txid != txid:
                raise WireError(f"{SOURCE}: asked for {txid}, it answers with {told.txid}")
            return read.transaction(told, self.chain, at)

        return self._get(f"/tx/{quote(txid, safe='')}", _TRANSACTION, value)

    def status(self, txid: str) -> Call[TransactionNews]:
        """Whether a transaction is in a block, and in which."""
        return self._get(
            f"/tx/{quote(txid, safe='')}/status",
            _STATUS,
            lambda told, at: read.status(told, txid, self.chain, at),
        )

    def tip_height(self) -> Call[int]:
        """The number of the newest block."""
        return self._get("/blocks/tip/height", _HEIGHT, lambda told, _at: told)

    def tip_hash(self) -> Call[str]:
        """Its hash: plain text, not JSON."""

        def answer(response: HttpResponse) -> str:
            _refused(response)
            text = response.body[:100].decode(errors="replace").strip()
            if not _TXID.fullmatch(text):
                raise WireError(f"{SOURCE}: {text[:80]!r} is no hash of a block")
            return text

        return Call(_request("/blocks/tip/hash"), answer)

    def block(self, block_hash: str) -> Call[BitcoinBlock]:
        """A block, without its transactions."""

        def value(told: wire.Block, at: Nanos) -> BitcoinBlock:
            if told.id != block_hash:
                raise WireError(f"{SOURCE}: asked for {block_hash}, it answers with {told.id}")
            return read.block(told, self.chain, at)

        return self._get(f"/block/{quote(block_hash, safe='')}", _BLOCK, value)

    # --- building ---------------------------------------------------------------------------------

    def _transactions(self, told: list[wire.Transaction], at: Nanos) -> list[BitcoinTransaction]:
        return [read.transaction(each, self.chain, at) for each in told]

    def _get(
        self,
        path: str,
        decoder: "msgspec.json.Decoder[W]",
        value: "Callable[[W, Nanos], T]",
        query: Sequence[tuple[str, str]] = (),
    ) -> Call[T]:
        def answer(response: HttpResponse) -> T:
            _refused(response)
            return value(
                read.decoded(decoder, response.body, f"{SOURCE}: {path}"), response.received_ns
            )

        return Call(_request(path, query), answer)


def _request(path: str, query: Sequence[tuple[str, str]] = ()) -> HttpRequest:
    return HttpRequest(method="GET", path=path, query=tuple(query), cost={"calls": 1})


def _refused(response: HttpResponse) -> None:
    status = response.status
    if status == 200:
        return
    text = response.body[:200].decode(errors="replace").strip()
    text = "" if text.startswith("<") else text
    code = str(status)
    if status == 429:
        raise RateLimited(text or "too many requests", venue=SOURCE, code=code)
    if status == 404:
        raise NotKnown(text or "not found", venue=SOURCE, code=code)
    if status >= 500:
        raise VenueUnavailable(text or "it fails", venue=SOURCE, code=code)
    raise VenueError(text or "refused", venue=SOURCE, code=code)
