"""Ids that look like the venues' own. A running number makes one id and no two make the same."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SPACE = 32**16
_FACTOR = 0x9E3779B97F4A7C15_0B  # odd, so that multiplying permutes the space


def kraken_id(letter: str, number: int) -> str:
    """'OUF4EM-FRGI2-MQMWZD': a letter, then 5-5-6 signs of base 32."""
    value = (number * _FACTOR + 0x5DEECE66D) % _SPACE
    signs = ""
    for _ in range(16):
        value, digit = divmod(value, 32)
        signs += _ALPHABET[digit]
    return f"{letter}{signs[:5]}-{signs[5:10]}-{signs[10:]}"


def okx_id(number: int) -> str:
    """A decimal id of 19 digits, rising."""
    return str(3_000_000_000_000_000_000 + number * 4_096)
