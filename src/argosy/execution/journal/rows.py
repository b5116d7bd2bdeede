"""Journal entries as rows of its tables."""

from typing import Any

import msgspec

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
from argosy.execution.journal.tables import REFUSED
from argosy.model import OrderReport

_encode = msgspec.json.Encoder(decimal_format="string").encode


def key_of(venue: str, report: OrderReport) -> str:
    """Under what an order is kept: our id, else the venue's with the venue before it."""
    return report.client_id or f"{venue}/{report.venue_id}"


class Rows:
    """Entries as rows, table by table. Intents come before reports: both may be of one order."""

    def __init__(self) -> None:
        self.intents: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.fills: list[dict[str, Any]] = []
        self.works: list[dict[str, Any]] = []
        self.moves: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.transactions: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []  # transactions that were kept elsewhere
        self.marks: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []

    def add(self, entry: Entry) -> None:
        """Take in an entry."""
        if isinstance(entry, Intended):
            intent = _encode(entry.order)
            self.intents.append(
                _order_row(entry.venue, entry.report, entry.at_ns)
                | {"intent": intent, "work": entry.work}
            )
            self._note(entry.at_ns, entry.order.client_id, "intended", intent)
            if entry.quote is not None:
                self._note(entry.at_ns, entry.order.client_id, ARRIVAL, _encode(entry.quote))
        elif isinstance(entry, OrderKnown):
            row = _order_row(entry.venue, entry.report, entry.at_ns)
            self.reports.append(row)
            self._note(entry.at_ns, row["key"], entry.report.status.value, row["report"])
            if entry.quote is not None:
                self._note(entry.at_ns, row["key"], END, _encode(entry.quote))
        elif isinstance(entry, FillKnown):
            self._add_fill(entry)
        elif isinstance(entry, WorkSaved):
            self.works.append(
                {
                    "id": entry.id,
                    "kind": entry.kind,
                    "done": entry.done,
                    "created_ns": entry.at_ns,
                    "changed_ns": entry.at_ns,
                    "body": entry.body,
                }
            )
        elif isinstance(entry, TransferIntended):
            self.moves.append(_transfer_row(entry.id, entry.body, entry.at_ns, done=False))
            self._note(entry.at_ns, entry.id, "intended", entry.body)
        elif isinstance(entry, TransferKnown):
            row = _transfer_row(entry.id, entry.body, entry.at_ns, done=entry.done)
            self.transfers.append(row)
            self._note(entry.at_ns, entry.id, entry.state, entry.body)
        elif isinstance(entry, TransactionKnown):
            self._add_transaction(entry)
        elif isinstance(entry, Marked):
            self.marks.append({"name": entry.name, "value": entry.value})
        elif isinstance(entry, CancelIntended):
            self._note(entry.at_ns, entry.client_id, "asked", _encode({"what": entry.what}))
        else:
            assert isinstance(entry, Noted)
            self._note(entry.at_ns, entry.about, entry.kind, entry.body)

    def _add_fill(self, entry: FillKnown) -> None:
        fill = entry.fill
        self.fills.append(
            {
                "venue": entry.venue,
                "instrument": fill.instrument,
                "trade_id": fill.venue_trade_id,
                "venue_order_id": fill.venue_order_id,
                "client_id": fill.client_id or "",
                "venue_ns": fill.venue_ns,
                "body": _encode(fill),
            }
        )
        if entry.quote is not None and fill.client_id is not None:
            seen = {"trade": fill.venue_trade_id, "bid": entry.quote.bid, "ask": entry.quote.ask}
            self._note(entry.at_ns, fill.client_id, FILL, _encode(seen))

    def _add_transaction(self, entry: TransactionKnown) -> None:
        row = {
            "chain": entry.chain,
            "address": entry.address,
            "id": entry.id,
            "nonce": entry.nonce,
            "state": entry.state,
            "final": entry.final,
            "created_ns": entry.at_ns,
            "changed_ns": entry.at_ns,
            "body": entry.body,
        }
        (self.taken if entry.before else self.transactions).append(row)
        if entry.state == REFUSED:  # another may take its row: what was signed is not forgotten
            self._note(entry.at_ns, entry.id, "transaction refused", entry.body)

    def _note(self, at_ns: int, about: str, kind: str, body: bytes) -> None:
        self.history.append({"at_ns": at_ns, "about": about, "kind": kind, "body": body})


def _transfer_row(transfer_id: str, body: bytes, at_ns: int, *, done: bool) -> dict[str, Any]:
    return {
        "id": transfer_id,
        "done": done,
        "created_ns": at_ns,
        "changed_ns": at_ns,
        "body": body,
    }


def _order_row(venue: str, report: OrderReport, at_ns: int) -> dict[str, Any]:
    return {
        "key": key_of(venue, report),
        "venue": venue,
        "instrument": report.instrument,
        "venue_id": report.venue_id,
        "status": report.status.value,
        "final": report.status.final,
        "work": "",
        "created_ns": report.created_ns or report.venue_ns or at_ns,
        "changed_ns": at_ns,
        "intent": None,
        "report": _encode(report),
    }
