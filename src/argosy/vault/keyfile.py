"""The keyfile: one private key, sealed with AES-256-GCM under a key that Argon2id makes of a
passphrase. Values and bytes only. The format is in docs/how_to/keep_keys_and_set_limits.md.

Sources: RFC 9106 (Argon2; its second recommended parameters), NIST SP 800-38D (GCM).
"""

import unicodedata
from collections.abc import Callable
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from argosy.dialects.evm.signing import KEY_BYTES, address_of
from argosy.errors import ConfigError
from argosy.vault.secret import Secret

FORMAT: Literal["argosy-key"] = "argosy-key"
VERSION: Literal[1] = 1
SALT_BYTES, NONCE_BYTES, TAG_BYTES = 16, 12, 16
# What a file may ask for: more would let whoever plants one take all memory or time.
_MEMORY_MAX_KIB, _ITERATIONS_MAX, _LANES_MAX = 1 << 20, 64, 16


class Cost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How dear one guess of the passphrase is."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4


class _Kdf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Literal["argon2id"]
    memory_kib: int
    iterations: int
    lanes: int
    salt: str


class _Cipher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Literal["aes-256-gcm"]
    nonce: str
    sealed: str  # the key's 32 bytes, then the tag's 16


class KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as it stands. Bytes are lower-case hex, the address with 0x."""

    format: Literal["argosy-key"]
    version: Literal[1]
    address: str
    kdf: _Kdf
    cipher: _Cipher


class CannotBeOpened(Exception):
    """Passphrase, file, or both: which is not said."""


def seal(key: Secret, passphrase: Secret, random: Callable[[int], bytes], cost: Cost) -> bytes:
    """A keyfile's bytes. `random` gives as many bytes as it is asked for, from the system."""
    salt, nonce = random(SALT_BYTES), random(NONCE_BYTES)
    kdf = _Kdf(
        name="argon2id",
        memory_kib=cost.memory_kib,
        iterations=cost.iterations,
        lanes=cost.lanes,
        salt=salt.hex(),
    )
    address = address_of(key.reveal())
    cipher = AESGCM(_derived(passphrase, kdf))
    sealed = cipher.encrypt(nonce, key.reveal(), _bound(address, kdf))
    made = KeyFile(
        format=FORMAT,
        version=VERSION,
        address=address,
        kdf=kdf,
        cipher=_Cipher(name="aes-256-gcm", nonce=nonce.hex(), sealed=sealed.hex()),
    )
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def read(content: bytes) -> KeyFile:
    """A keyfile as far as it can be read without its passphrase.

    Raises:
        CannotBeOpened: it is none, or one that asks for more than it may.
    """
    try:
        told = msgspec.json.decode(content, type=KeyFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise CannotBeOpened from None
    kdf, cipher = told.kdf, told.cipher
    whole = (
        _is_hex(told.address.removeprefix("0x"), 20)
        and told.address.startswith("0x")
        and _is_hex(kdf.salt, SALT_BYTES)
        and _is_hex(cipher.nonce, NONCE_BYTES)
        and _is_hex(cipher.sealed, KEY_BYTES + TAG_BYTES)
        and 1 <= kdf.iterations <= _ITERATIONS_MAX
        and 1 <= kdf.lanes <= _LANES_MAX
        and 8 * kdf.lanes <= kdf.memory_kib <= _MEMORY_MAX_KIB
    )
    if not whole:
        raise CannotBeOpened
    return told


def open_sealed(content: bytes, passphrase: Secret) -> Secret:
    """The key of a keyfile.

    Raises:
        CannotBeOpened: the passphrase is another, or a byte of the file is.
    """
    told = read(content)
    cipher = AESGCM(_derived(passphrase, told.kdf))
    found: Secret | None = None
    try:
        nonce, sealed = bytes.fromhex(told.cipher.nonce), bytes.fromhex(told.cipher.sealed)
        found = Secret(cipher.decrypt(nonce, sealed, _bound(told.address, told.kdf)))
        if address_of(found.reveal()) != told.address:
            found = None
    except (InvalidTag, ConfigError):
        found = None
    if found is None:
        raise CannotBeOpened
    return found


def _derived(passphrase: Secret, kdf: _Kdf) -> bytes:
    derive = Argon2id(
        salt=bytes.fromhex(kdf.salt),
        length=32,
        iterations=kdf.iterations,
        lanes=kdf.lanes,
        memory_cost=kdf.memory_kib,
    )
    return derive.derive(passphrase.reveal())


def _bound(address: str, kdf: _Kdf) -> bytes:
    """What the tag covers besides the key: format, version, address and how it was sealed."""
    parts = (
        FORMAT,
        VERSION,
        address,
        kdf.name,
        kdf.memory_kib,
        kdf.iterations,
        kdf.lanes,
        kdf.salt,
        "aes-256-gcm",
    )
    return "\n".join(map(str, parts)).encode()


def _is_hex(text: str, size: int) -> bool:
    return len(text) == 2 * size and set(text) <= set("0123456789abcdef")


def passphrase_bytes(text: str) -> Secret:
    """A passphrase as bytes: the same for the same letters, however a keyboard composes them."""
    return Secret(unicodedata.normalize("NFC", text).encode())
