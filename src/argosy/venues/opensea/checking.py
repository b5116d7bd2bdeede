"""Why an order could not be fulfilled: signature, time, state, balances, approvals. Pure.

What is asked is partial: a token that does not answer is a problem, not a failure. How much ether
an account has is not among the questions, as no contract tells it; the node's own trial does.
"""

from collections.abc import Callable, Sequence

from argosy.dialects.evm.erc20 import ALLOWANCE, APPROVED_FOR_ALL, BALANCE_OF, OWNER_OF
from argosy.dialects.evm.functions import Function, unhex
from argosy.dialects.evm.typed import signer_of
from argosy.errors import ArgosyError, WireError
from argosy.model import ContractCall, ItemKind, NftItem, NftOrder
from argosy.ports import Reading
from argosy.venues.opensea import seaport_wire as wire
from argosy.venues.opensea.fulfilling import basic_route

APPROVED = Function("getApproved(uint256)", "address")
BALANCE_OF_MANY = Function("balanceOf(address,uint256)", "uint256")  # ERC-1155
_PLAIN_SIGNATURES = {64, 65}  # longer ones prove a place in a tree of orders: the contract checks

Told = str | ArgosyError
Question = tuple[tuple[ContractCall, ...], Callable[[Sequence[Told]], str]]


def check(
    order: NftOrder,
    *,
    taker: str,
    at_s: int,
    seaport: str,
    operator: str,
    name: bytes,
    digest: bytes,
) -> Reading[tuple[str, ...]]:
    """All that is wrong with it, in words; but for the taker's approvals, which the deed brings.

    `operator` moves the offerer's tokens; empty: it is not known.
    """
    known = list(_here(order, at_s, operator))
    questions = [
        _state(seaport, name),
        _counter(order, seaport),
        *_signature(order, name, digest, seaport),
    ]
    for item in order.offer:
        questions += _side(item, order.offerer, "the offerer", operator or seaport)
    route = basic_route(order)
    for item in order.consideration:
        if route in {4, 5} and item.kind is ItemKind.ERC20:
            continue  # fees come out of the bidder's money
        questions += _side(item, taker, "the taker")
    calls = tuple(call for asked, _ in questions for call in asked)

    def read(told: Sequence[Told]) -> tuple[str, ...]:
        found, at = list(known), 0
        for asked, judge in questions:
            try:
                said = judge(told[at : at + len(asked)])
            except WireError as e:
                said = str(e)
            if said:
                found.append(said)
            at += len(asked)
        return tuple(dict.fromkeys(found))

    return Reading(calls, read, partial=True)


def has(item: NftItem, owner: str) -> Reading[str]:
    """Why somebody could not sell an item, in words; empty: they have it. A token may revert."""
    question = _has(item, owner, owner)
    if question is None:
        return Reading((), lambda _: "")
    calls, judge = question
    return Reading(calls, judge)


def _here(order: NftOrder, at_s: int, operator: str) -> list[str]:
    found = []
    if at_s < order.start_s:
        found.append(f"it begins in {order.start_s - at_s} s")
    if at_s >= order.end_s:
        found.append(f"it expired {at_s - order.end_s} s ago")
    if not order.signature:
        found.append("it is not signed")
    if not operator:
        found.append(f"the conduit of key {order.conduit_key} is not known here")
    return found


def _text(told: Told) -> str:
    if isinstance(told, ArgosyError):
        raise WireError(f"a contract does not answer: {told!s:.120}")
    return told


def _state(seaport: str, name: bytes) -> Question:
    def judge(told: Sequence[Told]) -> str:
        _, cancelled, filled, size = wire.ORDER_STATUS.read(_text(told[0]))
        if cancelled:
            return "it is cancelled"
        return "it is filled already" if size and filled >= size else ""

    return (ContractCall(to=seaport, data=wire.ORDER_STATUS.data(name)),), judge


def _counter(order: NftOrder, seaport: str) -> Question:
    def judge(told: Sequence[Told]) -> str:
        now = wire.COUNTER.one(_text(told[0]))
        return "" if now == order.counter else "the offerer cancelled all orders (counter)"

    return (ContractCall(to=seaport, data=wire.COUNTER.data(order.offerer)),), judge


def _signature(order: NftOrder, name: bytes, digest: bytes, seaport: str) -> list[Question]:
    """An account's signature is checked here; else the offerer is asked, as a contract (EIP-1271)
    may answer for itself. An order that the contract validated needs none.
    """
    try:
        signature = unhex(order.signature) if order.signature else b""
        if len(signature) > max(_PLAIN_SIGNATURES):
            return []
        if signature and signer_of(digest, signature) == order.offerer:
            return []
    except WireError:
        signature = b""

    def judge(told: Sequence[Told]) -> str:
        validated = bool(wire.ORDER_STATUS.read(_text(told[0]))[0])
        answer = told[1]
        agreed = isinstance(answer, str) and answer[:10] == "0x" + wire.VALID.hex()
        return "" if validated or agreed else "the signature is not the offerer's"

    calls = (
        ContractCall(to=seaport, data=wire.ORDER_STATUS.data(name)),
        ContractCall(to=order.offerer, data=wire.IS_VALID_SIGNATURE.data(digest, signature)),
    )
    return [(calls, judge)]


def _side(item: NftItem, owner: str, who: str, operator: str = "") -> list[Question]:
    """Whether somebody has an item; and lets `operator` move it, where one is named."""
    if item.kind is ItemKind.NATIVE:
        return []
    found = []
    has = _has(item, owner, who)
    if has is not None:
        found.append(has)
    if operator:
        found.append(_lets(item, owner, who, operator))
    return found


def _has(item: NftItem, owner: str, who: str) -> Question | None:
    token, amount = item.token, max(item.amount, item.last_amount)
    if item.kind is ItemKind.ERC20:

        def enough(told: Sequence[Told]) -> str:
            few = BALANCE_OF.one(_text(told[0])) < amount
            return f"{who} has too little of {token}" if few else ""

        return (ContractCall(to=token, data=BALANCE_OF.data(owner)),), enough
    if item.kind is ItemKind.ERC1155:

        def some(told: Sequence[Told]) -> str:
            few = BALANCE_OF_MANY.one(_text(told[0])) < amount
            return f"{who} has not {amount} of NFT {item.identifier}" if few else ""

        call = ContractCall(to=token, data=BALANCE_OF_MANY.data(owner, item.identifier))
        return (call,), some
    if item.kind is ItemKind.ERC721:

        def one(told: Sequence[Told]) -> str:
            if isinstance(told[0], ArgosyError):
                return f"there is no NFT {item.identifier}"
            owns = OWNER_OF.one(told[0]) == owner
            return "" if owns else f"{who} does not own NFT {item.identifier}"

        return (ContractCall(to=token, data=OWNER_OF.data(item.identifier)),), one
    return None


def _lets(item: NftItem, owner: str, who: str, operator: str) -> Question:
    token, amount = item.token, max(item.amount, item.last_amount)
    if item.kind is ItemKind.ERC20:

        def taken(told: Sequence[Told]) -> str:
            few = ALLOWANCE.one(_text(told[0])) < amount
            return f"{who} does not let {operator} take enough of {token}" if few else ""

        return (ContractCall(to=token, data=ALLOWANCE.data(owner, operator)),), taken
    calls = [ContractCall(to=token, data=APPROVED_FOR_ALL.data(owner, operator))]
    if item.kind is ItemKind.ERC721:
        calls.append(ContractCall(to=token, data=APPROVED.data(item.identifier)))

    def moved(told: Sequence[Told]) -> str:
        if isinstance(told[-1], ArgosyError):  # no such NFT: said elsewhere
            return ""
        one = len(told) == 2 and APPROVED.one(_text(told[1])) == operator
        if one or APPROVED_FOR_ALL.one(_text(told[0])):
            return ""
        return f"{who} does not let {operator} move the NFT"

    return tuple(calls), moved
