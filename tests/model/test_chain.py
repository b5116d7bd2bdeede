"""Blocks of a chain, and what a contract says when it refuses."""

from argosy.errors import Reverted, VenueError
from argosy.model import Nanos
from argosy.model.chain import Head, HeadChanged


def head(number: int) -> Head:
    return Head(
        chain="local",
        number=number,
        hash=f"0x{number}",
        parent=f"0x{number - 1}",
        timestamp_s=number,
        base_fee=7,
        gas_used=0,
        gas_limit=30_000_000,
        received_ns=Nanos(0),
    )


def test_the_tip_is_the_newest_that_came() -> None:
    changed = HeadChanged(chain="local", added=(head(4), head(5)), dropped=(head(6), head(3)))
    assert changed.tip == head(5)


def test_a_revert_keeps_what_the_contract_said() -> None:
    refused = Reverted("too little", venue="uniswap", code="3", data="0x08c379a0")
    assert isinstance(refused, VenueError)
    assert (refused.venue, refused.code, refused.data) == ("uniswap", "3", "0x08c379a0")
    assert str(refused) == "uniswap 3: too little"
