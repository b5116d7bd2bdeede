"""Commands that end by themselves, as a new user types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from argosy import __version__
from cli.running import COMMAND, Home

COMMANDS = {
    "up", "sandbox", "doctor", "venues", "book", "record", "replay", "decode", "order", "config",
    "simulate", "arbitrage", "chain",
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def one_line(text: str) -> str:
    assert text.startswith("argosy: "), text
    assert text.count("\n") == 1, text
    return text


@pytest.mark.timeout(240)
def test_help_names_every_command(home: Home) -> None:
    done = home.run("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert {
        line.split()[0]
        for line in done.stdout.splitlines()
        if line[:3] == "  u" or (line.startswith("  ") and line[2:3].isalpha())
    } >= COMMANDS
    for command in COMMANDS:
        assert home.run(command, "-h").returncode == 0


def test_version(home: Home) -> None:
    assert home.run("--version").stdout == f"argosy {__version__}\n"


def test_help_loads_no_network_library(home: Home) -> None:
    code = (
        "import sys; from argosy.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'aiohttp', 'litestar', 'uvicorn', 'picows', 'ccxt', 'rich.progress'}\n"
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=home.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_typed_wrongly_exits_with_two(home: Home) -> None:
    for arguments in (("nope",), ("order", "place"), ("book", "BTC/USD", "--depth", "0")):
        done = home.run(*arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_venues_fit_a_narrow_terminal(home: Home) -> None:
    done = home.run("venues")
    assert done.returncode == 0
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "…" not in done.stdout
    for word in ("kraken", "okx", "post_only", "iceberg", "bps"):
        assert word in done.stdout
    one = home.run("venues", "kraken")
    assert "rate limits" in one.stdout
    assert "okx" not in one.stdout


def test_venues_as_json(home: Home) -> None:
    rows = home.ask("venues")
    assert [row["id"] for row in rows] == ["kraken", "okx", "sushiswap", "uniswap"]
    assert rows[0]["order_types"]["market"] == "native"
    wrong = home.run("venues", "nope")
    assert wrong.returncode == 2
    assert "kraken, lido, okx" in one_line(wrong.stderr)


def test_doctor(home: Home) -> None:
    done = home.run("doctor")
    assert done.returncode == 0
    assert "no desk runs" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    found = {row["what"]: row for row in home.ask("doctor")}
    assert found["argosy"]["found"] == __version__
    assert found["venues"]["state"] == "ok"
    assert "a new one each time" in found["journal"]["found"]
    live = {"ARGOSY_DESK__ENVIRONMENT": "live", "ARGOSY_JOURNAL__URL": "sqlite:////no/such/j.db"}
    lost = home.run("doctor", **live)
    assert (lost.returncode, "/no/such" in lost.stdout) == (1, True)
    home.state.write_text("{")
    broken = home.run("doctor")
    assert broken.returncode == 1
    assert "WRONG" in broken.stdout
    for host in ("::1", "no.such.host.invalid"):
        assert home.run("doctor", ARGOSY_WEB__HOST=host).returncode == 1


def test_config_show_says_where_from(home: Home) -> None:
    file = home.folder / "argosy.toml"
    file.write_text("[web]\nport = 9000\n")
    shown = json.loads(
        home.run("config", "show", "-c", file, "--json", ARGOSY_SANDBOX__SEED="3").stdout
    )
    assert shown["web.port"] == {"value": 9000, "origin": str(file)}
    assert shown["sandbox.seed"] == {"value": 3, "origin": "variable ARGOSY_SANDBOX__SEED"}
    assert shown["desk.environment"] == {"value": "sandbox", "origin": "default"}
    by_variable = home.run("config", "show", ARGOSY_CONFIG=str(file))
    assert "9000" in by_variable.stdout


@pytest.mark.parametrize("text", ["[web]\nprot = 1\n", "[web\n", "[web]\nport = 'x'\n"])
def test_a_bad_file_is_one_clear_line(home: Home, text: str) -> None:
    file = home.folder / "argosy.toml"
    file.write_text(text)
    for command in (("config", "show"), ("doctor",), ("up",), ("order", "list")):
        done = home.run(*command, "-c", file)
        assert done.returncode == 2
        assert "argosy.toml" in one_line(done.stderr)
        assert done.stdout == ""


def test_orders_without_a_desk_say_what_to_do(home: Home) -> None:
    for arguments in (("list",), ("cancel", "X"), ("place", "kraken:BTC/USD", "buy", "1")):
        done = home.run("order", *arguments)
        assert done.returncode == 2
        assert "argosy up" in one_line(done.stderr)


def test_a_book_without_a_desk_makes_its_own(home: Home) -> None:
    done = home.run("book", "btc/usd", "--once", "--json", "--depth", "2")
    assert done.returncode == 0, done.stderr
    assert "sandbox of its own" in done.stderr
    view = json.loads(done.stdout)
    assert {level["venue"] for level in view["bids"]} == {"kraken", "okx"}
    assert all(isinstance(level["price"], str) for level in view["bids"])
    none = home.run("book", "FOO/USD", "--once", ARGOSY_DESK__VENUES="okx")
    assert none.returncode == 2
    assert "no venue here lists FOO/USD" in none.stderr
    assert home.run("book", "FOO", "--once").returncode == 2


def test_record_decode_and_replay(home: Home) -> None:
    done = home.run("record", "okx:BTC/USDT", "--out", "a.jsonl.zst", "--seconds", "1")
    assert done.returncode == 0, done.stderr
    assert "frames in a.jsonl.zst" in done.stderr
    lines = home.run("decode", "okx", "a.jsonl.zst").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert {"book_snapshot", "book_update"} <= {event["event"] for event in events}
    summary = home.run("decode", "okx", "a.jsonl.zst", "--summary", "--json")
    assert json.loads(summary.stdout)["errors"] == 0
    table = home.run("decode", "okx", "a.jsonl.zst", "--summary")
    assert all(len(line) <= 80 for line in table.stdout.splitlines())
    played = home.run("replay", "a.jsonl.zst")
    assert played.returncode == 0, played.stderr
    assert "1 of 1 books end as the file says" in played.stdout
    again = home.run("record", "okx:BTC/USDT", "--out", "a.jsonl.zst", "--seconds", "1")
    assert again.returncode == 2
    assert "exists" in again.stderr
    packed = (home.folder / "a.jsonl.zst").read_bytes()
    (home.folder / "cut.jsonl.zst").write_bytes(packed[: len(packed) // 2])
    cut = home.run("decode", "okx", "cut.jsonl.zst", "--summary")
    assert cut.returncode == 1
    assert "the file ends within a packed block" in cut.stderr


def test_recordings_that_are_none(home: Home) -> None:
    (home.folder / "noise.jsonl").write_bytes(b"\x00\xff{}\n[1]\nhello\n")
    done = home.run("decode", "kraken", "noise.jsonl")
    assert done.returncode == 1
    assert "line 1: " in done.stderr
    for command in (
        ("decode", "kraken", "missing.jsonl"),
        ("decode", "nope", "noise.jsonl"),
        ("replay", "noise.jsonl"),
        ("replay", "missing.jsonl"),
    ):
        done = home.run(*command)
        assert done.returncode == 2
        one_line(done.stderr)


def test_who_reads_only_the_first_line_is_no_failure(home: Home) -> None:
    assert home.run("record", "okx:BTC/USDT", "--out", "a.jsonl", "--seconds", "1").returncode == 0
    process = subprocess.Popen(
        [COMMAND, "decode", "okx", "a.jsonl"],
        cwd=home.folder,
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(20) in {0, 1}  # 1 where the pipe broke in the middle
    assert said == b""


def test_a_campaign_s_table(home: Home) -> None:
    done = home.run("simulate", "faults", "--venue", "nope")
    assert done.returncode == 2
    assert "kraken, okx" in one_line(done.stderr)
