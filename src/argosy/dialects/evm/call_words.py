"""What a decoded call says, in words for people: "swap 1.5 WETH for at least 2,500 USDC"."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from argosy.model.calls import (
    EVERYTHING,
    NATIVE,
    Action,
    Allowance,
    DecodedCall,
    LendingAction,
    LiquidityChange,
    NftOrder,
    Note,
    OrderItem,
    Swap,
    TokenTransfer,
    Unknown,
    Wrap,
)

_ALL_OF_ROUTER = 1 << 255  # as universal routers write "all that it holds"
_SHOWN = 3  # actions of a call in one line


class TokenName(NamedTuple):
    """What a token is called, and how many decimals its amounts have."""

    symbol: str
    decimals: int


Names = Mapping[str, TokenName]  # by address in lower case
COIN = {NATIVE: TokenName("ETH", 18)}


def short(address: str) -> str:
    """An address as people can compare it: 0x1234…abcd."""
    return f"{address[:6]}…{address[-4:]}" if len(address) == 42 else address


def named(token: str, names: Names) -> str:
    """A token's symbol, else its address."""
    known = names.get(token) or COIN.get(token)
    return known.symbol if known else short(token) or "the pool's token"


def amount_of(amount: int, token: str, names: Names) -> str:
    """An amount with its token; of a token that is not known, in smallest units."""
    if amount >= EVERYTHING >> 1:
        return f"all {named(token, names)}" if amount in {EVERYTHING, _ALL_OF_ROUTER} else "no end"
    known = names.get(token) or COIN.get(token)
    if known is None:
        return f"{amount} units of {short(token)}"
    whole = Decimal(amount).scaleb(-known.decimals)
    text = f"{whole:,.6f}".rstrip("0").rstrip(".") if whole >= 1 else f"{whole:.6g}"
    return f"{text} {known.symbol}"


def call_words(call: DecodedCall, names: Names | None = None) -> str:
    """One line for a call."""
    told = [action_words(each, names or {}) for each in call.actions[:_SHOWN]]
    if len(call.actions) > _SHOWN:
        told.append(f"and {len(call.actions) - _SHOWN} more")
    return "; ".join(told) or call.function or "nothing"


def action_words(action: Action, names: Names | None = None) -> str:
    """One action."""
    return _WORDS[type(action)](action, names or {})


def _swap(it: Swap, names: Names) -> str:
    give, get = it.path[0], it.path[-1]
    if it.native_in:
        give = NATIVE
    if it.native_out:
        get = NATIVE
    if it.exact_in:
        limit = f"at least {amount_of(it.limit, get, names)}" if it.limit else "any price"
        text = f"swap {amount_of(it.amount, give, names)} for {limit}"
        text += "" if it.limit else f" in {named(get, names)}"
    else:
        text = f"swap at most {amount_of(it.limit, give, names)}"
        text += f" for {amount_of(it.amount, get, names)}"
    if len(it.path) > 2:
        text += " by " + ", ".join(named(each, names) for each in it.path[1:-1])
    return f"{text} on {it.protocol}{_to(it.recipient)}"


def _to(recipient: str) -> str:
    return f" to {short(recipient)}" if recipient else ""


def _liquidity(it: LiquidityChange, names: Names) -> str:
    verbs = {"add": "add to", "remove": "take from", "collect": "collect from", "create": "create"}
    pair = "/".join(named(each, names) for each in it.tokens)
    what = f"position {it.position}" if it.position is not None else f"the pool {pair}"
    fee = f" {it.fee / 10_000:g} %" if it.fee else ""
    amounts = [
        amount_of(amount, token, names)
        for amount, token in zip(it.amounts, it.tokens, strict=False)
    ]
    told = f" with {' and '.join(amounts)}" if amounts and it.kind == "add" else ""
    return f"{verbs[it.kind]} {what}{fee}{told} on {it.protocol}"


def _allowance(it: Allowance, names: Names) -> str:
    token = named(it.token, names)
    whose = f" of {short(it.owner)}" if it.owner else ""
    if not it.amount:
        return f"take back the allowance of {short(it.spender)} for {token}{whose}"
    much = f"all {token}" if it.unlimited else amount_of(it.amount, it.token, names)
    signed = " (signed)" if it.permitted else ""
    return f"let {short(it.spender)} take {much}{whose}{signed}"


def _transfer(it: TokenTransfer, names: Names) -> str:
    source = f" from {short(it.sender)}" if it.sender else ""
    where = f" to {short(it.recipient)}" if it.recipient else " to the caller"
    if it.token_id is not None:
        return f"send {named(it.token, names)} number {it.token_id}{source}{where}"
    if it.portion_bps is not None:
        return f"send {it.portion_bps / 100:g} % of the {named(it.token, names)}{source}{where}"
    if it.least is not None:
        least = f", at least {amount_of(it.least, it.token, names)}" if it.least else ""
        return f"send the {named(it.token, names)} that is there{least}{source}{where}"
    return f"send {amount_of(it.amount, it.token, names)}{source}{where}"


def _wrap(it: Wrap, names: Names) -> str:
    verb = "wrap" if it.wrap else "unwrap"
    if it.least is not None:
        return f"{verb} what is there, at least {amount_of(it.least, NATIVE, names)}"
    return f"{verb} {amount_of(it.amount, NATIVE, names)}"


def _items(items: Sequence[OrderItem], names: Names) -> str:
    told = []
    for each in items[:_SHOWN]:
        if each.kind <= 1:
            told.append(amount_of(each.amount, each.token, names))
        elif each.kind <= 3:
            told.append(f"{named(each.token, names)} number {each.token_id}")
        else:
            told.append(f"one of {named(each.token, names)}")
    if len(items) > _SHOWN:
        told.append(f"{len(items) - _SHOWN} more")
    return " and ".join(told) or "nothing"


def _order(it: NftOrder, names: Names) -> str:
    terms = f"{_items(it.offer, names)} for {_items(it.wanted, names)}"
    return f"{it.kind} an order of {short(it.offerer)}: {terms} on {it.protocol}"


def _lending(it: LendingAction, names: Names) -> str:
    whom = f" for {short(it.account)}" if it.account else ""
    what = amount_of(it.amount, it.asset, names)
    if it.kind == "collateral":
        use = "use" if it.on else "no longer use"
        return f"{use} {named(it.asset, names)} as collateral on {it.protocol}"
    if it.kind == "category":
        return f"choose category {it.amount} on {it.protocol}"
    if it.kind == "liquidate":
        taken = named(it.collateral, names)
        return f"liquidate {short(it.account)}: repay {what}, take {taken} on {it.protocol}"
    return f"{it.kind.replace('_', ' ')} {what}{whom}{_to(it.recipient)} on {it.protocol}"


def _note(it: Note, names: Names) -> str:
    of = f" ({named(it.contract, names)})" if it.contract else ""
    return it.what + of


def _unknown(it: Unknown, names: Names) -> str:  # noqa: ARG001 - as all words
    if not it.selector:
        return f"{it.why or 'not understood'}, {it.size} bytes"
    return f"not understood: {it.selector}, {it.size} bytes{f' ({it.why})' if it.why else ''}"


_WORDS: Mapping[type, Callable[[Any, Names], str]] = {
    Swap: _swap,
    LiquidityChange: _liquidity,
    Allowance: _allowance,
    TokenTransfer: _transfer,
    Wrap: _wrap,
    NftOrder: _order,
    LendingAction: _lending,
    Note: _note,
    Unknown: _unknown,
}
