"""Lending, staking and NFTs as the commands do them, on a chain that runs or one of their own."""

import os
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
import pytest

from argosy.desk import lending, nft, staking
from argosy.desk.place import Where, amount_of, open_place
from argosy.errors import ConfigError, NotSent, Reverted, VenueUnavailable, WireError
from argosy.model import ContractCall, LendingKind
from argosy.ports import Deed
from argosy.sandbox.evm import local
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.opensea.beside import SLUG, book_beside
from argosy.sandbox.opensea.server import OpenSeaServer
from argosy.sandbox.told import ToldChain, ToldSandbox, announce
from net.nodes import node
from sandbox.evm.chains import chain_or_skip

D = Decimal


@pytest.fixture(scope="module")
def evm():
    with chain_or_skip() as chain:
        yield chain


@pytest.fixture
def where(evm, tmp_path):
    file = tmp_path / "sandbox.json"
    file.write_bytes(msgspec.json.encode({"chain": {"contracts": evm.layout.contracts}}))
    with evm.undone():
        yield Where(url=evm.node.url, contracts=str(file))


@asynccontextmanager
async def market(chain):
    async with OpenSeaServer(book_beside(chain)) as server:
        yield nft.Market(url=server.url)


async def test_a_loan_from_end_to_end(where):
    assert {each.symbol for each in await lending.markets(where)} >= {"WETH", "USDC"}
    dry = await lending.act(where, LendingKind.SUPPLY, "weth", "10", dry_run=True)
    assert dry.deed.words == "supply 10 WETH to Aave v3"
    assert dry.deed.dry_run
    assert len(dry.deed.approvals) == 1
    assert (await lending.account(where)).positions == ()
    supplied = await lending.act(where, LendingKind.SUPPLY, "weth", "10")
    assert supplied.account.position("WETH").supplied == 10
    dry = await lending.act(where, LendingKind.BORROW, "USDC", "15000", dry_run=True)
    assert dry.deed.gas > 100_000
    borrowed = await lending.act(where, LendingKind.BORROW, "USDC", "15000")
    assert borrowed.health_before is None
    assert abs(borrowed.account.health / borrowed.health_expected - 1) < D("1e-8")
    assert dry.health_expected == borrowed.health_expected
    assert [each.kind for each in borrowed.events] == [LendingKind.BORROW]
    with pytest.raises(Reverted, match="does not cover so large a loan"):
        await lending.act(where, LendingKind.BORROW, "USDC", "15000")
    repaid = await lending.act(where, LendingKind.REPAY, "USDC", "all")
    assert repaid.account.debt == 0
    with pytest.raises(ConfigError, match="NOPE is not in this market; there are: WETH"):
        await lending.act(where, LendingKind.SUPPLY, "NOPE", "1")


async def test_staking_from_end_to_end(where, evm):
    before = await staking.account(where)
    await staking.act(where, staking.StakingVerb.STAKE, "3")
    await staking.act(where, staking.StakingVerb.WRAP, "2")
    wrapped = await staking.act(where, staking.StakingVerb.UNWRAP, "1")
    assert wrapped.staker.position.worth > before.position.worth + D("2.9")
    await staking.act(where, staking.StakingVerb.WITHDRAW_WRAPPED, "0.5")
    asked = await staking.act(where, staking.StakingVerb.WITHDRAW, "1")
    assert [each.id for each in asked.staker.requests] == [1, 2]
    dry = await staking.act(where, staking.StakingVerb.STAKE, "1", dry_run=True)
    assert dry.staker is None
    with pytest.raises(ConfigError, match="no request is ready"):
        await staking.claim(where)
    owner = evm.layout.accounts["deployer"]
    token = evm.contract("staking")
    rate = token.call("getTotalPooledEther") * 10**27 // token.call("getTotalShares")
    evm.contract("staking.queue").send(owner, "finalize", 2, rate)
    claimed = await staking.claim(where)
    assert claimed.staker.requests == ()


async def test_the_rate_a_year_is_from_two_blocks(where, evm):
    owner, token = evm.layout.accounts["deployer"], evm.contract("staking")
    await staking.act(where, staking.StakingVerb.STAKE, "1")
    token.send(owner, "rewards", value=10**18)
    told = await staking.pool(where, 1)
    assert told.apr > 0
    assert told.now.rate > told.before.rate
    assert (await staking.pool(where)).apr is None
    for blocks in (10**6, -1):
        with pytest.raises(ConfigError, match="it cannot be asked"):
            await staking.pool(where, blocks)
    with pytest.raises(VenueUnavailable, match=r"no state as old as block \d+; ask about fewer"):
        await staking.pool(where, 100)


async def test_an_nft_from_list_to_sale_through_the_market(where, evm, monkeypatch):
    monkeypatch.setenv("RIVAL", private_key("rival"))
    rival = msgspec.structs.replace(where, key_env="RIVAL")
    async with market(evm) as book:
        terms = nft.Terms(price="1.5", identifier=11)
        dry = await nft.offer(where, book, terms, selling=True, dry_run=True)
        assert not dry.order.signature
        listed = await nft.offer(where, book, terms, selling=True)
        assert listed.posted
        found = await nft.collection(where, book, SLUG)
        assert (found.stats.floor, found.listings[0].hash) == (D("1.5"), listed.hash)
        checked = await nft.fulfil(where, book, listed.hash, dry_run=True)
        assert checked.deed.dry_run
        bought = await nft.fulfil(rival, book, listed.hash)
        assert bought.events[0].taker == evm.layout.accounts["rival"]
        with pytest.raises(Reverted, match="it is filled already"):
            await nft.fulfil(rival, book, listed.hash)
        bid = await nft.offer(where, book, nft.Terms(price="0.4"), selling=False)
        assert [each.words.split()[0] for each in bid.approvals] == ["allow"]
        sold = await nft.fulfil(rival, book, bid.hash, 11)
        assert sold.events[0].price == D("0.4")
        other = await nft.offer(where, book, nft.Terms(price="9", identifier=12), selling=True)
        assert (await nft.cancel(where, book, [other.hash])).events[0].hash == other.hash
        assert (await nft.cancel(where, book, [])).events[0].kind == "counter"


async def test_another_order_than_was_asked_for_is_not_taken(where, evm, monkeypatch):
    async with market(evm) as book:
        one = await nft.offer(where, book, nft.Terms(price="1", identifier=11), selling=True)
        two = await nft.offer(where, book, nft.Terms(price="99", identifier=12), selling=True)
        from argosy.sandbox.opensea.book import Book

        entries = Book.refresh

        def swapped(self):
            entries(self)
            if two.hash in self.entries:
                self.entries[one.hash] = self.entries[two.hash]

        monkeypatch.setattr(Book, "refresh", swapped)
        with pytest.raises(WireError, match="shows another order"):
            await nft.fulfil(where, book, one.hash)


async def test_without_a_market_an_order_is_a_file(where, tmp_path, monkeypatch, evm):
    monkeypatch.setenv("RIVAL", private_key("rival"))
    rival = msgspec.structs.replace(where, key_env="RIVAL")
    listed = await nft.offer(where, nft.Market(), nft.Terms(price="2", identifier=11), selling=True)
    assert not listed.posted
    file = tmp_path / "order.json"
    file.write_bytes(msgspec.json.encode(listed))
    bought = await nft.fulfil(rival, nft.Market(), str(file))
    assert bought.events[0].hash == listed.hash
    file.write_text("{}")
    for which, said in ((str(file), "holds no order"), (listed.hash, "no market: give --market")):
        with pytest.raises(ConfigError, match=said):
            await nft.fulfil(rival, nft.Market(), which)
    for terms, said in (
        (nft.Terms(price="1", identifier=1, kind="erc20"), "erc721 or erc1155"),
        (nft.Terms(price="1", identifier=11, days=0), "--days is 0; above 0 to 365 is possible"),
        (nft.Terms(price="1", identifier=11, days=366), "--days is 366; above 0"),
        (nft.Terms(price="1", identifier=11, days=float("nan")), "--days is nan; above 0"),
        (nft.Terms(price="1", identifier=999), "cannot be listed: there is no NFT 999"),
        (nft.Terms(price="1", identifier=999, kind="erc1155"), "there is no NFT 999"),
        (nft.Terms(price="1", identifier=1, contract="0x" + "ab" * 20), "does not answer as such"),
        (nft.Terms(price="much", identifier=1), "price"),
        (nft.Terms(price="1e100000", identifier=1), "price is '1e100000'; a number of at most"),
        (nft.Terms(price="1", identifier=-1), "an NFT's number is from 0"),
        (nft.Terms(price="1", identifier=1, contract="0x00"), "--contract is '0x00'; an address"),
        (nft.Terms(price="1", identifier=1, money="WETH"), "--money is 'WETH'; an address"),
    ):
        with pytest.raises(ConfigError, match=said):
            await nft.offer(where, nft.Market(), terms, selling=True)


async def test_an_nft_of_another_is_not_listed(where, monkeypatch):
    monkeypatch.setenv("RIVAL", private_key("rival"))
    rival = msgspec.structs.replace(where, key_env="RIVAL")
    terms = nft.Terms(price="1", identifier=11)
    with pytest.raises(ConfigError, match=r"0x[0-9a-f]{40} does not own NFT 11"):
        await nft.offer(rival, nft.Market(), terms, selling=True)


async def test_the_sandbox_that_runs_is_used(evm, tmp_path):
    async with market(evm) as book:
        chain = ToldChain(
            chain_id=1337,
            rpc=evm.node.url,
            ws="",
            accounts={},
            keys={},
            tokens={},
            decimals={},
            contracts=evm.layout.contracts,
            opensea=book.url,
        )
        announce(tmp_path, ToldSandbox(pid=os.getpid(), venues={}, chain=chain))
        where = Where(folder=str(tmp_path))
        async with open_place(where) as place:
            assert place.sandbox is None
            assert place.labels == evm.layout.contracts
        found = await nft.collection(where, nft.Market(), SLUG)
        assert found.collection.slug == SLUG


async def test_a_chain_of_its_own_is_started_and_ended(evm, tmp_path):
    async with open_place(Where(folder=str(tmp_path))) as place:
        assert place.sandbox is not None
        assert place.owner == place.sandbox.layout.accounts["desk"]
        assert place.protocol("aave").lending is not None
        url = place.sandbox.node.url
    with Link(url) as link, pytest.raises(ChainError, match="does not answer"):
        link.call("eth_chainId")


async def test_what_is_missing_is_told(where, evm, tmp_path, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    for fields, said in (
        ({"key_env": "NO_SUCH_KEY"}, "NO_SUCH_KEY is not set"),
        ({"contracts": str(tmp_path / "none.json")}, "holds no contracts"),
    ):
        with pytest.raises(ConfigError, match=said):
            async with open_place(msgspec.structs.replace(where, **fields)):
                pass
    bare = Where(url=evm.node.url)
    async with open_place(bare) as place:  # where this version's contracts stand is known
        assert place.labels == evm.layout.contracts
    monkeypatch.setattr(local, "saved_layout", lambda: None)
    async with open_place(bare) as place:
        with pytest.raises(ConfigError, match="give --contracts FILE"):
            place.protocol("lido")
    reader = Where(url=evm.node.url, owner="0x" + "AB" * 20)
    async with open_place(reader) as place:
        assert place.owner == "0x" + "ab" * 20
    for owner in ("0xzz", "0x12", "desk"):
        with pytest.raises(ConfigError, match=f"--owner is '{owner}'; an address is needed"):
            await lending.account(Where(url=evm.node.url, owner=owner))
    with pytest.raises(ConfigError, match="amount"):
        amount_of("ten")
    with pytest.raises(ConfigError, match="amount is '1e100000'; a number of at most 60 digits"):
        await lending.act(where, LendingKind.SUPPLY, "WETH", "1e100000")


async def test_without_a_key_nothing_is_tried_or_sent():
    deed = Deed(call=ContractCall(to="0x" + "b0" * 20, data="0x01"), words="call")
    with node(chain_id=77) as one:
        async with open_place(Where(url=one.url)) as place:
            for dry_run in (True, False):
                with pytest.raises(NotSent, match="no key"):
                    await place.carry_out(deed, place.protocol, dry_run=dry_run)
