"""The matching engine of the sandbox: see README.md beside the package for how to use it."""

from argosy.sandbox.engine.accounts import Account, EntryKind, Holding, LedgerEntry
from argosy.sandbox.engine.amend import Amendment
from argosy.sandbox.engine.book import BookSide, Level, OrderBook
from argosy.sandbox.engine.core import Listing
from argosy.sandbox.engine.engine import Engine
from argosy.sandbox.engine.events import (
    BalanceEvent,
    BookChange,
    FillEvent,
    FundingEvent,
    LevelChange,
    LiquidationEvent,
    OrderEvent,
    OrderKind,
    PositionEvent,
    ReferenceEvent,
    RestingChange,
    RestingKind,
    StatusEvent,
    TradePrint,
)
from argosy.sandbox.engine.orders import ExitRequest, Order, OrderRequest, State
from argosy.sandbox.engine.positions import Position
from argosy.sandbox.engine.refusals import Reason, Refused
from argosy.sandbox.engine.spec import Rules, Spec, fixed
from argosy.sandbox.engine.tape import Bar, Tape

__all__ = [
    "Account",
    "Amendment",
    "BalanceEvent",
    "Bar",
    "BookChange",
    "BookSide",
    "Engine",
    "EntryKind",
    "ExitRequest",
    "FillEvent",
    "FundingEvent",
    "Holding",
    "LedgerEntry",
    "Level",
    "LevelChange",
    "LiquidationEvent",
    "Listing",
    "Order",
    "OrderBook",
    "OrderEvent",
    "OrderKind",
    "OrderRequest",
    "Position",
    "PositionEvent",
    "Reason",
    "ReferenceEvent",
    "Refused",
    "RestingChange",
    "RestingKind",
    "Rules",
    "Spec",
    "State",
    "StatusEvent",
    "Tape",
    "TradePrint",
    "fixed",
]
