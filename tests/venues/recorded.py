"""Recorded feeds as the contract suites take them. Holds no test."""

import itertools
import json
from pathlib import Path

import pytest
import zstandard

from argosy.model import Nanos
from argosy.ports import FeedPlan, HttpResponse
from argosy.testing.contract import Stream
from argosy.testing.recordings import folder, missing

FRAMES = 1_500
CHECKOUT = Path(__file__).parents[2]


def recorded_stream(name: str, *events: str, as_of_ns: Nanos | None = None) -> Stream:
    """The first frames of a recorded feed, with the listing that it began with; or a skip."""
    path = folder(CHECKOUT) / "feeds" / f"{name}.jsonl.zst"
    if why := missing(path):
        pytest.skip(why)
    listing, frames = [], []
    with zstandard.open(path, "rt", encoding="utf-8") as text:
        for line in map(json.loads, itertools.islice(text, 4 * FRAMES)):
            if line["t"] == "http":
                answer = HttpResponse(
                    status=200, body=line["data"].encode(), received_ns=Nanos(1_600_000_000 * 10**9)
                )
                listing.append((line["url"], answer))
            elif line["t"] == "recv" and len(frames) < FRAMES:
                frames.append(line["data"].encode())
    return Stream(
        plan=FeedPlan(url="ws_public", listen=True, as_of_ns=as_of_ns),
        frames=tuple(frames),
        listing=tuple(listing),
        events=frozenset(events),
    )
