"""Addresses: reading, writing with their checksum, and where CREATE2 puts a contract.

Sources: EIP-55 (checksum), EIP-1014 (CREATE2).
"""

from argosy.dialects.evm.keccak import keccak256

ADDRESS_BYTES = 20
ZERO_ADDRESS = "0x" + "00" * ADDRESS_BYTES


def address_bytes(address: str) -> bytes:
    """The 20 bytes of "0x..."; letters may be in any case.

    Raises:
        ValueError: it is not 0x and 40 hexadecimal digits.
    """
    digits = address[2:]
    if address[:2] != "0x" or len(digits) != 2 * ADDRESS_BYTES or not digits.isalnum():
        raise ValueError(f"address is {address!r}; 0x and 40 hexadecimal digits are needed")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ValueError(
            f"address is {address!r}; 0x and 40 hexadecimal digits are needed"
        ) from None


def checksummed(address: str | bytes) -> str:
    """An address with the case of its letters as EIP-55 wants it."""
    raw = address_bytes(address) if isinstance(address, str) else address
    digits = raw.hex()
    nibbles = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(nibble, 16) >= 8 else digit
        for digit, nibble in zip(digits, nibbles, strict=False)
    )


def create2_address(deployer: str, salt: bytes, init_code_hash: bytes) -> str:
    """Where `deployer` puts the contract of this salt and code, checksummed."""
    packed = b"\xff" + address_bytes(deployer) + salt + init_code_hash
    return checksummed(keccak256(packed)[12:])


def in_order(token_a: str, token_b: str) -> tuple[str, str]:
    """(token 0, token 1): the order in which every pool of these families keeps its tokens.

    Raises:
        ValueError: they are the same.
    """
    a, b = address_bytes(token_a), address_bytes(token_b)
    if a == b:
        raise ValueError(f"both tokens are {token_a}; a pool has two")
    return (token_a, token_b) if a < b else (token_b, token_a)
