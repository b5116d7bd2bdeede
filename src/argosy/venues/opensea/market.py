"""Orders for NFTs on Seaport 1.6: made, hashed, fulfilled, cancelled. Signs and sends nothing.

Source: https://github.com/ProjectOpenSea/seaport/blob/main/docs/SeaportDocumentation.md (read
2026-11-27). Prices are fixed; orders whose amounts move with time are read, and filled as they are.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.reverts import explained
from argosy.dialects.evm.typed import digest, domain_hash
from argosy.errors import ConfigError, Reverted
from argosy.model import (
    ContractCall,
    ItemKind,
    Log,
    NftEvent,
    NftFee,
    NftItem,
    NftOrder,
    NftOrderStatus,
)
from argosy.model.money import plain
from argosy.ports import Approval, Deed, Reading
from argosy.venues.opensea import seaport_wire as wire
from argosy.venues.opensea.checking import check, has
from argosy.venues.opensea.events import read_events
from argosy.venues.opensea.fulfilling import (
    NO_CONDUIT,
    fulfil_call,
    maker_permissions,
    taker_permissions,
)
from argosy.venues.opensea.hashing import components, order_hash, typed_order

# The conduit through which orders made on OpenSea move tokens. Source: @opensea/seaport-js 4.3.0.
OPENSEA_CONDUIT_KEY = "0x0000007b02230091a7ed01230072f7006a004d60a8d4e71d599b8104250f0000"
_WHOLE = Decimal(1)


class SeaportMarket:
    """One deployment. `contracts` has `seaport`, and `conduit` where OpenSea's is."""

    def __init__(self, contracts: Mapping[str, str], chain: int) -> None:
        if "seaport" not in contracts:
            raise ConfigError("Seaport's address is needed")
        self._seaport = contracts["seaport"].lower()
        self._operators = {NO_CONDUIT: self._seaport}
        if conduit := contracts.get("conduit"):
            self._operators[OPENSEA_CONDUIT_KEY] = conduit.lower()
        self._chain = chain
        self._domain = domain_hash(wire.NAME, wire.VERSION, chain, self._seaport)

    def explain(self, error: Reverted) -> Reverted:
        """A refusal of Seaport, or of a token that it moves, in words."""
        return explained(error, "seaport", wire.ERRORS, wire.TEXTS)

    # --- making -----------------------------------------------------------------------------------

    def counter(self, owner: str) -> Reading[int]:
        """The counter that an order of theirs must carry."""
        call = ContractCall(to=self._seaport, data=wire.COUNTER.data(owner.lower()))
        return Reading((call,), lambda told: int(wire.COUNTER.one(str(told[0]))))

    def missing(self, item: NftItem, owner: str) -> Reading[str]:
        """Why they could not sell an item, in words; empty: they have it. Reverted: nobody has."""
        return has(item, owner.lower())

    def listing(
        self,
        item: NftItem,
        price: int,
        owner: str,
        *,
        counter: int,
        salt: int,
        start_s: int,
        end_s: int,
        money: str = "",
        fees: Sequence[NftFee] = (),
    ) -> NftOrder:
        """Sell an item for ether, or for a token where `money` is its address."""
        _check(item, price, start_s, end_s)
        if item.kind in {ItemKind.ANY_ERC721, ItemKind.ANY_ERC1155}:
            raise ConfigError("a listing names the token that it sells")
        kind = ItemKind.ERC20 if money else ItemKind.NATIVE
        token = money.lower() or ZERO_ADDRESS
        parts = _fees(price, fees)
        rest = price - sum(amount for amount, _ in parts)
        paid = [(rest, owner.lower()), *parts]
        return NftOrder(
            offerer=owner.lower(),
            offer=(item,),
            consideration=tuple(
                NftItem(kind=kind, token=token, amount=amount, recipient=who)
                for amount, who in paid
            ),
            start_s=start_s,
            end_s=end_s,
            counter=counter,
            salt=salt,
        )

    def bid(
        self,
        item: NftItem,
        price: int,
        owner: str,
        *,
        counter: int,
        salt: int,
        start_s: int,
        end_s: int,
        money: str,
        fees: Sequence[NftFee] = (),
    ) -> NftOrder:
        """Buy an item, or any of a collection, with a token: wrapped ether usually."""
        _check(item, price, start_s, end_s)
        if not money:
            raise ConfigError("a bid is in a token: ether cannot be taken out of an account later")
        owner, money = owner.lower(), money.lower()
        wanted = NftItem(
            kind=item.kind,
            token=item.token,
            identifier=item.identifier,
            amount=item.amount,
            recipient=owner,
        )
        parts = tuple(
            NftItem(kind=ItemKind.ERC20, token=money, amount=amount, recipient=who)
            for amount, who in _fees(price, fees)
        )
        return NftOrder(
            offerer=owner,
            offer=(NftItem(kind=ItemKind.ERC20, token=money, amount=price),),
            consideration=(wanted, *parts),
            start_s=start_s,
            end_s=end_s,
            counter=counter,
            salt=salt,
        )

    def hash(self, order: NftOrder) -> str:
        """The order's hash, as the contract computes it."""
        return "0x" + _hash(order).hex()

    def typed(self, order: NftOrder) -> dict[str, Any]:
        """The order as typed data (EIP-712) on this chain, for a signer."""
        _hash(order)  # refuses what does not fit
        return typed_order(order, self._chain, self._seaport)

    def permissions(self, order: NftOrder) -> tuple[Approval, ...]:
        """What the offerer must allow. ConfigError for a conduit that is not known."""
        return maker_permissions(order, self._operator(order))

    def _operator(self, order: NftOrder) -> str:
        found = self._operators.get(order.conduit_key.lower())
        if found is None:
            raise ConfigError(f"the conduit of key {order.conduit_key} is not known here")
        return found

    # --- reading ----------------------------------------------------------------------------------

    def status(self, order: NftOrder) -> Reading[NftOrderStatus]:
        """What the contract knows of an order."""
        call = ContractCall(to=self._seaport, data=wire.ORDER_STATUS.data(_hash(order)))

        def read(told: Sequence[object]) -> NftOrderStatus:
            validated, cancelled, filled, size = wire.ORDER_STATUS.read(str(told[0]))
            return NftOrderStatus(
                validated=validated, cancelled=cancelled, filled=filled, size=size
            )

        return Reading((call,), read)

    def problems(self, order: NftOrder, taker: str, at_s: int) -> Reading[tuple[str, ...]]:
        """Signature, time, state, balances and approvals of both sides."""
        return check(
            order,
            taker=taker.lower(),
            at_s=at_s,
            seaport=self._seaport,
            operator=self._operators.get(order.conduit_key.lower(), ""),
            name=_hash(order),
            digest=digest(self._domain, _hash(order)),
        )

    # --- acting -----------------------------------------------------------------------------------

    def fulfil(self, order: NftOrder, taker: str, identifier: int | None = None) -> Deed:
        """Take the other side: by the basic form where it does, with criteria where it must."""
        taker = taker.lower()
        call = fulfil_call(order, self._seaport, taker, identifier)
        money = order.money
        price = plain(Decimal(order.price).scaleb(-18)) if money else "other items"
        unit = "" if not money else " ether" if money.kind is ItemKind.NATIVE else " of its token"
        token = identifier if identifier is not None else order.item.identifier
        verb = "buy" if order.is_listing else "sell"
        return Deed(
            call=call,
            words=f"{verb} NFT {token} of {order.item.token} for {price}{unit} on Seaport",
            approvals=taker_permissions(order, self._seaport, taker),
            spends=tuple(
                (each.token, max(each.amount, each.last_amount))
                for each in order.consideration
                if each.kind is ItemKind.ERC20 and order.is_listing
            ),
        )

    def cancel(self, orders: Sequence[NftOrder], owner: str) -> Deed:
        """End some orders."""
        if not orders or any(each.offerer != owner.lower() for each in orders):
            raise ConfigError("only orders of one's own can be cancelled, and at least one")
        data = wire.CANCEL.data([components(each) for each in orders])
        return Deed(
            call=ContractCall(to=self._seaport, data=data, sender=owner.lower()),
            words=f"cancel {len(orders)} orders on Seaport",
        )

    def cancel_all(self, owner: str) -> Deed:
        """End all orders that were signed so far."""
        return Deed(
            call=ContractCall(
                to=self._seaport, data=wire.INCREMENT_COUNTER.data(), sender=owner.lower()
            ),
            words="cancel every order of this account on Seaport",
        )

    def events(self, logs: Sequence[Log]) -> tuple[NftEvent, ...]:
        """What Seaport's logs tell."""
        return read_events(logs, self._seaport)


def _hash(order: NftOrder) -> bytes:
    """Raises ConfigError where a part does not fit the contract's types."""
    try:
        return order_hash(order)
    except ValueError as e:
        raise ConfigError(f"this is no order that Seaport takes: {e!s:.200}") from None


def _check(item: NftItem, price: int, start_s: int, end_s: int) -> None:
    if price <= 0:
        raise ConfigError(f"price is {price}; it must be above 0, in the smallest unit")
    if item.kind.is_money or item.amount < 1:
        raise ConfigError(f"the item is {item.amount} of kind {item.kind.name}; an NFT is needed")
    if end_s <= start_s:
        raise ConfigError(f"the order would end at {end_s}, which is not after {start_s}")


def _fees(price: int, fees: Sequence[NftFee]) -> list[tuple[int, str]]:
    if any(each.share < 0 for each in fees) or sum(each.share for each in fees) >= _WHOLE:
        raise ConfigError("fees are shares of the price, 0 or more, below 1 together")
    amounts = [
        (int((price * each.share).to_integral_value(ROUND_DOWN)), each.recipient.lower())
        for each in fees
    ]
    return [(amount, who) for amount, who in amounts if amount]
