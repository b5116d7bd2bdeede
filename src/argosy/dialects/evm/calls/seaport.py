"""Calls of Seaport (1.5 and 1.6 are the same): orders filled, matched, validated, cancelled.

Source: ConsiderationInterface of Seaport 1.6. Amounts are those that an order begins with.
"""

from typing import Any

from argosy.dialects.evm.calls.entry import Context, Decode, Entry
from argosy.errors import WireError
from argosy.model.calls import NATIVE, NftOrder, Note, OrderItem

_OFFER = "(uint8,address,uint256,uint256,uint256)"
_WANTED = "(uint8,address,uint256,uint256,uint256,address)"
_TERMS = (
    f"(address,address,{_OFFER}[],{_WANTED}[],uint8,uint256,uint256,bytes32,uint256,bytes32,"
    "uint256)"
)
_ORDER = f"({_TERMS},bytes)"
_ADVANCED = f"({_TERMS},uint120,uint120,bytes,bytes)"
_RESOLVER = "(uint256,uint8,uint256,uint256,bytes32[])"
_PLACE = "(uint256,uint256)"
_BASIC = (
    "(address,uint256,uint256,address,address,address,uint256,uint256,uint8,uint256,uint256,bytes32,"
    "uint256,bytes32,bytes32,uint256,(uint256,address)[],bytes)"
)


def _order(at: Context, kind: Any, terms: Any, recipient: str = "") -> None:
    offerer, _, offer, wanted, _, _, end, *_ = terms
    at.add(
        NftOrder(
            kind=kind,
            offerer=offerer,
            offer=tuple(
                [
                    OrderItem(kind=what, token=token, token_id=token_id, amount=amount)
                    for what, token, token_id, amount, _ in offer
                ]
            ),
            wanted=tuple(
                [
                    OrderItem(
                        kind=what, token=token, token_id=token_id, amount=amount, recipient=to
                    )
                    for what, token, token_id, amount, _, to in wanted
                ]
            ),
            recipient=recipient,
            deadline=end,
        )
    )


# What a basic order's type says, four routes a kind: (what is offered, what is wanted).
_ROUTES = ((2, 0), (3, 0), (2, 1), (3, 1), (1, 2), (1, 3))


def _basic(values: Any, at: Context) -> None:
    terms = values[0]
    token, token_id, amount, offerer, _, offered, offered_id, offered_amount, kind, _, end = terms[
        :11
    ]
    if kind // 4 >= len(_ROUTES):
        raise WireError(f"{kind} is no type of a basic order")
    first, second = _ROUTES[kind // 4]
    tips = terms[16]
    # Where NFTs are wanted, the others are paid in what is offered; else in what is wanted.
    paid_kind, paid_token = (first, offered) if second > 1 else (second, token)
    wanted = [
        OrderItem(kind=second, token=token, token_id=token_id, amount=amount, recipient=offerer)
    ]
    wanted += [
        OrderItem(kind=paid_kind, token=paid_token, token_id=0, amount=tip, recipient=to)
        for tip, to in tips
    ]
    at.add(
        NftOrder(
            kind="fill",
            offerer=offerer,
            offer=(
                OrderItem(kind=first, token=offered, token_id=offered_id, amount=offered_amount),
            ),
            wanted=tuple(wanted),
            deadline=end,
        )
    )


def _orders(kind: str, *, recipient_at: int | None = None, single: bool = False) -> Decode:
    def decode(values: Any, at: Context) -> None:
        recipient = values[recipient_at] if recipient_at is not None else ""
        for order in (values[0],) if single else values[0]:
            _order(at, kind, order[0], "" if recipient == NATIVE else recipient)

    return decode


def _cancel(values: Any, at: Context) -> None:
    for terms in values[0]:
        _order(at, "cancel", terms)


def _counter(values: Any, at: Context) -> None:  # noqa: ARG001 - it has none
    at.add(Note(what="all orders signed so far are cancelled", contract=at.to))


SEAPORT_CALLS = (
    Entry("fb0f3ee1", f"fulfillBasicOrder({_BASIC})", _basic),
    Entry("00000000", f"fulfillBasicOrder_efficient_6GL6yc({_BASIC})", _basic),
    Entry("b3a34c4c", f"fulfillOrder({_ORDER},bytes32)", _orders("fill", single=True)),
    Entry(
        "e7acab24",
        f"fulfillAdvancedOrder({_ADVANCED},{_RESOLVER}[],bytes32,address)",
        _orders("fill", single=True, recipient_at=3),
    ),
    Entry(
        "ed98a574",
        f"fulfillAvailableOrders({_ORDER}[],{_PLACE}[][],{_PLACE}[][],bytes32,uint256)",
        _orders("fill"),
    ),
    Entry(
        "87201b41",
        f"fulfillAvailableAdvancedOrders({_ADVANCED}[],{_RESOLVER}[],{_PLACE}[][],{_PLACE}[][],"
        "bytes32,address,uint256)",
        _orders("fill", recipient_at=5),
    ),
    Entry("a8174404", f"matchOrders({_ORDER}[],({_PLACE}[],{_PLACE}[])[])", _orders("match")),
    Entry(
        "f2d12b12",
        f"matchAdvancedOrders({_ADVANCED}[],{_RESOLVER}[],({_PLACE}[],{_PLACE}[])[],address)",
        _orders("match", recipient_at=3),
    ),
    Entry("fd9f1e10", f"cancel({_TERMS}[])", _cancel),
    Entry("88147732", f"validate({_ORDER}[])", _orders("validate")),
    Entry("5b34b966", "incrementCounter()", _counter),
)
