"""`argosy keys` as people use it: nothing secret is an argument, and nothing secret is printed."""

import json
import subprocess
from pathlib import Path

import pytest

from cli.running import COMMAND, Home
from vault.sealing import KEY, WORDS

CHECKSUMMED = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def typed(home: Home, text: str, *arguments: str, **variables: str):
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=home.folder,
        env=home.environment | variables,
        input=text,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert KEY not in done.stdout + done.stderr
    assert WORDS not in done.stdout + done.stderr
    return done


def test_keys_are_made_taken_in_and_listed(home: Home) -> None:
    words = home.folder / "words"
    words.write_text(WORDS + "\n")
    words.chmod(0o600)
    named = {"ARGOSY_PASSPHRASE_FILE": str(words)}
    made = typed(home, "", "keys", "create", "main", **named)
    assert made.returncode == 0, made.stderr
    taken = typed(home, f"0x{KEY}\n", "keys", "import", "old", **named)
    assert taken.stdout == CHECKSUMMED + "\n"
    listed = json.loads(typed(home, "", "keys", "list", "--json").stdout)
    assert listed == [
        {"name": "main", "address": made.stdout.strip()},
        {"name": "old", "address": CHECKSUMMED},
    ]
    assert CHECKSUMMED in typed(home, "", "keys", "list").stdout
    assert typed(home, "", "keys", "export-address", "old").stdout == CHECKSUMMED + "\n"
    again = typed(home, "", "keys", "create", "main", **named)
    assert again.returncode == 2
    assert "never overwritten" in again.stderr


def test_a_keystore_of_another_wallet(home: Home) -> None:
    from eth_keyfile.keyfile import create_keyfile_json

    file = home.folder / "UTC--wallet.json"
    file.write_text(json.dumps(create_keyfile_json(bytes.fromhex(KEY), b"theirs", iterations=2)))
    file.chmod(0o600)
    terms = ("keys", "import", "old", "--keystore", str(file))
    wrong = typed(home, "mine\n", *terms, ARGOSY_PASSPHRASE=WORDS)
    assert wrong.returncode == 2
    assert "cannot be opened" in wrong.stderr
    assert typed(home, "theirs\n", *terms, ARGOSY_PASSPHRASE=WORDS).stdout == CHECKSUMMED + "\n"


def test_what_is_missing_is_said(home: Home) -> None:
    nobody = typed(home, "", "keys", "create", "main")
    assert nobody.returncode == 2
    assert "ARGOSY_PASSPHRASE_FILE" in nobody.stderr
    short = typed(home, "", "keys", "create", "main", ARGOSY_PASSPHRASE="short")
    assert "at least 12" in short.stderr
    assert "no keys" in typed(home, "", "keys", "list").stdout
    missing = typed(home, "", "keys", "export-address", "main")
    assert missing.returncode == 2
    garbage = typed(home, "zz\n", "keys", "import", "old", ARGOSY_PASSPHRASE=WORDS)
    assert "no private key" in garbage.stderr


def test_the_policy_is_shown(home: Home) -> None:
    typed(home, f"{KEY}\n", "keys", "import", "main", ARGOSY_PASSPHRASE=WORDS)
    file = home.folder / "desk.toml"
    file.write_text(
        """
        [desk]
        environment = "live"
        venues = ["uniswap"]
        [chains.ethereum]
        rpc = ["http://127.0.0.1:9"]
        ws = ["ws://127.0.0.1:9"]
        key = "vault:main"
        [chains.ethereum.limits]
        per_transaction = { USDC = 2500 }
        per_day = { ETH = "1.5" }
        recipients = ["0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0"]
        """
    )
    shown = typed(home, "", "keys", "limits", "ethereum", "--config", str(file))
    assert shown.returncode == 0, shown.stderr
    for part in (CHECKSUMMED, "Permit2", "router (universal)", "2500 USDC", "1.5 ETH", "0xb0B0"):
        assert part in shown.stdout.replace("0xB0", "0xb0"), part
    told = json.loads(
        typed(home, "", "keys", "limits", "ethereum", "--json", "--config", str(file)).stdout
    )
    assert told["uncapped"] is False
    caps = {cap["token"]: cap for cap in told["caps"]}
    assert caps["USDC"]["per_transaction"] == "2500 USDC"
    assert caps["ETH"]["spent"] == "0 ETH"
    file.write_text('[desk]\nvenues = ["uniswap"]\n')  # of the sandbox, and no node is named
    shown = typed(home, "", "keys", "limits", "ethereum", "--config", str(file))
    assert (shown.returncode, "router (universal)" in shown.stdout) == (0, True), shown.stderr
    assert typed(home, "", "keys", "limits", "nowhere").returncode == 2
