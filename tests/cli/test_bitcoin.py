"""`argosy bitcoin` on the sandbox's chain, as people start both."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from cli.running import Home, Started

pytestmark = pytest.mark.timeout(120)
PASSWORD = "ARGOSY_BITCOIN_PASSWORD"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def told(home: Home) -> Iterator[dict]:
    sandbox: Started = home.start("sandbox", "--bitcoin", "--json", "--no-tls")
    try:
        found = json.loads(sandbox.until("\n"))
        yield found["bitcoin"]
    finally:
        code = sandbox.interrupt()
    assert code == 0, sandbox.err.read_text()


def login(told: dict) -> tuple[list[str], dict[str, str]]:
    return ["--url", told["rpc"][0], "--user", told["user"]], {PASSWORD: told["password"]}


def test_status(home: Home, told: dict) -> None:
    options, secret = login(told)
    done = home.run("bitcoin", "status", *options, "--network", "regtest", **secret)
    assert done.returncode == 0, done.stderr
    assert re.search(r"block \d+ [0-9a-f]{64}\n", done.stdout)
    assert "sat/vB by blocks to wait" in done.stdout
    done = home.run("bitcoin", "status", *options, "--json", **secret)
    found = json.loads(done.stdout)
    assert found["tip"]["number"] >= 111
    assert found["nodes"][0]["problem"] == ""
    assert Decimal(found["fees"]["floor"]) == 1


def test_a_dead_node_beside_a_good_one(home: Home, told: dict) -> None:
    options, secret = login(told)
    dead = ["--url", "http://127.0.0.1:1"]
    done = home.run("bitcoin", "status", *dead, *options, "--json", **secret)
    nodes = json.loads(done.stdout)["nodes"]
    assert [bool(each["problem"]) for each in nodes] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--user", "sandbox"], 2, "--user needs the password"),
        ([], 1, "it refuses user and password"),
        (["--network", "main"], 1, "it refuses user and password"),
        (["--cookie", "nowhere"], 1, "no cookie at 'nowhere'"),
    ],
)
def test_what_is_wrong_is_said(home: Home, told: dict, arguments, code, words) -> None:
    done = home.run("bitcoin", "status", "--url", told["rpc"][0], *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr.replace("\n", " ")


def test_a_wrong_password_and_another_network(home: Home, told: dict) -> None:
    options, secret = login(told)
    done = home.run("bitcoin", "status", *options, **{PASSWORD: "hunter2hunter2"})
    assert done.returncode == 1
    assert "refuses user and password" in done.stderr
    assert "hunter2" not in done.stderr
    done = home.run("bitcoin", "status", *options, "--network", "main", **secret)
    assert done.returncode == 2
    assert "'regtest', and not of 'main'" in done.stderr


def test_watch_tells_blocks_and_transfers(home: Home, told: dict) -> None:
    options, secret = login(told)
    exchange = told["addresses"]["exchange"]
    arguments = ["--address", f"{exchange}=an exchange", "--threshold", "0.2", "--every", "0.2"]
    watching = home.start("bitcoin", "watch", *options, *arguments, **secret)
    try:
        said = watching.until("an exchange", 60)
    finally:
        code = watching.interrupt()
    assert code == 130
    assert re.search(r"^block \d+ [0-9a-f]{64}", said)
    assert watching.err.read_text() == ""
    watching = home.start("bitcoin", "watch", *options, "--every", "0.2", "--json", **secret)
    try:
        first = json.loads(watching.until("\n").splitlines()[0])
    finally:
        watching.interrupt()
    assert first["event"] == "HeadChanged"
    assert first["value"]["added"][0]["chain"] == "bitcoin"


@pytest.mark.parametrize("option", ["--address", "--label"])
def test_what_is_no_address_is_never_watched(home: Home, option: str) -> None:
    node = ["--url", "http://127.0.0.1:1"]
    done = home.run("bitcoin", "watch", *node, option, "notanaddress=x")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{option} is 'notanaddress', no address of the chain" in done.stderr
    main = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    done = home.run("bitcoin", "watch", *node, "--network", "test", option, main)
    assert "is an address of main, not of test" in done.stderr


def test_a_node_has_a_scheme(home: Home) -> None:
    done = home.run("bitcoin", "status", "--url", "me:hunter2@foo:8332")
    assert done.returncode == 2
    assert "--url needs http:// or https:// before the node" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_threshold_that_is_no_number(home: Home, told: dict) -> None:
    options, secret = login(told)
    for text in ("0.123456789", "NaN"):
        done = home.run("bitcoin", "watch", *options, "--threshold", text, **secret)
        assert done.returncode == 2
        assert "a number of coins" in done.stderr
