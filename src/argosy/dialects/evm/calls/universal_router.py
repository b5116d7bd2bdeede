"""Commands of Uniswap's Universal Router, which a transaction strings together.

Source: universal-router 2.1.0 (Commands, Dispatcher), read 2026-11-27. The upper bit of a command
allows it to fail. Routers before v4 had NFT markets from 0x10 to 0x1f: told as not understood where
they do not read as what is there now.
"""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.dialects.evm.abi_reader import Values
from argosy.dialects.evm.calls.entry import Context, Entry
from argosy.dialects.evm.calls.permit2 import BATCH, SINGLE, TRANSFER, moved, permitted
from argosy.dialects.evm.calls.uniswap_v2 import v2_swap
from argosy.dialects.evm.calls.uniswap_v3 import v3_path, v3_swap
from argosy.dialects.evm.calls.uniswap_v4 import created, v4_actions
from argosy.errors import WireError
from argosy.model.calls import Note, TokenTransfer, Wrap

_COMMAND = 0x7F  # the rest of the byte: it may fail

Act = Callable[[bytes, Context], None]


def commands(names: bytes, inputs: tuple[bytes, ...], at: Context) -> None:
    """Add what each command does. Raises WireError where there are not as many inputs."""
    if len(names) != len(inputs):
        raise WireError(f"{len(names)} commands with {len(inputs)} inputs")
    for name, data in zip(names, inputs, strict=True):
        command = name & _COMMAND
        act = _TABLE.get(command)
        what = f"command 0x{command:02x}"
        if act is None:
            at.unknown(what, len(data))
        else:
            at.within(what, data, act)


def _reading(types: str, act: Callable[[Any, Context], None]) -> Act:
    values = Values(types)
    return lambda data, at: act(values.read(data), at)


def _v3(*, exact_in: bool) -> Callable[[Any, Context], None]:
    def act(values: Any, at: Context) -> None:
        recipient, amount, limit, packed, _ = values
        path, fees = v3_path(packed)
        if not exact_in:  # it is written from what is got
            path, fees = path[::-1], fees[::-1]
        v3_swap(at, path, fees, amount, limit, at.mapped(recipient), exact_in=exact_in)

    return act


def _v2(*, exact_in: bool) -> Callable[[Any, Context], None]:
    def act(values: Any, at: Context) -> None:
        recipient, amount, limit, path, _ = values
        v2_swap(at, path, amount, limit, at.mapped(recipient), exact_in=exact_in)

    return act


def _take_permitted(values: Any, at: Context) -> None:
    token, recipient, amount = values
    at.add(TokenTransfer(token=token, recipient=at.mapped(recipient), amount=amount))


def _take_batch(values: Any, at: Context) -> None:
    for sender, recipient, amount, token in values[0]:
        moved((sender, at.mapped(recipient), amount, token), at)


def _permit(values: Any, at: Context) -> None:
    (details, spender, _), _ = values
    permitted(details, spender, "", at)


def _permit_batch(values: Any, at: Context) -> None:
    (many, spender, _), _ = values
    for details in many:
        permitted(details, spender, "", at)


def _sweep(values: Any, at: Context) -> None:
    token, recipient, least = values
    at.add(TokenTransfer(token=token, sender=at.to, recipient=at.mapped(recipient), least=least))


def _transfer(values: Any, at: Context) -> None:
    token, recipient, amount = values
    at.add(TokenTransfer(token=token, sender=at.to, recipient=at.mapped(recipient), amount=amount))


def _portion(values: Any, at: Context) -> None:
    token, recipient, bps = values
    at.add(
        TokenTransfer(token=token, sender=at.to, recipient=at.mapped(recipient), portion_bps=bps)
    )


def _wrap(values: Any, at: Context) -> None:
    recipient, amount = values
    at.add(Wrap(wrap=True, amount=amount, recipient=at.mapped(recipient)))


def _unwrap(values: Any, at: Context) -> None:
    recipient, least = values
    at.add(Wrap(wrap=False, least=least, recipient=at.mapped(recipient)))


def _check(values: Any, at: Context) -> None:
    _, token, least = values
    at.add(Note(what="a balance is no less", contract=token, number=least))


def _create(values: Any, at: Context) -> None:
    created(values[0], at)


def _call(data: bytes, at: Context) -> None:
    at.nested(data, at)


def _plan(values: Any, at: Context) -> None:
    names, inputs = values
    commands(names, inputs, at)


_TABLE: Mapping[int, Act] = {
    0x00: _reading("address,uint256,uint256,bytes,bool", _v3(exact_in=True)),
    0x01: _reading("address,uint256,uint256,bytes,bool", _v3(exact_in=False)),
    0x02: _reading("address,address,uint160", _take_permitted),
    0x03: _reading(f"{BATCH},bytes", _permit_batch),
    0x04: _reading("address,address,uint256", _sweep),
    0x05: _reading("address,address,uint256", _transfer),
    0x06: _reading("address,address,uint256", _portion),
    0x08: _reading("address,uint256,uint256,address[],bool", _v2(exact_in=True)),
    0x09: _reading("address,uint256,uint256,address[],bool", _v2(exact_in=False)),
    0x0A: _reading(f"{SINGLE},bytes", _permit),
    0x0B: _reading("address,uint256", _wrap),
    0x0C: _reading("address,uint256", _unwrap),
    0x0D: _reading(f"{TRANSFER}[]", _take_batch),
    0x0E: _reading("address,address,uint256", _check),
    0x10: v4_actions,
    0x11: _call,
    0x12: _call,
    0x13: _reading("(address,address,uint24,int24,address),uint160", _create),
    0x14: _call,
    0x21: _reading("bytes,bytes[]", _plan),
}


def _execute(values: Any, at: Context) -> None:
    commands(values[0], values[1], at)


UNIVERSAL_ROUTER_CALLS = (
    Entry("3593564c", "execute(bytes,bytes[],uint256)", _execute),
    Entry("24856bc3", "execute(bytes,bytes[])", _execute),
)
