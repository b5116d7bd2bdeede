"""Calls of Uniswap v3: SwapRouter, SwapRouter02, the manager of positions (and forks' the same).

Source: ISwapRouter, IV3SwapRouter, IV2SwapRouter, IPeripheryPayments, ISelfPermit, IMulticall,
INonfungiblePositionManager. SwapRouter02 writes its caller as address 1 and itself as 2, SwapRouter
itself as 0.
"""

from typing import Any

from argosy.dialects.evm.calls.entry import Context, Decode, Entry
from argosy.dialects.evm.calls.uniswap_v2 import v2_swap
from argosy.errors import WireError
from argosy.model.calls import (
    EVERYTHING,
    NATIVE,
    Allowance,
    LiquidityChange,
    Note,
    Swap,
    TokenTransfer,
    Wrap,
)

_TOKEN, _HOP = 20, 23  # bytes of a token in a path, and of a token with the fee after it


def v3_path(path: bytes) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Tokens and fees of a packed path, in its own order. Raises WireError."""
    hops, rest = divmod(len(path) - _TOKEN, _HOP)
    if rest or hops < 1:
        raise WireError(f"a path of {len(path)} bytes; tokens of 20 with fees of 3 between")
    text = path.hex()
    tokens = tuple(["0x" + text[at : at + 40] for at in range(0, len(text), 46)])
    fees = tuple([int(text[at : at + 6], 16) for at in range(40, len(text), 46)])
    return tokens, fees


def v3_swap(
    at: Context,
    path: tuple[str, ...],
    fees: tuple[int, ...],
    amount: int,
    limit: int,
    recipient: str,
    *,
    exact_in: bool,
    deadline: int = 0,
    price_limit: int = 0,
) -> None:
    """Add a swap through pools."""
    at.add(
        Swap(
            protocol="uniswap_v3",
            path=path,
            fees=fees,
            amount=amount,
            limit=limit,
            exact_in=exact_in,
            recipient=recipient,
            price_limit=price_limit,
            deadline=deadline,
        )
    )


def _single(*, exact_in: bool, dated: bool) -> Decode:
    def decode(values: Any, at: Context) -> None:
        if dated:
            token, other, fee, recipient, deadline, amount, limit, price = values[0]
            recipient = at.to if recipient == NATIVE else recipient
        else:
            token, other, fee, recipient, amount, limit, price = values[0]
            deadline, recipient = 0, at.mapped(recipient)
        v3_swap(
            at,
            (token, other),
            (fee,),
            amount,
            limit,
            recipient,
            exact_in=exact_in,
            deadline=deadline,
            price_limit=price,
        )

    return decode


def _many(*, exact_in: bool, dated: bool) -> Decode:
    def decode(values: Any, at: Context) -> None:
        if dated:
            packed, recipient, deadline, amount, limit = values[0]
            recipient = at.to if recipient == NATIVE else recipient
        else:
            packed, recipient, amount, limit = values[0]
            deadline, recipient = 0, at.mapped(recipient)
        path, fees = v3_path(packed)
        if not exact_in:  # it is written from what is got
            path, fees = path[::-1], fees[::-1]
        v3_swap(at, path, fees, amount, limit, recipient, exact_in=exact_in, deadline=deadline)

    return decode


def _pairs(*, exact_in: bool) -> Decode:
    def decode(values: Any, at: Context) -> None:
        amount, limit, path, recipient = values
        v2_swap(at, path, amount, limit, at.mapped(recipient), exact_in=exact_in)

    return decode


def _multicall(values: Any, at: Context) -> None:
    for call in values[-1]:
        at.within("call", call, at.nested)


def _unwrap(values: Any, at: Context) -> None:
    least = values[0]
    recipient = values[1] if len(values) > 1 else ""
    at.add(Wrap(wrap=False, least=least, recipient=at.mapped(recipient)))


def _unwrap_with_fee(values: Any, at: Context) -> None:
    least, *recipient, bps, collector = values
    at.add(Wrap(wrap=False, least=least, recipient=recipient[0] if recipient else ""))
    at.add(TokenTransfer(token=NATIVE, recipient=collector, portion_bps=bps))


def _sweep(values: Any, at: Context) -> None:
    token, least = values[0], values[1]
    recipient = values[2] if len(values) > 2 else ""
    at.add(TokenTransfer(token=token, sender=at.to, recipient=at.mapped(recipient), least=least))


def _sweep_with_fee(values: Any, at: Context) -> None:
    token, least, *recipient, bps, collector = values
    at.add(
        TokenTransfer(
            token=token, sender=at.to, recipient=recipient[0] if recipient else "", least=least
        )
    )
    at.add(TokenTransfer(token=token, sender=at.to, recipient=collector, portion_bps=bps))


def _refund(values: Any, at: Context) -> None:  # noqa: ARG001 - it has none
    at.add(TokenTransfer(token=NATIVE, sender=at.to, recipient="", least=0))


def _wrap(values: Any, at: Context) -> None:
    at.add(Wrap(wrap=True, amount=values[0], recipient=at.to))


def _pull(values: Any, at: Context) -> None:
    at.add(TokenTransfer(token=values[0], recipient=at.to, amount=values[1]))


def _self_permit(values: Any, at: Context) -> None:
    token, amount, deadline, *_ = values
    at.add(
        Allowance(
            token=token,
            spender=at.to,
            amount=amount,
            permitted=True,
            by="selfPermit",
            deadline=deadline,
        )
    )


def _self_permit_all(values: Any, at: Context) -> None:
    token, _, deadline, *_ = values
    at.add(
        Allowance(
            token=token,
            spender=at.to,
            amount=EVERYTHING,
            permitted=True,
            by="selfPermitAllowed",
            deadline=deadline,
        )
    )


def _router_approves(values: Any, at: Context) -> None:
    at.add(Note(what="the router lets the manager of positions take", contract=values[0]))


def _create(values: Any, at: Context) -> None:
    one, other, fee, _ = values
    at.add(LiquidityChange(protocol="uniswap_v3", kind="create", tokens=(one, other), fee=fee))


def _mint(values: Any, at: Context) -> None:
    one, other, fee, lower, upper, amount, other_amount, least, other_least, who, due = values[0]
    at.add(
        LiquidityChange(
            protocol="uniswap_v3",
            kind="add",
            tokens=(one, other),
            fee=fee,
            ticks=(lower, upper),
            amounts=(amount, other_amount),
            least=(least, other_least),
            recipient=who,
            deadline=due,
        )
    )


def _increase(values: Any, at: Context) -> None:
    position, amount, other_amount, least, other_least, due = values[0]
    at.add(
        LiquidityChange(
            protocol="uniswap_v3",
            kind="add",
            position=position,
            amounts=(amount, other_amount),
            least=(least, other_least),
            deadline=due,
        )
    )


def _decrease(values: Any, at: Context) -> None:
    position, liquidity, least, other_least, due = values[0]
    at.add(
        LiquidityChange(
            protocol="uniswap_v3",
            kind="remove",
            position=position,
            liquidity=liquidity,
            least=(least, other_least),
            deadline=due,
        )
    )


def _collect(values: Any, at: Context) -> None:
    position, recipient, most, other_most = values[0]
    at.add(
        LiquidityChange(
            protocol="uniswap_v3",
            kind="collect",
            position=position,
            amounts=(most, other_most),
            recipient=at.to if recipient == NATIVE else recipient,
        )
    )


_SIGNED = "uint8,bytes32,bytes32"
_ONE = "address,address,uint24,address"
_THREE = "uint256,uint256,uint160"
_OLD, _NEW = _single(exact_in=True, dated=True), _single(exact_in=True, dated=False)
_OLD_OUT, _NEW_OUT = _single(exact_in=False, dated=True), _single(exact_in=False, dated=False)

V3_ROUTER_CALLS = (
    Entry("414bf389", f"exactInputSingle(({_ONE},uint256,{_THREE}))", _OLD),
    Entry("db3e2198", f"exactOutputSingle(({_ONE},uint256,{_THREE}))", _OLD_OUT),
    Entry(
        "c04b8d59",
        "exactInput((bytes,address,uint256,uint256,uint256))",
        _many(exact_in=True, dated=True),
    ),
    Entry(
        "f28c0498",
        "exactOutput((bytes,address,uint256,uint256,uint256))",
        _many(exact_in=False, dated=True),
    ),
    Entry("04e45aaf", f"exactInputSingle(({_ONE},{_THREE}))", _NEW),
    Entry("5023b4df", f"exactOutputSingle(({_ONE},{_THREE}))", _NEW_OUT),
    Entry(
        "b858183f",
        "exactInput((bytes,address,uint256,uint256))",
        _many(exact_in=True, dated=False),
    ),
    Entry(
        "09b81346",
        "exactOutput((bytes,address,uint256,uint256))",
        _many(exact_in=False, dated=False),
    ),
    Entry(
        "472b43f3",
        "swapExactTokensForTokens(uint256,uint256,address[],address)",
        _pairs(exact_in=True),
    ),
    Entry(
        "42712a67",
        "swapTokensForExactTokens(uint256,uint256,address[],address)",
        _pairs(exact_in=False),
    ),
    Entry("ac9650d8", "multicall(bytes[])", _multicall),
    Entry("5ae401dc", "multicall(uint256,bytes[])", _multicall),
    Entry("1f0464d1", "multicall(bytes32,bytes[])", _multicall),
    Entry("49404b7c", "unwrapWETH9(uint256,address)", _unwrap),
    Entry("49616997", "unwrapWETH9(uint256)", _unwrap),
    Entry("9b2c0a37", "unwrapWETH9WithFee(uint256,address,uint256,address)", _unwrap_with_fee),
    Entry("d4ef38de", "unwrapWETH9WithFee(uint256,uint256,address)", _unwrap_with_fee),
    Entry("df2ab5bb", "sweepToken(address,uint256,address)", _sweep),
    Entry("e90a182f", "sweepToken(address,uint256)", _sweep),
    Entry(
        "e0e189a0", "sweepTokenWithFee(address,uint256,address,uint256,address)", _sweep_with_fee
    ),
    Entry("3068c554", "sweepTokenWithFee(address,uint256,uint256,address)", _sweep_with_fee),
    Entry("12210e8a", "refundETH()", _refund),
    Entry("1c58db4f", "wrapETH(uint256)", _wrap),
    Entry("f2d5d56b", "pull(address,uint256)", _pull),
    Entry("f3995c67", f"selfPermit(address,uint256,uint256,{_SIGNED})", _self_permit),
    Entry("c2e3140a", f"selfPermitIfNecessary(address,uint256,uint256,{_SIGNED})", _self_permit),
    Entry("4659a494", f"selfPermitAllowed(address,uint256,uint256,{_SIGNED})", _self_permit_all),
    Entry(
        "a4a78f0c",
        f"selfPermitAllowedIfNecessary(address,uint256,uint256,{_SIGNED})",
        _self_permit_all,
    ),
    Entry("571ac8b0", "approveMax(address)", _router_approves),
    Entry("cab372ce", "approveMaxMinusOne(address)", _router_approves),
    Entry("639d71a9", "approveZeroThenMax(address)", _router_approves),
    Entry("ab3fdd50", "approveZeroThenMaxMinusOne(address)", _router_approves),
)

V3_POSITION_CALLS = (
    Entry(
        "88316456",
        "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))",
        _mint,
    ),
    Entry(
        "219f5d17",
        "increaseLiquidity((uint256,uint256,uint256,uint256,uint256,uint256))",
        _increase,
    ),
    Entry("0c49ccbe", "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))", _decrease),
    Entry("fc6f7865", "collect((uint256,address,uint128,uint128))", _collect),
    Entry(
        "13ead562",
        "createAndInitializePoolIfNecessary(address,address,uint24,uint160)",
        _create,
    ),
)
