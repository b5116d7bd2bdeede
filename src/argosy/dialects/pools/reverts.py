"""Why a contract refused, in words: texts, panics, and the errors of routers, pools and Permit2.

Sources: the errors of universal-router 2.1, v4-core, v4-periphery, permit2, v3-periphery and
v2-periphery, read 2026-11-27.
"""

from functools import cache

from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.reverts import read_refusal

_DEPTH_MAX = 4
_SILENT = "the contract gave no reason"
_TEXTS = {
    "STF": "the token could not be taken from us (balance or allowance)",
    "Too little received": "less came out than was asked for: the price moved",
    "Too much requested": "it would cost more than was allowed: the price moved",
    "Transaction too old": "its deadline has passed",
    "UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT": "less came out than was asked for: the price"
    " moved",
    "UniswapV2Router: EXCESSIVE_INPUT_AMOUNT": "it would cost more than was allowed: the price"
    " moved",
    "Price slippage check": "the price moved further than was allowed",
    "UniswapV2Router: INSUFFICIENT_A_AMOUNT": "the price moved further than was allowed",
    "UniswapV2Router: INSUFFICIENT_B_AMOUNT": "the price moved further than was allowed",
    "NOT_MINTED": "there is no such position",
    "Not approved": "the position is not ours",
    "Not cleared": "the position is not empty yet",
    "UniswapV2Router: EXPIRED": "its deadline has passed",
    "UniswapV2: K": "the pair would lose by it",
    "TRANSFER_FROM_FAILED": "the token could not be taken from us (balance or allowance)",
    "TransferHelper: TRANSFER_FROM_FAILED": "the token could not be taken from us (balance or"
    " allowance)",
    "TransferHelper::transferFrom: transferFrom failed": "the token could not be taken from us"
    " (balance or allowance)",
}
_ERRORS = {
    "V2TooLittleReceived()": "less came out than was asked for: the price moved",
    "V2TooMuchRequested()": "it would cost more than was allowed: the price moved",
    "V3TooLittleReceived()": "less came out than was asked for: the price moved",
    "V3TooMuchRequested()": "it would cost more than was allowed: the price moved",
    "V4TooLittleReceived(uint256,uint256)": "less came out than was asked for: the price moved"
    " (least {0}, got {1})",
    "V4TooMuchRequested(uint256,uint256)": "it would cost more than was allowed: the price moved"
    " (most {0}, asked {1})",
    "TransactionDeadlinePassed()": "its deadline has passed",
    "DeadlinePassed(uint256)": "its deadline has passed",
    "MaximumAmountExceeded(uint128,uint128)": "the price moved further than was allowed (at most"
    " {0}, needed {1})",
    "MinimumAmountInsufficient(uint128,uint128)": "the price moved further than was allowed (at"
    " least {0}, came {1})",
    "NotApproved(address)": "the position is not ours",
    "CannotUpdateEmptyPosition()": "the position is empty",
    # What the last step of a swap over several pools, or for the chain's currency, says.
    "InsufficientToken()": "less came out than was asked for: the price moved (the router holds"
    " less of the token than it must pay)",
    "InsufficientETH()": "less came out than was asked for: the price moved (the router holds less"
    " of the chain's currency than it must pay)",
    "InsufficientBalance()": "not enough balance",
    "InvalidPath()": "the path names no pool",
    "V3InvalidAmountOut()": "the pool has not as much",
    "V3InvalidSwap()": "the pool has no liquidity for it",
    "V2InvalidPath()": "the path names no pair",
    "PoolNotInitialized()": "there is no such pool",
    "CurrencyNotSettled()": "what was taken was not paid for",
    "AllowanceExpired(uint256)": "the permission for the router has expired",
    "InsufficientAllowance(uint256)": "the permission for the router is for {0} only",
    "InvalidNonce()": "the permission's number was used already",
    "InvalidSigner()": "the permission is not signed by the owner of the tokens",
    "InvalidSignature()": "the permission's signature is malformed",
    "SignatureExpired(uint256)": "the permission was signed for before now",
    "ERC20InsufficientBalance(address,uint256,uint256)": "the balance is {1}, and {2} is needed",
    "ERC20InsufficientAllowance(address,uint256,uint256)": "the allowance is {1}, and {2} is"
    " needed",
}
_WRAPPED = Function("ExecutionFailed(uint256,bytes)")
_HOOKED = Function("WrappedError(address,bytes4,bytes,bytes)")
_INSIDE = {"ExecutionFailed": 1, "WrappedError": 2}  # which of its values is the refusal within


@cache
def _known() -> tuple[tuple[Function, ...], dict[str, str]]:
    named = {Function(signature): words for signature, words in _ERRORS.items()}
    words = {function.name: said for function, said in named.items()}
    return (_WRAPPED, _HOOKED, *named), words


def reason(data: str, depth: int = 0) -> str:
    """What a refusal's data says, for people; the data itself where nothing is known of it."""
    functions, words = _known()
    found = read_refusal(data, functions)
    if found is None:
        return f"the contract refused with {data[:74]}" if data[2:] else _SILENT
    if found.name == "Error":
        return _TEXTS.get(found.text, found.text)
    if found.name == "Panic":
        return found.text
    if found.name not in _INSIDE:
        return words[found.name].format(*found.values)
    within = found.values[_INSIDE[found.name]]
    if depth >= _DEPTH_MAX or not isinstance(within, bytes):
        return found.text
    return reason("0x" + within.hex(), depth + 1)
