"""Every type of work, so that one read back from the journal is decoded by its own."""

import msgspec

from argosy.execution import algorithms, baskets, emulated, schedules
from argosy.execution.arbitrage.paired import Paired
from argosy.execution.work import Work

KINDS: tuple[type[Work], ...] = (
    *emulated.KINDS,
    *algorithms.KINDS,
    *baskets.KINDS,
    *schedules.KINDS,
    Paired,
)


def decode(kind: str, body: bytes) -> Work:
    """A work as `msgspec.json` wrote it. ValueError for a kind that this Argosy has not."""
    for each in KINDS:
        if each.type_tag() == kind:
            return msgspec.json.decode(body, type=each)
    raise ValueError(f"there is no work {kind!r}; a newer Argosy may have written it")
