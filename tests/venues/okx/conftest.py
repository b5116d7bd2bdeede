"""OKX's adapter with a small listing learnt, and where recordings are."""

import os
from pathlib import Path

import pytest

from argosy.venues.catalog import Adapter, load
from venues.okx.samples import LISTING, reply

ROOT = Path(__file__).resolve().parents[3]
RECORDINGS = Path(os.environ.get("ARGOSY_RECORDINGS", ROOT.parent / "shared/recordings"))


@pytest.fixture
def okx() -> Adapter:
    """A fresh adapter that learnt LISTING."""
    adapter = load("okx")
    assert adapter.reference is not None
    call = adapter.reference.instruments()[0]
    adapter.reference.learn(call.read(reply(LISTING)))
    return adapter


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recordings; skips where there is none."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings at {RECORDINGS}: set ARGOSY_RECORDINGS")
    return RECORDINGS
