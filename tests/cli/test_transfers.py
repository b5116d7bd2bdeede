"""`argosy transfer` against a desk that may move funds in the sandbox."""

import time
from collections.abc import Iterator

import pytest

from cli.running import Home

pytestmark = pytest.mark.timeout(120)
SETTINGS = """
[sandbox]
key = "withdraw"
[venues.kraken]
allow_withdrawal_key = true
[venues.okx]
allow_withdrawal_key = true
[transfers]
enabled = true
poll_s = 1
"""
WAY = ("okx", "kraken", "USDT", "100")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    (home.folder / "desk.toml").write_text(SETTINGS)
    desk = home.start("up", "--port", "0", "--config", "desk.toml")
    try:
        desk.until("terminal: ")
        yield home
    finally:
        desk.interrupt()


def test_a_plan_is_shown_and_moves_nothing(home: Home) -> None:
    done = home.run("transfer", "plan", *WAY)
    assert done.returncode == 0, done.stderr
    assert "withdrawal: 100 USDT from okx to kraken" in done.stdout
    assert "tron" in done.stdout
    assert "101.5 of 10000 free would leave" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert home.ask("transfer", "plan", *WAY)["route"]["chain"] == "tron"
    assert home.run("transfer", "list").stdout == "no transfers\n"


def test_a_plan_that_cannot_be_started_exits_with_one(home: Home) -> None:
    done = home.run("transfer", "plan", "okx", "kraken", "USDT", "1")
    assert done.returncode == 1
    assert "okx withdraws 2 at least" in done.stdout
    done = home.run("transfer", "start", "okx", "kraken", "USDT", "1")
    assert done.returncode == 1
    assert done.stderr.startswith("argosy: ")
    assert home.run("transfer", "list", "--all").stdout == "no transfers\n"


def test_a_transfer_to_its_end(home: Home) -> None:
    begun = home.ask("transfer", "start", *WAY)
    until = time.monotonic() + 60
    while home.ask("transfer", "show", begun["id"])["movement"]["state"] != "done":
        assert time.monotonic() < until
    shown = home.run("transfer", "show", begun["id"]).stdout
    assert f"{begun['id']}  100 USDT okx → kraken by USDT-TRC20" in shown
    assert "  done; fee 1.5; since " in shown
    assert "  source: okx " in shown
    assert "  target: kraken " in shown
    assert begun["id"] in home.run("transfer", "list", "--all").stdout
    late = home.run("transfer", "cancel", begun["id"])
    assert late.returncode != 0
    assert "no transfer" in late.stderr


def test_within_a_venue(home: Home) -> None:
    done = home.run("transfer", "start", "okx:funding", "okx:trading", "BTC", "0.1")
    assert done.returncode == 0, done.stderr
    assert "0.1 BTC okx:funding → okx:trading" in done.stdout
