"""Transactions as values: which states end them, and the journal's word for one."""

import pytest

from argosy.execution.journal.tables import REFUSED
from argosy.net.tx_journal import TxState
from net.transactions import made


@pytest.mark.parametrize("state", TxState)
def test_what_may_still_change_is_not_final(state):
    assert state.final is (state not in {"pending", "mined"})


def test_the_last_attempt_is_the_one_that_should_get_in():
    one = made(3)
    assert one.last is one.attempts[0]
    assert one.last.hash == f"0x{3:064x}"


def test_the_journal_has_the_same_word_for_what_nobody_took():
    assert TxState.REFUSED == REFUSED
