"""Signatures with a private key: EIP-1559 transactions and typed data. Keeps no key, and what fails
says nothing of it: keys come as functions that return them, so that no frame holds one.
"""

from collections.abc import Callable
from typing import Any

from argosy.errors import ConfigError
from argosy.ports import TxFields

KEY_BYTES = 32


def address_of(key: bytes) -> str:
    """Whose key it is: 0x hex in lower case.

    Raises:
        ConfigError: it is no private key.
    """
    from coincurve import PrivateKey

    from argosy.dialects.evm.keccak import keccak256

    public = b""
    if len(key) == KEY_BYTES:
        try:
            public = PrivateKey(key).public_key.format(compressed=False)
        except (
            ValueError
        ):  # 0, or beyond the curve's order; raised anew outside, without the frames
            public = b""
    if not public:
        key = b""  # nearly a key, perhaps: not even a traceback with locals shows it
        raise ConfigError("this is no private key; it must be 0x and 64 hex digits")
    return "0x" + keccak256(public[1:])[12:].hex()


def sign_fields(fields: TxFields, key: Callable[[], bytes]) -> tuple[bytes, str]:
    """A transaction's bytes and hash.

    Raises:
        ConfigError: fields that are no transaction.
    """
    from eth_account import Account  # half a second that only who signs should wait
    from eth_utils import to_checksum_address

    found = None
    try:
        told: dict[str, Any] = {
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
        found = Account.sign_transaction(told, key())
    except Exception:  # its frames hold the key: nothing of it goes on
        found = None
    if found is None:
        raise ConfigError(f"transaction {fields.nonce} to {fields.to} cannot be signed as it is")
    return bytes(found.raw_transaction), "0x" + bytes(found.hash).hex()


def sign_typed_data(typed: dict[str, Any], key: Callable[[], bytes]) -> bytes:
    """The signature (65 bytes) of typed data.

    Raises:
        ConfigError: it is no typed data.
    """
    from eth_account import Account

    found = None
    try:
        found = Account.sign_typed_data(key(), full_message=typed)
    except Exception:  # as above
        found = None
    if found is None:
        raise ConfigError("this is no typed data (EIP-712): it cannot be signed")
    return bytes(found.signature)
