"""What an address let go in the last day, in a file of its own: each line is written and on disk
before the signature that it counts is made. One entry a nonce, so that replacements count once.
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from argosy.errors import ConfigError, NotSent
from argosy.vault.limits import DAY_S

try:
    import fcntl
except ImportError:  # Windows: threads take turns, processes do not
    fcntl = None  # type: ignore[assignment]

_DAY_NS = DAY_S * 10**9
_LINES_MAX = 5_000  # then what is older than a day is dropped from the file
_threads = threading.Lock()


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    chain_id: int
    address: str
    key: str  # "nonce 5", or of typed data its hash
    at_ns: int
    spends: dict[str, str]  # JSON's numbers are too short for these


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What one nonce, or one permission, lets go at most."""

    at_ns: int
    spends: dict[str, int]


class SpendingBook:
    """The file. Processes and threads that share it take turns."""

    def __init__(self, path: Path, chain_id: int, address: str) -> None:
        self.path = path
        self._chain_id = chain_id
        self._address = address.lower()

    @contextlib.contextmanager
    def opened(self, now_ns: int) -> Iterator["OpenBook"]:
        """The last day's entries, nobody else changing them meanwhile.

        Raises:
            ConfigError: the file is damaged, or another's.
            NotSent: it cannot be read or written; so nothing may be signed.
        """
        with _threads:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            except OSError as e:
                raise NotSent(f"{self.path} cannot be used ({e}); nothing was signed") from e
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                if fcntl is not None:
                    fcntl.flock(file, fcntl.LOCK_EX)
                content = file.read()
                lines = content.splitlines(keepends=True)
                if lines and not lines[-1].endswith(b"\n"):  # cut short: nothing was signed for it
                    content = content[: -len(lines.pop())]
                    file.truncate(len(content))
                book = OpenBook(self, file.fileno(), self._recent(lines, now_ns))
                if len(lines) > _LINES_MAX:
                    book.rewrite()
                yield book

    def day(self, now_ns: int) -> dict[str, int]:
        """What the last day let go, by token; nothing where there is no file yet. Raises as
        `opened` does.
        """
        if not self.path.exists():
            return {}
        found: dict[str, int] = {}
        with self.opened(now_ns) as book:
            for entry in book.entries.values():
                for token, amount in entry.spends.items():
                    found[token] = found.get(token, 0) + amount
        return found

    def _recent(self, lines: list[bytes], now_ns: int) -> dict[str, Spent]:
        found: dict[str, Spent] = {}
        for raw in lines:
            try:
                line = msgspec.json.decode(raw, type=_Line)
                spends = {token: int(amount) for token, amount in line.spends.items()}
            except (msgspec.MsgspecError, ValueError) as e:
                raise ConfigError(
                    f"{self.path} is damaged ({e}); what was spent today is not known: restore it,"
                    " or move it away to begin at nothing"
                ) from e
            if (line.chain_id, line.address) != (self._chain_id, self._address):
                raise ConfigError(
                    f"{self.path} is of {line.address} on chain {line.chain_id}, not of"
                    f" {self._address} on {self._chain_id}; give each its own file"
                )
            found[line.key] = Spent(at_ns=line.at_ns, spends=spends)
        return {key: each for key, each in found.items() if now_ns - each.at_ns < _DAY_NS}

    def encoded(self, key: str, spent: Spent) -> bytes:
        """An entry's line."""
        told = {token: str(amount) for token, amount in spent.spends.items()}
        line = _Line(
            chain_id=self._chain_id,
            address=self._address,
            key=key,
            at_ns=spent.at_ns,
            spends=told,
        )
        return msgspec.json.encode(line) + b"\n"


class OpenBook:
    """The entries while nobody else may change them."""

    def __init__(self, book: SpendingBook, descriptor: int, entries: dict[str, Spent]) -> None:
        self._book = book
        self._descriptor = descriptor
        self.entries = entries

    def total(self, token: str, but: str = "") -> int:
        """What the last day let go of a token, one entry left out."""
        return sum(entry.spends.get(token, 0) for key, entry in self.entries.items() if key != but)

    def merged(self, key: str, spends: Mapping[str, int]) -> dict[str, int]:
        """With what was signed for the same nonce before: one gets in, so the most counts."""
        known = self.entries[key].spends if key in self.entries else {}
        return {
            token: max(spends.get(token, 0), known.get(token, 0)) for token in {*spends, *known}
        }

    def write(self, key: str, spends: Mapping[str, int], now_ns: int) -> None:
        """Have an entry on disk before returning. Raises NotSent."""
        spent = Spent(at_ns=now_ns, spends=self.merged(key, spends))
        line = self._book.encoded(key, spent)
        try:
            written = os.write(self._descriptor, line)
            os.fsync(self._descriptor)
        except OSError as e:
            raise NotSent(f"{self._book.path} could not be written ({e}); not signed") from e
        if written != len(line):
            raise NotSent(f"{self._book.path} took {written} of {len(line)} bytes; not signed")
        self.entries[key] = spent

    def rewrite(self) -> None:
        """Drop what is older than a day. Raises NotSent."""
        lines = b"".join(self._book.encoded(key, each) for key, each in self.entries.items())
        path = self._book.path
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            fresh.write_bytes(lines)  # a copy that is whole, should the machine stop in between
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, lines)
            os.fsync(self._descriptor)
            fresh.unlink()
        except OSError as e:
            raise NotSent(f"{path} could not be written anew ({e}); nothing was signed") from e
