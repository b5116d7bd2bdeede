"""py-evm's blocks, transactions and receipts as JSON-RPC writes them. Decides nothing."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from argosy.sandbox.evm.pychain import PyChain


def block_row(block: Any, *, whole: bool = False) -> dict[str, Any]:
    """A block, with its transactions or their names."""
    from eth_tester.backends.pyevm.serializers import serialize_block

    found = _row(serialize_block(block, False, False)) | {
        "logsBloom": "0x" + block.header.bloom.to_bytes(256).hex(),
        "miner": "0x" + block.header.coinbase.hex(),
    }
    if whole:
        inside = range(len(block.transactions))
        found["transactions"] = [transaction_row(block, index) for index in inside]
    return found


def transaction_row(block: Any, index: int) -> dict[str, Any]:
    """A transaction of a block."""
    return _transaction(block, block.transactions[index], index)


def waiting_row(transaction: Any) -> dict[str, Any]:
    """A transaction that is in no block."""
    return _transaction(None, transaction, None)


def _transaction(block: Any, transaction: Any, index: int | None) -> dict[str, Any]:
    from eth_tester.backends.pyevm.serializers import serialize_transaction

    told = serialize_transaction(block, transaction, index, block is None)
    row = _row({name: each for name, each in told.items() if name != "access_list"})
    row["to"] = _address(transaction.to)
    if "access_list" in told:  # what the library has of it are objects of its own coding
        row["accessList"] = [
            {
                "address": "0x" + bytes(account).hex(),
                "storageKeys": [f"0x{slot:064x}" for slot in slots],
            }
            for account, slots in transaction.access_list
        ]
    return row


def receipt_rows(chain: PyChain, block: Any) -> list[dict[str, Any]]:
    """The receipts of a block's transactions, in order."""
    from eth_tester.backends.pyevm.serializers import serialize_transaction_receipt

    receipts = chain.receipts(block)
    places = count()  # the library counts logs anew for each transaction
    rows = []
    for index, transaction in enumerate(block.transactions):
        row = _row(serialize_transaction_receipt(block, receipts, transaction, index, False, None))
        del row["stateRoot"]  # none since Byzantium
        row["to"] = _address(transaction.to)
        row["logsBloom"] = "0x" + receipts[index].bloom.to_bytes(256).hex()
        for log in row["logs"]:
            log |= {"logIndex": hex(next(places)), "removed": False}
            del log["type"]
        rows.append(row)
    return rows


def fee_row(chain: PyChain, block: Any, percentiles: Sequence[float]) -> list[str]:
    """What a block's transactions paid above the base fee, at these percentiles of its gas."""
    base, paid, before = block.header.base_fee_per_gas, [], 0
    for transaction, receipt in zip(block.transactions, chain.receipts(block), strict=True):
        most = transaction.max_fee_per_gas
        tip = min(most - base, transaction.max_priority_fee_per_gas)
        paid.append((tip, receipt.gas_used - before))
        before = receipt.gas_used
    found = []
    for percentile in percentiles:
        needed, tip = before * percentile / 100, 0
        for tip, gas in sorted(paid):  # noqa: B007 - the last one looked at is the answer
            needed -= gas
            if needed <= 0:
                break
        found.append(hex(tip))
    return found


def matches(log: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a filter of eth_getLogs lets a log through."""
    addresses = wanted.get("address") or ()
    if isinstance(addresses, str):
        addresses = (addresses,)
    if addresses and log["address"] not in {each.lower() for each in addresses}:
        return False
    topics = wanted.get("topics") or ()
    if len(topics) > len(log["topics"]):
        return False
    for topic, asked in zip(log["topics"], topics, strict=False):
        some = (asked,) if isinstance(asked, str) else asked or ()
        if some and topic not in {each.lower() for each in some}:
            return False
    return True


def _address(raw: bytes) -> str | None:
    return "0x" + raw.hex() if raw else None


def _row(value: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_told(value))


def _told(value: Any) -> Any:
    """The library's answer as JSON-RPC writes it: camelCase, and numbers in hex."""
    if isinstance(value, Mapping):
        found = {}
        for name, each in value.items():
            if name == "data" and "topics" not in value:
                found["input"] = _told(each)
            else:
                found[_camel(str(name))] = _told(each)
        return found
    if isinstance(value, list | tuple):
        return [_told(each) for each in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return hex(value)
    return "0x" + bytes(value).hex()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
