"""Bitcoin Core's JSON-RPC over the simulated chain. Answers; opens no sockets.

https://bitcoincore.org/en/doc/32.0.0/rpc/ (2026-11-27); `old` answers as 0.21 did, and litecoind
still does: other HTTP statuses, `addresses`, no fees and nothing of what inputs spend in blocks.
"""

import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from argosy.sandbox.bitcoin.chain import COIN, FLOOR, Block, Chain, Refused, Waiting
from argosy.sandbox.bitcoin.encoding import (
    BITS,
    Tx,
    TxIn,
    Undecodable,
    parsed,
    serialized,
    txid,
    vsize,
    weight,
    wtxid,
)
from argosy.sandbox.bitcoin.scripts import address_of, kind, words

_JSON = msgspec.json.Encoder(decimal_format="number")
_PLACES = Decimal("0.00000001")
_HISTORY = 6  # blocks that fees are estimated from
_LEAST = 20  # transactions
_MOST_TARGET = 1008
_MAX_BATCH = 1_000
_DIFFICULTY = Decimal("4.656542373906925E-10")  # regtest's
_CONNECTIONS = 8


class RpcError(Exception):
    """An error with Bitcoin Core's code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def coins(satoshi: int) -> Decimal:
    """An amount as the node writes it: eight digits after the point."""
    return (Decimal(satoshi) / COIN).quantize(_PLACES)


def per_kilo(rate: Decimal) -> Decimal:
    """Satoshi a virtual byte as coins a thousand."""
    return (rate * 1000 / COIN).quantize(_PLACES)


class Node:
    """One node's view of the chain; `lag` blocks behind it."""

    def __init__(self, chain: Chain, *, old: bool = False, network: str = "regtest") -> None:
        self.chain = chain
        self.old = old
        self.network = network
        self.lag = 0
        self.methods: dict[str, Callable[..., Any]] = {
            name.removeprefix("_rpc_"): getattr(self, name)
            for name in dir(self)
            if name.startswith("_rpc_")
        }

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """An HTTP status and the bytes of the answer."""
        try:
            told = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return 500, _JSON.encode(_failure(None, RpcError(-32700, "Parse error")))
        if isinstance(told, list):
            return 200, _JSON.encode([self._one(each)[1] for each in told[:_MAX_BATCH]])
        status, answer = self._one(told)
        return status, _JSON.encode(answer)

    def _one(self, told: Any) -> tuple[int, dict[str, Any]]:
        number = told.get("id") if isinstance(told, dict) else None
        quiet = not self.old and isinstance(told, dict) and told.get("jsonrpc") == "2.0"
        try:
            if not isinstance(told, dict) or not isinstance(told.get("method"), str):
                raise RpcError(-32600, "Missing method")
            method = self.methods.get(told["method"])
            if method is None:
                raise RpcError(-32601, "Method not found")
            params = told.get("params") or []
            if not isinstance(params, list):
                raise RpcError(-1, "this simulation takes parameters by place alone")
            try:
                result = method(*params)
            except TypeError as e:
                raise RpcError(-1, f"{told['method']}: {e}") from e
        except RpcError as e:
            status = {-32601: 404, -32600: 400}.get(e.code, 500)
            return 200 if quiet else status, _failure(number, e, quiet=quiet)
        if quiet:
            return 200, {"jsonrpc": "2.0", "result": result, "id": number}
        return 200, {"result": result, "error": None, "id": number}

    # --- the chain --------------------------------------------------------------------------------

    @property
    def height(self) -> int:
        """The number of the newest block that this node has."""
        return max(0, len(self.chain.best) - 1 - self.lag)

    def _rpc_getblockchaininfo(self) -> dict[str, Any]:
        tip = self.chain.best[self.height]
        return {
            "chain": self.network,
            "blocks": tip.height,
            "headers": tip.height,
            "bestblockhash": tip.hash,
            "difficulty": _DIFFICULTY,
            "mediantime": self._median_time(tip),
            "verificationprogress": 1,
            "initialblockdownload": False,
            "chainwork": f"{tip.work:064x}",
            "size_on_disk": sum(block.size for block in self.chain.best),
            "pruned": False,
            "warnings": "" if self.old else [],
        }

    def _rpc_getnetworkinfo(self) -> dict[str, Any]:
        return {
            "version": 210200 if self.old else 290000,
            "subversion": "/Sandbox:0.21.2/" if self.old else "/Sandbox:29.0.0/",
            "protocolversion": 70016,
            "localrelay": True,
            "timeoffset": 0,
            "networkactive": True,
            "connections": _CONNECTIONS,
            "relayfee": per_kilo(Decimal(FLOOR)),
            "incrementalfee": per_kilo(Decimal(FLOOR)),
            "warnings": "" if self.old else [],
        }

    def _rpc_getblockcount(self) -> int:
        return self.height

    def _rpc_getbestblockhash(self) -> str:
        return self.chain.best[self.height].hash

    def _rpc_getblockhash(self, number: int) -> str:
        if not isinstance(number, int) or not 0 <= number <= self.height:
            raise RpcError(-8, "Block height out of range")
        return self.chain.best[number].hash

    def _rpc_getblockheader(self, block_hash: str, verbose: bool = True) -> Any:
        block = self._block(block_hash)
        return self._header(block) if verbose else block.header.hex()

    def _rpc_getblock(self, block_hash: str, verbosity: int = 1) -> Any:
        block = self._block(block_hash)
        if not verbosity:
            return block.raw.hex()
        told = self._header(block)
        told |= {
            "strippedsize": block.stripped_size,
            "size": block.size,
            "weight": block.weight,
        }
        if verbosity < 2:
            told["tx"] = list(block.txids)
        else:
            whole = verbosity > 2 and not self.old
            told["tx"] = [self._tx(tx, fee=not self.old, prevouts=whole) for tx in block.txs]
        return told

    def _rpc_getchaintips(self) -> list[dict[str, Any]]:
        tip = self.chain.best[self.height]
        told = [{"height": tip.height, "hash": tip.hash, "branchlen": 0, "status": "active"}]
        best = {block.hash for block in self.chain.best}
        parents = {block.parent for block in self.chain.blocks.values()}
        for block in self.chain.blocks.values():
            if block.hash in best or block.hash in parents:
                continue
            length, at = 0, block
            while at.hash not in best:
                length, at = length + 1, self.chain.blocks[at.parent]
            row = {"height": block.height, "hash": block.hash, "branchlen": length}
            told.append(row | {"status": "valid-fork"})
        return told

    def _rpc_getdifficulty(self) -> Decimal:
        return _DIFFICULTY

    def _rpc_getconnectioncount(self) -> int:
        return _CONNECTIONS

    def _block(self, block_hash: object) -> Block:
        if not isinstance(block_hash, str) or len(block_hash) != 64:
            raise RpcError(-8, f"blockhash must be of length 64 (not {len(str(block_hash))})")
        block = self.chain.blocks.get(block_hash)
        if block is None or (block.height > self.height and self.lag):
            raise RpcError(-5, "Block not found")
        return block

    def _on(self, block: Block) -> bool:
        """Whether a block is of the best chain."""
        best = self.chain.best
        return block.height < len(best) and best[block.height] is block

    def _header(self, block: Block) -> dict[str, Any]:
        best, on = self.chain.best, self._on(block)
        told = {
            "hash": block.hash,
            "confirmations": self.height - block.height + 1 if on else -1,
            "height": block.height,
            "version": 0x20000000,
            "versionHex": "20000000",
            "merkleroot": block.root,
            "time": block.time_s,
            "mediantime": self._median_time(block),
            "nonce": block.nonce,
            "bits": f"{BITS:08x}",
            "difficulty": _DIFFICULTY,
            "chainwork": f"{block.work:064x}",
            "nTx": len(block.txs),
        }
        if block.height:
            told["previousblockhash"] = block.parent
        if on and block.height < self.height:
            told["nextblockhash"] = best[block.height + 1].hash
        return told

    def _median_time(self, block: Block) -> int:
        times: list[int] = []
        at: Block | None = block
        while at is not None and len(times) < 11:
            times.append(at.time_s)
            at = self.chain.blocks.get(at.parent)
        return int(statistics.median_low(times))

    # --- transactions -----------------------------------------------------------------------------

    def _tx(self, tx: Tx, *, fee: bool = False, prevouts: bool = False) -> dict[str, Any]:
        data = serialized(tx)
        name = txid(tx)
        told: dict[str, Any] = {
            "txid": name,
            "hash": wtxid(tx),
            "version": tx.version,
            "size": len(data),
            "vsize": vsize(tx),
            "weight": weight(tx),
            "locktime": tx.locktime,
            "vin": [self._vin(each, prevouts=prevouts) for each in tx.inputs],
            "vout": [
                {"value": coins(each.value), "n": n, "scriptPubKey": self.script(each.script)}
                for n, each in enumerate(tx.outputs)
            ],
            "hex": data.hex(),
        }
        if fee and not tx.is_coinbase:
            told["fee"] = coins(self._fee(tx))
        return told

    def _fee(self, tx: Tx) -> int:
        spent = [self.chain.output((each.txid, each.index)) for each in tx.inputs]
        total = sum(each.value for each in spent if each is not None)
        return total - sum(each.value for each in tx.outputs)

    def _vin(self, each: TxIn, *, prevouts: bool) -> dict[str, Any]:
        seen = {"txinwitness": [item.hex() for item in each.witness]} if each.witness else {}
        if each.coinbase:
            return {"coinbase": each.coinbase.hex(), **seen, "sequence": each.sequence}
        told: dict[str, Any] = {
            "txid": each.txid,
            "vout": each.index,
            "scriptSig": {"asm": words(each.script), "hex": each.script.hex()},
            **seen,
            "sequence": each.sequence,
        }
        out = self.chain.output((each.txid, each.index)) if prevouts else None
        if out is not None:
            told["prevout"] = {
                "generated": self.chain.txs[each.txid].is_coinbase,
                "height": self._height_of(each.txid),
                "value": coins(out.value),
                "scriptPubKey": self.script(out.script),
            }
        return told

    def _height_of(self, name: str) -> int:
        block_hash = self.chain.mined_in.get(name)
        return self.chain.blocks[block_hash].height if block_hash else 0

    def script(self, script: bytes) -> dict[str, Any]:
        """A script as JSON has it."""
        told: dict[str, Any] = {"asm": words(script), "hex": script.hex(), "type": kind(script)}
        address = address_of(script)
        if address and self.old:
            told |= {"reqSigs": 1, "addresses": [address]}
        elif address:
            told["address"] = address
        return told

    def _rpc_getrawtransaction(
        self, name: str, verbose: int | bool = 0, inside: str | None = None
    ) -> Any:
        tx = self.chain.txs.get(name)
        block_hash = self.chain.mined_in.get(name) if inside is None else inside
        if inside is not None and inside not in self.chain.blocks:
            raise RpcError(-5, "Block hash not found")
        if inside is not None and name not in self.chain.blocks[inside].txids:
            raise RpcError(
                -5,
                "No such transaction found in the provided block. Use gettransaction for wallet"
                " transactions.",
            )
        if tx is None or (block_hash is None and name not in self.chain.pool):
            raise RpcError(
                -5,
                "No such mempool or blockchain transaction. Use gettransaction for wallet"
                " transactions.",
            )
        if not verbose:
            return serialized(tx).hex()
        whole = int(verbose) > 1 and not self.old and not tx.is_coinbase
        told = self._tx(tx, fee=whole, prevouts=whole)
        if block_hash is not None:
            block = self.chain.blocks[block_hash]
            on = self._on(block)
            told |= {
                **({} if inside is None else {"in_active_chain": on}),
                "blockhash": block_hash,
                "confirmations": self.height - block.height + 1 if on else 0,
                "time": block.time_s,
                "blocktime": block.time_s,
            }
        return told

    def _rpc_gettxout(
        self, name: str, index: int, include_mempool: bool = True
    ) -> dict[str, Any] | None:
        place = (name, index)
        coin = self.chain.coin(place) if include_mempool else self.chain.coins.get(place)
        if coin is None or (include_mempool and not self.chain.free(place)):
            return None
        deep = 0 if coin.height is None else self.height - coin.height + 1
        return {
            "bestblock": self.chain.best[self.height].hash,
            "confirmations": deep,
            "value": coins(coin.out.value),
            "scriptPubKey": self.script(coin.out.script),
            "coinbase": coin.new,
        }

    def _decoded(self, raw: object) -> Tx:
        try:
            return parsed(bytes.fromhex(raw if isinstance(raw, str) else "zz"))
        except (ValueError, Undecodable):
            raise RpcError(
                -22, "TX decode failed. Make sure the tx has at least one input."
            ) from None

    def _rpc_decoderawtransaction(self, raw: str, *_form: object) -> dict[str, Any]:
        told = self._tx(self._decoded(raw))
        del told["hex"]
        return told

    def _rpc_sendrawtransaction(self, raw: str, *_limits: object) -> str:
        try:
            return self.chain.submit(self._decoded(raw)).txid
        except Refused as e:
            old = "Transaction already in block chain"
            raise RpcError(e.code, old if self.old and e.code == -27 else e.reason) from e

    def _rpc_testmempoolaccept(self, raws: Sequence[str], *_limits: object) -> list[Any]:
        if not isinstance(raws, list) or len(raws) != 1:
            raise RpcError(-8, "Array must contain exactly one raw transaction for now")
        tx = self._decoded(raws[0])
        told: dict[str, Any] = {"txid": txid(tx)}
        try:
            entry = self.chain.submit(tx, test=True)
        except Refused as e:
            reason = "txn-already-known" if e.code == -27 else e.reason.partition(",")[0]
            reason = "missing-inputs" if e.code == -25 else reason
            return [told | {"allowed": False, "reject-reason": reason}]
        fees = {"base": coins(entry.fee)}
        return [told | {"allowed": True, "vsize": entry.vsize, "fees": fees}]

    # --- what waits -------------------------------------------------------------------------------

    def _rpc_getmempoolinfo(self) -> dict[str, Any]:
        pool = self.chain.pool.values()
        told = {
            "loaded": True,
            "size": len(pool),
            "bytes": sum(each.vsize for each in pool),
            "usage": sum(each.vsize for each in pool) * 9,
            "maxmempool": 300_000_000,
            "mempoolminfee": per_kilo(Decimal(FLOOR)),
            "minrelaytxfee": per_kilo(Decimal(FLOOR)),
            "unbroadcastcount": 0,
        }
        if not self.old:
            told |= {"total_fee": coins(sum(each.fee for each in pool)), "fullrbf": True}
        return told

    def _rpc_getrawmempool(self, verbose: bool = False) -> Any:
        if not verbose:
            return list(self.chain.pool)
        return {name: self._entry(each) for name, each in self.chain.pool.items()}

    def _rpc_getmempoolentry(self, name: str) -> dict[str, Any]:
        if name not in self.chain.pool:
            raise RpcError(-5, "Transaction not in mempool")
        return self._entry(self.chain.pool[name])

    def _entry(self, entry: Waiting) -> dict[str, Any]:
        above, below = self.chain.ancestors(entry), self.chain.family([entry.txid])
        return {
            "vsize": entry.vsize,
            "weight": weight(entry.tx),
            "time": entry.entered_s,
            "height": entry.height,
            "descendantcount": len(below),
            "descendantsize": sum(each.vsize for each in below),
            "ancestorcount": len(above),
            "ancestorsize": sum(each.vsize for each in above),
            "wtxid": wtxid(entry.tx),
            "fees": {
                "base": coins(entry.fee),
                "modified": coins(entry.fee),
                "ancestor": coins(sum(each.fee for each in above)),
                "descendant": coins(sum(each.fee for each in below)),
            },
            "depends": sorted(self.chain.parents(entry)),
            "spentby": [
                each.txid
                for each in below
                if any(spent.txid == entry.txid for spent in each.tx.inputs)
            ],
            "bip125-replaceable": True,
            "unbroadcast": False,
        }

    def _rpc_estimatesmartfee(self, target: int, *_mode: object) -> dict[str, Any]:
        if not isinstance(target, int) or not 1 <= target <= _MOST_TARGET:
            raise RpcError(-8, f"Invalid conf_target, must be between 1 and {_MOST_TARGET}")
        rates = sorted(
            Decimal(self._fee(tx)) / vsize(tx)
            for block in self.chain.best[: self.height + 1][-_HISTORY:]
            for tx in block.txs[1:]
        )
        if len(rates) < _LEAST:
            return {"errors": ["Insufficient data or no feerate found"], "blocks": 0}
        percent = max(10, 95 - 10 * target)
        rate = rates[min(len(rates) - 1, len(rates) * percent // 100)]
        return {"feerate": per_kilo(rate), "blocks": max(2, target)}

    # --- of regtest -------------------------------------------------------------------------------

    def _rpc_generate(self, count: int = 1) -> list[str]:
        if not isinstance(count, int) or not 0 <= count <= 1_000:
            raise RpcError(-8, "between 0 and 1000 blocks at once")
        return [self.chain.mine().hash for _ in range(count)]


def _failure(number: object, error: RpcError, *, quiet: bool = False) -> dict[str, Any]:
    told = {"error": {"code": error.code, "message": error.message}, "id": number}
    return {"jsonrpc": "2.0", **told} if quiet else {"result": None, **told}
