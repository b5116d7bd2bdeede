"""Bytes that nothing shows: no repr, no pickle, no copy; overwritten when forgotten."""

from typing import NoReturn


class Secret:
    """Holds a key or a passphrase. `reveal` is for the one call that needs it."""

    __slots__ = ("_bytes",)

    def __init__(self, content: bytes | bytearray) -> None:
        self._bytes = bytearray(content)

    def reveal(self) -> bytes:
        """A copy. Do not keep it, nor name it where an exception's frames would show it."""
        return bytes(self._bytes)

    def __len__(self) -> int:
        return len(self._bytes)

    def forget(self) -> None:
        """Overwrite it: the best that can be done, as copies made by others stay until reused."""
        for at in range(len(self._bytes)):
            self._bytes[at] = 0
        self._bytes = bytearray()

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def __copy__(self) -> NoReturn:
        raise TypeError("a secret is not copied")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("a secret is not copied")
