"""The port the page is served from. Defined beside the desk that implements it; named here."""

from argosy.desk.view import (
    VENUES_TOPIC,
    DeskView,
    Environment,
    VenueHealth,
    VenueState,
    book_topic,
    trades_topic,
)

__all__ = [
    "VENUES_TOPIC",
    "DeskView",
    "Environment",
    "VenueHealth",
    "VenueState",
    "book_topic",
    "trades_topic",
]
