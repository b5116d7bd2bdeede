"""What a day let go, on disk: counted once a nonce, and still there after a crash."""

import random
import threading

import pytest

from argosy.errors import ConfigError, NotSent
from argosy.vault.spending import SpendingBook
from vault.sealing import ADDRESS

HOUR_NS = 3_600 * 10**9
USDC = "0x" + "aa" * 20


def book(folder, chain_id=1, address=ADDRESS):
    return SpendingBook(folder / "spending.jsonl", chain_id, address)


def write(it, key, amount, now_ns):
    with it.opened(now_ns) as opened:
        opened.write(key, {USDC: amount}, now_ns)


def test_a_nonce_counts_once_and_at_its_most(tmp_path):
    it = book(tmp_path)
    write(it, "nonce 0", 5, 0)
    write(it, "nonce 0", 7, 1)
    write(it, "nonce 0", 6, 2)
    write(it, "nonce 1", 1 << 200, 3)
    assert book(tmp_path).day(4) == {USDC: 7 + (1 << 200)}
    with it.opened(4) as opened:
        assert opened.total(USDC, "nonce 1") == 7


def test_a_day_is_any_24_hours(tmp_path):
    it = book(tmp_path)
    write(it, "nonce 0", 5, 0)
    write(it, "nonce 1", 7, 5 * HOUR_NS)
    assert it.day(24 * HOUR_NS - 1) == {USDC: 12}
    assert it.day(24 * HOUR_NS) == {USDC: 7}
    write(it, "nonce 1", 7, 20 * HOUR_NS)  # sent again: it may be mined from now on
    assert it.day(40 * HOUR_NS) == {USDC: 7}
    assert it.day(-HOUR_NS) == {USDC: 12}  # a clock that was set back forgets nothing


def test_a_line_cut_short_was_signed_for_by_nobody(tmp_path):
    it = book(tmp_path)
    write(it, "nonce 0", 5, 0)
    whole = it.path.read_bytes()
    write(it, "nonce 1", 7, 0)
    both = it.path.read_bytes()
    for size in range(len(whole), len(both)):
        it.path.write_bytes(both[:size])
        assert it.day(1) == {USDC: 5}
        write(it, "nonce 2", 1, 1)
        assert it.day(1) == {USDC: 6}


def test_damage_is_said(tmp_path):
    it = book(tmp_path)
    write(it, "nonce 0", 5, 0)
    it.path.write_bytes(b"{}\n" + it.path.read_bytes())
    with pytest.raises(ConfigError, match="not known"):
        it.day(1)
    it.path.unlink()
    write(it, "nonce 0", 5, 0)
    for other in (book(tmp_path, chain_id=2), book(tmp_path, address="0x" + "00" * 20)):
        with pytest.raises(ConfigError, match="its own file"):
            other.day(1)
    folder = tmp_path / "not"
    folder.write_text("a folder")
    with (
        pytest.raises(NotSent, match="nothing was signed"),
        SpendingBook(folder / "x", 1, ADDRESS).opened(0),
    ):
        pass


def test_what_is_old_leaves_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("argosy.vault.spending._LINES_MAX", 10)
    it = book(tmp_path)
    for number in range(11):
        write(it, f"nonce {number}", 1, number)
    write(it, "nonce 99", 5, 30 * HOUR_NS)
    assert it.path.read_bytes().count(b"\n") == 1
    assert it.day(30 * HOUR_NS) == {USDC: 5}
    assert list(tmp_path.iterdir()) == [it.path]


def test_threads_take_turns(tmp_path):
    it = book(tmp_path)
    rng = random.Random(3)
    amounts = [rng.randrange(100) for _ in range(40)]
    threads = [
        threading.Thread(target=write, args=(book(tmp_path), f"nonce {n}", amount, n))
        for n, amount in enumerate(amounts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert it.day(50) == {USDC: sum(amounts)}
