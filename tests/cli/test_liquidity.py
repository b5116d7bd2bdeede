"""`argosy pool` against a desk on the sandbox's chain, and what its API refuses."""

from collections.abc import Iterator

import pytest

from argosy.cli.liquidity import _range
from cli.running import Home

pytestmark = pytest.mark.timeout(180)
SETTINGS = """
[desk]
venues = ["uniswap"]
pairs = ["ETH/USDC"]
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
    assert "amounts" in said(home, "pool", "add", name, "--quote", "500", *SOME)
    (row,) = home.ask("pool", "list", "--venue", "uniswap")
    assert (row["position"], row["in_range"]) == (name, True)
    assert name.partition("#")[2] in said(home, "pool", "list")
    assert "done: take the fees out of" in said(home, "pool", "collect", name)
    assert "out of" in said(home, "pool", "remove", name, "25", *SOME)
    closed = said(home, "pool", "close", name, *SOME)
    assert "done: take all out of" in closed
    assert "transaction 0x" in closed
    assert said(home, "pool", "list") == "no liquidity in pools\n"


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
    assert done.returncode == 1
    assert "is no position of ours" in done.stderr
    assert done.stderr.count("\n") <= 2
