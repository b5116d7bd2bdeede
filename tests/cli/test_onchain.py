"""`argosy lend`, `stake` and `nft` as people type them, on a chain that runs."""

import json
import os

import msgspec
import pytest

from argosy.sandbox.told import ToldChain, ToldSandbox, announce
from cli.running import Home
from sandbox.evm.chains import chain_or_skip


@pytest.fixture(scope="module")
def evm():
    with chain_or_skip() as chain:
        yield chain


@pytest.fixture
def place(evm, tmp_path):
    home = Home(tmp_path)
    file = tmp_path / "sandbox.json"
    file.write_bytes(msgspec.json.encode({"chain": {"contracts": evm.layout.contracts}}))
    with evm.undone():
        yield home, ("--url", evm.node.url, "--contracts", file)


def said(home, *arguments):
    done = home.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_lending(place):
    home, where = place
    assert "WETH" in said(home, "lend", "markets", *where)
    dry = said(home, "lend", "supply", "WETH", "10", "--dry-run", *where)
    assert "would supply 10 WETH to Aave v3" in dry
    assert "first: 0x" in dry
    assert "health factor: no debt before, no debt expected" in dry
    said(home, "lend", "supply", "WETH", "10", *where)
    borrowed = said(home, "lend", "borrow", "USDC", "15000", *where)
    assert "done: borrow 15000 USDC" in borrowed
    assert "health factor 1.6610" in borrowed
    account = home.ask("lend", "account", *where)
    assert account["debt"].startswith("15000")
    assert account["positions"][0]["symbol"] == "WETH"
    refused = home.run("lend", "withdraw", "WETH", "all", *where)
    assert refused.returncode == 1
    assert refused.stderr.startswith("argosy: aave HEALTH_FACTOR_LOWER_THAN")
    assert refused.stderr.count("\n") == 1
    told = home.ask("lend", "repay", "USDC", "all", *where)
    assert told["account"]["debt"] == "0"


def test_staking(place):
    home, where = place
    assert "ether staked; a share is worth" in said(home, "stake", "pool", *where)
    assert "stETH" in said(home, "stake", "submit", "2", *where)
    assert "waits" in said(home, "stake", "withdraw", "1", *where)
    assert home.ask("stake", "account", *where)["requests"][0]["amount"].startswith("1")
    refused = home.run("stake", "claim", *where)
    assert (refused.returncode, refused.stderr) == (
        2,
        "argosy: no request is ready to be claimed\n",
    )


def test_nfts(place):
    home, where = place
    listed = said(home, "nft", "list", "11", "1.5", *where)
    assert "no market has it" in listed
    order = home.folder / "order.json"
    told = home.run("nft", "list", "11", "1.5", "--json", *where)
    order.write_text(told.stdout)
    assert json.loads(told.stdout)["hash"].startswith("0x")
    checked = said(home, "nft", "fulfil", order, "--dry-run", *where)
    assert "would buy NFT 11" in checked
    assert "cancel 1 orders" in said(home, "nft", "cancel", order, *where)
    refused = home.run("nft", "fulfil", order, *where)
    assert refused.returncode == 1
    assert "it is cancelled. Nothing was sent" in refused.stderr


def test_the_sandbox_is_found_where_the_settings_say(evm, tmp_path):
    home = Home(tmp_path)
    own = "on a sandbox chain of its own; it is gone when this command ends\n"
    chain = ToldChain(
        chain_id=1337,
        rpc=evm.node.url,
        ws="",
        accounts={},
        keys={},
        tokens={},
        decimals={},
        contracts=evm.layout.contracts,
    )
    announce(tmp_path / "kept", ToldSandbox(pid=os.getpid(), venues={}, chain=chain))
    file = tmp_path / "argosy.toml"
    file.write_text(f'[desk]\nstate_folder = "{tmp_path / "kept"}"\n')
    with evm.undone():
        found = home.run("lend", "supply", "WETH", "1", ARGOSY_CONFIG=str(file))
        assert (found.returncode, own in found.stderr) == (0, False), found.stderr
        there = ("lend", "account", "--json")
        kept = json.loads(home.run(*there, ARGOSY_CONFIG=str(file)).stdout)
        assert kept["positions"][0]["symbol"] == "WETH"
    alone = home.run(*there)
    assert not json.loads(alone.stdout).get("positions")
    assert own in alone.stderr


def test_a_protocol_takes_no_orders(tmp_path):
    done = Home(tmp_path).run("venues", "aave")
    assert done.returncode == 1
    assert "aave is a protocol on chains (lending)" in done.stderr
    assert "aave" not in Home(tmp_path).run("venues").stdout
