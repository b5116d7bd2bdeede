"""Finds captured recordings for tests and says why there are none. Never downloads anything."""

import os
from pathlib import Path

ENVIRONMENT = "ARGOSY_RECORDINGS"


def folder(checkout: Path) -> Path:
    """Where recordings are: $ARGOSY_RECORDINGS, or shared/recordings beside the checkout."""
    told = os.environ.get(ENVIRONMENT)
    return Path(told) if told else checkout.parent / "shared" / "recordings"


def missing(path: Path) -> str:
    """Why tests of `path` are skipped; empty when it is there."""
    if path.exists():
        return ""
    return f"no recordings at {path}; set {ENVIRONMENT} to the folder that holds them"


def feeds(checkout: Path, *names: str) -> list[Path]:
    """Feed recordings by their exchange's name ("OKX"), or all; those that are there, sorted."""
    found = sorted((folder(checkout) / "feeds").glob("*.jsonl*"))
    wanted = {name.upper() for name in names}
    return [path for path in found if not wanted or path.name.partition(".")[0] in wanted]
