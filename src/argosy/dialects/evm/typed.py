"""Typed data (EIP-712): struct hashes, digests, and whose signature one is. Signs nothing.

Sources: EIP-712, EIP-2098 (compact signatures), EIP-191 (its prefix 0x1901).
"""

from collections.abc import Sequence

from argosy.dialects.evm.functions import encode
from argosy.dialects.evm.keccak import keccak256
from argosy.errors import WireError

_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def struct_hash(type_hash: bytes, types: Sequence[str], values: Sequence[object]) -> bytes:
    """The hash of a struct whose parts are of one word: lists and structs go in as their hashes."""
    return keccak256(type_hash + encode(types, values))


def list_hash(hashes: Sequence[bytes]) -> bytes:
    """The hash of a list of structs."""
    return keccak256(b"".join(hashes))


def domain_hash(name: str, version: str, chain: int, contract: str) -> bytes:
    """The hash of a domain with these four fields."""
    return struct_hash(
        keccak256(_DOMAIN),
        ("bytes32", "bytes32", "uint256", "address"),
        (keccak256(name.encode()), keccak256(version.encode()), chain, contract),
    )


def digest(domain: bytes, message: bytes) -> bytes:
    """What is signed."""
    return keccak256(b"\x19\x01" + domain + message)


def split_signature(signature: bytes) -> tuple[int, int, int]:
    """(r, s, parity) of a signature of 65 bytes, or of 64 in EIP-2098's form.

    Raises:
        WireError: it is neither, or a part is out of range.
    """
    if len(signature) not in {64, 65}:
        raise WireError(f"a signature of {len(signature)} bytes; 64 or 65 are needed")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if len(signature) == 64:
        parity, s = s >> 255, s & ((1 << 255) - 1)
    else:
        parity = signature[64] - 27 if signature[64] >= 27 else signature[64]
    if parity not in {0, 1} or not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        raise WireError("a signature whose parts are out of range")
    return r, s, parity


def signer_of(digest_: bytes, signature: bytes) -> str:
    """The address whose signature of a digest it is, lower case. Raises WireError."""
    from coincurve import PublicKey

    r, s, parity = split_signature(signature)
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((parity,))
    try:
        key = PublicKey.from_signature_and_message(raw, digest_, hasher=None)
    except Exception as e:  # the library has no error class of its own
        raise WireError(f"no key made this signature: {e!s:.80}") from None
    return "0x" + keccak256(key.format(compressed=False)[1:])[12:].hex()
