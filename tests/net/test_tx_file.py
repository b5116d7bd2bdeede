"""Files of transactions from before the journal had them: read as they were meant, or refused."""

import errno
import fcntl
from pathlib import Path

import pytest

from argosy.errors import ConfigError
from argosy.net.tx_file import TxFile
from argosy.net.tx_journal import TxState
from net.transactions import ME, line, made


def read(path, chain_id: int = 1, address: str = ME):
    with TxFile(path, chain_id, address).read() as found:
        return found


def test_the_last_word_on_each_nonce_counts_and_what_nobody_took_is_left_out(tmp_path):
    path = tmp_path / "tx.jsonl"
    lines = [made(3), made(2), made(3, TxState.MINED), made(4), made(4, TxState.REFUSED)]
    path.write_bytes(b"".join(map(line, lines)))
    assert read(path) == [made(2), made(3, TxState.MINED)]


def test_an_id_whose_nonce_others_took_has_its_last_one(tmp_path):
    path = tmp_path / "tx.jsonl"
    lines = [made(3, TxState.REPLACED, "a"), made(4, id_="b"), made(5, id_="a")]
    path.write_bytes(b"".join(map(line, lines)))
    assert read(path) == [made(4, id_="b"), made(5, id_="a")]


def test_a_line_cut_short_by_a_crash_was_never_acted_on(tmp_path):
    path = tmp_path / "tx.jsonl"
    whole, last = line(made(1)), line(made(2))
    for cut in range(len(last)):
        path.write_bytes(whole + last[:cut])
        assert read(path) == [made(1)]
    path.write_bytes(b"")
    assert read(path) == []


def test_damage_before_the_end_is_said(tmp_path):
    path = tmp_path / "tx.jsonl"
    path.write_bytes(line(made(1)).replace(b'"nonce":1', b'"nonce":?') + line(made(2)))
    with pytest.raises(ConfigError, match="is damaged"):
        read(path)


@pytest.mark.parametrize(("chain_id", "address"), [(2, ME), (1, "0x" + "cd" * 20)])
def test_another_chains_or_addresss_file_is_refused(tmp_path, chain_id, address):
    path = tmp_path / "tx.jsonl"
    path.write_bytes(line(made(1)))
    with pytest.raises(ConfigError, match="give each its own file"):
        read(path, chain_id, address)


def test_a_desk_of_before_that_still_runs_keeps_its_file(tmp_path):
    path = tmp_path / "tx.jsonl"
    path.write_bytes(line(made(1)))
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="one process at a time"):
            read(path)
    assert read(path) == [made(1)]


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "none.jsonl")


def test_it_is_put_away_beside_those_that_were(tmp_path, monkeypatch):
    file = TxFile(tmp_path / "tx.jsonl", 1, ME)
    for name in ("tx.jsonl.taken", "tx.jsonl.taken2"):
        file.path.write_bytes(line(made(1)))
        assert file.put_away() == tmp_path / name
        assert not file.path.exists()
        assert (tmp_path / name).read_bytes() == line(made(1))
    file.path.write_bytes(b"")

    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(ConfigError, match="Read-only file system"):
        file.put_away()
