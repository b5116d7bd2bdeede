"""What Seaport's logs tell: orders fulfilled and cancelled, counters raised.

Source: Seaport's interface, events OrderFulfilled, OrderCancelled, CounterIncremented (2026-11-27).
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from argosy.dialects.evm.functions import decode, unhex
from argosy.dialects.evm.keccak import keccak256
from argosy.errors import WireError
from argosy.model import ItemKind, Log, NftEvent
from argosy.venues.opensea import seaport_wire as wire

_NATIVE_OR_TOKEN = {int(ItemKind.NATIVE), int(ItemKind.ERC20)}


@cache
def _topics() -> dict[str, str]:
    return {
        "0x" + keccak256(signature.encode()).hex(): kind
        for signature, kind in (
            (wire.FULFILLED, "fulfilled"),
            (wire.CANCELLED, "cancelled"),
            (wire.COUNTER_RAISED, "counter"),
        )
    }


def read_events(logs: Sequence[Log], seaport: str) -> tuple[NftEvent, ...]:
    """The events among logs, in their order; those of other contracts are left out."""
    found = []
    for log in logs:
        kind = _topics().get(log.topics[0]) if log.topics else None
        if kind is not None and log.address == seaport:
            found.append(_event(kind, log))
    return tuple(found)


def _event(kind: str, log: Log) -> NftEvent:
    data = unhex(log.data)
    if kind == "counter":
        return NftEvent(kind=kind, maker=_address(log, 1), transaction=log.transaction_hash)
    maker = _address(log, 1)
    if kind == "cancelled":
        (name,) = decode(("bytes32",), data)
        return NftEvent(
            kind=kind, hash="0x" + name.hex(), maker=maker, transaction=log.transaction_hash
        )
    name, taker, offer, consideration = decode(wire.FULFILLED_DATA, data)
    item = next(
        (each for each in (*offer, *consideration) if each[0] not in _NATIVE_OR_TOKEN), None
    )
    sold = bool(offer) and offer[0][0] not in _NATIVE_OR_TOKEN
    money = [each for each in (consideration if sold else offer) if each[0] in _NATIVE_OR_TOKEN]
    return NftEvent(
        kind=kind,
        hash="0x" + name.hex(),
        maker=maker,
        taker=taker,
        contract=item[1] if item else "",
        identifier=str(item[2]) if item else "",
        price=Decimal(sum(each[3] for each in money)).scaleb(-18) if money else None,
        currency=money[0][1] if money else "",
        transaction=log.transaction_hash,
    )


def _address(log: Log, number: int) -> str:
    try:
        topic = log.topics[number]
    except IndexError:
        raise WireError(f"a log of {log.address} has {len(log.topics)} topics") from None
    raw = unhex(topic)
    if len(raw) != 32 or any(raw[:12]):
        raise WireError(f"a log of {log.address}: topic {number} is no address")
    return "0x" + raw[12:].hex()
