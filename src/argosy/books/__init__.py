"""Order books: ladders, venue books that keep their continuity, and the universal book."""

from argosy.books.book import BookState, Shelf, VenueBook
from argosy.books.formats import BookFormat, Checksum, Continuity, Role
from argosy.books.frames import BookReader
from argosy.books.ladder import Ladder
from argosy.books.universal import Conversion, CostQuote, UniversalBook, UniversalView

__all__ = [
    "BookFormat",
    "BookReader",
    "BookState",
    "Checksum",
    "Continuity",
    "Conversion",
    "CostQuote",
    "Ladder",
    "Role",
    "Shelf",
    "UniversalBook",
    "UniversalView",
    "VenueBook",
]
