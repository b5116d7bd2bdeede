"""Plans a movement of funds: the networks that both ends have, what each costs, which is best.

Asks the venues, and sends nothing that moves anything.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from argosy.desk.link import VenueLink
from argosy.desk.settings import AddressSettings
from argosy.errors import ConfigError, VenueError
from argosy.model import (
    DepositAddress,
    Network,
    TransferKind,
    TransferRequest,
    VenueId,
)
from argosy.model.money import ZERO, decimals_of
from argosy.ports import Transfers

# Between two blocks of a network, in seconds, as its own documents give it: for estimates.
_BLOCK_S: Mapping[str, float] = {
    "bitcoin": 600,
    "litecoin": 150,
    "dogecoin": 60,
    "ethereum": 12,
    "ripple": 4,
    "tron": 3,
    "polygon": 2,
    "base": 2,
    "optimism": 2,
    "avalanche": 2,
    "solana": 0.4,
    "arbitrum": 0.25,
}
# A coin that exists on its own network only. Under its name, other networks carry tokens that
# somebody issued against it: another venue's token there need not be the same one.
_HOME: Mapping[str, frozenset[str]] = {
    "BTC": frozenset({"bitcoin", "lightning"}),
    "LTC": frozenset({"litecoin"}),
    "DOGE": frozenset({"dogecoin"}),
    "XRP": frozenset({"ripple"}),
    "SOL": frozenset({"solana"}),
}
_replace = msgspec.structs.replace
_UNTIL_ASKED = "0"  # a client id for requests that are priced and never sent


class Route(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way from source to target. `problem`: why it cannot be used; empty: it can."""

    chain: str
    network: str  # the source's word
    fee: Decimal | None = None  # taken on top of the amount; None: not known
    address: str = ""
    tag: str = ""
    confirmations: int | None = None  # that the target waits for; None: it does not say
    arrival_s: float | None = None  # about, once it was sent; None: not known
    problem: str = ""


class TransferPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would be done. `problem`: why it cannot be started; empty: it can."""

    kind: TransferKind
    source: str
    target: str
    currency: str
    amount: Decimal  # what arrives
    route: Route | None = None  # of several the cheapest, then the quickest
    others: tuple[Route, ...] = ()
    total: Decimal | None = None  # what leaves: the amount and the fee
    free: Decimal | None = None  # what the account that it leaves has
    problem: str = ""

    def by(self, chain: str) -> "TransferPlan":
        """The same by a certain network; where that cannot be used, the problem says why."""
        every = [one for one in (self.route, *self.others) if one is not None]
        chosen = next((one for one in every if one.chain == chain), None)
        if chosen is None:
            known = ", ".join(sorted({one.chain for one in every if one.chain})) or "none"
            return _replace(self, route=None, problem=f"no network {chain!r}; there are: {known}")
        rest = tuple(one for one in every if one is not chosen)
        if chosen.problem:
            why = f"{chain}: {chosen.problem}"
            return _replace(self, route=None, others=(chosen, *rest), problem=why)
        total = None if chosen.fee is None else self.amount + chosen.fee
        short = total is not None and self.free is not None and total > self.free
        why = f"{self.free} {self.currency} is free, {total} would leave" if short else ""
        return _replace(self, route=chosen, others=rest, total=total, problem=why)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where from and where to, as checked."""

    source: VenueLink
    currency: str
    amount: Decimal
    target: VenueLink | None = None  # another venue; or
    place: AddressSettings | None = None  # an address of the settings; or
    accounts: tuple[str, str] = ("", "")  # two accounts of the source
    name: str = ""  # of the target, as it was asked for


def transfers_of(link: VenueLink) -> Transfers:
    """How funds move at a venue. ConfigError where they cannot."""
    if link.adapter.transfers is None:
        raise ConfigError(f"{link.id} cannot move funds: its adapter has no such capability")
    if link.settings.credentials is None:
        raise ConfigError(f"no API key for {link.id}: set venues.{link.id}.credentials")
    return link.adapter.transfers


async def plan(way: Way) -> TransferPlan:
    """The plan that would be followed now.

    Raises:
        ConfigError: a venue that cannot move funds, or has no key.
        ArgosyError: a venue that does not answer.
    """
    transfers = transfers_of(way.source)
    free = await _free(way)
    if any(way.accounts):
        return _finished(
            way, TransferKind.INTERNAL, Route(chain="", network="", fee=ZERO), (), free
        )
    out = await way.source.http.collect([transfers.networks(way.currency, "out")])
    routes = [await _route(way, network) for network in await _pairs(way, out)]
    routes.sort(key=lambda one: (bool(one.problem), one.fee or ZERO, one.arrival_s or 1e9))
    best = routes[0] if routes and not routes[0].problem else None
    return _finished(
        way, TransferKind.WITHDRAWAL, best, tuple(r for r in routes if r is not best), free
    )


def _finished(
    way: Way, kind: TransferKind, best: Route | None, others: tuple[Route, ...], free: Decimal
) -> TransferPlan:
    total = None if best is None or best.fee is None else way.amount + best.fee
    problem = ""
    account = way.accounts[0] or transfers_of(way.source).accounts()[0]
    if best is None:
        seen = "; ".join(f"{one.network}: {one.problem}" for one in others)
        problem = f"no network for {way.currency} from {way.source.id} to {way.name}"
        problem += f" ({seen})" if seen else ""
    elif total is not None and total > free:
        problem = (
            f"{way.source.id} has {free} {way.currency} free in its account {account!r};"
            f" {total} would leave it"
        )
    return TransferPlan(
        kind=kind,
        source=f"{way.source.id}:{way.accounts[0]}" if way.accounts[0] else way.source.id,
        target=way.name,
        currency=way.currency,
        amount=way.amount,
        route=best,
        others=others,
        total=total,
        free=free,
        problem=problem,
    )


async def _free(way: Way) -> Decimal:
    """What is free in the account that the funds leave."""
    link, transfers = way.source, transfers_of(way.source)
    account = link.adapter.account
    own = way.accounts[0] in {"", transfers.accounts()[0]}
    calls = transfers.balances() if own or account is None else account.balances()
    found = await link.http.collect(calls)
    kept = [one for one in found if one.currency == way.currency]
    wanted = way.accounts[0] or transfers.accounts()[0]
    return sum((one.free for one in kept if one.account == wanted), ZERO)


async def _pairs(way: Way, out: list[Network]) -> list[tuple[Network, Network | None]]:
    """Each network of the source with the target's of the same chain, if any."""
    if way.target is None:
        assert way.place is not None
        return [(one, None) for one in out if one.chain == way.place.chain]
    theirs = transfers_of(way.target)
    into = await way.target.http.collect([theirs.networks(way.currency, "in")])
    by_chain = {one.chain: one for one in into if one.chain and one.deposits}
    return [(one, by_chain.get(one.chain)) for one in out]


async def _route(way: Way, pair: tuple[Network, Network | None]) -> Route:
    """One way, priced; what stands against it is told, not raised."""
    out, into = pair
    plain = Route(
        chain=out.chain,
        network=out.name,
        fee=out.fee,
        confirmations=into.confirmations if into is not None else None,
        arrival_s=_arrival_s(out.chain, into),
        problem=_objection(way, out, into),
    )
    if plain.problem:
        return plain
    try:
        where = await _where(way, into)
        if into is not None and into.needs_tag and not where.tag:
            return _replace(plain, problem=f"{way.name} told no tag for it")
        priced = _replace(plain, address=where.address, tag=where.tag)
        request = request_of(way, priced, _UNTIL_ASKED)
        quote = await way.source.http.call(transfers_of(way.source).quote(request))
    except VenueError as e:  # it answered: this way is closed, others may be open
        return _replace(plain, problem=str(e))
    if quote.limit is not None and way.amount > quote.limit:
        why = f"at most {quote.limit} can be withdrawn now"
        return _replace(priced, fee=quote.fee, problem=why)
    return _replace(priced, fee=quote.fee)


def _objection(way: Way, out: Network, into: Network | None) -> str:
    """What can be told against a way without asking further; empty: nothing."""
    amount, currency = way.amount, way.currency
    if not out.chain:
        return "a network whose name we do not know"
    if way.target is not None and into is None:
        return f"{way.name} takes no deposits on it"
    if out.chain not in _HOME.get(currency, {out.chain}):
        return f"{currency} is a token there, which need not be the same at {way.name}"
    if not out.withdrawals:
        return f"{way.source.id} does not withdraw on it now"
    if out.min_withdrawal is not None and amount < out.min_withdrawal:
        return f"{way.source.id} withdraws {out.min_withdrawal} at least"
    if out.max_withdrawal is not None and amount > out.max_withdrawal:
        return f"{way.source.id} withdraws {out.max_withdrawal} at most"
    if out.decimals is not None and decimals_of(amount) > out.decimals:
        return f"{way.source.id} takes {out.decimals} decimals"
    if into is not None and into.min_deposit is not None and amount < into.min_deposit:
        return f"{way.name} credits {into.min_deposit} at least"
    return ""


def _arrival_s(chain: str, into: Network | None) -> float | None:
    """About how long confirming takes: half a block until the first, then one for each."""
    if into is None or into.confirmations is None or chain not in _BLOCK_S:
        return None
    return _BLOCK_S[chain] * (into.confirmations + 0.5)


async def _where(way: Way, into: Network | None) -> DepositAddress:
    """The address: the target venue's own word, or the settings'; never anybody else's."""
    if way.target is None or into is None:
        assert way.place is not None
        return DepositAddress(
            venue=VenueId(""),
            currency=way.place.currency,
            network="",
            chain=way.place.chain,
            address=way.place.address,
            tag=way.place.tag,
        )
    return await way.target.http.call(transfers_of(way.target).deposit_address(into))


def request_of(way: Way, route: Route, client_id: str) -> TransferRequest:
    """What would be sent."""
    internal = any(way.accounts)
    return TransferRequest(
        venue=way.source.id,
        client_id=client_id,
        kind=TransferKind.INTERNAL if internal else TransferKind.WITHDRAWAL,
        currency=way.currency,
        amount=way.amount,
        fee=route.fee or ZERO,
        network=route.network,
        address=route.address,
        tag=route.tag,
        from_account=way.accounts[0],
        to_account=way.accounts[1],
    )
