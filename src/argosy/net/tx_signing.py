"""Signs transactions with a key in memory, for the sandbox and for tests; `TxSigner` is what a
vault or a hardware wallet is to be.
"""

from typing import Any, Protocol

from argosy.errors import ConfigError
from argosy.net.tx_journal import TxFields


class TxSigner(Protocol):
    """Signs for one address."""

    @property
    def address(self) -> str:
        """Whose signature it is: 0x hex in lower case."""
        ...

    def sign(self, fields: TxFields) -> tuple[bytes, str]:
        """The signed transaction's bytes, and its hash."""
        ...

    def sign_typed(self, typed: dict[str, Any]) -> bytes:
        """The signature (65 bytes) of typed data, as eth_signTypedData_v4 takes it (EIP-712)."""
        ...


class KeySigner:
    """A private key (0x hex, 32 bytes) held in memory. Its repr does not show it."""

    def __init__(self, private_key: str) -> None:
        from eth_account import Account  # half a second that only who signs should wait

        try:
            self._account = Account.from_key(private_key)
        except Exception:  # what it raises quotes the key
            raise ConfigError("this is no private key; it must be 0x and 64 hex digits") from None
        self.address: str = self._account.address.lower()

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"

    def sign(self, fields: TxFields) -> tuple[bytes, str]:
        """An EIP-1559 transaction."""
        from eth_account import Account
        from eth_utils import to_checksum_address

        told = {
            "type": 2,
            "chainId": fields.chain_id,
            "nonce": fields.nonce,
            "value": fields.value,
            "data": fields.data,
            "gas": fields.gas,
            "maxFeePerGas": fields.max_fee,
            "maxPriorityFeePerGas": fields.priority_fee,
        }
        if fields.to is not None:
            told["to"] = to_checksum_address(fields.to)
        signed = Account.sign_transaction(told, self._account.key)
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    def sign_typed(self, typed: dict[str, Any]) -> bytes:
        """See TxSigner."""
        return bytes(self._account.sign_typed_data(full_message=typed).signature)
