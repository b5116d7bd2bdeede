"""Signs with a key in memory that was never encrypted: for the sandbox, for tests, and for a key
that comes in a variable. `argosy.vault` keeps keys encrypted.
"""

from typing import Any

from argosy.dialects.evm.signing import address_of, sign_fields, sign_typed_data
from argosy.ports import TxFields


class KeySigner:
    """A private key (0x hex, 32 bytes) held in memory. Its repr does not show it."""

    def __init__(self, private_key: str) -> None:
        self.address: str = ""
        try:
            self.__key = bytes.fromhex(private_key.removeprefix("0x"))
        except ValueError:
            self.__key = b""
        private_key = ""  # for tracebacks that show locals
        self.address = address_of(self.__key)

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"

    def _reveal(self) -> bytes:
        return self.__key

    def sign(self, fields: TxFields) -> tuple[bytes, str]:
        """An EIP-1559 transaction."""
        return sign_fields(fields, self._reveal)

    def sign_typed(self, typed: dict[str, Any]) -> bytes:
        """See TxSigner."""
        return sign_typed_data(typed, self._reveal)
