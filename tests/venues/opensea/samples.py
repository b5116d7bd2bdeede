"""Answers in the shape that OpenSea's documents give, with made-up values."""

from typing import Any

import msgspec

from argosy.model import ItemKind, NftItem, NftOrder
from argosy.ports import HttpResponse

NOW_NS = 1_790_000_000 * 10**9
MAKER, OTHER, COLLECTION, FEES = ("0x" + pair * 20 for pair in ("a1", "b2", "c3", "fe"))
SEAPORT = "0x0000000000000068F116a894984e2DB1123eB395"
ORDER = NftOrder(
    offerer=MAKER,
    offer=(NftItem(kind=ItemKind.ERC721, token=COLLECTION, identifier=7),),
    consideration=(
        NftItem(kind=ItemKind.NATIVE, token="0x" + "00" * 20, amount=975 * 10**15, recipient=MAKER),
        NftItem(kind=ItemKind.NATIVE, token="0x" + "00" * 20, amount=25 * 10**15, recipient=FEES),
    ),
    start_s=1_789_999_000,
    end_s=1_790_500_000,
    counter=0,
    salt=2**200 + 1,
    signature="0x" + "5a" * 65,
)
PARAMETERS: dict[str, Any] = {
    "offerer": MAKER,
    "zone": "0x" + "00" * 20,
    "offer": [
        {
            "itemType": 2,
            "token": COLLECTION,
            "identifierOrCriteria": "7",
            "startAmount": "1",
            "endAmount": "1",
        }
    ],
    "consideration": [
        {
            "itemType": 0,
            "token": "0x" + "00" * 20,
            "identifierOrCriteria": "0",
            "startAmount": amount,
            "endAmount": amount,
            "recipient": who,
        }
        for amount, who in (("975000000000000000", MAKER), ("25000000000000000", FEES))
    ],
    "orderType": 0,
    "startTime": "1789999000",
    "endTime": "1790500000",
    "zoneHash": "0x" + "00" * 32,
    "salt": hex(2**200 + 1),
    "conduitKey": "0x" + "00" * 32,
    "totalOriginalConsiderationItems": 2,
    "counter": 0,
}
LISTING: dict[str, Any] = {
    "order_hash": "0x" + "0d" * 32,
    "type": "basic",
    "chain": "ethereum",
    "price": {"current": {"currency": "ETH", "decimals": 18, "value": "1000000000000000000"}},
    "protocol_data": {"parameters": PARAMETERS, "signature": "0x" + "5a" * 65},
    "protocol_address": SEAPORT,
    "asset": {"identifier": "7", "contract": COLLECTION},
    "remaining_quantity": 1,
    "status": "ACTIVE",
}
OFFER: dict[str, Any] = {
    "order_hash": "0x" + "0e" * 32,
    "chain": "ethereum",
    "price": {"currency": "WETH", "decimals": 18, "value": "900000000000000000"},
    "criteria": {"collection": {"slug": "things"}, "contract": {"address": COLLECTION}},
    "protocol_data": None,
    "protocol_address": SEAPORT,
    "remaining_quantity": 3,
    "status": "ACTIVE",
}
STATS: dict[str, Any] = {
    "total": {
        "volume": 1234.5678901234567,
        "sales": 42,
        "average_price": 1.5,
        "num_owners": 17,
        "market_cap": 1000.5,
        "floor_price": 0.85,
        "floor_price_symbol": "ETH",
    },
    "intervals": [{"interval": "one_day", "volume": 1.25, "sales": 2, "volume_diff": 0.1}],
}
COLLECTION_TOLD: dict[str, Any] = {
    "collection": "things",
    "name": "Things",
    "description": "",
    "contracts": [{"address": COLLECTION, "chain": "ethereum"}],
    "fees": [
        {"fee": 2.5, "recipient": FEES, "required": True},
        {"fee": 5, "recipient": OTHER, "required": False},
    ],
    "total_supply": 20,
    "required_zone": None,
}
EVENTS: dict[str, Any] = {
    "asset_events": [
        {
            "event_type": "sale",
            "order_hash": "0x" + "0d" * 32,
            "chain": "ethereum",
            "protocol_address": SEAPORT,
            "closing_date": 1_790_000_000,
            "nft": {"identifier": "7", "collection": "things", "contract": COLLECTION},
            "quantity": 1,
            "seller": MAKER,
            "buyer": OTHER,
            "payment": {
                "quantity": "1000000000000000000",
                "token_address": "0x" + "00" * 20,
                "decimals": 18,
                "symbol": "ETH",
            },
            "transaction": "0x" + "77" * 32,
            "event_timestamp": 1_790_000_000,
        },
        {
            "event_type": "order",
            "order_type": "collection_offer",
            "event_timestamp": 1_790_000_001,
            "maker": OTHER,
            "asset": None,
            "payment": None,
        },
    ],
    "next": "abc",
}


def answer(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status=status, body=raw, received_ns=NOW_NS, headers=named)
