"""What the desk's addresses have in pools, what it was put in for, and what transactions of ours
came to: for `desk.liquidity`. Asks the nodes; sends nothing.
"""

import msgspec

from argosy.desk.carrying import Carried
from argosy.desk.chain import ChainAccount
from argosy.desk.v4_positions import ManagedPositions
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.liquidity import PoolPosition, positions_of, shares_of
from argosy.dialects.pools.provided import (
    Entry,
    PutIn,
    TakenOut,
    entries,
    managed_entries,
    put_in,
    taken_out,
)
from argosy.dialects.pools.v4_positions import Changed, managed_positions
from argosy.errors import VenueError, WireError
from argosy.model import Log
from argosy.net.tx_journal import Transaction, TxState

_TOKENS_MOST = 1_000  # of v4 positions, most of which may be burnt
_ENTRIES_MOST = 500  # transactions of ours that are looked through


class Place(msgspec.Struct, frozen=True):
    """A venue of pools, the address that trades there, and the pools that were found."""

    exchange: Exchange
    account: ChainAccount
    specs: tuple[PoolSpec, ...]


class HeldLiquidity:
    """Reads it, and remembers what cannot change any more."""

    def __init__(self) -> None:
        self._logs: dict[str, tuple[Log, ...]] = {}  # of transactions, by their hash
        self._managed = ManagedPositions()
        self.missing: list[str] = []  # what may not have been looked at, in words

    async def positions(self, place: Place) -> list[PoolPosition]:
        """All of one venue. Raises what ContractClient.ask raises."""
        account = place.account
        found: list[PoolPosition] = []
        pairs = [spec for spec in place.specs if spec.family is Family.V2]
        if pairs:
            reading = shares_of(place.exchange, pairs, account.address)
            found += [each for each in await account.contracts.ask(reading) if each.liquidity]
        if place.exchange.v3 is not None and place.exchange.v3.positions:
            held = await account.contracts.ask(
                positions_of(place.exchange, place.specs, account.address)
            )
            found += held
        if place.exchange.v4 is not None and place.exchange.v4.positions:
            found += await self._held_managed(place)
        return found

    async def _held_managed(self, place: Place) -> list[PoolPosition]:
        """Those of v4, by all the tokens that ever came to the address: no contract lists them."""
        account, exchange = place.account, place.exchange
        looked = await self._managed.tokens(account, exchange)
        if looked.since:
            self.missing.append(
                f"{exchange.venue}: v4 positions of before block {looked.since}, as far back as the"
                " node lets us look; name one (...@v4-500#TOKEN) to act on it all the same"
            )
        tokens = sorted(looked.tokens)[-_TOKENS_MOST:]
        if len(tokens) < len(looked.tokens):
            self.missing.append(
                f"{exchange.venue}: v4 positions of tokens before #{tokens[0]}; the newest"
                f" {_TOKENS_MOST} that came to us are looked at"
            )
        reading = managed_positions(exchange, place.specs, account.address, tokens)
        return await account.contracts.ask(reading)

    async def entries(self, place: Place) -> dict[str, Entry]:
        """What positions were put in for, by the transactions that this desk remembers."""
        account, exchange = place.account, place.exchange
        if account.sender is None:
            return {}
        contracts = _contracts(exchange)
        own = [
            each
            for each in account.sender.transactions.values()
            if each.state is TxState.DONE and (each.request.to or "").lower() in contracts
        ]
        latest = sorted(own, key=lambda sent: sent.nonce)[-_ENTRIES_MOST:]
        logs = [await self._logs_of(account, each) for each in latest]
        found = dict(entries(exchange, place.specs, account.address, logs))
        if exchange.v4 is None or not exchange.v4.positions:
            return found
        changed: list[Changed] = []
        for of_one in logs:
            try:
                changed += await self._managed.changed(account, exchange, place.specs, of_one)
            except (VenueError, WireError):
                continue  # no node has the state of then: what was put in is not told
        return found | dict(managed_entries(exchange, changed))

    async def _logs_of(self, account: ChainAccount, sent: Transaction) -> tuple[Log, ...]:
        """Those of a final transaction; none where the node has it no more, which shows: what was
        put in is then not what is there.
        """
        found = self._logs.get(sent.mined_hash)
        if found is None:
            try:
                found = (await account.contracts.receipt(sent)).logs
            except WireError:
                return ()
            if len(self._logs) >= _ENTRIES_MOST:
                self._logs.pop(next(iter(self._logs)))
            self._logs[sent.mined_hash] = found
        return found

    async def put_in(
        self, place: Place, spec: PoolSpec, sent: Carried
    ) -> tuple[PutIn, tuple[int, int]]:
        """What went in, and the fees that came out at once."""
        account, logs = place.account, sent.done.logs
        if spec.family is not Family.V4:
            return put_in(place.exchange, spec, account.address, logs), (0, 0)
        for changed in await self._managed.changed(account, place.exchange, [spec], logs):
            change = changed.change
            return PutIn(change.token_id, change.liquidity, changed.amounts), changed.fees
        raise WireError(f"{spec.instrument}: nothing was put in by a transaction of ours")

    async def taken_out(self, place: Place, spec: PoolSpec, sent: Carried) -> TakenOut:
        """What came out, fees in it and apart."""
        if spec.family is not Family.V4:
            return taken_out(place.exchange, spec, sent.done.logs)
        logs = sent.done.logs
        for changed in await self._managed.changed(place.account, place.exchange, [spec], logs):
            both = zip(changed.amounts, changed.fees, strict=True)
            first, second = (amount + fee for amount, fee in both)
            return TakenOut((first, second), changed.fees)
        raise WireError(f"{spec.instrument}: nothing was taken out by a transaction of ours")


def _contracts(exchange: Exchange) -> set[str]:
    """Whom liquidity is handed to."""
    found = {each.positions for each in (exchange.v3, exchange.v4) if each is not None}
    if exchange.v2 is not None:
        found.add(exchange.v2.router)
    return {contract.lower() for contract in found if contract}
