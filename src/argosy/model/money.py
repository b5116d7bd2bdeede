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
_MOST_SHOWN = 40  # characters of a text in an error
# Quotients of what parse_decimal lets through and any increment are exact in it.
_WIDE = decimal.Context(prec=4 * PRECISION_DIGITS, traps=[decimal.InvalidOperation])


def finite(value: Decimal, name: str) -> Decimal:
    """Return `value`, or raise ValueError naming the field when it is NaN or infinite."""
    if not value.is_finite():
        raise ValueError(f"{name} is {value}; a finite number is needed")
    return value


def parse_decimal(text: str, name: str = "number") -> Decimal:
    """Read a decimal number as venues write it: digits, sign, point, exponent; nothing else.

    Raises:
        ValueError: for blanks, underscores, NaN, infinities, anything Decimal refuses, and what
            takes more than PRECISION_DIGITS digits.
    """
    told = f"{name} is {text[:_MOST_SHOWN]!r}{'...' if len(text) > _MOST_SHOWN else ''}"
    if not text or text[0].isspace() or text[-1].isspace() or "_" in text or not text.isascii():
        raise ValueError(f"{told}; a plain decimal number is needed")
    try:
        value = Decimal(text)
    except decimal.InvalidOperation:
        raise ValueError(f"{told}; a plain decimal number is needed") from None
    _, digits, exponent = finite(value, name).as_tuple()
    assert isinstance(exponent, int)  # a finite number
    if len(digits) > PRECISION_DIGITS or not (
        -PRECISION_DIGITS <= exponent <= PRECISION_DIGITS - len(digits)
    ):
        raise ValueError(f"{told}; a number of at most {PRECISION_DIGITS} digits is needed")
    return value


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
    return _WIDE.remainder(value, increment) == 0


def floor_to(value: Decimal, increment: Decimal) -> Decimal:
    """The largest multiple of `increment` (> 0) not above `value`; for sizes and bid prices."""
    return (value / increment).to_integral_value(rounding=decimal.ROUND_FLOOR) * increment


def ceil_to(value: Decimal, increment: Decimal) -> Decimal:
    """The smallest multiple of `increment` (> 0) not below `value`; for ask prices."""
    return (value / increment).to_integral_value(rounding=decimal.ROUND_CEILING) * increment
