"""Aave's refusals in words. Until 3.4 they are numbers as text, since then custom errors.

Sources: protocol/libraries/helpers/Errors.sol of aave-v3-core 1.19.3 and of aave-v3-origin (read
2026-11-27). What only an administrator can meet is left out.
"""

from argosy.dialects.evm.reverts import explained
from argosy.errors import Reverted

# number: (the constant's name, what it means for whoever acts)
CODES = {
    "26": ("INVALID_AMOUNT", "the amount must be above 0"),
    "27": ("RESERVE_INACTIVE", "this token's reserve is not active"),
    "28": ("RESERVE_FROZEN", "this token's reserve is frozen: withdraw and repay only"),
    "29": ("RESERVE_PAUSED", "this token's reserve is paused: nothing moves"),
    "30": ("BORROWING_NOT_ENABLED", "this token cannot be borrowed"),
    "31": ("STABLE_BORROWING_NOT_ENABLED", "this token has no stable rate; use the variable one"),
    "32": ("NOT_ENOUGH_AVAILABLE_USER_BALANCE", "more than is supplied; withdraw less, or all"),
    "33": ("INVALID_INTEREST_RATE_MODE_SELECTED", "the rate must be the variable one"),
    "34": ("COLLATERAL_BALANCE_IS_ZERO", "there is no collateral; supply some first"),
    "35": (
        "HEALTH_FACTOR_LOWER_THAN_LIQUIDATION_THRESHOLD",
        "the health factor would fall below 1; act on less, repay, or supply more",
    ),
    "36": (
        "COLLATERAL_CANNOT_COVER_NEW_BORROW",
        "the collateral does not cover so large a loan; borrow less or supply more",
    ),
    "37": (
        "COLLATERAL_SAME_AS_BORROWING_CURRENCY",
        "the collateral is the token that is to be borrowed",
    ),
    "39": ("NO_DEBT_OF_SELECTED_TYPE", "nothing is owed of this token at the variable rate"),
    "40": ("NO_EXPLICIT_AMOUNT_TO_REPAY_ON_BEHALF", "repaying for others needs an amount"),
    "42": ("NO_OUTSTANDING_VARIABLE_DEBT", "nothing is owed of this token at the variable rate"),
    "43": ("UNDERLYING_BALANCE_ZERO", "nothing is supplied of this token"),
    "45": ("HEALTH_FACTOR_NOT_BELOW_THRESHOLD", "the health factor is not below 1"),
    "46": ("COLLATERAL_CANNOT_BE_LIQUIDATED", "this collateral cannot be liquidated"),
    "47": ("SPECIFIED_CURRENCY_NOT_BORROWED_BY_USER", "the user owes nothing of this token"),
    "50": ("BORROW_CAP_EXCEEDED", "more than may be borrowed of this token in all"),
    "51": ("SUPPLY_CAP_EXCEEDED", "more than may be supplied of this token in all"),
    "53": ("DEBT_CEILING_EXCEEDED", "the debt ceiling of this isolated collateral is reached"),
    "57": (
        "LTV_VALIDATION_FAILED",
        "collateral that secures nothing must be withdrawn first",
    ),
    "58": ("INCONSISTENT_EMODE_CATEGORY", "this token is not of the account's e-mode"),
    "59": (
        "PRICE_ORACLE_SENTINEL_CHECK_FAILED",
        "the chain's sequencer was down lately; loans and liquidations wait",
    ),
    "60": ("ASSET_NOT_BORROWABLE_IN_ISOLATION", "not to be borrowed against isolated collateral"),
    "62": (
        "USER_IN_ISOLATION_MODE_OR_LTV_ZERO",
        "the account's collateral is isolated, or this token secures nothing",
    ),
    "76": ("INCONSISTENT_PARAMS_LENGTH", "lists of different lengths"),
    "77": ("ZERO_ADDRESS_NOT_VALID", "the zero address is no account"),
    "82": ("ASSET_NOT_LISTED", "this token is not in the market"),
    "89": (
        "SILOED_BORROWING_VIOLATION",
        "this token, or one that is owed, may only be borrowed alone",
    ),
    "91": ("FLASHLOAN_DISABLED", "no flash loans of this token"),
    "93": ("WITHDRAW_TO_ATOKEN", "the receiver is the supply token itself"),
    "94": ("SUPPLY_TO_ATOKEN", "the owner is the supply token itself"),
    "97": (
        "LIQUIDATION_GRACE_SENTINEL_CHECK_FAILED",
        "liquidations of this token wait for a grace period",
    ),
    "100": ("NOT_BORROWABLE_IN_EMODE", "this token cannot be borrowed in the account's e-mode"),
    "103": ("MUST_NOT_LEAVE_DUST", "a liquidation must not leave so little"),
    "104": ("USER_CANNOT_HAVE_DEBT", "only for accounts that owe nothing"),
}


def _signature(constant: str) -> str:
    return "".join(word.capitalize() for word in constant.split("_")) + "()"


# As custom errors: the same words in camel case, without parameters.
CUSTOM = {_signature(name): words for name, words in CODES.values()} | {
    "WithdrawToAToken()": CODES["93"][1],
    "SupplyToAToken()": CODES["94"][1],
}
_TEXTS = {
    # What tokens say, which comes through the pool unchanged.
    "ERC20: transfer amount exceeds balance": (
        "BALANCE",
        "not enough of the token in the account",
    ),
    "ERC20: transfer amount exceeds allowance": (
        "ALLOWANCE",
        "the pool may not take so much of the token; approve it first",
    ),
}


def explain(error: Reverted) -> Reverted:
    """A refusal of the pool, or of a token that it moves, in words."""
    return explained(error, "aave", CUSTOM, {**CODES, **_TEXTS})
