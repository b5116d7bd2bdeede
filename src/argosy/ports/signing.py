"""Who signs transactions, and where keys are kept. A file, a hardware wallet and a remote signer
all look like this; what signs never hands out its key.
"""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec


class TxFields(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is signed (EIP-1559). Fees in wei a unit of gas."""

    chain_id: int
    nonce: int
    to: str | None
    value: int
    data: str
    gas: int
    max_fee: int
    priority_fee: int


@runtime_checkable
class TxSigner(Protocol):
    """Signs for one address."""

    @property
    def address(self) -> str:
        """Whose signature it is: 0x hex in lower case."""
        ...

    def sign(self, fields: TxFields) -> tuple[bytes, str]:
        """The signed transaction's bytes, and its hash.

        Raises:
            Blocked: what limits this signer does not allow it.
        """
        ...

    def sign_typed(self, typed: dict[str, Any]) -> bytes:
        """The signature (65 bytes) of typed data, as eth_signTypedData_v4 takes it (EIP-712).

        Raises:
            Blocked: what limits this signer does not allow it.
        """
        ...


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is kept somewhere, as anyone may know it."""

    name: str
    address: str  # 0x hex in lower case


@runtime_checkable
class Vault(Protocol):
    """Keeps keys. How it is unlocked (passphrase, button, token) is its own business."""

    def stored(self) -> Sequence[StoredKey]:
        """What it has. Needs no unlocking."""
        ...

    def open(self, name: str) -> TxSigner:
        """The signer of a key.

        Raises:
            ConfigError: there is no such key, or it cannot be opened.
        """
        ...
