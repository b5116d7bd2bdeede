"""Logs as a node sends them. Events are read from them by `layouts`.

Only WireError comes out of reading, whatever the bytes. Source: Ethereum JSON-RPC (eth_getLogs,
eth_subscribe "logs").
"""

import msgspec

from argosy.dialects.evm.layouts import Events, Layout, place_of, quantity
from argosy.errors import WireError
from argosy.model import Log as ChainLog

__all__ = ["Events", "Layout", "Log", "log_of", "quantity", "read_log", "read_logs"]


class Log(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One log, as JSON-RPC writes it. A pending one has neither block nor index."""

    address: str
    topics: tuple[str, ...]
    data: str
    block_number: str | None = None
    block_hash: str | None = None
    transaction_hash: str | None = None
    log_index: str | None = None
    removed: bool = False  # its block is no longer part of the chain

    def place(self) -> tuple[int, int]:
        """(block number, index in the block). Raises WireError when it is in no block."""
        return place_of(self)


def log_of(told: ChainLog) -> Log:
    """A log of the model as JSON-RPC writes it."""
    return Log(
        address=told.address,
        topics=told.topics,
        data=told.data,
        block_number=hex(told.block_number),
        block_hash=told.block_hash,
        transaction_hash=told.transaction_hash,
        log_index=hex(told.index),
        removed=told.removed,
    )


_DECODER = msgspec.json.Decoder(Log)
_LIST_DECODER = msgspec.json.Decoder(tuple[Log, ...])


def read_log(frame: bytes | str) -> Log:
    """A log from its JSON. Raises WireError."""
    try:
        return _DECODER.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as e:
        raise WireError(f"no log: {e}") from e


def read_logs(frame: bytes | str) -> tuple[Log, ...]:
    """Logs from their JSON list, as eth_getLogs answers. Raises WireError."""
    try:
        return _LIST_DECODER.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as e:
        raise WireError(f"no list of logs: {e}") from e
