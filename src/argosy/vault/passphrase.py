"""Where a passphrase comes from: a variable, a file or descriptor that a variable names, or a
prompt. Never a flag, which others see in the list of processes, and never a setting.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from argosy.errors import ConfigError
from argosy.vault.keyfile import passphrase_bytes
from argosy.vault.private_files import read_private
from argosy.vault.secret import Secret

VARIABLE = "ARGOSY_PASSPHRASE"
FILE_VARIABLE = "ARGOSY_PASSPHRASE_FILE"
FD_VARIABLE = "ARGOSY_PASSPHRASE_FD"
_MOST_BYTES = 4_096


class Passphrases:
    """Asks once, and remembers until told to forget: a descriptor can be read only once.

    `prompt` asks a person without showing what is typed; None where nobody can be asked.
    """

    def __init__(
        self,
        prompt: Callable[[str], str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._prompt = prompt
        self._environment = os.environ if environment is None else environment
        self._told: Secret | None = None  # what the variables say: the same for every key

    def __repr__(self) -> str:
        return "Passphrases(...)"

    def of(self, key: str) -> Secret:
        """The passphrase of a key.

        Raises:
            ConfigError: it is nowhere, or what a variable names cannot be read.
        """
        found = self.told()
        if found is not None:
            return found
        if self._prompt is None:
            raise ConfigError(
                f"the key {key} needs its passphrase, and nobody can be asked here: set"
                f" {FILE_VARIABLE} to a file that only you can read, or {VARIABLE}"
            )
        return passphrase_bytes(self._prompt(f"Passphrase of the key {key}: "))

    def told(self) -> Secret | None:
        """What the variables say; None where none is set. Raises as `of` does."""
        if self._told is None:
            self._told = self._read()
        return self._told

    def _read(self) -> Secret | None:
        variables = self._environment
        named = [name for name in (VARIABLE, FILE_VARIABLE, FD_VARIABLE) if variables.get(name)]
        if len(named) > 1:
            raise ConfigError(f"{' and '.join(named)} are set; a passphrase comes from one place")
        if not named:
            return None
        if named[0] == VARIABLE:
            return passphrase_bytes(variables[VARIABLE])
        if named[0] == FILE_VARIABLE:
            path = Path(variables[FILE_VARIABLE]).expanduser()
            try:
                return _line(read_private(path, folder=False), str(path))
            except FileNotFoundError:
                raise ConfigError(f"{FILE_VARIABLE} is {path}, and there is no such file") from None
        return _descriptor(variables[FD_VARIABLE])

    def forget(self) -> None:
        """Overwrite what is remembered."""
        if self._told is not None:
            self._told.forget()
            self._told = None


def _descriptor(text: str) -> Secret:
    if not text.isdecimal() or len(text) > 9:
        raise ConfigError(f"{FD_VARIABLE} must be the number of an open file descriptor")
    found = bytearray()
    try:
        with os.fdopen(int(text), "rb", closefd=False) as file:
            found += file.read(_MOST_BYTES + 1)
    except OSError as e:
        raise ConfigError(f"{FD_VARIABLE} is {text}, which cannot be read: {e.strerror}") from None
    return _line(found, f"descriptor {text}")


def _line(content: bytes | bytearray, where: str) -> Secret:
    """The first line, without its end."""
    line, end, rest = bytes(content).partition(b"\n")
    if len(content) > _MOST_BYTES or (end and rest.strip()):
        raise ConfigError(f"{where} must hold a passphrase alone, in one line")
    line = line.removesuffix(b"\r")
    text = ""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise ConfigError(f"{where} holds no passphrase: it must be a line of UTF-8 text")
    return passphrase_bytes(text)
