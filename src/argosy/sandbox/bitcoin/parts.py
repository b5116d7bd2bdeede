"""What mempool.space tells of parts of blocks and transactions: bytes, places, proofs, who spends
an output, what hangs together. Opens no sockets.

https://mempool.space/docs/api/rest (2026-11-27), and https://github.com/Blockstream/esplora
(API.md, read the same day) for what the former leaves out.
"""

from typing import Any, Protocol

from argosy.sandbox.bitcoin.chain import Block, Chain, Refused, Waiting
from argosy.sandbox.bitcoin.encoding import (
    Tx,
    Undecodable,
    parsed,
    serialized,
    sha256d,
    shown,
    weight,
)

PAGE = 25  # transactions
_BLOCKS, _NEWER_BLOCKS = 10, 15  # of a list: of the old form, of /v1


class NotThere(Exception):
    """404, with the words of the explorer."""


class Malformed(Exception):
    """400, with the words of the explorer."""


class Rows(Protocol):
    """How the explorer writes blocks, transactions and where they are."""

    chain: Chain

    def block(self, block: Block) -> dict[str, Any]:
        """A block, without its transactions."""
        ...

    def tx(self, tx: Tx) -> dict[str, Any]:
        """A transaction, with what it spends."""
        ...

    def status(self, name: str) -> dict[str, Any]:
        """Which block a transaction is in."""
        ...


class Parts:
    """Answers as `Explorer` writes rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.chain = rows.chain

    def found_block(self, name: str) -> Block:
        """A block, of the best chain or not. Raises NotThere."""
        if name not in self.chain.blocks:
            raise NotThere("Block not found")
        return self.chain.blocks[name]

    def found_tx(self, name: str) -> Tx:
        """A transaction that waits or is in a block. Raises NotThere, Malformed."""
        if len(name) != 64:
            raise Malformed("Invalid hex string")
        if name not in self.chain.pool and name not in self.chain.mined_in:
            raise NotThere("Transaction not found")
        return self.chain.txs[name]

    def get(self, parts: list[str]) -> Any:
        """The answer to a path: JSON's values, str for plain text, bytes as they are."""
        match parts:
            case ["block-height", height]:
                number = _number(height)
                if number >= len(self.chain.best):
                    raise NotThere("Block not found")
                return self.chain.best[number].hash
            case ["blocks", *rest] | ["v1", "blocks", *rest] if len(rest) < 2:
                count = _NEWER_BLOCKS if parts[0] == "v1" else _BLOCKS
                last = _number(rest[0]) if rest else self.chain.tip.height
                shown_ones = self.chain.best[max(0, last + 1 - count) : last + 1]
                return [self.rows.block(each) for each in reversed(shown_ones)]
            case ["v1", "block", name]:
                return self.rows.block(self.found_block(name))
            case ["block", name, *rest]:
                return self._of_block(self.found_block(name), rest)
            case ["tx", name, *rest]:
                return self._of_tx(name, self.found_tx(name), rest)
            case ["v1", "cpfp", name]:
                self.found_tx(name)
                return self._package(self.chain.pool.get(name))
        raise NotThere("endpoint does not exist")

    def _of_block(self, block: Block, rest: list[str]) -> Any:
        match rest:
            case ["status"]:
                return self._block_status(block)
            case ["txids"]:
                return list(block.txids)
            case ["txid", index] if _number(index) < len(block.txids):
                return block.txids[_number(index)]
            case ["txs", *start] if len(start) < 2:
                first = _number(start[0]) if start else 0
                if first % PAGE:
                    raise Malformed(f"start index must be a multiple of {PAGE}")
                if first >= len(block.txs):
                    raise Malformed("start index out of range")
                return [self.rows.tx(each) for each in block.txs[first : first + PAGE]]
            case ["header"]:
                return block.header.hex()
            case ["raw"]:
                return block.raw
        raise NotThere("endpoint does not exist")

    def _block_status(self, block: Block) -> dict[str, Any]:
        best = self.chain.best
        if block.height >= len(best) or best[block.height] is not block:
            return {"in_best_chain": False}
        told: dict[str, Any] = {"in_best_chain": True, "height": block.height}
        following = best[block.height + 1 : block.height + 2]
        return told | ({"next_best": following[0].hash} if following else {})

    def _of_tx(self, name: str, tx: Tx, rest: list[str]) -> Any:
        match rest:
            case ["hex"]:
                return serialized(tx).hex()
            case ["raw"]:
                return serialized(tx)
            case ["merkle-proof"]:
                return self._proof(name)
            case ["outspends"]:
                return [self._spend((name, index)) for index in range(len(tx.outputs))]
            case ["outspend", index]:
                return self._spend((name, _number(index)))
        raise NotThere("endpoint does not exist")

    def _proof(self, name: str) -> dict[str, Any]:
        """The hashes that lead from a transaction to its block's merkle root."""
        if name not in self.chain.mined_in:
            raise NotThere("Transaction not found or is unconfirmed")
        block = self.chain.blocks[self.chain.mined_in[name]]
        place = at = block.txids.index(name)
        row = [bytes.fromhex(each)[::-1] for each in block.txids]
        beside = []
        while len(row) > 1:
            if len(row) % 2:
                row.append(row[-1])
            beside.append(shown(row[at ^ 1]))
            row = [sha256d(row[n] + row[n + 1]) for n in range(0, len(row), 2)]
            at //= 2
        return {"block_height": block.height, "merkle": beside, "pos": place}

    def _spend(self, place: tuple[str, int]) -> dict[str, Any]:
        found = self.chain.spender(place)
        if found is None:
            return {"spent": False}
        name, index = found
        return {"spent": True, "txid": name, "vin": index, "status": self.rows.status(name)}

    def _package(self, entry: Waiting | None) -> dict[str, Any]:
        """What must be mined before a waiting transaction, and what spends of it."""
        if entry is None:
            return {"ancestors": []}
        before = [each for each in self.chain.ancestors(entry) if each is not entry]
        after = [each for each in self.chain.family([entry.txid]) if each is not entry]
        package = [entry, *before]
        rate = sum(each.fee for each in package) / sum(each.vsize for each in package)
        return {
            "ancestors": [_relative(each) for each in before],
            "descendants": [_relative(each) for each in after],
            "bestDescendant": None,
            "effectiveFeePerVsize": max(rate, float(entry.rate)) if not before else rate,
        }

    def send(self, text: str) -> str:
        """Take a transaction, as hex. Raises Malformed with the node's own words."""
        try:
            return self.chain.submit(parsed(bytes.fromhex(text.strip()))).txid
        except (ValueError, Undecodable):
            code, words = -22, "TX decode failed. Make sure the tx has at least one input."
        except Refused as e:
            code, words = e.code, e.reason
        raise Malformed(f'sendrawtransaction RPC error: {{"code":{code},"message":"{words}"}}')


def _relative(entry: Waiting) -> dict[str, Any]:
    return {"txid": entry.txid, "fee": entry.fee, "weight": weight(entry.tx)}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Malformed("Invalid number")
    return int(text)
