"""Differences of a contract are declared, known and strict."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from argosy.testing import contract
from argosy.testing.contract import Contract, known_ids, never, notimpl, notyet, unwritten
from argosy.testing.signer import SignerContract
from argosy.testing.trading import TradingContract
from venues.kraken.test_contract import FACTS


def facts(**differences):
    return msgspec.structs.replace(FACTS, differences=differences)


def marks(test):
    return [mark for mark in getattr(test, "pytestmark", []) if mark.name == "xfail"]


def test_every_test_has_an_id_of_its_own():
    assert len(known_ids()) > 100
    seen = {}
    for suite in Contract.__subclasses__():
        for name in dir(suite):
            if name.startswith("test_"):
                test = getattr(suite, name)
                number = contract.test_id(test)
                assert seen.setdefault(number, test.__qualname__) == test.__qualname__


def test_a_difference_marks_one_venue_strictly():
    class Differing(SignerContract):
        facts = facts(**{"SG-03": notimpl("not pure", AssertionError)})

    class Plain(SignerContract):
        facts = FACTS

    (mark,) = marks(Differing.test_the_same_gives_the_same)
    assert mark.kwargs == {
        "reason": "notimpl: not pure", "raises": AssertionError, "strict": True
    }  # fmt: skip
    assert not marks(Plain.test_the_same_gives_the_same)
    assert not marks(SignerContract.test_the_same_gives_the_same)


def test_an_unknown_id_is_refused():
    with pytest.raises(ValueError, match="SG-77"):
        type("Wrong", (SignerContract,), {"facts": facts(**{"SG-77": never("?")})})
    with pytest.raises(ValueError, match="ZZ-01"):
        unwritten(done=("ZZ-01",))
    with pytest.raises(ValueError, match="begins with no id"):
        contract.test_id(test_an_unknown_id_is_refused)


def test_parameters_can_differ_alone():
    class Metafunc:
        fixturenames = ("self", "native")
        function = TradingContract.test_native_types

        def parametrize(self, argument, cases):
            self.found = {case.id: case.marks for case in cases}

    class Differing(TradingContract):
        facts = facts(**{"TR-02[iceberg]": notyet("refused since May")})

    asked = Metafunc()
    Differing().pytest_generate_tests(asked)
    marked = {name for name, found in asked.found.items() if found}
    assert marked == {"iceberg"}
    assert len(asked.found) == 9


def test_unwritten_is_everything_but_what_is_done():
    assert set(unwritten(done=("SG-01",))) == known_ids() - {"SG-01"}


def test_argosy_does_not_import_pytest():
    code = "import sys, argosy.testing, argosy.cli.main; assert 'pytest' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path.cwd())
    assert done.returncode == 0
