"""Nonsense for readings: it finds what raises something else, and lets sound readings be."""

import random

import pytest

from argosy.dialects.evm.functions import Function
from argosy.model import ContractCall
from argosy.ports import Reading
from argosy.testing.readings import bent, nonsense, survives

ASK = Function("ask()", "uint256")
CALL = ContractCall(to="0x" + "11" * 20, data="0x")


def test_a_sound_reading_survives():
    one = Reading((CALL,), lambda told: ASK.one(told[0]))
    survives(Reading((CALL,), one.read, lambda _: one), random.Random(1))


def test_a_careless_one_does_not():
    with pytest.raises(ZeroDivisionError):
        survives(Reading((CALL,), lambda told: 1 // ASK.one(told[0])), random.Random(1))
    then = Reading((CALL,), lambda told: ASK.one(told[0]), lambda value: {}[value])
    with pytest.raises(KeyError):
        survives(then, random.Random(1))


def test_damage_changes_one_answer_of_the_same_seed():
    real = ["0x" + "00" * 96, "0x" + "11" * 32, "0x"]
    rng = random.Random(3)
    for _ in range(50):
        found = bent(real, rng)
        assert sum(a != b for a, b in zip(found, real, strict=True)) <= 1
    assert nonsense(random.Random(5)) == nonsense(random.Random(5))
