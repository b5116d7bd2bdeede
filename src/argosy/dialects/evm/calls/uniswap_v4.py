"""Actions of Uniswap v4: what a router or the manager of positions does within one unlock.

Source: v4-periphery 1.0.3 (Actions, CalldataDecoder, IV4Router). Newer routers put a least price of
each hop into the parameters of a swap; both forms are read.
"""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.dialects.evm.abi_reader import Values
from argosy.dialects.evm.calls.entry import Context, Entry
from argosy.errors import WireError
from argosy.model.calls import LiquidityChange, Note, Swap, TokenTransfer, Wrap

_WORD = 32
_ACTIONS = Values("bytes,bytes[]")
_KEY = "(address,address,uint24,int24,address)"
# Of a swap in one pool the first eight words are the same in all versions; hook data is not read.
_SINGLE = Values(f"{_KEY},bool,uint128,uint128")
_HOPS = "(address,uint24,int24,address,bytes)[]"
_PATH = Values(f"address,{_HOPS},uint128,uint128")
_PATH_WITH_PRICES = Values(f"address,{_HOPS},uint256[],uint128,uint128")
_PATH_HEAD = 4 * _WORD  # where the hops begin, unless there is one more word before them

Act = Callable[[bytes, Context], None]


def v4_actions(data: bytes, at: Context) -> None:
    """Add what (actions, parameters of each) say. Raises WireError."""
    actions, parameters = _ACTIONS.read(data)
    act_all(actions, parameters, at)


def act_all(actions: bytes, parameters: tuple[bytes, ...], at: Context) -> None:
    """Add each action. Raises WireError where there are not as many parameters."""
    if len(actions) != len(parameters):
        raise WireError(f"{len(actions)} actions with {len(parameters)} parameters")
    for action, data in zip(actions, parameters, strict=True):
        act = _TABLE.get(action)
        what = f"v4 action 0x{action:02x}"
        if act is None:
            at.unknown(what, len(data))
        else:
            at.within(what, data, act)


def _start(data: bytes) -> int:
    """Where the only parameter, a struct of no fixed size, begins."""
    if len(data) < _WORD:
        raise WireError(f"{len(data)} bytes are no swap")
    start = int.from_bytes(data[:_WORD], "big")
    if start > len(data) - _WORD:
        raise WireError(f"an offset leads to {start}, of {len(data)} bytes")
    return start


def _single(*, exact_in: bool) -> Act:
    def act(data: bytes, at: Context) -> None:
        key, zero_for_one, amount, limit = _SINGLE.read(data, _start(data))
        one, other, fee, _, hooks = key
        at.add(
            Swap(
                protocol="uniswap_v4",
                path=(one, other) if zero_for_one else (other, one),
                fees=(fee,),
                hooks=(hooks,),
                amount=amount,
                limit=limit,
                exact_in=exact_in,
            )
        )

    return act


def _path(*, exact_in: bool) -> Act:
    def act(data: bytes, at: Context) -> None:
        start = _start(data)
        hops_at = int.from_bytes(data[start + _WORD : start + 2 * _WORD], "big")
        if hops_at == _PATH_HEAD:
            token, hops, amount, limit = _PATH.read(data, start)
        else:
            token, hops, _, amount, limit = _PATH_WITH_PRICES.read(data, start)
        if not hops:
            raise WireError("a path of no pool")
        between = tuple([hop[0] for hop in hops])
        at.add(
            Swap(
                protocol="uniswap_v4",
                path=(token, *between) if exact_in else (*between, token),
                fees=tuple([hop[1] for hop in hops]),
                hooks=tuple([hop[3] for hop in hops]),
                amount=amount,
                limit=limit,
                exact_in=exact_in,
            )
        )

    return act


def _reading(types: str, act: Callable[[Any, Context], None]) -> Act:
    values = Values(types)
    return lambda data, at: act(values.read(data), at)


def _mint(values: Any, at: Context) -> None:
    key, lower, upper, liquidity, most, other_most, recipient, _ = values
    _position(at, key, (lower, upper), liquidity, (most, other_most), recipient)


def _mint_from_deltas(values: Any, at: Context) -> None:
    key, lower, upper, most, other_most, recipient, _ = values
    _position(at, key, (lower, upper), 0, (most, other_most), recipient)


def _position(
    at: Context,
    key: Any,
    ticks: tuple[int, int],
    liquidity: int,
    amounts: tuple[int, int],
    recipient: str,
) -> None:
    one, other, fee, *_ = key
    at.add(
        LiquidityChange(
            protocol="uniswap_v4",
            kind="add",
            tokens=(one, other),
            fee=fee,
            ticks=ticks,
            amounts=amounts,
            liquidity=liquidity,
            recipient=at.mapped(recipient),
        )
    )


def _increase(values: Any, at: Context) -> None:
    position, liquidity, most, other_most, _ = values
    at.add(
        LiquidityChange(
            protocol="uniswap_v4",
            kind="add",
            position=position,
            liquidity=liquidity,
            amounts=(most, other_most),
        )
    )


def _increase_from_deltas(values: Any, at: Context) -> None:
    position, most, other_most, _ = values
    _increase((position, 0, most, other_most, b""), at)


def _decrease(values: Any, at: Context) -> None:
    position, liquidity, least, other_least, _ = values
    at.add(
        LiquidityChange(
            protocol="uniswap_v4",
            kind="remove",
            position=position,
            liquidity=liquidity,
            least=(least, other_least),
        )
    )


def _burn(values: Any, at: Context) -> None:
    position, least, other_least, _ = values
    _decrease((position, 0, least, other_least, b""), at)


def _take(values: Any, at: Context) -> None:
    token, recipient, amount = values
    at.add(TokenTransfer(token=token, recipient=at.mapped(recipient), amount=amount))


def _take_all(values: Any, at: Context) -> None:
    at.add(TokenTransfer(token=values[0], recipient="", least=values[1]))


def _take_portion(values: Any, at: Context) -> None:
    token, recipient, bps = values
    at.add(TokenTransfer(token=token, recipient=at.mapped(recipient), portion_bps=bps))


def _sweep(values: Any, at: Context) -> None:
    token, recipient = values
    at.add(TokenTransfer(token=token, recipient=at.mapped(recipient), least=0))


def _note(what: str) -> Callable[[Any, Context], None]:
    def act(values: Any, at: Context) -> None:
        at.add(Note(what=what, contract=values[0]))

    return act


def _wrap(values: Any, at: Context) -> None:
    at.add(Wrap(wrap=True, amount=values[0], recipient=at.to))


def _unwrap(values: Any, at: Context) -> None:
    at.add(Wrap(wrap=False, amount=values[0], recipient=at.to))


_TABLE: Mapping[int, Act] = {
    0x00: _reading("uint256,uint256,uint128,uint128,bytes", _increase),
    0x01: _reading("uint256,uint256,uint128,uint128,bytes", _decrease),
    0x02: _reading(f"{_KEY},int24,int24,uint256,uint128,uint128,address,bytes", _mint),
    0x03: _reading("uint256,uint128,uint128,bytes", _burn),
    0x04: _reading("uint256,uint128,uint128,bytes", _increase_from_deltas),
    0x05: _reading(f"{_KEY},int24,int24,uint128,uint128,address,bytes", _mint_from_deltas),
    0x06: _single(exact_in=True),
    0x07: _path(exact_in=True),
    0x08: _single(exact_in=False),
    0x09: _path(exact_in=False),
    0x0B: _reading("address,uint256,bool", _note("settle")),
    0x0C: _reading("address,uint256", _note("settle")),
    0x0D: _reading("address,address", _note("settle")),
    0x0E: _reading("address,address,uint256", _take),
    0x0F: _reading("address,uint256", _take_all),
    0x10: _reading("address,address,uint256", _take_portion),
    0x11: _reading("address,address,address", _note("take")),
    0x12: _reading("address", _note("close")),
    0x13: _reading("address,uint256", _note("clear or take")),
    0x14: _reading("address,address", _sweep),
    0x15: _reading("uint256", _wrap),
    0x16: _reading("uint256", _unwrap),
}


def _modify(values: Any, at: Context) -> None:
    at.within("v4 actions", values[0], v4_actions)


def _modify_unlocked(values: Any, at: Context) -> None:
    actions, parameters = values
    act_all(actions, parameters, at)


def _create(values: Any, at: Context) -> None:
    created(values[0], at)


def created(key: Any, at: Context) -> None:
    """Add a new pool of v4."""
    one, other, fee, *_ = key
    at.add(LiquidityChange(protocol="uniswap_v4", kind="create", tokens=(one, other), fee=fee))


V4_POSITION_CALLS = (
    Entry("dd46508f", "modifyLiquidities(bytes,uint256)", _modify),
    Entry("4afe393c", "modifyLiquiditiesWithoutUnlock(bytes,bytes[])", _modify_unlocked),
    Entry("f7020405", f"initializePool({_KEY},uint160)", _create),
)
