"""Keys by reference, and limits by settings."""

import contextlib
import random
from decimal import Decimal

import pytest

from argosy.desk.onchain import account_of
from argosy.desk.place import Where, open_place
from argosy.desk.settings import (
    ChainSettings,
    DeskSettings,
    LimitSettings,
    Settings,
    VenueSettings,
    load,
)
from argosy.desk.signing import limits_of, signer_of, vault_of
from argosy.dialects.evm.chains import chains
from argosy.dialects.evm.outgoing import NATIVE
from argosy.errors import Blocked, ConfigError
from argosy.execution.journal import Journal, Store
from argosy.net.clock import SystemClock
from argosy.net.tx_journal import TxRequest, TxState
from argosy.vault.guarded import GuardedSigner
from argosy.vault.limits import GAS
from argosy.vault.passphrase import Passphrases
from net.nodes import ask, node
from net.transactions import line, made
from vault.sealing import ADDRESS, KEY, WORDS, key, words

ETHEREUM = chains()["ethereum"]
BOB = "0x" + "B0" * 20


def settings(folder, **chain):
    terms = {"rpc": ("http://127.0.0.1:9",), "ws": ("ws://127.0.0.1:9",), "key": "vault:main"}
    return Settings(
        desk=DeskSettings(environment="live", venues=("uniswap",), state_folder=str(folder)),
        venues={"uniswap": VenueSettings(chain="ethereum")},
        chains={"ethereum": ChainSettings(**terms | chain)},
    )


def vault(told, text=WORDS):
    return vault_of(told, Passphrases(environment={"ARGOSY_PASSPHRASE": text}))


def journalled(folder):
    url = f"sqlite:///{folder}/journal.db"
    return contextlib.closing(Journal(Store(url, now_ns=SystemClock().now_ns)))


def account(told, folder, its_vault, journal=None):
    return account_of(
        told,
        "uniswap",
        None,
        folder,
        journal,
        clock=SystemClock(),
        rng=random.Random(1),
        tap=None,
        vault=its_vault,
    )


async def test_a_key_of_the_vault_sends_within_its_limits(tmp_path):
    limits = LimitSettings(recipients=(BOB,), per_transaction={"eth": Decimal("0.5")})
    with node(chain_id=1) as one:
        told = settings(tmp_path, rpc=(one.url,), limits=limits)
        vault(told).take_in("main", key(), words())
        with journalled(tmp_path) as journal:
            it = account(told, tmp_path, vault(told), journal)
            assert it.address == ADDRESS
            assert isinstance(it.signer, GuardedSigner)
            async with it.rpc:
                await it._open()
                try:
                    await it.sender.send(TxRequest(id="pay", to=BOB, value=5 * 10**17))
                    with pytest.raises(Blocked, match=r"the cap is 0\.5 ETH"):
                        await it.sender.send(TxRequest(id="more", to=BOB, value=10**18))
                finally:
                    it.sender.close()
        assert int(await ask(one.url, "eth_getBalance", BOB, "pending"), 16) == 5 * 10**17
        assert KEY not in repr(vars(it))


async def test_a_desk_s_file_of_before_is_taken_into_its_journal(tmp_path):
    limits = LimitSettings(recipients=(BOB,), per_transaction={"eth": Decimal(1)})
    file = tmp_path / f"transactions-ethereum-{ADDRESS[2:10]}.jsonl"
    file.write_bytes(line(made(0, TxState.DONE, "old"), address=ADDRESS))
    with node(chain_id=1) as one:
        told = settings(tmp_path, rpc=(one.url,), limits=limits)
        vault(told).take_in("main", key(), words())
        with journalled(tmp_path) as journal:
            it = account(told, tmp_path, vault(told), journal)
            async with it.rpc:
                await it._open()
                assert (await it.sender.send(TxRequest(id="old", to=BOB, value=5))).nonce == 0
                assert (await it.sender.send(TxRequest(id="new", to=BOB, value=5))).nonce == 1
                it.sender.close()
        assert not file.exists()
        assert (tmp_path / f"{file.name}.taken").exists()
        assert await ask(one.url, "eth_getTransactionCount", ADDRESS, "latest") == "0x0"


def test_without_the_passphrase_there_is_no_desk(tmp_path):
    told = settings(tmp_path)
    with pytest.raises(ConfigError, match="there is no key main"):
        account(told, tmp_path, vault(told))
    vault(told).take_in("main", key(), words())
    with pytest.raises(ConfigError, match="cannot be opened"):
        account(told, tmp_path, vault(told, "not these words"))
    assert account(told, tmp_path, None).signer is None  # only looking needs none


def test_keys_are_named_and_never_written_into_settings(tmp_path, monkeypatch):
    its_vault = vault(settings(tmp_path))
    monkeypatch.setenv("WALLET_KEY", "0x" + KEY)
    assert signer_of("env:WALLET", "chains.x.key", its_vault).address == ADDRESS
    for reference in (KEY, "vault:", f"hex:{KEY}"):
        with pytest.raises(ConfigError, match="vault:NAME") as caught:
            signer_of(reference, "chains.x.key", its_vault)
        assert KEY not in str(caught.value)


def test_caps_are_in_tokens_units():
    told = LimitSettings(
        per_transaction={"usdc": Decimal("2.5"), "ETH": Decimal(1), "gas": Decimal("0.01")},
        per_day={"0x" + "AB" * 20: Decimal(7)},
    )
    found = limits_of(ETHEREUM, (), told, sandbox=False)
    usdc = ETHEREUM.token("USDC").address
    assert found.per_transaction == {usdc: 2_500_000, NATIVE: 10**18, GAS: 10**16}
    assert found.per_day == {"0x" + "ab" * 20: 7}
    assert not found.uncapped
    assert limits_of(ETHEREUM, (), LimitSettings(), sandbox=True).uncapped
    with pytest.raises(ConfigError, match=r"per_day\.SHIB: no token SHIB on ethereum"):
        limits_of(ETHEREUM, (), LimitSettings(per_day={"SHIB": Decimal(1)}), sandbox=False)
    twice = LimitSettings(per_day={"ETH": Decimal(1), "eth": Decimal(2)})
    with pytest.raises(ConfigError, match="has a cap already"):
        limits_of(ETHEREUM, (), twice, sandbox=False)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('contracts = ["0x12"]', "40 hex digits"),
        ('recipients = ["vitalik.eth"]', "40 hex digits"),
        ('per_day = { ETH = "-1" }', "a cap is a number from 0"),
        ('per_transaction = { ETH = "NaN" }', "a cap is a number from 0"),
        ("permit_s = 0", "must be above 0"),
        ("contract = []", r"takes contracts, collections"),
    ],
)
def test_settings_that_cannot_be_are_named(tmp_path, line, why):
    file = tmp_path / "desk.toml"
    file.write_text(f"[chains.ethereum.limits]\n{line}\n")
    with pytest.raises(ConfigError, match=why) as caught:
        load(file, {})
    assert "chains.ethereum.limits" in str(caught.value)


async def test_commands_on_other_chains_are_within_limits_too(tmp_path, monkeypatch):
    file = tmp_path / "desk.toml"
    folder = tmp_path / "state"
    monkeypatch.setenv("ARGOSY_CONFIG", str(file))
    monkeypatch.setenv("ARGOSY_PASSPHRASE", WORDS)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    told = "[chains.77.limits]\nper_day = { ETH = 1 }\n"
    file.write_text(told)
    vault(settings(folder / "argosy")).take_in("main", key(), words())
    with node(chain_id=77) as one:
        where = Where(url=one.url, key_env="vault:main")
        before = folder / "argosy" / f"chain-77-{ADDRESS}.jsonl"  # as commands wrote it
        before.write_bytes(line(made(0, TxState.DONE, "old"), 77, ADDRESS))
        async with open_place(where) as place:
            assert isinstance(place.signer, GuardedSigner)
            with pytest.raises(Blocked, match=r"chains\.77\.limits\.contracts"):
                await place.client.sender.send(TxRequest(id="a", to=BOB, data="0x01", gas=50_000))
        file.write_text(f'{told}contracts = ["{BOB}"]\n')
        async with open_place(where) as place:
            sent = await place.client.sender.send(
                TxRequest(id="b", to=BOB, data="0x01", gas=50_000)
            )
            assert sent.nonce == 1
            assert (await place.client.sender.find("old")).nonce == 0
        async with open_place(Where(url=one.url)) as place:
            assert place.signer is None
