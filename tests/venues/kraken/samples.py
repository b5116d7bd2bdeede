"""What Kraken's tests share: recordings, instruments, replies. Holds no test."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from argosy.model import Instrument, Nanos
from argosy.ports import HttpResponse
from argosy.venues.catalog import Adapter, load

ROOT = Path(__file__).parents[3]
RECORDINGS = Path(os.environ.get("ARGOSY_RECORDINGS", ROOT.parent / "shared" / "recordings"))
NOW = Nanos(1_700_000_000_000_000_000)

PAIRS = {
    "XXBTZUSD": {
        "altname": "XBTUSD",
        "wsname": "XBT/USD",
        "base": "XXBT",
        "quote": "ZUSD",
        "pair_decimals": 1,
        "lot_decimals": 8,
        "leverage_buy": [2, 3, 4, 5],
        "leverage_sell": [2, 3, 4, 5],
        "ordermin": "0.0001",
        "costmin": "0.5",
        "tick_size": "0.1",
        "status": "online",
    },
    "XDGUSD": {
        "altname": "XDGUSD",
        "wsname": "XDG/USD",
        "base": "XXDG",
        "quote": "ZUSD",
        "pair_decimals": 7,
        "lot_decimals": 8,
        "leverage_buy": [],
        "leverage_sell": [],
        "ordermin": "20",
        "status": "post_only",
    },
    "AAPLxUSD": {
        "altname": "AAPLxUSD",
        "wsname": "AAPLx/USD",
        "aclass_base": "tokenized_asset",
        "base": "AAPLx",
        "quote": "ZUSD",
        "pair_decimals": 2,
        "lot_decimals": 8,
        "tick_size": "0.01",
    },
}


def recording(name: str) -> Path:
    """A recording's path; skips the test, saying so, when recordings are not at hand."""
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"recordings are not at {RECORDINGS} (set ARGOSY_RECORDINGS)")
    return path


def recorded(name: str) -> Any:
    """A recorded JSON file."""
    return json.loads(recording(name).read_text(encoding="utf-8"))


def captured(name: str) -> bytes:
    """The bytes of a single captured reply or frame."""
    return recording(f"captures/kraken/{name}").read_bytes()


def lines(name: str) -> Iterator[dict[str, Any]]:
    """The lines of a recorded feed."""
    with zstandard.open(recording(name), "rt", encoding="utf-8") as text:
        for line in text:
            yield json.loads(line)


def reply(result: object, *errors: str, status: int = 200) -> HttpResponse:
    """A REST reply."""
    body = {"error": list(errors)} if errors else {"error": [], "result": result}
    return HttpResponse(status=status, body=json.dumps(body).encode(), received_ns=NOW)


def answer(body: bytes, status: int = 200) -> HttpResponse:
    """A REST reply of these bytes."""
    return HttpResponse(status=status, body=body, received_ns=NOW)


def instruments(adapter: Adapter) -> list[Instrument]:
    """The instruments of PAIRS, as the adapter reads them."""
    assert adapter.reference is not None
    return adapter.reference.instruments()[0].read(reply(PAIRS))


def kraken() -> Adapter:
    """The adapter, taught PAIRS."""
    adapter = load("kraken")
    assert adapter.reference is not None
    adapter.reference.learn(instruments(adapter))
    return adapter
