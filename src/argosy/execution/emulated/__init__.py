"""Order types that a venue lacks, worked from here. Does no I/O.

What each does in a gap or after a restart is in docs/explanation/emulated_orders.md.
"""

from argosy.execution.emulated.choose import Choice, Declared, How, choose, matrix
from argosy.execution.emulated.conditional import Conditional
from argosy.execution.emulated.exits import Bracket, Oco
from argosy.execution.emulated.iceberg import Iceberg
from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.oto import Oto
from argosy.execution.emulated.pegged import Pegged
from argosy.execution.emulated.plain import Plain
from argosy.execution.emulated.waiting import Waiting

KINDS: tuple[type[Emulated], ...] = (
    Bracket,
    Conditional,
    Iceberg,
    Oco,
    Oto,
    Pegged,
    Plain,
    Waiting,
)

__all__ = [
    "KINDS",
    "Bracket",
    "Choice",
    "Conditional",
    "Declared",
    "Emulated",
    "How",
    "Iceberg",
    "Oco",
    "Oto",
    "Pegged",
    "Plain",
    "Waiting",
    "choose",
    "matrix",
]
