"""Functions of contracts by their signatures: calls encoded, answers and arguments read. For what
is asked now and then; what is priced by is read by layouts of its own (`logs`).

Source: Solidity ABI specification. Only WireError comes out of reading, whatever the bytes.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from argosy.dialects.evm.abi_reader import split_types
from argosy.dialects.evm.keccak import keccak256
from argosy.errors import WireError

SELECTOR_BYTES = 4
MOST_BYTES = 1 << 20  # of calldata or an answer that is read at all


def encode(types: Sequence[str], values: Sequence[object]) -> bytes:
    """Values as the ABI writes them. Raises ValueError where a value does not fit its type."""
    from eth_abi import encode as _encode  # half a second that only chains should take
    from eth_abi.exceptions import EncodingError

    try:
        return bytes(_encode(types, values))
    except (EncodingError, TypeError, OverflowError) as e:
        raise ValueError(f"({','.join(types)}) cannot hold {values!r:.200}: {e}") from e


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values from the ABI's bytes: ints, lower case addresses, bytes, tuples. Raises WireError."""
    if len(data) > MOST_BYTES:
        raise WireError(f"{len(data)} bytes for ({','.join(types)}); {MOST_BYTES} are the most")
    from eth_abi import decode as _decode

    try:
        return tuple(_decode(types, data))
    except Exception as e:  # the library has several, some of them not its own
        raise WireError(f"({','.join(types)}): {type(e).__name__} {e!s:.120}") from e


def unhex(text: str) -> bytes:
    """The bytes of 0x hex. Raises WireError."""
    if not isinstance(text, str) or text[:2] != "0x":
        raise WireError(f"{text!r:.80} is no data; 0x and hexadecimal digits are needed")
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise WireError(f"{text[:80]!r} is no data; its digits are not hexadecimal") from None


class Function:
    """One function: `Function("balanceOf(address)", "uint256")`; tuples as "(address,uint24)"."""

    def __init__(self, signature: str, *returns: str) -> None:
        self.signature = signature
        self.name, _, inside = signature.partition("(")
        self.types = split_types(inside.removesuffix(")"))
        self.returns = returns

    def __repr__(self) -> str:
        return f"Function({self.signature})"

    @cached_property  # a hash takes a moment, which importing should not
    def selector(self) -> bytes:
        """The first four bytes of the signature's hash."""
        return keccak256(self.signature.encode())[:SELECTOR_BYTES]

    def data(self, *values: object) -> str:
        """A call as 0x hex. Raises ValueError where a value does not fit."""
        return "0x" + (self.selector + encode(self.types, values)).hex()

    def read(self, answer: str) -> tuple[Any, ...]:
        """What it returned. Raises WireError; an empty answer means that no contract is there."""
        raw = unhex(answer)
        if not raw and self.returns:
            raise WireError(f"{self.name}: an empty answer; no such contract is at that address")
        return decode(self.returns, raw)

    def one(self, answer: str) -> Any:
        """The only value that it returned. Raises WireError."""
        return self.read(answer)[0]

    def arguments(self, call: bytes) -> tuple[Any, ...]:
        """What a call was made with; `call` begins with the selector. Raises WireError."""
        if call[:SELECTOR_BYTES] != self.selector:
            raise WireError(f"0x{call[:SELECTOR_BYTES].hex()} is not {self.signature}")
        return decode(self.types, call[SELECTOR_BYTES:])
