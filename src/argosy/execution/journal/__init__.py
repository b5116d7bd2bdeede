"""What was intended and what became of it, durable before a byte leaves. SQLite or PostgreSQL."""

from argosy.execution.journal.entries import (
    ARRIVAL,
    END,
    FILL,
    CancelIntended,
    Entry,
    FillKnown,
    Intended,
    Marked,
    Noted,
    OrderKnown,
    TransactionKnown,
    TransferIntended,
    TransferKnown,
    WorkSaved,
)
from argosy.execution.journal.lease import LeaseLost
from argosy.execution.journal.store import (
    DuplicateIntent,
    HistoryRow,
    JournalFailed,
    OpenedOrder,
    Store,
)
from argosy.execution.journal.writer import Journal

__all__ = [
    "ARRIVAL",
    "END",
    "FILL",
    "CancelIntended",
    "DuplicateIntent",
    "Entry",
    "FillKnown",
    "HistoryRow",
    "Intended",
    "Journal",
    "JournalFailed",
    "LeaseLost",
    "Marked",
    "Noted",
    "OpenedOrder",
    "OrderKnown",
    "Store",
    "TransactionKnown",
    "TransferIntended",
    "TransferKnown",
    "WorkSaved",
]
