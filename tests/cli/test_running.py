"""`argosy up` and `argosy sandbox`: started, used from other commands, and ended with Ctrl-C."""

import json
import re
import signal
import stat
from collections.abc import Iterator
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.running import Home, Started

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def desk(home: Home) -> Iterator[Started]:
    started = home.start("up", "--port", "0")
    try:
        started.until("terminal: ")
        yield started
    finally:
        started.interrupt()


def test_up_says_what_it_is_and_where_last(home: Home, desk: Started) -> None:
    lines = desk.out.read_text().splitlines()
    assert lines[0].startswith("sandbox: ")
    assert "nothing here is real money" in lines[0]
    assert {"kraken: live", "okx: live"} <= set(lines)
    found = re.fullmatch(r"sandbox terminal: (http://127\.0\.0\.1:\d+)", lines[-1])
    assert found
    running = json.loads(home.state.read_text())
    assert running["address"] == found[1]
    assert running["pid"] == desk.process.pid
    assert stat.S_IMODE(home.state.stat().st_mode) == 0o600
    assert desk.err.read_text() == ""


def test_orders_through_the_running_desk(home: Home, desk: Started) -> None:
    placed = home.ask("order", "place", "kraken:BTC/USD", "buy", "0.01", "--price", "20000")
    assert placed["status"] == "accepted"
    order = placed["venue_id"]
    amended = home.run("order", "amend", order, "--price", "21000")
    assert amended.returncode == 0, amended.stderr
    assert "buy 0.01 limit 21000" in amended.stdout
    listed = home.run("order", "list")
    assert order in listed.stdout
    assert all(len(line) <= 80 for line in listed.stdout.splitlines())
    assert [row["venue_id"] for row in home.ask("order", "list")] == [order]
    assert home.run("order", "cancel", order).stdout == f"cancelled: {order}\n"
    assert home.run("order", "list").stdout == "no orders\n"
    (ended,) = home.ask("order", "list", "--all")
    assert ended["status"] == "cancelled"
    other = home.ask("order", "place", "okx:BTC/USDT", "buy", "0.01", "--price", "20000")
    gone = home.ask("order", "cancel", "--venue", "okx")
    assert gone == {"cancelled": [other["venue_id"]]}


def test_an_order_that_the_desk_works_is_shown(home: Home, desk: Started) -> None:
    touched = ("--type", "market_if_touched", "--trigger", "500000")
    placed = home.ask("order", "place", "kraken:BTC/USD", "sell", "0.01", *touched)
    shown = home.run("order", "show", placed["client_id"])
    assert shown.returncode == 0, shown.stderr
    assert "kraken:BTC/USD sell 0.01 market if touched at 500000; filled 0" in shown.stdout
    assert "worked by the desk (conditional, waiting): it sent no order" in shown.stdout
    home.ask("order", "cancel", placed["client_id"])
    assert "cancelled by the desk" in home.run("order", "show", placed["client_id"]).stdout


def test_arbitrage_through_the_running_desk(home: Home, desk: Started) -> None:
    listed = home.run("arbitrage", "scan", "--min-bps", "-1000")
    assert listed.returncode == 0, listed.stderr
    assert re.search(r"^[0-9a-f]{8}  cross: -?[\d.]+ USD net", listed.stdout, re.MULTILINE)
    found = home.ask("arbitrage", "scan", "--kind", "cross", "--min-bps", "-1000")
    nets = [float(each["net"]) for each in found["opportunities"]]
    assert nets == sorted(nets, reverse=True)
    assert found["left_out"] == {}
    for which, words in (("ffff", "there is no opportunity"), ("cross buy", "may be")):
        done = home.run("arbitrage", "take", which, "--min-bps", "-1000", "--dry-run")
        assert done.returncode == 2
        assert words in done.stderr


def test_algorithms_through_the_running_desk(home: Home, desk: Started) -> None:
    ladder = ("kraken:BTC/USD", "buy", "0.6", "--from", "20000", "--to", "18000", "--parts", "3")
    told = home.run("algo", "start", "scale", *ladder, "--factor", "3", "--dry-run")
    assert told.returncode == 0, told.stderr
    rows = [line.split() for line in told.stdout.splitlines()]
    assert rows[0] == ["after", "size", "limit", "note"]
    assert [row[2:] for row in rows[1:4]] == [
        ["0.1", "20000", "rests"],
        ["0.2", "19000", "rests"],
        ["0.3", "18000", "rests"],
    ]
    assert rows[4] == ["nothing", "was", "sent"]
    assert home.run("algo", "list").stdout == "the desk works no orders\n"
    begun = home.ask("algo", "start", "scale", *ladder)
    listed = home.run("algo", "list").stdout
    assert f"{begun['id']}  kraken:BTC/USD buy 0.6 limit 18000, scale" in listed
    assert "working, 0 filled" in listed
    curved = home.ask(
        "algo", "start", "vwap", *ladder[:3], "--curve", "2, 1", "--over", "60", "--dry-run"
    )
    assert [(Decimal(part["after_s"]), Decimal(part["size"])) for part in curved["plan"]] == [
        (0, Decimal("0.4")),
        (30, Decimal("0.2")),
    ]
    wrong = home.run("algo", "start", "pov", *ladder[:3])
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "pov needs a rate" in wrong.stderr
    assert home.ask("algo", "stop", begun["id"])["phase"] in {"stopping", "done"}


def test_orders_that_are_refused_say_whose_fault_it_was(home: Home, desk: Started) -> None:
    """2 where it was asked wrongly, with a desk as without one; 1 where it could not be done."""
    btc = ("place", "kraken:BTC/USD")
    for arguments, words, code in (
        (("place", "kraken:BTC/US", "buy", "1", "--price", "1"), "did you mean kraken:BTC/USD", 2),
        ((*btc, "by", "1", "--price", "1"), "buy, sell", 2),
        ((*btc, "buy", "1"), "needs a price", 2),
        ((*btc, "buy", "1e9", "--price", "20000"), "kraken", 1),
        (("cancel", "nothing"), "knows no order 'nothing'", 2),
    ):
        done = home.run("order", *arguments)
        assert done.returncode == code, done.stderr
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_the_running_desk_s_book(home: Home, desk: Started) -> None:
    view = home.ask("book", "BTC/USD", "--once")
    assert {level["venue"] for level in view["asks"]} == {"kraken", "okx"}
    shown = home.run("book", "BTC/USD", "--once", "--depth", "3")
    assert shown.returncode == 0
    assert all(len(line) <= 80 for line in shown.stdout.splitlines() if line.startswith(" ask"))
    none = home.run("book", "FOO/USD", "--once")
    assert none.returncode == 2
    assert "BTC/USD, ETH/USD, SOL/USD" in none.stderr


def test_a_second_desk_is_told_of_the_first(home: Home, desk: Started, tmp_path: Path) -> None:
    second = home.run("up", "--port", "0")
    assert second.returncode == 2
    assert f"process {desk.process.pid}" in second.stderr
    assert second.stdout == ""
    port = json.loads(home.state.read_text())["address"].rpartition(":")[2]
    elsewhere = home.run("up", "--port", port, ARGOSY_DESK__STATE_FOLDER=str(tmp_path))
    assert elsewhere.returncode == 2
    assert f"port {port}" in elsewhere.stderr
    assert "another port" in elsewhere.stderr
    assert elsewhere.stderr.count("\n") == 1
    assert not list(tmp_path.glob("desk.json*"))
    doctor = {row["what"]: row for row in home.ask("doctor")}
    assert f":{port}" in doctor["state folder"]["found"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_end_without_a_trace(tmp_path: Path, how: signal.Signals) -> None:
    home = Home(tmp_path)
    desk = home.start("up", "--port", "0", ARGOSY_DESK__VENUES="okx")
    try:
        desk.until("terminal: ")
        assert home.state.exists()
    finally:
        code = desk.interrupt(how)
    assert code == 0
    assert not home.state.exists()
    assert desk.err.read_text() == ""


def test_an_early_ctrl_c_ends_as_cleanly(tmp_path: Path) -> None:
    home = Home(tmp_path)
    desk = home.start("up", "--port", "0")
    try:
        desk.until("sandbox: ")
    finally:
        code = desk.interrupt()
    assert code == 0
    assert "Traceback" not in desk.err.read_text()
    assert not home.state.exists()


def test_a_key_that_can_withdraw_ends_it_with_one_line(tmp_path: Path) -> None:
    done = Home(tmp_path).run("up", "--port", "0", ARGOSY_SANDBOX__KEY="withdraw")
    assert done.returncode == 2
    assert "can withdraw" in done.stderr
    assert "allow_withdrawal_key" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_sandbox_prints_addresses_that_answer(tmp_path: Path) -> None:
    home = Home(tmp_path)
    sandbox = home.start("sandbox", "--json", "--no-tls")
    try:
        told = json.loads(sandbox.until("\n"))
        assert set(told) == {"kraken", "okx"}
        for venue, path in (("kraken", "/0/public/Time"), ("okx", "/api/v5/public/time")):
            address = urlsplit(told[venue]["endpoints"]["rest"])
            client = HTTPConnection(str(address.hostname), address.port, timeout=5)
            client.request("GET", path)
            assert json.loads(client.getresponse().read())
            client.close()
            assert told[venue]["keys"]["trade"]["secret"]
        port = told["kraken"]["endpoints"]["rest"].rpartition(":")[2]
        taken = home.run("sandbox", "--no-tls", "--kraken-port", port)
        assert taken.returncode == 2
        assert "choose other ports" in taken.stderr
        assert taken.stderr.count("\n") == 1
    finally:
        code = sandbox.interrupt()
    assert code == 0
    assert sandbox.err.read_text() == ""
