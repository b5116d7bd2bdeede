"""Between simulated venues: funds leave one, are confirmed, arrive at the other; none is lost."""

from decimal import Decimal
from random import Random

import pytest

from argosy.sandbox.chain import BLOCK_MS, Chain, address_of
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.engine import Reason, Refused
from argosy.sandbox.wallet import REVIEW_MS, Stage
from argosy.sandbox.world import World, WorldSettings

D = Decimal
_MS = 10**6


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def world(clock):
    return World(WorldSettings(market=None), clock)


def start(world, amount="1", currency="BTC", chain="bitcoin", source="kraken", target="okx"):
    """A withdrawal from one venue's desk to the other's."""
    wallet, other = world.venues[source].wallet, world.venues[target]
    rule = wallet.network(currency, chain)
    theirs = other.wallet.address(other.account(), other.wallet.network(currency, chain))
    return wallet.withdraw(world.venues[source].account(), rule, D(amount), theirs)


def test_funds_leave_and_arrive(world, clock):
    kraken, okx = world.venues["kraken"], world.venues["okx"]
    before = kraken.account().holding("BTC").total
    arrived = []
    okx.wallet.purse = Purse(arrived)
    leaving = start(world)
    assert before - kraken.account().holding("BTC").total == D("1.00015")
    assert (leaving.stage, leaving.tx) == (Stage.REQUESTED, None)
    clock.advance(REVIEW_MS * _MS)
    world.advance()
    assert leaving.stage is Stage.BROADCAST
    (coming,) = okx.wallet.deposits
    assert coming.tx is leaving.tx
    assert not coming.credited
    assert not arrived
    clock.advance(2 * BLOCK_MS["bitcoin"] * _MS)
    world.advance()
    assert leaving.stage is Stage.DONE
    assert coming.credited
    assert arrived == [("desk", "BTC", D(1))]
    clock.advance(10**12)
    world.advance()
    assert arrived == [("desk", "BTC", D(1))]  # once


class Purse:
    def __init__(self, told):
        self.told = told

    def change(self, account, currency, amount):
        self.told.append((account.name, currency, amount))


def test_a_venue_waits_for_its_own_number_of_confirmations(world, clock):
    """OKX credits after one, Kraken after three: of the same chain."""
    okx, kraken = world.venues["okx"], world.venues["kraken"]
    okx.wallet.purse = Purse([])
    start(world, source="okx", target="kraken")
    start(world, source="kraken", target="okx")
    clock.advance(REVIEW_MS * _MS)
    world.advance()
    (to_kraken,), (to_okx,) = kraken.wallet.deposits, okx.wallet.deposits
    seen = set()
    for _ in range(400):
        clock.advance(20 * _MS)
        world.advance()
        now = clock.now_ns()
        for deposit in (to_kraken, to_okx):
            confirmations = deposit.tx.confirmations(now)
            assert deposit.credited == (confirmations >= deposit.rule.confirmations)
            seen.add((deposit.rule.confirmations, deposit.credited))
    assert seen == {(1, False), (1, True), (3, False), (3, True)}


def test_cancelling_gives_everything_back(world, clock):
    wallet, account = world.venues["kraken"].wallet, world.venues["kraken"].account()
    before = account.holding("BTC").total
    wallet.held = True
    leaving = start(world)
    clock.advance(10**12)
    assert leaving.stage is Stage.HELD
    assert wallet.cancel(leaving)
    assert account.holding("BTC").total == before
    assert not wallet.cancel(leaving)  # not twice
    assert account.holding("BTC").total == before
    sent = start(world)
    wallet.release()
    clock.advance(10**12)
    assert not wallet.cancel(sent)
    assert sent.stage is Stage.DONE


def test_one_that_fails_gives_everything_back(world, clock):
    wallet, account = world.venues["kraken"].wallet, world.venues["kraken"].account()
    before = account.holding("BTC").total
    wallet.failing = True
    leaving = start(world)
    clock.advance(10**12)
    world.advance()
    assert leaving.stage is Stage.FAILED
    assert account.holding("BTC").total == before
    assert not world.chain.transactions


def test_nothing_is_taken_that_is_not_there(world):
    account = world.venues["kraken"].account()
    before = account.holding("BTC").total
    with pytest.raises(Refused) as refused:
        start(world, str(before))  # the fee on top is not there
    assert refused.value.reason is Reason.INSUFFICIENT_FUNDS
    assert account.holding("BTC").total == before


def test_what_is_too_little_is_never_credited(world, clock):
    okx = world.venues["okx"]
    rule = okx.wallet.network("BTC", "bitcoin")
    mine = okx.wallet.address(okx.account(), rule)
    world.chain.send("bitcoin", "BTC", D("0.00001"), mine, clock.now_ns())
    assert not okx.wallet.deposits


def test_the_desk_has_approved_its_own_addresses_elsewhere(world):
    for name, other in (("kraken", "okx"), ("okx", "kraken")):
        venue, there = world.venues[name], world.venues[other]
        approved = venue.wallet.approved(venue.account(), "USDT")
        mine = {
            there.wallet.address(there.account(), rule) for rule in there.wallet.networks("USDT")
        }
        assert mine < {one.address for one in approved}
        assert not venue.wallet.approved(venue.account("rival"), "USDT")


def test_the_same_seed_confirms_at_the_same_moments():
    def times(seed):
        sent = Chain(Random(seed)).send("tron", "USDT", D(1), "T", 0)
        moments = range(0, 3 * BLOCK_MS["tron"] * _MS, _MS)
        return sent.id, [sent.confirmations(now) for now in moments]

    assert times(3) == times(3)
    assert times(3) != times(4)
    assert times(3)[1] == sorted(times(3)[1])


@pytest.mark.parametrize("chain", BLOCK_MS)
def test_addresses_look_like_the_networks_own_and_differ(chain):
    mine, theirs = address_of(chain, "a"), address_of(chain, "b")
    assert mine == address_of(chain, "a") != theirs
    assert len(mine) == len(theirs)
    head = {"bitcoin": "bc1q", "ethereum": "0x", "tron": "T", "ripple": "r", "dogecoin": "D"}
    assert mine.startswith(head.get(chain, ""))
