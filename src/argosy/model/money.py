"""Money is Decimal. Importing this sets the decimal context that all of Argosy computes in."""

import decimal
from decimal import Decimal

PRECISION_DIGITS = 60  # wei-sized products need more than the default 28

_CONTEXT = decimal.Context(
    prec=PRECISION_DIGITS,
    rounding=decimal.ROUND_HALF_EVEN,
    traps=[
        decimal.InvalidOperation,
        decimal.DivisionByZero,
        decimal.Overflow,
        decimal.FloatOperation,
    ],
)
decimal.DefaultContext = _CONTEXT.copy()  # threads and tasks started later inherit it
decimal.setcontext(_CONTEXT.copy())

ZERO = Decimal(0)


def finite(value: Decimal, name: str) -> Decimal:
    """Return `value`, or raise ValueError naming the field when it is NaN or infinite."""
    if not value.is_finite():
        raise ValueError(f"{name} is {value}; a finite number is needed")
    return value


def parse_decimal(text: str, name: str = "number") -> Decimal:
    """Read a decimal number as venues write it: digits, sign, point, exponent; nothing else.

    Raises:
        ValueError: for blanks, underscores, NaN, infinities and anything Decimal refuses.
    """
    if not text or text[0].isspace() or text[-1].isspace() or "_" in text or not text.isascii():
        raise ValueError(f"{name} is {text!r}; a plain decimal number is needed")
    try:
        value = Decimal(text)
    except decimal.InvalidOperation:
        raise ValueError(f"{name} is {text!r}; a plain decimal number is needed") from None
    return finite(value, name)


def plain(value: Decimal) -> str:
    """Write a Decimal without an exponent and without padding zeros: '0.00001', '120'."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def decimals_of(increment: Decimal) -> int:
    """Digits after the point that multiples of `increment` need: 0.05 -> 2, 10 -> 0."""
    exponent = increment.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # a finite number
    return max(0, -exponent)


def on_grid(value: Decimal, increment: Decimal) -> bool:
    """Whether `value` is a whole multiple of `increment` (> 0)."""
    return value % increment == 0


def floor_to(value: Decimal, increment: Decimal) -> Decimal:
    """The largest multiple of `increment` (> 0) not above `value`; for sizes and bid prices."""
    return (value / increment).to_integral_value(rounding=decimal.ROUND_FLOOR) * increment


def ceil_to(value: Decimal, increment: Decimal) -> Decimal:
    """The smallest multiple of `increment` (> 0) not below `value`; for ask prices."""
    return (value / increment).to_integral_value(rounding=decimal.ROUND_CEILING) * increment
