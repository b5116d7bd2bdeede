"""Questions for what is on the chain, as JSON-RPC asks them: blocks, transactions, receipts, logs,
accounts, fees. Changes nothing, and calls no contract.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from argosy.sandbox.evm import pyrows
from argosy.sandbox.evm.abi import keccak
from argosy.sandbox.evm.pycalls import BAD_PARAMS, Refused, place, raw
from argosy.sandbox.evm.pychain import COINBASE, GWEI, NoBlock, PyChain
from argosy.sandbox.evm.pypool import Pool

_MOST_HISTORY = 1_024  # blocks of a fee history


class Reads:
    """Answers from a chain, and from the pool what waits."""

    def __init__(self, chain: PyChain, pool: Pool) -> None:
        self._chain = chain
        self._pool = pool

    def methods(self) -> Mapping[str, Callable[..., Any]]:
        """By the names that JSON-RPC has for them."""
        chain = self._chain

        def state(at: Any) -> Any:
            return chain.state(place(at))

        return {
            "eth_chainId": lambda: hex(chain.chain_id),
            "net_version": lambda: str(chain.chain_id),
            "net_listening": lambda: True,
            "net_peerCount": lambda: "0x0",
            "web3_sha3": lambda data: "0x" + keccak(raw(data)).hex(),
            "eth_coinbase": lambda: "0x" + COINBASE.hex(),
            "web3_clientVersion": lambda: "py-evm/argosy",
            "eth_syncing": lambda: False,
            "eth_accounts": lambda: ["0x" + each.hex() for each in chain.keys],
            "eth_blockNumber": lambda: hex(chain.head.block_number),
            "eth_gasPrice": lambda: hex(chain.base_fee + GWEI),
            "eth_maxPriorityFeePerGas": lambda: hex(GWEI),
            "eth_blobBaseFee": lambda: hex(chain.state("pending").blob_base_fee),
            "eth_getBlockByNumber": self._block,
            "eth_getBlockByHash": self._block,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getBlockTransactionCountByNumber": self._count_inside,
            "eth_getBlockTransactionCountByHash": self._count_inside,
            "eth_getBalance": lambda who, at="latest": hex(state(at).get_balance(raw(who))),
            "eth_getTransactionCount": self._count,
            "eth_getCode": lambda who, at="latest": "0x" + state(at).get_code(raw(who)).hex(),
            "eth_getStorageAt": lambda who, slot, at="latest": (
                f"0x{state(at).get_storage(raw(who), int(slot, 16)):064x}"
            ),
            "eth_feeHistory": self._fee_history,
            "eth_getTransactionReceipt": self.receipt,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionByBlockNumberAndIndex": self._transaction_at,
            "eth_getTransactionByBlockHashAndIndex": self._transaction_at,
            "eth_getRawTransactionByHash": self._raw_transaction,
            "eth_getRawTransactionByBlockNumberAndIndex": self._raw_transaction_at,
            "eth_getRawTransactionByBlockHashAndIndex": self._raw_transaction_at,
            "eth_getUncleCountByBlockNumber": self._uncles,
            "eth_getUncleCountByBlockHash": self._uncles,
            "eth_getLogs": self.logs,
            "txpool_content": self._content,
            "txpool_status": lambda: {
                kind: hex(sum(map(len, senders.values())))
                for kind, senders in self._content().items()
            },
        }

    def nonce(self, sender: bytes) -> int:
        """The next one of an account, by what is mined."""
        return int(self._chain.state("latest").get_nonce(sender))

    def _count(self, who: str, at: Any = "latest") -> str:
        sender = raw(who)
        if at == "pending":
            return hex(self._pool.next_nonce(sender, self.nonce(sender)))
        return hex(self._chain.state(place(at)).get_nonce(sender))

    def _known(self, at: Any) -> Any | None:
        try:
            return self._chain.block(place(at))
        except NoBlock:
            return None

    def _block(self, at: Any, whole: bool = False) -> dict[str, Any] | None:
        block = self._known(at)
        return None if block is None else pyrows.block_row(block, whole=whole)

    def _block_receipts(self, at: Any) -> list[dict[str, Any]] | None:
        block = self._known(at)
        return None if block is None else pyrows.receipt_rows(self._chain, block)

    def _count_inside(self, at: Any) -> str | None:
        block = self._known(at)
        return None if block is None else hex(len(block.transactions))

    def _uncles(self, at: Any) -> str | None:
        block = self._known(at)
        return None if block is None else hex(len(block.uncles))

    def _fee_history(self, count: Any, newest: Any, percentiles: Any = None) -> dict[str, Any]:
        chain, wanted = self._chain, percentiles or []
        if sorted(wanted) != wanted or any(not 0 <= each <= 100 for each in wanted):
            raise Refused(f"invalid reward percentiles {wanted}", BAD_PARAMS)
        head = int(chain.head.block_number)
        last = place(newest)
        tip = min(last, head) if isinstance(last, int) else head
        first = max(0, tip - min(int(str(count), 0), _MOST_HISTORY) + 1)
        blocks = [chain.block(each) for each in range(first, tip + 1)]
        following = chain.base_fee
        if tip < head:
            following = chain.block(tip + 1).header.base_fee_per_gas
        told = {
            "oldestBlock": hex(first),
            "baseFeePerGas": [*(hex(b.header.base_fee_per_gas) for b in blocks), hex(following)],
            "gasUsedRatio": [b.header.gas_used / b.header.gas_limit for b in blocks],
        }
        if not wanted:
            return told
        return told | {"reward": [pyrows.fee_row(chain, each, wanted) for each in blocks]}

    def receipt(self, name: str) -> dict[str, Any] | None:
        """The receipt of a transaction that is in a block."""
        where = self._chain.place(raw(name))
        return None if where is None else pyrows.receipt_rows(self._chain, where[0])[where[1]]

    def _transaction(self, name: str) -> dict[str, Any] | None:
        if (held := self._pool.find(raw(name))) is not None:
            return pyrows.waiting_row(held.transaction)
        where = self._chain.place(raw(name))
        return None if where is None else pyrows.transaction_row(*where)

    def _transaction_at(self, at: Any, index: str) -> dict[str, Any] | None:
        block, which = self._known(at), int(index, 16)
        if block is None or which >= len(block.transactions):
            return None
        return pyrows.transaction_row(block, which)

    def _raw_transaction(self, name: str) -> str | None:
        if (held := self._pool.find(raw(name))) is not None:
            return _encoded(held.transaction)
        where = self._chain.place(raw(name))
        return None if where is None else _encoded(where[0].transactions[where[1]])

    def _raw_transaction_at(self, at: Any, index: str) -> str | None:
        block, which = self._known(at), int(index, 16)
        if block is None or which >= len(block.transactions):
            return None
        return _encoded(block.transactions[which])

    def _content(self) -> dict[str, Any]:
        pending, queued = self._pool.sorted(self.nonce)
        return {
            kind: {
                sender: {nonce: pyrows.waiting_row(each) for nonce, each in theirs.items()}
                for sender, theirs in senders.items()
            }
            for kind, senders in (("pending", pending), ("queued", queued))
        }

    def logs(self, wanted: dict[str, Any]) -> list[Any]:
        """Those that a filter of eth_getLogs lets through."""
        chain = self._chain
        if wanted.get("blockHash"):
            if wanted.get("fromBlock") or wanted.get("toBlock"):
                raise Refused("cannot specify both blockHash and fromBlock/toBlock", BAD_PARAMS)
            blocks: Iterator[Any] = iter((chain.block(raw(wanted["blockHash"])),))
        else:
            ends = (wanted.get(end) or "latest" for end in ("fromBlock", "toBlock"))
            first, last = (chain.header(place(end)).block_number for end in ends)
            if first > last:
                raise Refused(f"invalid block range: {first} is after {last}", BAD_PARAMS)
            head = chain.head.block_number
            blocks = (chain.block(each) for each in range(first, min(last, head) + 1))
        return [
            log
            for block in blocks
            if block.header.bloom
            for receipt in pyrows.receipt_rows(chain, block)
            for log in receipt["logs"]
            if pyrows.matches(log, wanted)
        ]


def _encoded(transaction: Any) -> str:
    return f"0x{transaction.encode().hex()}"
