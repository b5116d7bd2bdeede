"""Reads price levels from raw JSON: exact integers with their decimals, never floats.

This file is compiled by Cython and also runs as it stands. It keeps the levels of one frame.
"""

from array import array

import cython

from argosy.books.formats import BookFormat
from argosy.errors import WireError

QUICK_BYTES = cython.declare(
    cython.int, 32
)  # must follow a number that is read eight bytes at once
FRAME_LEVELS_MAX = 40_000  # a side, in one frame

MANTISSA_SAFE = cython.declare(cython.longlong, 922_337_203_685_477_579)
INT64_MAX = cython.declare(cython.longlong, 9_223_372_036_854_775_807)

if not cython.compiled:
    POWERS = [0] * 19
    LIMITS = [0] * 19  # what can be multiplied by the power of ten without leaving 64 bits


def _fill_powers() -> None:
    power: cython.longlong = 1
    i: cython.int
    for i in range(19):
        POWERS[i] = power
        LIMITS[i] = INT64_MAX // power
        if i < 18:
            power *= 10


_fill_powers()


@cython.cclass
class LevelScanner:
    """The levels of the latest frame: mantissa and decimals, until `scale` fits them to a grid."""

    def __init__(self, form: BookFormat) -> None:
        self.price_index = form.price_index
        self.size_index = form.size_index
        self.time_index = form.time_index
        self.price_key = form.price_key.encode()
        self.size_key = form.size_key.encode()
        self.mantissa = 0
        self.decimals = 0
        self.time_ns = 0
        self.usual_price_decimals = -1  # those of the book read last: most likely this one's too
        self.usual_size_decimals = -1
        self.off_usual = False  # whether a level of the frame is not in the usual decimals
        self.level_price = 0
        self.level_size = 0
        self.level_digits = 0
        self.bid_count = 0
        self.ask_count = 0
        self.room = 0
        self.stores = ()
        self._make_room()

    @cython.final
    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def number(
        self, p: cython.p_const_uchar, i: cython.int, n: cython.int, usual: cython.int
    ) -> cython.int:
        """Read a number, bare or quoted, into mantissa and decimals; returns where it ends.

        Zeros that only pad it beyond `usual` decimals are not counted: that spares a division.
        """
        quoted: cython.bint = i < n and p[i] == 34
        if quoted:
            i += 1
        if cython.compiled and n - i > QUICK_BYTES:
            end: cython.int = self._quick(p, i, usual, quoted)
            if end > 0 and (p[end] == 34) == quoted and (quoted or p[end] == 44 or p[end] == 93):
                return end + 1 if quoted else end
        negative: cython.bint = i < n and p[i] == 45
        if negative:
            i += 1
        mantissa: cython.longlong = 0
        decimals: cython.int = 0
        start: cython.int = i
        c: cython.int
        j: cython.int
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
                if c == 0 and decimals == usual:
                    j = i + 1
                    while j < n and p[j] == 48:
                        j += 1
                    if j >= n or p[j] < 48 or p[j] > 57:
                        i = j
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

    @cython.final
    @cython.cfunc
    @cython.exceptval(check=False)
    def _quick(  # pragma: no cover  # compiled only: the interpreted build never calls it
        self, p: cython.p_const_uchar, i: cython.int, usual: cython.int, quoted: cython.bint
    ) -> cython.int:
        """Read what most numbers are: at most seven digits before the point and eight after.

        Returns where it ends, or 0: then read it the thorough way. Compiled only; both ways are
        held against one another by the tests.
        """
        if cython.compiled:
            k: cython.int = 0
            if quoted:
                k = short_number(
                    cython.address(p[i]),
                    cython.address(self.mantissa),
                    cython.address(self.decimals),
                )
                if k > 0 and (usual < 0 or self.decimals <= usual):
                    return i + k
            digits: cython.ulonglong = 0
            k = digit_run(cython.address(p[i]), cython.address(digits))
            if k == 0 or k == 8:
                return 0
            mantissa: cython.longlong = digit_value(digits, k)
            i += k
            self.decimals = 0
            if p[i] == 46:
                i += 1
                k = digit_run(cython.address(p[i]), cython.address(digits))
                if k == 0:
                    return 0
                i += k
                if k == 8 and 48 <= p[i] <= 57:
                    return 0
                if k > usual >= 0 and digit_padding(digits, usual, k):
                    k = usual
                if k > 0:
                    mantissa = mantissa * POWERS[k] + digit_value(digits, k)
                self.decimals = k
            self.mantissa = mantissa
            return i
        return 0

    @cython.final
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

    @cython.final
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

    @cython.final
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

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def levels(
        self, p: cython.p_const_uchar, i: cython.int, n: cython.int, bids: cython.bint
    ) -> cython.int:
        """Read an array of levels; returns where it ends. null counts as an empty one."""
        if i + 3 < n and p[i] == 110:
            return i + 4
        if i >= n or p[i] != 91:
            raise WireError(f"byte {i} of a book frame: an array of levels is needed")
        i += 1
        count: cython.int = self.bid_count if bids else self.ask_count
        c: cython.int
        while i < n:
            c = p[i]
            if c == 91 or c == 123:
                if cython.compiled and c == 91:
                    i = self._short_levels(p, i, n, count, bids)
                    count = self.bid_count if bids else self.ask_count
                    if p[i] != 91:
                        continue
                self.off_usual = True
                i = self._level_array(p, i, n) if c == 91 else self._level_object(p, i, n)
                if count == self.room:
                    self._make_room()
                if bids:
                    self.bid_prices[count] = self.level_price
                    self.bid_sizes[count] = self.level_size
                    self.bid_digits[count] = self.level_digits
                else:
                    self.ask_prices[count] = self.level_price
                    self.ask_sizes[count] = self.level_size
                    self.ask_digits[count] = self.level_digits
                count += 1
            elif c == 93:
                if bids:
                    self.bid_count = count
                else:
                    self.ask_count = count
                return i + 1
            elif c == 44 or c <= 32:
                i += 1
            else:
                raise WireError(f"byte {i} of a book frame: {chr(c)!r} among levels")
        raise WireError("a book frame breaks off among its levels")

    @cython.final
    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _short_levels(  # pragma: no cover  # compiled only: the interpreted build never calls it
        self,
        p: cython.p_const_uchar,
        i: cython.int,
        n: cython.int,
        count: cython.int,
        bids: cython.bint,
    ) -> cython.int:
        """Read levels from the one at `i` on for as long as they are ["1.2","3.4"], in one go each.

        Returns where the first stands that has to be read the thorough way, or what else follows.
        Both ways are held against one another by the tests.
        """
        if cython.compiled:
            price_decimals: cython.int = self.usual_price_decimals
            size_decimals: cython.int = self.usual_size_decimals
            usual: cython.bint = (
                0 <= price_decimals <= 8
                and 0 <= size_decimals <= 8
                and self.price_index == 0
                and self.size_index == 1
                and self.time_index < 0
            )
            digits: cython.int = price_decimals | size_decimals << 8
            length: cython.int
            price: cython.longlong = 0
            size: cython.longlong = 0
            while usual:
                if count == self.room:
                    self._make_room()
                length = short_level(
                    cython.address(p[i]),
                    n - i,
                    price_decimals,
                    size_decimals,
                    POWERS[price_decimals],
                    POWERS[size_decimals],
                    cython.address(price),
                    cython.address(size),
                )
                if length == 0:
                    break
                if bids:
                    self.bid_prices[count] = price
                    self.bid_sizes[count] = size
                    self.bid_digits[count] = digits
                else:
                    self.ask_prices[count] = price
                    self.ask_sizes[count] = size
                    self.ask_digits[count] = digits
                count += 1
                i += length
                if n - i < 2 or p[i] != 44 or p[i + 1] != 91:
                    break
                i += 1
            if bids:
                self.bid_count = count
            else:
                self.ask_count = count
        return i

    @cython.final
    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _level_array(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Read one level [price, size, ...] into level_*; returns where it ends."""
        i += 1
        index: cython.int = 0
        found: cython.int = 0
        c: cython.int
        while i < n:
            c = p[i]
            if c == 44:
                index += 1
                i += 1
                if found == 3 and self.time_index < 0:  # the rest of the level is of no interest
                    return self._level_end(p, i, n)
            elif c == 93:
                if found != 3:
                    raise WireError(f"byte {i} of a book frame: a level without price and size")
                return i + 1
            elif c <= 32:
                i += 1
            elif index == self.price_index:
                i = self.number(p, i, n, self.usual_price_decimals)
                self.level_price = self.mantissa
                self.level_digits = (self.level_digits & 0xFF00 if found else 0) | self.decimals
                found |= 1
            elif index == self.size_index:
                i = self.number(p, i, n, self.usual_size_decimals)
                self.level_size = self.mantissa
                self.level_digits = (self.level_digits & 0xFF if found else 0) | (
                    self.decimals << 8
                )
                found |= 2
            elif index == self.time_index:
                i = self.number(p, i, n, -1)
                self._level_time()
            else:
                i = self.skip(p, i, n)
        raise WireError("a book frame breaks off in a level")

    @cython.final
    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _level_end(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Where the level ends whose price and size were read: plain values may follow."""
        while i < n:
            if p[i] == 93:
                return i + 1
            if p[i] == 34:
                i = self.string_end(p, i + 1, n)
            elif p[i] == 91 or p[i] == 123:
                raise WireError(f"byte {i} of a book frame: a plain value is needed in a level")
            i += 1
        raise WireError("a book frame breaks off in a level")

    @cython.final
    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _level_time(self) -> cython.int:
        """Take the number just read as unix seconds; the latest of its levels' is the frame's."""
        if self.decimals > 9 or self.mantissa < 0:
            raise WireError("a level's time is no time in unix seconds")
        power: cython.longlong = POWERS[9 - self.decimals]
        if self.mantissa > INT64_MAX // power:
            raise WireError("a level's time is no time in unix seconds")
        at: cython.longlong = self.mantissa * power
        self.time_ns = max(self.time_ns, at)
        return 0

    @cython.final
    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _level_object(self, p: cython.p_const_uchar, i: cython.int, n: cython.int) -> cython.int:
        """Read one level {"price": ..., "size": ...} into level_*; returns where it ends."""
        i += 1
        found: cython.int = 0
        c: cython.int
        end: cython.int
        while i < n:
            c = p[i]
            if c == 44 or c <= 32:
                i += 1
                continue
            if c == 125:
                if found != 3:
                    raise WireError(f"byte {i} of a book frame: a level without price and size")
                return i + 1
            if c != 34:
                raise WireError(f"byte {i} of a book frame: {chr(c)!r} where a key is needed")
            end = self.string_end(p, i + 1, n)
            which: cython.int = 0
            if p[i + 1 : end] == self.price_key:
                which = 1
            elif p[i + 1 : end] == self.size_key:
                which = 2
            i = end + 1
            while i < n and (p[i] == 58 or p[i] <= 32):
                i += 1
            if which == 0:
                i = self.skip(p, i, n)
                continue
            i = self.number(p, i, n, -1)
            if which == 1:
                self.level_price = self.mantissa
                self.level_digits = (self.level_digits & 0xFF00 if found else 0) | self.decimals
            else:
                self.level_size = self.mantissa
                self.level_digits = (self.level_digits & 0xFF if found else 0) | (
                    self.decimals << 8
                )
            found |= which
        raise WireError("a book frame breaks off in a level")

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _make_room(self) -> cython.int:
        """Room for twice as many levels a frame, up to a limit."""
        room = 2 * self.room if self.room else 256
        if room > FRAME_LEVELS_MAX:
            raise WireError(f"a book frame has over {self.room} levels a side")
        stores = tuple(
            array("i" if k % 3 == 2 else "q", bytes((4 if k % 3 == 2 else 8) * room))
            for k in range(6)
        )
        for new, old in zip(stores, self.stores, strict=False):
            new[: len(old)] = old
        self.stores = stores
        if cython.compiled:
            longs: cython.longlong[::1] = stores[0]
            self.bid_prices = cython.address(longs[0])
            longs = stores[1]
            self.bid_sizes = cython.address(longs[0])
            ints: cython.int[::1] = stores[2]
            self.bid_digits = cython.address(ints[0])
            longs = stores[3]
            self.ask_prices = cython.address(longs[0])
            longs = stores[4]
            self.ask_sizes = cython.address(longs[0])
            ints = stores[5]
            self.ask_digits = cython.address(ints[0])
        else:
            self.bid_prices, self.bid_sizes, self.bid_digits = stores[:3]
            self.ask_prices, self.ask_sizes, self.ask_digits = stores[3:]
        self.room = room
        return 0
