"""Events of protocols from logs that are damaged: they are read, left out, or a WireError."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import WireError
from argosy.model import Log
from argosy.venues import catalog
from argosy.venues.aave import wire
from argosy.venues.opensea.events import _topics

POOL = catalog.venue("aave").contracts[1]["pool"].lower()
SEAPORT = catalog.venue("opensea").contracts[1]["seaport"].lower()
AAVE, NFT = catalog.load("aave").lending, catalog.load("opensea").nft
TOPICS = sorted({*wire.EVENTS.by_topic, *_topics()})
WORDS = st.sampled_from(
    ("0x" + "00" * 32, "0x" + "00" * 12 + "ab" * 20, "0x" + "ff" * 32, "0x12", "", "é")
)


def log(address, topics, data):
    return Log(
        chain="test", address=address, topics=tuple(topics), data=data, block_number=1,
        block_hash="0x", transaction_hash="0x", index=0, removed=False, received_ns=0,
    )  # fmt: skip


NUMBERS = st.sampled_from((0, 1, 2**255, 32, 64, 96, 128, 2**256 - 1))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TOPICS), st.lists(WORDS, max_size=4), st.lists(NUMBERS, max_size=12))
def test_only_wire_errors_come_out(topic, rest, words):
    data = "0x" + "".join(f"{word:064x}" for word in words)
    for address, read in ((POOL, AAVE.events), (SEAPORT, NFT.events)):
        try:
            read([log(address, [topic, *rest], data)])
        except WireError:
            pass


def test_data_that_is_none_is_told():
    rng = random.Random(1)
    for topic in TOPICS:
        for data in ("", "0x", "0xzz", "0x" + rng.randbytes(31).hex()):
            for address, read in ((POOL, AAVE.events), (SEAPORT, NFT.events)):
                try:
                    read([log(address, [topic], data)])
                except WireError:
                    pass


@pytest.mark.parametrize(("address", "read"), [(POOL, AAVE.events), (SEAPORT, NFT.events)])
def test_logs_of_others_are_left_out(address, read):
    others = [log("0x" + "11" * 20, [topic], "0x") for topic in TOPICS]
    assert read([*others, log(address, [], "0x"), log(address, ["0x" + "22" * 32], "0x")]) == ()
