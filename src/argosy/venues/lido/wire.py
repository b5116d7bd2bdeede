"""Lido's contracts: functions and errors, one to one with its documents.

Sources, read 2026-11-27: https://docs.lido.fi/contracts/lido, .../wsteth and
.../withdrawal-queue-erc721; errors from the interfaces of release v3.0.2.
"""

from argosy.dialects.evm.functions import Function

# stETH
SUBMIT = Function("submit(address)", "uint256")
SHARES_OF = Function("sharesOf(address)", "uint256")
TOTAL_SHARES = Function("getTotalShares()", "uint256")
TOTAL_POOLED = Function("getTotalPooledEther()", "uint256")

# wstETH
WRAP = Function("wrap(uint256)", "uint256")
UNWRAP = Function("unwrap(uint256)", "uint256")
STETH_BY_WSTETH = Function("getStETHByWstETH(uint256)", "uint256")

# Withdrawal queue
REQUEST = Function("requestWithdrawals(uint256[],address)", "uint256[]")
REQUEST_WRAPPED = Function("requestWithdrawalsWstETH(uint256[],address)", "uint256[]")
REQUESTS_OF = Function("getWithdrawalRequests(address)", "uint256[]")
STATUS = Function("getWithdrawalStatus(uint256[])", "(uint256,uint256,address,uint256,bool,bool)[]")
LAST_CHECKPOINT = Function("getLastCheckpointIndex()", "uint256")
HINTS = Function("findCheckpointHints(uint256[],uint256,uint256)", "uint256[]")
CLAIMABLE = Function("getClaimableEther(uint256[],uint256[])", "uint256[]")
CLAIM = Function("claimWithdrawals(uint256[],uint256[])")
UNFINALIZED = Function("unfinalizedStETH()", "uint256")
WAITING = Function("unfinalizedRequestNumber()", "uint256")

DECIMALS = 18
LEAST = 100  # wei a request
MOST = 1_000 * 10**18

ERRORS = {
    "RequestAmountTooSmall(uint256)": "a withdrawal request is of 100 wei at least",
    "RequestAmountTooLarge(uint256)": "a withdrawal request is of 1000 ether at most",
    "InvalidRequestId(uint256)": "there is no such withdrawal request",
    "RequestNotFoundOrNotFinalized(uint256)": "this request is not finalized yet; wait",
    "RequestAlreadyClaimed(uint256)": "this request was claimed already",
    "NotOwner(address,address)": "the request belongs to somebody else",
    "InvalidHint(uint256)": "the hint is wrong; read the requests again",
    "ResumedExpected()": "withdrawals are paused",
    "ZeroAmount()": "the amount must be above 0",
    "CantSendValueRecipientMayHaveReverted()": "the receiver refuses ether",
}
TEXTS = {
    "ZERO_DEPOSIT": ("ZERO_DEPOSIT", "stake more than nothing"),
    "STAKE_LIMIT": ("STAKE_LIMIT", "the limit of what may be staked now is reached; try later"),
    "STAKING_PAUSED": ("STAKING_PAUSED", "staking is paused"),
    "ALLOWANCE_EXCEEDED": ("ALLOWANCE_EXCEEDED", "it may not take so much; approve it first"),
    "BALANCE_EXCEEDED": ("BALANCE_EXCEEDED", "more than is staked"),
    "wstETH: can't wrap zero stETH": ("ZERO_WRAP", "wrap more than nothing"),
    "wstETH: zero amount unwrap not allowed": ("ZERO_UNWRAP", "unwrap more than nothing"),
    "ERC20: transfer amount exceeds balance": ("BALANCE", "more than is there"),
    "ERC20: transfer amount exceeds allowance": (
        "ALLOWANCE",
        "it may not take so much; approve it first",
    ),
}
