"""Staking values: what a share is worth, rewards and rates from two moments."""

from decimal import Decimal

import pytest

from argosy.model import ShareRate, StakingPool, StakingPosition
from argosy.model.staking import apr, rewards

D = Decimal


def test_a_share_is_its_part_of_the_pool():
    assert StakingPool(pooled=D(12), shares=D(10)).share_rate(5) == ShareRate(at_s=5, rate=D("1.2"))
    assert StakingPool(pooled=D(0), shares=D(0)).share_rate(5).rate == 1


def test_a_position_is_worth_both_forms():
    position = StakingPosition(
        owner="0x", staked=D(3), shares=D("2.5"), wrapped=D(1), wrapped_worth=D("1.2")
    )
    assert position.worth == D("4.2")


def test_rewards_and_the_rate_a_year():
    before, after = ShareRate(at_s=0, rate=D(1)), ShareRate(at_s=86_400, rate=D("1.0001"))
    assert rewards(D(100), before, after) == D("0.01")
    assert rewards(D(100), after, before) == D("-0.01")
    assert apr(before, after) == D("0.0365")
    for pair in ((after, before), (before, before), (ShareRate(at_s=0, rate=D(0)), after)):
        with pytest.raises(ValueError, match="two moments"):
            apr(*pair)
