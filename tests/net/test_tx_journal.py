"""The journal of transactions: what was written is there after a crash, and one process writes."""

import pytest

from argosy.errors import ConfigError
from argosy.net.tx_journal import Attempt, Transaction, TxJournal, TxRequest, TxState

ME = "0x" + "AB" * 20


def made(nonce: int, state: TxState = TxState.PENDING, id_: str = "") -> Transaction:
    attempt = Attempt(
        kind="send", hash=f"0x{nonce:064x}", raw="0x02", max_fee=9, priority_fee=1, at_block=5
    )
    request = TxRequest(id=id_ or f"t{nonce}", to=None, data="0x00")
    return Transaction(request=request, nonce=nonce, attempts=(attempt,), state=state)


def reopened(path, chain_id: int = 1, address: str = ME):
    journal = TxJournal(path, chain_id, address)
    try:
        return journal.read()
    finally:
        journal.close()


def test_the_last_word_on_each_nonce_counts(tmp_path):
    path = tmp_path / "deep" / "tx.jsonl"
    journal = TxJournal(path, 1, ME)
    lines = [made(3), made(2), made(3, TxState.MINED), made(4), made(4, TxState.REFUSED)]
    for each in lines:
        journal.write(each)
    journal.close()
    assert reopened(path) == {2: made(2), 3: made(3, TxState.MINED)}


def test_a_line_cut_short_by_a_crash_was_never_acted_on(tmp_path):
    path = tmp_path / "tx.jsonl"
    journal = TxJournal(path, 1, ME)
    journal.write(made(1))
    whole = path.read_bytes()
    journal.write(made(2))
    journal.close()
    both = path.read_bytes()
    for cut in range(len(whole), len(both)):
        path.write_bytes(both[:cut])
        assert reopened(path) == {1: made(1)}
        journal = TxJournal(path, 1, ME)
        journal.read()
        journal.write(made(3))  # goes where the piece was, not behind it
        journal.close()
        assert set(reopened(path)) == {1, 3}


def test_damage_before_the_end_is_said(tmp_path):
    path = tmp_path / "tx.jsonl"
    journal = TxJournal(path, 1, ME)
    journal.write(made(1))
    journal.write(made(2))
    journal.close()
    path.write_bytes(path.read_bytes().replace(b'"nonce":1', b'"nonce":?'))
    with pytest.raises(ConfigError, match="is damaged"):
        reopened(path)


@pytest.mark.parametrize(("chain_id", "address"), [(2, ME), (1, "0x" + "cd" * 20)])
def test_another_chains_or_addresss_journal_is_refused(tmp_path, chain_id, address):
    path = tmp_path / "tx.jsonl"
    journal = TxJournal(path, 1, ME)
    journal.write(made(1))
    journal.close()
    with pytest.raises(ConfigError, match="give each its own file"):
        reopened(path, chain_id, address)


def test_one_process_at_a_time(tmp_path):
    path = tmp_path / "tx.jsonl"
    journal = TxJournal(path, 1, ME)
    with pytest.raises(ConfigError, match="one process at a time"):
        TxJournal(path, 1, ME)
    journal.close()
    assert reopened(path) == {}
