"""`argosy pool` against a desk on the sandbox's chain, and what its API refuses."""

from collections.abc import Iterator

import pytest

from argosy.cli.liquidity import _range
from cli.running import Home

pytestmark = pytest.mark.timeout(180)
SETTINGS = """
[desk]
venues = ["uniswap"]
pairs = ["ETH/USDC", "WBTC/ETH"]
"""
POOL = "uniswap:ETH/USDC@v3-500"
SOME = ("--slippage-bps", "500")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    (home.folder / "desk.toml").write_text(SETTINGS)
    desk = home.start("up", "--port", "0", "--config", "desk.toml")
    try:
        desk.until("terminal: ", 90)
        yield home
    finally:
        desk.interrupt()


def said(home: Home, *arguments: object) -> str:
    done = home.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_position_from_the_command_line(home: Home) -> None:
    range_ = ("--lower", "1000", "--upper", "9000")
    dry = said(home, "pool", "open", POOL, "--base", "1", *range_, "--dry-run")
    assert "would put" in dry
    assert "gas" not in dry
    assert said(home, "pool", "list") == "no liquidity in pools\n"
    opened = home.ask("pool", "open", POOL, "--base", "1", *range_, *SOME)
    name = opened["position"]
    assert name.startswith(f"{POOL}#")
    more = ("pool", "add", name, "--id", "a1", *SOME)
    added = said(home, *more, "--quote", "500")
    assert added.startswith("done: put ")
    again = said(home, *more, "--quote", "900").splitlines()
    assert again[0] == "this id was used before: nothing was sent; what became of it:"
    assert again[1] == f"  position {name}"
    assert all(line in added.splitlines() for line in again[2:-1])
    assert again[-1].rpartition(" ")[2] == added.split()[-1]  # gas is without the approval's
    assert len(again) == 5
    (row,) = home.ask("pool", "list", "--venue", "uniswap")
    assert (row["position"], row["in_range"]) == (name, True)
    assert name.partition("#")[2] in said(home, "pool", "list")
    assert "done: take the fees out of" in said(home, "pool", "collect", name)
    assert "out of" in said(home, "pool", "remove", name, "25", *SOME)
    closed = said(home, "pool", "close", name, *SOME)
    assert "done: take all out of" in closed
    assert "transaction 0x" in closed
    assert said(home, "pool", "list") == "no liquidity in pools\n"


def test_a_swap_is_done_once_and_says_so(home: Home) -> None:
    swap = ("swap", "ETH", "USDC", "--id", "s1", *SOME)
    done = said(home, *swap, "1")
    assert "1 ETH for USDC, at block" in done
    again = said(home, *swap, "2").splitlines()
    assert again[0] == "this id was used before: nothing was sent; what became of it:"
    assert again[1:] == done.splitlines()[-2:]
    other = home.run("swap", "ETH", "WBTC", "1", "--id", "s1")
    assert other.returncode == 2
    assert "id 's1' was used before, and not for it" in other.stderr


def test_dry_runs_say_what_is_lacking(home: Home) -> None:
    for command in (
        ("swap", "ETH", "USDC", "2000000"),
        ("pool", "open", POOL, "--base", "3000000", "--lower", "1000", "--upper", "9000"),
    ):
        told = said(home, *command, "--dry-run")
        assert "it would not go through: the balance does not cover" in told
        assert "ETH: we have " in told


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (None, None, "all prices"),
        ("1000", None, "1000 and above"),
        (None, "9000", "up to 9000"),
        ("1000", "9000", "1000 to 9000"),
    ],
)
def test_ranges_in_words(lower: str | None, upper: str | None, words: str) -> None:
    assert _range({"lower": lower, "upper": upper}) == words


def test_refusals_are_one_line(home: Home) -> None:
    done = home.run("pool", "close", f"{POOL}#1")
    assert done.returncode == 2
    assert "is no position of ours" in done.stderr
    assert done.stderr.count("\n") <= 2
