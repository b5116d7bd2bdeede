"""Orders between our values and the JSON of OpenSea's API, both ways. Pure."""

from decimal import Decimal
from typing import Any

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS, checksummed
from argosy.dialects.evm.functions import unhex
from argosy.errors import WireError
from argosy.model import ItemKind, NftItem, NftOrder, NftQuote, NftState
from argosy.venues.opensea import rest_wire as wire

_MOST_DIGITS = 80
_MOST = 1 << 256
_MOST_DECIMALS = 77
_MOST_ITEMS = 256


def number(value: str | int, name: str) -> int:
    """An unsigned integer of 256 bits, as decimal or 0x text or as a number. Raises WireError."""
    try:
        if isinstance(value, str) and len(value) > _MOST_DIGITS:
            raise ValueError
        found = int(value, 0) if isinstance(value, str) else value
    except ValueError:
        raise WireError(f"{name} is {value!r:.60}; a whole number is needed") from None
    if not 0 <= found < _MOST:
        raise WireError(f"{name} is {value!r:.60}; 0 to 2**256 - 1 is needed")
    return found


def address(text: str, name: str) -> str:
    """An address in lower case. Raises WireError."""
    try:
        return checksummed(text).lower()
    except ValueError as e:
        raise WireError(f"{name}: {e!s:.120}") from None


def _word(text: str, name: str) -> str:
    if len(unhex(text)) != 32:
        raise WireError(f"{name} is {text!r:.80}; 32 bytes are needed")
    return text.lower()


def _item(item: wire.Item) -> NftItem:
    try:
        kind = ItemKind(item.item_type)
    except ValueError:
        raise WireError(f"itemType is {item.item_type}; 0 to 5 are known") from None
    amount = number(item.start_amount, "startAmount")
    end = number(item.end_amount, "endAmount")
    return NftItem(
        kind=kind,
        token=address(item.token, "token"),
        identifier=number(item.identifier_or_criteria, "identifierOrCriteria"),
        amount=amount,
        end_amount=None if end == amount else end,
        recipient=address(item.recipient, "recipient") if item.recipient else "",
    )


def read_order(data: wire.ProtocolData) -> NftOrder:
    """An order as it was signed. Raises WireError."""
    told = data.parameters
    if len(told.offer) + len(told.consideration) > _MOST_ITEMS:
        raise WireError(f"an order of {len(told.offer) + len(told.consideration)} items")
    if not 0 <= told.order_type <= 4:
        raise WireError(f"orderType is {told.order_type}; 0 to 4 are known")
    if any(not each.recipient for each in told.consideration):
        raise WireError("an item that is wanted has no recipient")
    signature = data.signature or ""
    if signature:
        unhex(signature)
    return NftOrder(
        offerer=address(told.offerer, "offerer"),
        offer=tuple(_item(each) for each in told.offer),
        consideration=tuple(_item(each) for each in told.consideration),
        start_s=number(told.start_time, "startTime"),
        end_s=number(told.end_time, "endTime"),
        counter=number(told.counter, "counter"),
        salt=number(told.salt, "salt"),
        zone=address(told.zone, "zone"),
        order_type=told.order_type,
        zone_hash=_word(told.zone_hash, "zoneHash"),
        conduit_key=_word(told.conduit_key, "conduitKey"),
        signature=signature,
    )


def write_order(order: NftOrder) -> dict[str, Any]:
    """The `parameters` of an order."""

    def item(each: NftItem, *, wanted: bool) -> dict[str, Any]:
        told: dict[str, Any] = {
            "itemType": int(each.kind),
            "token": checksummed(each.token),
            "identifierOrCriteria": str(each.identifier),
            "startAmount": str(each.amount),
            "endAmount": str(each.last_amount),
        }
        return told | {"recipient": checksummed(each.recipient)} if wanted else told

    return {
        "offerer": checksummed(order.offerer),
        "zone": checksummed(order.zone),
        "offer": [item(each, wanted=False) for each in order.offer],
        "consideration": [item(each, wanted=True) for each in order.consideration],
        "orderType": order.order_type,
        "startTime": str(order.start_s),
        "endTime": str(order.end_s),
        "zoneHash": order.zone_hash,
        "salt": str(order.salt),
        "conduitKey": order.conduit_key,
        "totalOriginalConsiderationItems": len(order.consideration),
        "counter": str(order.counter),
    }


def _price(raw: msgspec.Raw) -> tuple[Decimal, str] | None:
    """The price of a listing ({"current": ...}) or of an offer; None where there is none."""
    if bytes(raw) == b"null":
        return None
    try:
        if bytes(raw).lstrip(b"{ \n\t").startswith(b'"current"'):
            price = msgspec.json.decode(raw, type=wire.CurrentPrice).current
        else:
            price = msgspec.json.decode(raw, type=wire.Price)
    except (msgspec.MsgspecError, UnicodeDecodeError) as e:
        raise WireError(f"price: {e}") from e
    if not 0 <= price.decimals <= _MOST_DECIMALS:
        raise WireError(f"price: {price.decimals} decimals")
    return Decimal(number(price.value, "price")).scaleb(-price.decimals), price.currency


def read_quote(told: wire.Quote) -> NftQuote:
    """A listing or an offer. Raises WireError."""
    try:
        state = NftState(told.status.lower())
    except ValueError:
        raise WireError(f"status is {told.status!r:.40}; it is none that is known") from None
    order = None if told.protocol_data is None else read_order(told.protocol_data)
    price = _price(told.price)
    if price is None and order is not None:
        price = Decimal(order.price).scaleb(-18), "ETH"
    contract = told.asset.contract if told.asset else ""
    if not contract and told.criteria and told.criteria.contract:
        contract = told.criteria.contract.address
    return NftQuote(
        hash=told.order_hash,
        chain=told.chain,
        price=price[0] if price else Decimal(0),
        currency=price[1] if price else "",
        remaining=told.remaining_quantity,
        state=state,
        order=order,
        contract=address(contract, "contract") if contract else "",
        identifier=told.asset.identifier if told.asset else "",
        protocol=told.protocol_address.lower() or ZERO_ADDRESS,
    )
