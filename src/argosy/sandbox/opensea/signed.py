"""Seaport orders as they are posted: read from JSON, hashed and checked with a library's EIP-712.

Shares no code with the adapter that it is tested against.
"""

import re
from typing import Any

import msgspec
from eth_account import Account
from eth_account.messages import encode_typed_data

from argosy.sandbox.evm.abi import keccak

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")
_SIGNATURE = re.compile(r"0x(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{130})")
_MOST = 1 << 256
_MOST_ITEMS = 64
_ITEM = [
    ("itemType", "uint8"),
    ("token", "address"),
    ("identifierOrCriteria", "uint256"),
    ("startAmount", "uint256"),
    ("endAmount", "uint256"),
]
_ORDER = [
    ("offerer", "address"),
    ("zone", "address"),
    ("offer", "OfferItem[]"),
    ("consideration", "ConsiderationItem[]"),
    ("orderType", "uint8"),
    ("startTime", "uint256"),
    ("endTime", "uint256"),
    ("zoneHash", "bytes32"),
    ("salt", "uint256"),
    ("conduitKey", "bytes32"),
    ("counter", "uint256"),
]


class Refused(Exception):
    """What is posted is wrong; the message is for the answer's `errors`."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A posted order."""

    hash: str
    parameters: dict[str, Any]  # as it was posted
    signature: str
    offerer: str
    contract: str  # of the NFT
    identifier: str  # empty: any of the collection
    item_type: int  # of the NFT: 2 or 4 for ERC-721, 3 or 5 for ERC-1155
    price: int
    money: str  # the token's address; ether's is zero
    is_listing: bool
    start_s: int
    end_s: int


def _types(fields: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields]


def _value(told: Any, kind: str, name: str) -> Any:
    if kind == "address":
        if not isinstance(told, str) or not _ADDRESS.fullmatch(told):
            raise Refused(f"{name} must be an address")
        return told
    if kind == "bytes32":
        if not isinstance(told, str) or not _WORD.fullmatch(told):
            raise Refused(f"{name} must be 32 bytes")
        return bytes.fromhex(told[2:])
    if isinstance(told, bool) or not isinstance(told, int | str):
        raise Refused(f"{name} must be a number")
    try:
        number = int(told, 0) if isinstance(told, str) and len(told) <= 80 else int(told)
    except ValueError:
        raise Refused(f"{name} must be a number") from None
    if not 0 <= number < (256 if kind == "uint8" else _MOST):
        raise Refused(f"{name} is out of range")
    return number


def _items(told: Any, name: str, fields: list[tuple[str, str]]) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not 1 <= len(told) <= _MOST_ITEMS:
        raise Refused(f"{name} must be a list of 1 to {_MOST_ITEMS} items")
    found = []
    for each in told:
        if not isinstance(each, dict):
            raise Refused(f"{name} must be a list of items")
        item = {key: _value(each.get(key), kind, f"{name}.{key}") for key, kind in fields}
        if item["itemType"] > 5:
            raise Refused(f"{name}.itemType is out of range")
        found.append(item)
    return found


def _message(told: dict[str, Any]) -> dict[str, Any]:
    wanted = [*_ITEM, ("recipient", "address")]
    return {
        name: _items(told.get(name), name, _ITEM if name == "offer" else wanted)
        if kind.endswith("[]")
        else _value(told.get(name), kind, name)
        for name, kind in _ORDER
    }


def _whole(signature: str) -> str:
    """A signature of 65 bytes: of one of 64 (EIP-2098) the highest bit of `s` is the parity."""
    if len(signature) == 132:
        return signature
    r, word = signature[2:66], int(signature[66:], 16)
    return f"0x{r}{word & ((1 << 255) - 1):064x}{27 + (word >> 255):02x}"


def read_signed(told: Any, signature: Any, chain_id: int, seaport: str) -> Signed:
    """A posted order whose signature is its offerer's. Raises Refused."""
    if not isinstance(told, dict):
        raise Refused("parameters: This field is required")
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise Refused("signature: Invalid signature format")
    message = _message(told)
    signable = encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": _types(
                    [
                        ("name", "string"),
                        ("version", "string"),
                        ("chainId", "uint256"),
                        ("verifyingContract", "address"),
                    ]
                ),
                "OrderComponents": _types(_ORDER),
                "OfferItem": _types(_ITEM),
                "ConsiderationItem": _types([*_ITEM, ("recipient", "address")]),
            },
            "primaryType": "OrderComponents",
            "domain": {
                "name": "Seaport",
                "version": "1.6",
                "chainId": chain_id,
                "verifyingContract": seaport,
            },
            "message": message,
        }
    )
    try:
        signer = Account.recover_message(signable, signature=_whole(signature))
    except Exception:  # the library raises several kinds
        raise Refused("signature: Invalid signature") from None
    if signer.lower() != message["offerer"].lower():
        raise Refused("signature: The signature is not the offerer's")
    return _signed(told, message, signature, bytes(signable.body))


def _signed(told: dict[str, Any], message: dict[str, Any], signature: str, name: bytes) -> Signed:
    offer, consideration = message["offer"], message["consideration"]
    is_listing = offer[0]["itemType"] > 1
    item = next(
        (each for each in (offer if is_listing else consideration) if each["itemType"] > 1), None
    )
    money = [each for each in (consideration if is_listing else offer) if each["itemType"] < 2]
    if item is None or not money:
        raise Refused("an order must be of an NFT for a currency")
    return Signed(
        hash="0x" + name.hex(),
        parameters=told,
        signature=signature,
        offerer=message["offerer"].lower(),
        contract=item["token"].lower(),
        identifier="" if item["itemType"] > 3 else str(item["identifierOrCriteria"]),
        item_type=item["itemType"],
        price=sum(each["startAmount"] for each in money),
        money=money[0]["token"].lower(),
        is_listing=is_listing,
        start_s=message["startTime"],
        end_s=message["endTime"],
    )


def fees_of(order: Signed) -> dict[str, int]:
    """What goes to others than who sells, by recipient."""
    paid: dict[str, int] = {}
    for each in order.parameters["consideration"]:
        if int(each["itemType"]) < 2:
            who = str(each["recipient"]).lower()
            paid[who] = paid.get(who, 0) + int(str(each["startAmount"]), 0)
    return paid


def key_for(label: str) -> str:
    """A worthless API key of this label."""
    return keccak(f"sandbox {label}".encode()).hex()[:32]
