"""How OKX writes its books, by date, and which channels carry them. Data only.

https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel (2026-11).
"""

from collections.abc import Iterable, Mapping

from argosy.books import BookFormat, Checksum, Continuity, Role
from argosy.errors import ConfigError
from argosy.model import Nanos
from argosy.model.time import parse_utc
from argosy.venues.catalog import Format

DEEP = "books"
SNAPSHOTS = ("bbo-tbt", "books5")
# Of the same form, for accounts with a fee level; we subscribe to none, recordings have them.
DEEP_ALIKE = ("books", "books-l2-tbt", "books50-l2-tbt", "books-elp")

_ROLES = {
    "instId": Role.SYMBOL,
    "action": Role.KIND,
    "asks": Role.ASKS,
    "bids": Role.BIDS,
    "ts": Role.TIME_MS,
    "checksum": Role.CHECKSUM,
    "prevSeqId": Role.PREVIOUS,
    "seqId": Role.SEQUENCE,
}
# Both verify a checksum that is not 0; frames of before the ids are judged by it alone. Since
# 2026-06-23 it is always 0, and prevSeqId/seqId alone show that nothing is missing.
FORMATS: Mapping[str, BookFormat] = {
    "books-crc32": BookFormat(roles=_ROLES, continuity=Continuity.PREVIOUS, checksum=Checksum.OKX),
    "books-seq": BookFormat(roles=_ROLES, continuity=Continuity.PREVIOUS, checksum=Checksum.OKX),
}
TOP = BookFormat(  # every frame of bbo-tbt and books5 is a whole book
    roles={key: role for key, role in _ROLES.items() if role is not Role.KIND},
    continuity=Continuity.NONE,
    always_snapshot=True,
)


def format_at(formats: Iterable[Format], as_of_ns: Nanos | None) -> BookFormat:
    """The book format in use at a moment; None: today's."""
    for known in formats:
        if not known.until or (
            as_of_ns is not None and as_of_ns < parse_utc(f"{known.until}T00:00:00Z")
        ):
            return FORMATS[known.name]
    raise ConfigError("okx: venue.toml names no book format without an end")
