"""The suites of protocols notice what they are for: a broken adapter fails them."""

import contextlib
from decimal import Decimal

import msgspec
import pytest

from argosy.errors import Reverted
from argosy.ports import Reading
from argosy.testing.lending import LendingContract
from argosy.testing.nft_market import NftMarketContract
from argosy.testing.staking import StakingContract
from sandbox.evm.chains import chain_or_skip
from venues.aave.test_contract import TestAave as Aave
from venues.lido.test_contract import TestLido as Lido
from venues.opensea.test_contract import nft_world

WRONG = (AssertionError, pytest.fail.Exception)


@pytest.fixture(scope="module")
def evm():
    with chain_or_skip() as chain:
        yield chain


class Around:
    """A part with some methods replaced; each gets the real one first."""

    def __init__(self, real, **changes):
        self._real, self._changes = real, changes

    def __getattr__(self, name):
        real = getattr(self._real, name)
        change = self._changes.get(name)
        return (lambda *a, **k: change(real, *a, **k)) if change else real


def broken(suite, part, worlds, **changes):
    @contextlib.asynccontextmanager
    async def world(_self):
        async with worlds() as sound:
            yield Broken(sound, part, Around(getattr(sound, part), **changes))

    return type("Suite", (suite,), {"world": world})()


class Broken:
    """A world with one part changed; the struct itself checks no types."""

    def __init__(self, world, part, instead):
        self._world, self._part, self._instead = world, part, instead

    def __getattr__(self, name):
        return self._instead if name == self._part else getattr(self._world, name)


def of(kind, evm):
    suite = kind()
    suite.chain = evm
    return suite.world


async def fails(test):
    with pytest.raises(WRONG):
        await test()


async def test_a_wrong_health_factor_is_noticed(evm):
    def rosy(real, *arguments, **more):
        found = real(*arguments, **more)
        health = found.health and found.health * Decimal("1.0001")
        return msgspec.structs.replace(found, health=health)

    suite = broken(LendingContract, "lending", of(Aave, evm), after=rosy)
    await fails(suite.test_the_health_factor_is_the_computed_one)


async def test_silent_refusals_and_events_are_noticed(evm):
    mute = broken(
        LendingContract, "lending", of(Aave, evm), explain=lambda _, error: Reverted("no")
    )
    await fails(mute.test_too_large_a_loan_is_refused_in_words)
    deaf = broken(LendingContract, "lending", of(Aave, evm), events=lambda _, logs: ())
    await fails(deaf.test_what_is_supplied_secures_loans)


async def test_a_forgotten_request_is_noticed(evm):
    def none(real, owner):
        return Reading(real(owner).calls, lambda _: ())

    suite = broken(StakingContract, "staking", of(Lido, evm), requests=none)
    with pytest.raises(ValueError, match="unpack"):
        await suite.test_a_withdrawal_waits_and_is_claimed()


async def test_wrong_hashes_and_missing_checks_are_noticed(evm):
    def other(real, order):
        return real(msgspec.structs.replace(order, salt=order.salt + 1))

    suite = broken(NftMarketContract, "market", lambda: nft_world(evm), hash=other)
    await fails(suite.test_the_hash_is_the_contracts)

    def nothing(real, order, taker, at_s):
        reading = real(order, taker, at_s)
        return Reading(reading.calls, lambda _: (), partial=True)

    suite = broken(NftMarketContract, "market", lambda: nft_world(evm), problems=nothing)
    await fails(suite.test_a_wrong_signature_is_refused)
    await fails(suite.test_an_expired_order_is_refused)
