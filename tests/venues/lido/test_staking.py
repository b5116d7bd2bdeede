"""Lido beyond the contract: where it is, how requests are split, and its words."""

from decimal import Decimal

import pytest

from argosy.dialects.evm.functions import Function, unhex
from argosy.errors import ConfigError, Reverted
from argosy.model import ShareRate, StakingPool
from argosy.model.staking import apr
from argosy.venues import catalog
from argosy.venues.lido import wire
from argosy.venues.lido.staking import LidoStaking
from venues.chains import client
from venues.lido.test_contract import lido

D = Decimal
OWNER = "0x" + "ab" * 20
ROLES = {"steth": "0x" + "01" * 20, "wsteth": "0x" + "02" * 20, "queue": "0x" + "03" * 20}


def test_it_is_on_ethereum_and_needs_three_contracts():
    assert set(catalog.venue("lido").contracts) == {1}
    assert catalog.load("lido").staking is not None
    with pytest.raises(ConfigError, match="queue, wsteth"):
        LidoStaking({"steth": ROLES["steth"]})


@pytest.mark.parametrize(
    ("amount", "wrapped", "parts"),
    [("1000", False, 1), ("1000.000000000000000001", False, 2), ("600", True, 2), ("500", True, 1)],
)
def test_requests_are_split_evenly_below_the_limit(amount, wrapped, parts):
    deed = LidoStaking(ROLES).request_withdrawal(D(amount), OWNER, wrapped=wrapped)
    function = wire.REQUEST_WRAPPED if wrapped else wire.REQUEST
    amounts, owner = function.arguments(unhex(deed.call.data))
    assert owner == OWNER
    assert sum(amounts) == int(D(amount).scaleb(18))
    assert len(amounts) == parts
    assert max(amounts) - min(amounts) <= 1
    assert deed.spends == ((ROLES["wsteth" if wrapped else "steth"], sum(amounts)),)


@pytest.mark.parametrize("amount", ["0.000000000000000099", "300000"])
def test_requests_that_the_queue_does_not_take_are_none(amount):
    with pytest.raises(ConfigError, match=r"100 wei are the least|300 requests; ask for less"):
        LidoStaking(ROLES).request_withdrawal(D(amount), OWNER)


@pytest.mark.parametrize("signature", wire.ERRORS)
def test_every_custom_error_has_words(signature):
    error = Function(signature)
    values = [OWNER if kind == "address" else 7 for kind in error.types]
    said = LidoStaking(ROLES).explain(Reverted("", data=error.data(*values)))
    assert (said.venue, said.code) == ("lido", error.name)
    assert wire.ERRORS[signature] in str(said)


async def test_what_the_tokens_refuse_is_told_in_words(evm):
    staking = lido(evm)
    with evm.undone():
        async with client(evm) as it:
            me = it.sender.address
            for number, (deed, code) in enumerate(
                (
                    (staking.unwrap(D(1), me), "BALANCE"),
                    (staking.wrap(D(5_000), me), "BALANCE_EXCEEDED"),
                    (staking.request_withdrawal(D(999), me), "BALANCE_EXCEEDED"),
                )
            ):
                with pytest.raises(Reverted) as caught:
                    await it.do(deed, id_=f"refused-{number}")
                assert staking.explain(caught.value).code == code


def test_a_pool_of_nothing_has_a_rate_of_one():
    rate = StakingPool(pooled=D(0), shares=D(0)).share_rate(7)
    assert rate == ShareRate(at_s=7, rate=D(1))
    day = ShareRate(at_s=7 + 86_400, rate=D("1.0001"))
    assert apr(rate, day) == D("0.0365")
    with pytest.raises(ValueError, match="two moments"):
        apr(rate, rate)
