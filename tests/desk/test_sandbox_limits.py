"""Limits that the settings name for the sandbox's chain hold for every command there."""

import os

import msgspec
import pytest

from argosy.desk import keys, lending, nft, staking
from argosy.desk.onchain import sandbox_chain
from argosy.desk.place import Where, open_place
from argosy.desk.sandbox_limits import openly, spending_folder
from argosy.desk.settings import Settings, load
from argosy.dialects.evm.outgoing import NATIVE
from argosy.errors import Blocked, ConfigError
from argosy.model import LendingKind
from argosy.net.tx_journal import TxRequest
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.told import ToldSandbox, announce
from argosy.vault.guarded import GuardedSigner
from desk.test_limits import told_of
from sandbox.evm.chains import chain_or_skip

BOB = "0x" + "b0" * 20


@pytest.fixture(scope="module")
def evm():
    with chain_or_skip() as chain:
        yield chain


@pytest.fixture
def where(evm, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = tmp_path / "sandbox.json"
    file.write_bytes(msgspec.json.encode({"chain": {"contracts": evm.layout.contracts}}))
    with evm.undone():
        yield Where(url=evm.node.url, contracts=str(file))


@pytest.fixture
def limited(tmp_path, monkeypatch):
    file = tmp_path / "desk.toml"
    monkeypatch.setenv("ARGOSY_CONFIG", str(file))

    def limited(text):
        file.write_text(f"[chains.sandbox.limits]\n{text}\n")

    return limited


def nonce(evm):
    owner = evm.layout.accounts["desk"]
    return int(evm.link.call("eth_getTransactionCount", owner, "pending"), 16)


async def test_without_settings_the_sandboxs_own_may_be_used_and_no_other(where, evm):
    async with open_place(where) as place:
        assert isinstance(place.signer, GuardedSigner)
        limits = place.signer.limits
        assert limits.uncapped
        assert evm.layout.contracts["aave.pool"] in limits.contracts
        assert limits.tokens[evm.layout.tokens["USDC"].address].decimals == 6
        with pytest.raises(Blocked, match=r"chains\.sandbox\.limits\.recipients"):
            await place.client.sender.send(TxRequest(id="bob", to=BOB, value=1))
    await lending.act(where, LendingKind.SUPPLY, "WETH", "10")
    await staking.act(where, staking.StakingVerb.STAKE, "1")


async def test_a_cap_a_transaction_holds_for_what_is_lent_and_staked(where, evm, limited):
    limited("per_transaction = { WETH = 2, ETH = 1 }")
    before = nonce(evm)
    for dry_run in (True, False):
        with pytest.raises(Blocked, match=r"3 WETH would leave at once; the cap is 2 WETH"):
            await lending.act(where, LendingKind.SUPPLY, "WETH", "3", dry_run=dry_run)
        with pytest.raises(Blocked, match=r"2 ETH would leave at once; the cap is 1 ETH"):
            await staking.act(where, staking.StakingVerb.STAKE, "2", dry_run=dry_run)
    assert nonce(evm) == before  # not even an approval
    done = await lending.act(where, LendingKind.SUPPLY, "WETH", "2")
    assert done.account.position("WETH").supplied == 2
    await staking.act(where, staking.StakingVerb.STAKE, "1")


async def test_a_cap_a_day_counts_over_commands_and_keys(where, evm, limited, monkeypatch):
    limited("per_day = { ETH = 1.5 }")
    await staking.act(where, staking.StakingVerb.STAKE, "1")
    with pytest.raises(Blocked, match=r"2 ETH would leave in 24 hours, 1 ETH of it before"):
        await staking.act(where, staking.StakingVerb.STAKE, "1")
    monkeypatch.setenv("RIVAL", private_key("rival"))
    rival = msgspec.structs.replace(where, key_env="RIVAL")
    await staking.act(rival, staking.StakingVerb.STAKE, "1")  # each address has its own count
    with pytest.raises(Blocked, match=r"chains\.sandbox\.limits\.per_day\.ETH"):
        await staking.act(rival, staking.StakingVerb.STAKE, "1")


async def test_the_sandbox_that_runs_has_a_count_of_its_own(evm, tmp_path, limited, where):
    limited("per_day = { ETH = 1 }")
    announce(tmp_path, ToldSandbox(pid=os.getpid(), venues={}, chain=told_of(evm)))
    running = Where(folder=str(tmp_path))
    await staking.act(running, staking.StakingVerb.STAKE, "1")
    with pytest.raises(Blocked, match="in 24 hours"):
        await staking.act(running, staking.StakingVerb.STAKE, "1")
    settings = load(tmp_path / "desk.toml").settings
    folder = spending_folder(settings, evm.node.url, os.getpid(), tmp_path)
    assert folder.name == f"sandbox-{os.getpid()}-{evm.node.url.rpartition(':')[2]}"
    assert [each.name.split("-")[:2] for each in folder.iterdir()] == [["spending", "1337"]]
    assert spending_folder(Settings(), evm.node.url, 1, tmp_path) == tmp_path


async def test_contracts_that_are_named_are_all_that_is_allowed(where, evm, limited):
    pool = evm.layout.contracts["aave.pool"]
    limited(f'contracts = ["{pool}"]')
    await lending.act(where, LendingKind.SUPPLY, "WETH", "1")
    with pytest.raises(Blocked, match="a contract that is not allowed"):
        await staking.act(where, staking.StakingVerb.STAKE, "1")
    terms = nft.Terms(price="1.5", identifier=11)
    with pytest.raises(
        Blocked, match=r"typed data .* add that contract to chains\.sandbox\.limits"
    ):
        await nft.offer(where, nft.Market(), terms, selling=True)


async def test_what_has_no_cap_stays_where_settings_want_that(where, limited):
    limited("uncapped = false")
    with pytest.raises(Blocked, match="no cap for ETH is set"):
        await staking.act(where, staking.StakingVerb.STAKE, "1")


async def test_a_chain_whose_contracts_nobody_knows_has_no_tokens(evm, monkeypatch):
    monkeypatch.setattr("argosy.desk.place._labels", lambda _file: {})
    async with open_place(Where(url=evm.node.url)) as place:
        limits = place.signer.limits
        assert set(limits.tokens) == {NATIVE}
        assert (limits.wrapper, limits.contracts) == ("", frozenset())


def test_the_sandboxs_chain_goes_by_its_name(tmp_path):
    file = tmp_path / "desk.toml"
    file.write_text("[chains.1337.limits]\nper_day = { ETH = 1 }\n")
    with pytest.raises(ConfigError, match=r"\[chains\.sandbox\]"):
        load(file, {})


def test_what_is_allowed_is_told(evm, tmp_path):
    told = told_of(evm)
    announce(tmp_path, ToldSandbox(pid=os.getpid(), venues={}, chain=told))
    file = tmp_path / "desk.toml"
    file.write_text(f'[desk]\nstate_folder = "{tmp_path}"\n')
    found = keys.policy(load(file, {}).settings, "sandbox")
    own = {contract.lower() for contract, why in found.calls if "of the sandbox" in why}
    free = openly(told.contracts)
    assert own == free.contracts | free.collections
    pool = told.contracts["aave.pool"]
    file.write_text(
        f'[desk]\nstate_folder = "{tmp_path}"\n[chains.sandbox.limits]\ncontracts = ["{BOB}"]\n'
    )
    found = keys.policy(load(file, {}).settings, "sandbox")
    assert not any("of the sandbox" in why for _, why in found.calls)
    assert pool not in {contract.lower() for contract, _ in found.calls}
    assert sandbox_chain(told).wrapper.symbol == "WETH"
