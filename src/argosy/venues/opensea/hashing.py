"""An order as Seaport's structs, and its hash. Pure.

Source: EIP-712, and Seaport's getOrderHash, which the tests hold it against.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from argosy.dialects.evm.functions import unhex
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.evm.typed import list_hash, struct_hash
from argosy.model import NftItem, NftOrder
from argosy.venues.opensea import seaport_wire as wire

_ITEM = ("uint8", "address", "uint256", "uint256", "uint256")
_ORDER = (
    "address",
    "address",
    "bytes32",
    "bytes32",
    "uint8",
    "uint256",
    "uint256",
    "bytes32",
    "uint256",
    "bytes32",
    "uint256",
)


@cache
def _type_hashes() -> tuple[bytes, bytes, bytes]:
    offer, wanted = wire.OFFER_TYPE, wire.CONSIDERATION_TYPE
    return keccak256(offer), keccak256(wanted), keccak256(wire.ORDER_TYPE + wanted + offer)


def offered(item: NftItem) -> tuple[int, str, int, int, int]:
    """What is given, as the contract takes it."""
    return int(item.kind), item.token, item.identifier, item.amount, item.last_amount


def wanted(item: NftItem) -> tuple[int, str, int, int, int, str]:
    """What is wanted, as the contract takes it."""
    return (*offered(item), item.recipient)


def _head(order: NftOrder) -> tuple[object, ...]:
    return (
        order.offerer,
        order.zone,
        [offered(each) for each in order.offer],
        [wanted(each) for each in order.consideration],
        order.order_type,
        order.start_s,
        order.end_s,
        unhex(order.zone_hash),
        order.salt,
        unhex(order.conduit_key),
    )


def components(order: NftOrder) -> tuple[object, ...]:
    """The order with its counter: what is hashed and cancelled."""
    return (*_head(order), order.counter)


def parameters(order: NftOrder) -> tuple[object, ...]:
    """The order with the number of items that it wants: what is fulfilled."""
    return (*_head(order), len(order.consideration))


def order_hash(order: NftOrder) -> bytes:
    """The 32 bytes that name an order."""
    offer_type, wanted_type, order_type = _type_hashes()
    offer = [struct_hash(offer_type, _ITEM, offered(each)) for each in order.offer]
    consideration = [
        struct_hash(wanted_type, (*_ITEM, "address"), wanted(each)) for each in order.consideration
    ]
    return struct_hash(
        order_type,
        _ORDER,
        (
            order.offerer,
            order.zone,
            list_hash(offer),
            list_hash(consideration),
            order.order_type,
            order.start_s,
            order.end_s,
            unhex(order.zone_hash),
            order.salt,
            unhex(order.conduit_key),
            order.counter,
        ),
    )


def typed_order(order: NftOrder, chain: int, seaport: str) -> dict[str, Any]:
    """An order as eth_signTypedData_v4 takes it. Numbers are ints, words 0x hex."""
    item_names = ("itemType", "token", "identifierOrCriteria", "startAmount", "endAmount")
    names = (
        "offerer", "zone", "offer", "consideration", "orderType", "startTime", "endTime",
        "zoneHash", "salt", "conduitKey", "counter",
    )  # fmt: skip
    kinds = list(_ORDER)
    kinds[2:4] = ["OfferItem[]", "ConsiderationItem[]"]
    message = dict(zip(names, components(order), strict=True))
    message["offer"] = [dict(zip(item_names, offered(each), strict=True)) for each in order.offer]
    message["consideration"] = [
        dict(zip((*item_names, "recipient"), wanted(each), strict=True))
        for each in order.consideration
    ]
    message["zoneHash"], message["conduitKey"] = order.zone_hash, order.conduit_key
    return {
        "types": {
            "EIP712Domain": _fields(
                ("name", "version", "chainId", "verifyingContract"),
                ("string", "string", "uint256", "address"),
            ),
            "OrderComponents": _fields(names, kinds),
            "OfferItem": _fields(item_names, _ITEM),
            "ConsiderationItem": _fields((*item_names, "recipient"), (*_ITEM, "address")),
        },
        "primaryType": "OrderComponents",
        "domain": {
            "name": wire.NAME,
            "version": wire.VERSION,
            "chainId": chain,
            "verifyingContract": seaport,
        },
        "message": message,
    }


def _fields(names: Sequence[str], kinds: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]
