"""A folder of keyfiles: keys are made, taken in, listed and opened. What signs with them is limited
elsewhere (`argosy.vault.guarded`).
"""

import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from argosy.dialects.evm.signing import KEY_BYTES, address_of, sign_fields, sign_typed_data
from argosy.errors import ConfigError
from argosy.ports import StoredKey, TxFields
from argosy.vault import keyfile
from argosy.vault.keyfile import CannotBeOpened, Cost
from argosy.vault.keystore import open_keystore
from argosy.vault.passphrase import Passphrases
from argosy.vault.private_files import check_folder, read_private, write_private
from argosy.vault.secret import Secret

SUFFIX = ".key.json"
LEAST_LETTERS = 12  # of a new passphrase
KEYS_MAX = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class VaultSigner:
    """Signs with a key that was opened. It shows its address, and nothing else of itself."""

    __slots__ = ("_key", "address")

    def __init__(self, key: Secret) -> None:
        self.address: str = address_of(key.reveal())
        self._key = key

    def sign(self, fields: TxFields) -> tuple[bytes, str]:
        """See TxSigner."""
        self._must_be_open()
        return sign_fields(fields, self._key.reveal)

    def sign_typed(self, typed: dict[str, Any]) -> bytes:
        """See TxSigner."""
        self._must_be_open()
        return sign_typed_data(typed, self._key.reveal)

    def close(self) -> None:
        """Forget the key; it signs no more."""
        self._key.forget()

    def _must_be_open(self) -> None:
        if not len(self._key):
            raise ConfigError(f"the key of {self.address} was closed; open it again")

    def __repr__(self) -> str:
        return f"VaultSigner({self.address})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer is not written anywhere: it holds a key")


class KeyVault:
    """The keys of a folder. `random` gives bytes from the system; tests may replace it."""

    def __init__(
        self,
        folder: Path,
        passphrases: Passphrases,
        *,
        cost: Cost | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.folder = folder
        self._passphrases = passphrases
        self._cost = cost or Cost()
        self._random = random

    def stored(self) -> Sequence[StoredKey]:
        """Names and addresses, by name. A file that cannot be read as a key is an error.

        Raises:
            ConfigError: the folder or a file is not the owner's alone, or a file is damaged.
        """
        if not self.folder.exists():
            return []
        check_folder(self.folder)
        found = []
        for path in sorted(self.folder.glob(f"*{SUFFIX}"))[:KEYS_MAX]:
            name = path.name.removesuffix(SUFFIX)
            try:
                found.append(StoredKey(name=name, address=keyfile.read(self._read(name)).address))
            except CannotBeOpened:
                raise _closed(name, path) from None
        return found

    def create(self, name: str, passphrase: Secret) -> StoredKey:
        """A new random key.

        Raises:
            ConfigError: the name is taken or malformed, the passphrase short, or the disk refuses.
        """
        return self._keep(name, Secret(self._fresh()), passphrase)

    def take_in(self, name: str, key: Secret, passphrase: Secret) -> StoredKey:
        """Keep a key that was made elsewhere. Raises as `create` does."""
        return self._keep(name, key, passphrase)

    def open(self, name: str) -> VaultSigner:
        """See Vault.

        Raises:
            ConfigError: there is no such key, others may read it, or it cannot be opened: whether
                passphrase or file is wrong is not said.
        """
        content = self._read(name)
        found: Secret | None = None
        try:
            found = keyfile.open_sealed(content, self._passphrases.of(name))
        except CannotBeOpened:
            found = None
        if found is None:
            raise _closed(name, self._path(name))
        return VaultSigner(found)

    def forget(self) -> None:
        """Overwrite the passphrase that is remembered; what is open stays so."""
        self._passphrases.forget()

    def _fresh(self) -> bytes:
        while True:  # one in 2**128 is no key
            candidate = self._random(KEY_BYTES)
            try:
                address_of(candidate)
            except ConfigError:
                continue
            return candidate

    def _keep(self, name: str, key: Secret, passphrase: Secret) -> StoredKey:
        path = self._path(name)
        if len(passphrase.reveal().decode(errors="replace")) < LEAST_LETTERS:
            raise ConfigError(f"a passphrase needs at least {LEAST_LETTERS} letters; use more")
        address = address_of(key.reveal())
        write_private(path, keyfile.seal(key, passphrase, self._random, self._cost))
        return StoredKey(name=name, address=address)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{name[:80]!r} is no name of a key; letters, digits, - and _ are, up to 64"
            )
        return self.folder / f"{name}{SUFFIX}"

    def _read(self, name: str) -> bytes:
        path = self._path(name)
        try:
            return read_private(path)
        except FileNotFoundError:
            raise ConfigError(
                f"there is no key {name} in {self.folder}; `argosy keys list` lists them"
            ) from None


def key_of_hex(text: str) -> Secret:
    """A private key as people copy it: 64 hex digits, with 0x or without.

    Raises:
        ConfigError: it is none; what was typed is not repeated.
    """
    found = Secret(b"")
    try:
        found = Secret(bytes.fromhex(text.strip().removeprefix("0x")))
    except ValueError:
        found = Secret(b"")
    text = ""  # for tracebacks that show locals
    address_of(found.reveal())
    return found


def key_of_keystore(path: Path, passphrase: Secret) -> Secret:
    """The key of another wallet's keystore file. Raises ConfigError."""
    found: Secret | None = None
    try:
        found = open_keystore(read_private(path, folder=False), passphrase)
    except FileNotFoundError:
        raise ConfigError(f"there is no keystore file {path}") from None
    except CannotBeOpened:
        found = None
    if found is None:
        raise _closed(path.name, path)
    return found


def _closed(name: str, path: Path) -> ConfigError:
    return ConfigError(
        f"the key {name} cannot be opened: the passphrase is another one, or {path} is damaged"
    )
