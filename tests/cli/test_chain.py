"""`argosy chain` on a sandbox chain of its own, and on a node that is named."""

import json
from pathlib import Path

import pytest

from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.packages import cache_folder
from cli.running import Home
from sandbox.evm.chains import missing

# With blocks every two seconds, on a machine that others use too.
pytestmark = pytest.mark.timeout(200)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    if why := missing():
        pytest.skip(why)
    found = Home(tmp_path)
    found.environment["ARGOSY_CACHE"] = str(cache_folder().parent)
    return found


def test_sandwiches_of_a_sandbox_chain(home: Home) -> None:
    done = home.run("chain", "sandwiches", "--blocks", 25)
    assert done.returncode == 0, done.stderr
    assert "a sandbox chain of its own" in done.stderr
    *lines, last = [
        line for line in done.stdout.splitlines() if "sandwich" in line and "in " in line
    ]
    assert "attempts in 25 blocks" in last
    attempts = [line for line in lines if "attempted" in line]
    whole = [line for line in lines if line not in attempts]
    assert f"{len(whole)} sandwiches and {len(attempts)} attempts in" in last
    assert whole
    assert all(" made " in line and " lost " in line and "?" not in line for line in whole)
    assert all(": its " in line for line in attempts)
    told = home.ask("chain", "sandwiches", "--blocks", 25)
    assert len(told["sandwiches"]) == len(whole)  # the same seed, the same blocks
    assert len(told["attempts"]) == len(attempts)
    assert told["sandwiches"][0]["front"]["transaction"].startswith("0x")


def test_watching_tells_what_waits_and_what_came(home: Home) -> None:
    done = home.run("chain", "watch", "--for", 12, seconds=90)
    assert done.returncode == 0, done.stderr
    kinds = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"pending", "mined", "block"} <= kinds
    swaps = home.run("chain", "watch", "--kinds", "swap", "--count", 3, "--json", seconds=90)
    rows = [json.loads(line) for line in swaps.stdout.splitlines()]
    assert len(rows) == 3
    assert all(row["event"] == "pending" for row in rows)
    assert all(row["call"]["actions"][0]["action"] == "swap" for row in rows)


def test_names_and_events_of_ones_own(home: Home, tmp_path: Path) -> None:
    with EvmChain() as chain:  # addresses are the same on each
        weth, swapper = chain.contract("token.WETH"), chain.layout.accounts["swapper_a"]
        pool = chain.contract(f"pool.{chain.layout.pool('uniswap_v2', 'WETH', 'USDC').label}")
    (tmp_path / "weth.json").write_text(json.dumps(weth.abi), encoding="utf-8")
    names = f'"{swapper}" = "a friend"\n"{pool.address}" = "the pair"\n'
    (tmp_path / "names.toml").write_text(names, encoding="utf-8")
    done = home.run(
        *("chain", "watch", "--kinds", "block", "--count", 6, "--large-usd", 1),
        *("--labels", tmp_path / "names.toml"),
        *("--events", f"{weth.address}={tmp_path / 'weth.json'}"),
        seconds=90,
    )
    assert done.returncode == 0, done.stderr
    assert "  event     Transfer of " in done.stdout
    assert "the pair" in done.stdout or "a friend" in done.stdout
    wrong = home.run("chain", "watch", "--price", "XYZ=1")
    assert wrong.returncode == 2
    assert "XYZ is none of" in wrong.stderr


def test_gas_of_a_node_that_is_named(home: Home) -> None:
    with EvmChain() as chain:
        url = chain.node.url
        done = home.run("chain", "gas", "--url", url, "--for", 0)
        assert done.returncode == 0, done.stderr
        assert "chain 1337 at 127.0.0.1" in done.stderr
        assert "for certain" in done.stdout
        told = json.loads(home.run("chain", "gas", "--url", url, "--for", 0.1, "--json").stdout)
        assert told["block"] == int(chain.link.call("eth_blockNumber"), 16)
        found = home.run("chain", "sandwiches", "--url", url, "--blocks", 5)
        assert "0 sandwiches and 0 attempts in 5 blocks" in found.stdout
        ws = home.run(
            "chain", "watch", "--url", chain.node.ws_url, "--count", 1, "--kinds", "block"
        )
        assert ws.stdout.startswith("block "), ws.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("watch", "--kinds", "nonsense"), 2, "no kind"),
        (("watch", "--url", "ftp://somewhere"), 2, "http(s)://"),
        (("watch", "--url", "http://127.0.0.1:1", "--ws", "http://x"), 2, "ws://"),
        (("gas", "--url", "http://127.0.0.1:1/averysecretprovider-key"), 1, "no connection"),
        (("sandwiches", "--blocks", 0), 2, "--blocks"),
    ],
)
def test_what_cannot_be_done_is_one_line(home: Home, arguments, code, words) -> None:
    done = home.run("chain", *arguments)
    assert done.returncode == code
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("argosy: ")
    assert words in last
    assert "averysecretprovider" not in done.stderr
