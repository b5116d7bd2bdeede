"""Reads JSON's numbers, strings and times from raw bytes: integers and decimals, never floats.

This file is compiled by Cython and also runs as it stands. It keeps only the number read last.
"""

import cython

from argosy.errors import WireError

MANTISSA_SAFE = cython.declare(cython.longlong, 922_337_203_685_477_579)
INT64_MAX = cython.declare(cython.longlong, 9_223_372_036_854_775_807)

if not cython.compiled:
    POWERS = [0] * 19


def _fill_powers() -> None:
    power: cython.longlong = 1
    i: cython.int
    for i in range(19):
        POWERS[i] = power
        if i < 18:
            power *= 10


_fill_powers()


@cython.cclass
class Numerals:
    """The number read last: mantissa and decimals; and the time read last."""

    def __init__(self) -> None:
        self.mantissa = 0
        self.decimals = 0
        self.time_ns = 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def number(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Read a number, bare or quoted, into mantissa and decimals; returns where it ends."""
        quoted: cython.bint = i < n and p[i] == 34
        if quoted:
            i += 1
        negative: cython.bint = i < n and p[i] == 45
        if negative:
            i += 1
        mantissa: cython.longlong = 0
        decimals: cython.int = 0
        start: cython.int = i
        c: cython.int
        full: cython.bint = False
        while i < n:
            c = p[i] - 48
            if c < 0 or c > 9:
                break
            if mantissa > MANTISSA_SAFE:
                raise WireError(f"byte {start} of a book frame: a number beyond 64 bits")
            mantissa = mantissa * 10 + c
            i += 1
        if i == start:
            raise WireError(f"byte {i} of a book frame: a number is needed")
        if i < n and p[i] == 46:
            i += 1
            point: cython.int = i
            while i < n:
                c = p[i] - 48
                if c < 0 or c > 9:
                    break
                if full or mantissa > MANTISSA_SAFE or decimals == 18:
                    if c != 0:
                        raise WireError(f"byte {start} of a book frame: a number beyond 64 bits")
                    full = True  # padding zeros may follow a number that fits
                else:
                    mantissa = mantissa * 10 + c
                    decimals += 1
                i += 1
            if i == point:
                raise WireError(f"byte {i} of a book frame: digits are needed after the point")
        self.mantissa = -mantissa if negative else mantissa
        self.decimals = decimals
        if i < n and (p[i] | 32) == 101:  # e, E
            i = self._exponent(p, i + 1, n)
        if quoted:
            if i >= n or p[i] != 34:
                raise WireError(f"byte {i} of a book frame: a number's closing quote is needed")
            return i + 1
        if i < n and not (p[i] == 44 or p[i] == 93 or p[i] == 125 or p[i] <= 32):
            raise WireError(f"byte {i} of a book frame: {chr(p[i])!r} in a number")
        return i

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _exponent(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Fold the exponent at `i` into mantissa and decimals; returns where it ends."""
        negative: cython.bint = i < n and p[i] == 45
        if i < n and (p[i] == 45 or p[i] == 43):
            i += 1
        exponent: cython.int = 0
        start: cython.int = i
        while i < n and 48 <= p[i] <= 57 and exponent < 1000:
            exponent = exponent * 10 + p[i] - 48
            i += 1
        if i == start:
            raise WireError(f"byte {i} of a book frame: an exponent is needed")
        decimals: cython.int = self.decimals + exponent if negative else self.decimals - exponent
        if self.mantissa == 0:
            decimals = 0
        while decimals > 18 and self.mantissa % 10 == 0:
            self.mantissa //= 10
            decimals -= 1
        if decimals > 18 or decimals < -18:
            raise WireError(f"byte {start} of a book frame: a number beyond 64 bits")
        if decimals < 0:
            power: cython.longlong = POWERS[-decimals]
            size: cython.longlong = -self.mantissa if self.mantissa < 0 else self.mantissa
            if size > INT64_MAX // power:
                raise WireError(f"byte {start} of a book frame: a number beyond 64 bits")
            self.mantissa *= power
            decimals = 0
        self.decimals = decimals
        return i

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def skip(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Pass over a string, number or word that is not needed; returns where it ends."""
        if i < n and p[i] == 34:
            return self.string_end(p, i + 1, n) + 1
        start: cython.int = i
        while i < n and not (p[i] == 44 or p[i] == 93 or p[i] == 125 or p[i] == 91 or p[i] == 123):
            i += 1
        if i == start or i >= n or p[i] == 91 or p[i] == 123:
            raise WireError(f"byte {i} of a book frame: a plain value is needed in a level")
        return i

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def string_end(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Where the closing quote of the string that starts at `i` stands."""
        while i < n:
            if p[i] == 34:
                return i
            i += 2 if p[i] == 92 else 1
        raise WireError("a book frame breaks off in a string")

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _two(self, p: cython.p_const_uchar, i: cython.int) -> cython.int:
        tens: cython.int = p[i] - 48
        ones: cython.int = p[i + 1] - 48
        if tens < 0 or tens > 9 or ones < 0 or ones > 9:
            raise WireError(f"byte {i} of a book frame: two digits of a time are needed")
        return tens * 10 + ones

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def time_iso(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Read YYYY-MM-DDThh:mm:ss[.fraction]Z, as venues write it, into time_ns."""
        if n - i < 20 or p[n - 1] != 90:
            raise WireError(f"byte {i} of a book frame: a time like 2026-11-22T10:41:43Z is needed")
        year: cython.longlong = self._two(p, i) * 100 + self._two(p, i + 2)
        month: cython.longlong = self._two(p, i + 5)
        day: cython.longlong = self._two(p, i + 8)
        if year < 1970 or year > 2200 or month < 1 or month > 12 or day < 1 or day > 31:
            raise WireError(f"byte {i} of a book frame: no such day")
        # Days since 1970 of a civil date: years that start in March have their leap day last.
        if month <= 2:
            year -= 1
            month += 12
        days: cython.longlong = (
            365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day
        ) - 719_469
        seconds: cython.longlong = (
            days * 86_400
            + self._two(p, i + 11) * 3_600
            + self._two(p, i + 14) * 60
            + self._two(p, i + 17)
        )
        nanos: cython.longlong = 0
        digits: cython.int = 0
        i += 19
        if p[i] == 46:
            i += 1
            while i < n - 1 and digits < 9:
                if p[i] < 48 or p[i] > 57:
                    raise WireError(f"byte {i} of a book frame: a digit of a time is needed")
                nanos = nanos * 10 + p[i] - 48
                digits += 1
                i += 1
        self.time_ns = seconds * 1_000_000_000 + nanos * POWERS[9 - digits]
        return 0
