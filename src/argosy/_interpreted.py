"""Makes imports take the Python source of a hot module even where a compiled one stands."""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType


class SourceFinder:
    """Finds modules of this package by source only."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del target
        if not name.startswith("argosy.") or path is None:
            return None
        leaf = name.rpartition(".")[2]
        for folder in path:
            source = Path(folder) / f"{leaf}.py"
            if source.is_file():
                return importlib.util.spec_from_file_location(name, source)
        return None


def install() -> None:
    """Put the finder first; calling it twice changes nothing."""
    if SourceFinder not in sys.meta_path:
        sys.meta_path.insert(0, SourceFinder)
