"""Calls of the routers of the Uniswap v2 family (Sushi's and others' are the same).

Source: IUniswapV2Router02. In the variants for the chain's coin the path names its wrapper, and an
exact amount of it is the value of the transaction.
"""

from typing import Any

from argosy.dialects.evm.calls.entry import Context, Decode, Entry
from argosy.errors import WireError
from argosy.model.calls import EVERYTHING, Allowance, LiquidityChange, Swap

_DUE = "address,uint256"
_SIGNED = "bool,uint8,bytes32,bytes32"


def v2_swap(
    at: Context,
    path: tuple[str, ...],
    amount: int,
    limit: int,
    recipient: str,
    *,
    exact_in: bool,
    deadline: int = 0,
    native_in: bool = False,
    native_out: bool = False,
) -> None:
    """Add a swap along pairs. Raises WireError for a path of fewer than two tokens."""
    if len(path) < 2:
        raise WireError(f"a path of {len(path)} tokens; two are the least")
    at.add(
        Swap(
            protocol="uniswap_v2",
            path=path,
            amount=amount,
            limit=limit,
            exact_in=exact_in,
            recipient=recipient,
            native_in=native_in,
            native_out=native_out,
            deadline=deadline,
        )
    )


def _tokens(*, exact_in: bool, native_out: bool = False) -> Decode:
    def decode(values: Any, at: Context) -> None:
        amount, limit, path, recipient, deadline = values
        v2_swap(
            at,
            path,
            amount,
            limit,
            recipient,
            exact_in=exact_in,
            deadline=deadline,
            native_out=native_out,
        )

    return decode


def _coin_in(values: Any, at: Context) -> None:
    least, path, recipient, deadline = values
    v2_swap(at, path, at.value, least, recipient, exact_in=True, deadline=deadline, native_in=True)


def _coin_for_exact(values: Any, at: Context) -> None:
    wanted, path, recipient, deadline = values
    v2_swap(
        at, path, wanted, at.value, recipient, exact_in=False, deadline=deadline, native_in=True
    )


def _add(values: Any, at: Context) -> None:
    one, other, amount, other_amount, least, other_least, recipient, deadline = values
    at.add(
        LiquidityChange(
            protocol="uniswap_v2",
            kind="add",
            tokens=(one, other),
            amounts=(amount, other_amount),
            least=(least, other_least),
            recipient=recipient,
            deadline=deadline,
        )
    )


def _add_coin(values: Any, at: Context) -> None:
    token, amount, least, least_coin, recipient, deadline = values
    at.add(
        LiquidityChange(
            protocol="uniswap_v2",
            kind="add",
            tokens=(token,),
            amounts=(amount, at.value),
            least=(least, least_coin),
            recipient=recipient,
            deadline=deadline,
        )
    )


def _remove(values: Any, at: Context) -> None:
    one, other, liquidity, least, other_least, recipient, deadline, *signed = values
    _removed(at, (one, other), liquidity, (least, other_least), recipient, deadline, signed)


def _remove_coin(values: Any, at: Context) -> None:
    token, liquidity, least, least_coin, recipient, deadline, *signed = values
    _removed(at, (token,), liquidity, (least, least_coin), recipient, deadline, signed)


def _removed(
    at: Context,
    tokens: tuple[str, ...],
    liquidity: int,
    least: tuple[int, int],
    recipient: str,
    deadline: int,
    signed: list[Any],
) -> None:
    if signed:
        at.add(
            Allowance(
                token="",  # the pair's own, whose address the call does not say
                spender=at.to,
                amount=EVERYTHING if signed[0] else liquidity,
                permitted=True,
                by="permit",
                deadline=deadline,
            )
        )
    at.add(
        LiquidityChange(
            protocol="uniswap_v2",
            kind="remove",
            tokens=tokens,
            least=least,
            liquidity=liquidity,
            recipient=recipient,
            deadline=deadline,
        )
    )


_PATH = "address[],address,uint256"
_GIVE, _GET = _tokens(exact_in=True), _tokens(exact_in=False)
_GIVE_COIN_OUT = _tokens(exact_in=True, native_out=True)
_GET_COIN_OUT = _tokens(exact_in=False, native_out=True)
_FEE_ON = "SupportingFeeOnTransferTokens"
_LESS = f"address,uint256,uint256,uint256,{_DUE}"

V2_ROUTER_CALLS = (
    Entry("38ed1739", f"swapExactTokensForTokens(uint256,uint256,{_PATH})", _GIVE),
    Entry("8803dbee", f"swapTokensForExactTokens(uint256,uint256,{_PATH})", _GET),
    Entry("7ff36ab5", f"swapExactETHForTokens(uint256,{_PATH})", _coin_in),
    Entry("4a25d94a", f"swapTokensForExactETH(uint256,uint256,{_PATH})", _GET_COIN_OUT),
    Entry("18cbafe5", f"swapExactTokensForETH(uint256,uint256,{_PATH})", _GIVE_COIN_OUT),
    Entry("fb3bdb41", f"swapETHForExactTokens(uint256,{_PATH})", _coin_for_exact),
    Entry("5c11d795", f"swapExactTokensForTokens{_FEE_ON}(uint256,uint256,{_PATH})", _GIVE),
    Entry("b6f9de95", f"swapExactETHForTokens{_FEE_ON}(uint256,{_PATH})", _coin_in),
    Entry("791ac947", f"swapExactTokensForETH{_FEE_ON}(uint256,uint256,{_PATH})", _GIVE_COIN_OUT),
    Entry(
        "e8e33700",
        f"addLiquidity(address,address,uint256,uint256,uint256,uint256,{_DUE})",
        _add,
    ),
    Entry("f305d719", f"addLiquidityETH(address,uint256,uint256,uint256,{_DUE})", _add_coin),
    Entry("baa2abde", f"removeLiquidity(address,{_LESS})", _remove),
    Entry("02751cec", f"removeLiquidityETH({_LESS})", _remove_coin),
    Entry("2195995c", f"removeLiquidityWithPermit(address,{_LESS},{_SIGNED})", _remove),
    Entry("ded9382a", f"removeLiquidityETHWithPermit({_LESS},{_SIGNED})", _remove_coin),
    Entry("af2979eb", f"removeLiquidityETH{_FEE_ON}({_LESS})", _remove_coin),
    Entry("5b0d5984", f"removeLiquidityETHWithPermit{_FEE_ON}({_LESS},{_SIGNED})", _remove_coin),
)
