"""mempool.space's REST API over the simulated chain, and what its stream says. Opens no sockets.

https://mempool.space/docs/api/rest and .../websocket (2026-11-27). Pages of an address hold 25
transactions; the fields of `extras` and of Lightning are not there.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Any

from argosy.sandbox.bitcoin.chain import FLOOR, Block, Chain, Waiting
from argosy.sandbox.bitcoin.encoding import (
    BITS,
    Tx,
    TxIn,
    TxOut,
    serialized,
    txid,
    weight,
)
from argosy.sandbox.bitcoin.node import Node
from argosy.sandbox.bitcoin.parts import PAGE, Malformed, Parts
from argosy.sandbox.bitcoin.scripts import address_of, words

_MOST_WAITING = 50
_PROJECTED = 8
_KINDS = {
    "pubkeyhash": "p2pkh",
    "scripthash": "p2sh",
    "witness_v0_keyhash": "v0_p2wpkh",
    "witness_v0_scripthash": "v0_p2wsh",
    "witness_v1_taproot": "v1_p2tr",
    "nulldata": "op_return",
}


class Explorer:
    """What an explorer knows of the chain. Stands on a node, as a real one does."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.node = Node(chain)
        self.parts = Parts(self)

    def get(self, path: str, after: str = "") -> Any:
        """The answer to GET /api{path}: JSON's values, or a str for plain text. Raises NotThere."""
        parts = path.strip("/").split("/")
        match parts:
            case ["v1", "fees", "recommended"]:
                return self.fees()
            case ["v1", "fees", "mempool-blocks"]:
                return self.projected()
            case ["mempool"]:
                return self.mempool()
            case ["mempool", "recent"]:
                return self.recent()
            case ["mempool", "txids"]:
                return list(self.chain.pool)
            case ["blocks", "tip", "height"]:
                return self.chain.tip.height
            case ["blocks", "tip", "hash"]:
                return self.chain.tip.hash
            case ["block", block_hash]:
                return self.block(self.parts.found_block(block_hash))
            case ["tx", name]:
                return self.tx(self.parts.found_tx(name))
            case ["tx", name, "status"]:
                self.parts.found_tx(name)
                return self.status(name)
            case ["address", address]:
                return self.address(address)
            case ["address", address, "txs"]:
                return self.waiting_txs(address, bool(after)) + self.mined_txs(address, after)
            case ["address", address, "txs", "mempool"]:
                return self.waiting_txs(address)
            case ["address", address, "txs", "chain", *last] if len(last) < 2:
                return self.mined_txs(address, *last)
            case ["address", address, "utxo"]:
                return self.utxo(address)
        return self.parts.get(parts)

    # --- fees and what waits ----------------------------------------------------------------------

    def dealt(self) -> list[list[Waiting]]:
        """What waits, dealt into the blocks that would be mined next."""
        left = sorted(self.chain.pool.values(), key=lambda each: (-each.rate, each.txid))
        found: list[list[Waiting]] = []
        placed: set[str] = set()
        while left and len(found) < _PROJECTED:
            room = self.chain.settings.block_vsize if len(found) < _PROJECTED - 1 else math.inf
            block: list[Waiting] = []
            for entry in left:
                if entry.txid in placed:
                    continue
                package = [each for each in self.chain.ancestors(entry) if each.txid not in placed]
                size = sum(each.vsize for each in package)
                if size <= room:
                    room -= size
                    block += package
                    placed.update(each.txid for each in package)
            if not block:
                break
            found.append(block)
            left = [each for each in left if each.txid not in placed]
        return found

    def projected(self) -> list[dict[str, Any]]:
        """The blocks that would be mined next."""
        told = []
        for block in self.dealt():
            rates = sorted(each.rate for each in block)
            places = [0, 10, 25, 50, 75, 90, 100]
            told.append(
                {
                    "blockSize": sum(each.vsize for each in block),
                    "blockVSize": sum(each.vsize for each in block),
                    "nTx": len(block),
                    "totalFees": sum(each.fee for each in block),
                    "medianFee": float(statistics.median_low(rates)),
                    "feeRange": [float(rates[(len(rates) - 1) * n // 100]) for n in places],
                }
            )
        return told

    def fees(self) -> dict[str, int]:
        """The recommended rates: the median of each projected block that is more than half full."""
        found: list[int] = []
        blocks = self.projected()
        for place in range(3):
            full = place < len(blocks) and (
                blocks[place]["blockVSize"] * 2 > self.chain.settings.block_vsize
            )
            rate = math.ceil(blocks[place]["medianFee"]) if full else FLOOR
            found.append(min([rate, *found]))
        fastest, half_hour, hour = found
        return {
            "fastestFee": fastest,
            "halfHourFee": half_hour,
            "hourFee": hour,
            "economyFee": min(hour, 2 * FLOOR),
            "minimumFee": FLOOR,
        }

    def mempool(self) -> dict[str, Any]:
        """How full the pool is, by rates."""
        pool = list(self.chain.pool.values())
        steps: dict[int, int] = {}
        for each in pool:
            steps[int(each.rate)] = steps.get(int(each.rate), 0) + each.vsize
        return {
            "count": len(pool),
            "vsize": sum(each.vsize for each in pool),
            "total_fee": sum(each.fee for each in pool),
            "fee_histogram": [[rate, size] for rate, size in sorted(steps.items(), reverse=True)],
        }

    def recent(self) -> list[dict[str, Any]]:
        """The last that came, newest first."""
        return [
            {
                "txid": each.txid,
                "fee": each.fee,
                "vsize": each.vsize,
                "value": sum(out.value for out in each.tx.outputs),
            }
            for each in list(self.chain.pool.values())[:-11:-1]
        ]

    def info(self) -> dict[str, Any]:
        """`mempoolInfo` of the stream: what the node says."""
        told: dict[str, Any] = self.node.methods["getmempoolinfo"]()
        return told

    # --- blocks and transactions ------------------------------------------------------------------

    def block(self, block: Block) -> dict[str, Any]:
        """A block, without its transactions."""
        return {
            "id": block.hash,
            "height": block.height,
            "version": 0x20000000,
            "timestamp": block.time_s,
            "bits": BITS,
            "nonce": block.nonce,
            "difficulty": 4.656542373906925e-10,
            "merkle_root": block.root,
            "tx_count": len(block.txs),
            "size": block.size,
            "weight": block.weight,
            "previousblockhash": block.parent if block.height else None,
            "mediantime": block.time_s,
        }

    def tx(self, tx: Tx) -> dict[str, Any]:
        """A transaction, with what it spends."""
        name = txid(tx)
        spent = [self.chain.output((each.txid, each.index)) for each in tx.inputs]
        total = sum(each.value for each in spent if each is not None)
        return {
            "txid": name,
            "version": tx.version,
            "locktime": tx.locktime,
            "vin": [self._vin(each) for each in tx.inputs],
            "vout": [self._out(each) for each in tx.outputs],
            "size": len(serialized(tx)),
            "weight": weight(tx),
            "fee": 0 if tx.is_coinbase else total - sum(each.value for each in tx.outputs),
            "status": self.status(name),
        }

    def _vin(self, each: TxIn) -> dict[str, Any]:
        out = self.chain.output((each.txid, each.index))
        return {
            "txid": each.txid,
            "vout": each.index,
            "prevout": None if out is None else self._out(out),
            "scriptsig": (each.coinbase or each.script).hex(),
            "scriptsig_asm": words(each.coinbase or each.script),
            **({"witness": [item.hex() for item in each.witness]} if each.witness else {}),
            "is_coinbase": bool(each.coinbase),
            "sequence": each.sequence,
        }

    def _out(self, out: TxOut) -> dict[str, Any]:
        script = self.node.script(out.script)
        told = {
            "scriptpubkey": script["hex"],
            "scriptpubkey_asm": script["asm"],
            "scriptpubkey_type": _KINDS.get(script["type"], "unknown"),
            "value": out.value,
        }
        return told | ({"scriptpubkey_address": script["address"]} if "address" in script else {})

    def status(self, name: str) -> dict[str, Any]:
        """Which block a transaction is in."""
        block_hash = self.chain.mined_in.get(name)
        if block_hash is None:
            return {"confirmed": False}
        block = self.chain.blocks[block_hash]
        return {
            "confirmed": True,
            "block_height": block.height,
            "block_hash": block.hash,
            "block_time": block.time_s,
        }

    # --- addresses --------------------------------------------------------------------------------

    def touches(self, tx: Tx, address: str) -> bool:
        """Whether an address is in the inputs or outputs."""
        spent = [self.chain.output((each.txid, each.index)) for each in tx.inputs]
        outs = [*tx.outputs, *(each for each in spent if each is not None)]
        return any(address_of(out.script) == address for out in outs)

    def _of(self, address: str, txs: Sequence[Tx]) -> dict[str, int]:
        got = [out for tx in txs for out in tx.outputs if address_of(out.script) == address]
        spent = [
            out
            for tx in txs
            for each in tx.inputs
            if (out := self.chain.output((each.txid, each.index))) is not None
            and address_of(out.script) == address
        ]
        return {
            "funded_txo_count": len(got),
            "funded_txo_sum": sum(out.value for out in got),
            "spent_txo_count": len(spent),
            "spent_txo_sum": sum(out.value for out in spent),
            "tx_count": sum(self.touches(tx, address) for tx in txs),
        }

    def address(self, address: str) -> dict[str, Any]:
        """What an address has received and spent."""
        self._check(address)
        mined = [tx for block in self.chain.best for tx in block.txs]
        return {
            "address": address,
            "chain_stats": self._of(address, mined),
            "mempool_stats": self._of(address, [each.tx for each in self.chain.pool.values()]),
        }

    def waiting_txs(self, address: str, passed: bool = False) -> list[dict[str, Any]]:
        """Its transactions that wait, newest first; none, where a page before had them."""
        self._check(address)
        waiting = [] if passed else [each.tx for each in reversed(self.chain.pool.values())]
        found = [tx for tx in waiting if self.touches(tx, address)][:_MOST_WAITING]
        return [self.tx(tx) for tx in found]

    def mined_txs(self, address: str, after: str = "") -> list[dict[str, Any]]:
        """A page of its transactions of blocks, newest first."""
        self._check(address)
        mined = [
            (name, tx)
            for block in reversed(self.chain.best)
            for name, tx in zip(reversed(block.txids), reversed(block.txs), strict=True)
            if self.touches(tx, address)
        ]
        if after:
            names = [name for name, _ in mined]
            mined = mined[names.index(after) + 1 :] if after in names else []
        return [self.tx(tx) for _, tx in mined[:PAGE]]

    def utxo(self, address: str) -> list[dict[str, Any]]:
        """The coins at an address, without those that something waiting spends."""
        self._check(address)
        places = [
            place
            for place, coin in self.chain.coins.items()
            if address_of(coin.out.script) == address
        ]
        places += [
            (each.txid, index)
            for each in self.chain.pool.values()
            for index, out in enumerate(each.tx.outputs)
            if address_of(out.script) == address
        ]
        return [
            {"txid": name, "vout": index, "status": self.status(name), "value": out.value}
            for name, index in places
            if self.chain.free((name, index))
            and (out := self.chain.output((name, index))) is not None
        ]

    def _check(self, address: str) -> None:
        if not 26 <= len(address) <= 100 or not address.isalnum():
            raise Malformed("Invalid Bitcoin address")
