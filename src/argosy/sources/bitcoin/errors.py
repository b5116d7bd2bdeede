"""Bitcoin Core's error codes, sorted by what is then known of the outcome. Never raises anything.

https://github.com/bitcoin/bitcoin/blob/master/src/rpc/protocol.h (2026-11-27)
"""

from argosy.errors import (
    AuthFailed,
    InsufficientFunds,
    NotKnown,
    RateLimited,
    TransactionRefused,
    Underpriced,
    VenueError,
    VenueUnavailable,
)


class AlreadyMined(VenueError):
    """The transaction is in a block already: as good as taken."""


class NoMethod(VenueError):
    """The node is too old for this method, or whoever runs it gives it to nobody."""


NOT_FOUND = -5  # RPC_INVALID_ADDRESS_OR_KEY
_INVALID_PARAMETER = -8
_CODES: dict[int, type[VenueError]] = {
    -2: VenueUnavailable,  # RPC_FORBIDDEN_BY_SAFE_MODE
    NOT_FOUND: NotKnown,
    -6: InsufficientFunds,  # RPC_WALLET_INSUFFICIENT_FUNDS
    -7: VenueUnavailable,  # RPC_OUT_OF_MEMORY
    -9: VenueUnavailable,  # RPC_CLIENT_NOT_CONNECTED
    -10: VenueUnavailable,  # RPC_CLIENT_IN_INITIAL_DOWNLOAD
    -20: VenueUnavailable,  # RPC_DATABASE_ERROR
    -22: TransactionRefused,  # RPC_DESERIALIZATION_ERROR
    -25: TransactionRefused,  # RPC_VERIFY_ERROR: what it spends is missing, or spent
    -26: TransactionRefused,  # RPC_VERIFY_REJECTED
    -27: AlreadyMined,  # RPC_VERIFY_ALREADY_IN_UTXO_SET
    -28: VenueUnavailable,  # RPC_IN_WARMUP
    -32603: VenueUnavailable,  # RPC_INTERNAL_ERROR
}
_NO_METHOD = -32601
# Reasons of -26, from src/validation.cpp and src/policy/rbf.cpp.
_TOO_CHEAP = ("min relay fee not met", "mempool min fee not met", "insufficient fee")
# A height that this node has not reached yet is one that another may have.
_TOO_HIGH = "block height out of range"
_FULL = "work queue depth exceeded"  # a plain text with HTTP 503, src/httpserver.cpp


def sorted_error(code: int, message: str, method: str, node: str) -> VenueError:
    """What a JSON-RPC error means for who asked."""
    if code == _NO_METHOD:
        return NoMethod(f"it has no {method}", venue=node, code=str(code))
    words = message.lower()
    text = f"{method}: {message}"[:500]
    if code == -26 and any(part in words for part in _TOO_CHEAP):
        return Underpriced(text, venue=node, code=str(code))
    if code == _INVALID_PARAMETER and _TOO_HIGH in words:
        return NotKnown(text, venue=node, code=str(code))
    return _CODES.get(code, VenueError)(text, venue=node, code=str(code))


def sorted_status(status: int, body: bytes, node: str) -> VenueError | None:
    """What an HTTP status alone means; None: read the body. Bytes of the body are not repeated, for
    a proxy may write what it was sent.
    """
    if status == 401:
        return AuthFailed(
            "it refuses user and password; compare rpcauth or the cookie file with the settings",
            venue=node,
            code="401",
        )
    if status == 403:
        return AuthFailed(
            "it lets this machine, or this method, through to nobody; see rpcallowip and"
            " rpcwhitelist of the node",
            venue=node,
            code="403",
        )
    if status == 429:
        return RateLimited("too many requests", venue=node, code="429")
    if status == 503:
        full = _FULL in body[:200].decode(errors="replace").lower()
        return VenueUnavailable(_FULL if full else "overloaded", venue=node, code="503")
    return None
