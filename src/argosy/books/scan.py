"""Scans a book frame in one pass over its raw JSON: ids, times, and levels as scaled integers.

This file is compiled by Cython and also runs as it stands. It keeps what the latest frame said and
knows no book; see `argosy.books.frames` for that.
"""

import cython

if cython.compiled:
    from cython.cimports.argosy.books.levels import LIMITS, POWERS, LevelScanner
    from cython.cimports.libc.string import memcmp
else:
    from argosy.books.levels import LIMITS, POWERS, LevelScanner
from argosy.books.formats import BookFormat
from argosy.errors import WireError

KEYS_MAX = 24

# Roles, as in argosy.books.formats.Role: compiled constants, where an enum would be looked up.
SYMBOL = cython.declare(cython.int, 1)
KIND = cython.declare(cython.int, 2)
BIDS = cython.declare(cython.int, 3)
ASKS = cython.declare(cython.int, 4)
SNAPSHOT_BIDS = cython.declare(cython.int, 5)
SNAPSHOT_ASKS = cython.declare(cython.int, 6)
SEQUENCE = cython.declare(cython.int, 7)
PREVIOUS = cython.declare(cython.int, 8)
FIRST = cython.declare(cython.int, 9)
CHECKSUM = cython.declare(cython.int, 10)
TIME_MS = cython.declare(cython.int, 11)
TIME_ISO = cython.declare(cython.int, 12)


@cython.cclass
class FrameScanner(LevelScanner):
    """What the latest frame said. Levels are mantissa and digits until `scale` fits them."""

    def __init__(self, form: BookFormat) -> None:
        LevelScanner.__init__(self, form)
        if len(form.roles) > KEYS_MAX:
            raise ValueError(f"a book format has {len(form.roles)} keys; at most {KEYS_MAX}")
        self.form = form
        self.symbol_last = form.symbol_last
        self.snapshot_words = frozenset(word.encode() for word in form.snapshot_words)
        if not cython.compiled:
            self.key_at = [0] * KEYS_MAX
            self.key_length = [0] * KEYS_MAX
            self.key_role = [0] * KEYS_MAX
        text = b""
        self.key_count = 0
        for key, role in form.roles.items():
            self.key_at[self.key_count] = len(text)
            self.key_length[self.key_count] = len(key.encode())
            self.key_role[self.key_count] = int(role)
            text += key.encode()
            self.key_count += 1
        self.key_text = text
        self.last_word = b""
        self.last_word_length = -1
        self.last_word_snapshot = False
        self.seen = 0
        self.symbol_at = 0
        self.symbol_length = 0
        self.snapshot = False
        self.sequence = 0
        self.previous = 0
        self.first = 0
        self.checksum_said = 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def scan(self, p: cython.p_const_uchar, n: cython.int) -> cython.int:
        """Read a whole frame. Keys without a role are passed over, their values searched through.

        Raises:
            WireError: not balanced JSON, or a value that is not what its key's role needs.
        """
        self.seen = 0
        self.snapshot = False
        self.bid_count = 0
        self.ask_count = 0
        self.time_ns = 0
        self.off_usual = False
        i: cython.int = 0
        end: cython.int
        j: cython.int
        depth: cython.int = 0
        role: cython.int
        c: cython.int
        while i < n:
            c = p[i]
            if c == 34:  # "
                end = self.string_end(p, i + 1, n)
                j = end + 1
                while j < n and p[j] <= 32:
                    j += 1
                if j < n and p[j] == 58:  # a key
                    role = self._role(p, i + 1, end - i - 1)
                    i = j + 1
                    while i < n and p[i] <= 32:
                        i += 1
                    if role != 0:
                        i = self._value(p, i, n, role)
                    continue
                if self.symbol_last and depth == 1:
                    self.symbol_at = i + 1
                    self.symbol_length = end - i - 1
                    self.seen |= 1 << SYMBOL
                i = j
            elif c == 123 or c == 91:  # { [
                depth += 1
                i += 1
            elif c == 125 or c == 93:  # } ]
                depth -= 1
                i += 1
                if depth <= 0:
                    break
            else:
                i += 1
        while i < n and p[i] <= 32:
            i += 1
        if depth != 0 or i < n or n < 2:
            raise WireError(f"a book frame breaks off or goes on at byte {i} of {n}")
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def named(self, p: cython.p_const_uchar) -> cython.int:
        """The symbol was read: what is known of its numbers can be set before the levels come."""
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _role(self, p: cython.p_const_uchar, at: cython.int, length: cython.int) -> cython.int:
        text: cython.p_const_uchar = self.key_text
        k: cython.int
        for k in range(self.key_count):
            if self.key_length[k] != length or text[self.key_at[k]] != p[at]:
                continue
            if cython.compiled:
                if memcmp(cython.address(p[at]), cython.address(text[self.key_at[k]]), length) == 0:
                    return self.key_role[k]
            elif p[at : at + length] == text[self.key_at[k] : self.key_at[k] + length]:
                return self.key_role[k]
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _is_snapshot(
        self, p: cython.p_const_uchar, at: cython.int, length: cython.int
    ) -> cython.bint:
        """Whether the word at `at` says snapshot. Most frames say what the one before said."""
        if cython.compiled:
            known: cython.p_const_uchar = self.last_word
            if (
                length == self.last_word_length
                and memcmp(cython.address(p[at]), known, length) == 0
            ):
                return self.last_word_snapshot
        word: bytes = p[at : at + length]
        self.last_word = word
        self.last_word_length = length
        self.last_word_snapshot = word in self.snapshot_words
        return self.last_word_snapshot

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _value(
        self, p: cython.p_const_uchar, i: cython.int, n: cython.int, role: cython.int
    ) -> cython.int:
        """Read the value of a key that has a role; returns where it ends."""
        end: cython.int
        if role == BIDS or role == ASKS:
            self.seen |= 1 << role
            return self.levels(p, i, n, role == BIDS)
        if role == SNAPSHOT_BIDS or role == SNAPSHOT_ASKS:
            self.snapshot = True
            self.seen |= 1 << role
            return self.levels(p, i, n, role == SNAPSHOT_BIDS)
        if role == SYMBOL or role == KIND or role == TIME_ISO:
            if i >= n or p[i] != 34:
                raise WireError(f"byte {i} of a book frame: a string is needed")
            end = self.string_end(p, i + 1, n)
            if role == KIND:
                self.snapshot = self._is_snapshot(p, i + 1, end - i - 1)
            elif role == TIME_ISO:
                self.time_iso(p, i + 1, end)
            else:
                if self.seen & (1 << SYMBOL) and (
                    p[i + 1 : end] != p[self.symbol_at : self.symbol_at + self.symbol_length]
                ):
                    raise WireError("two instruments in one book frame")
                self.symbol_at = i + 1
                self.symbol_length = end - i - 1
                self.named(p)
            self.seen |= 1 << role
            return end + 1
        if i + 3 < n and p[i] == 110:  # null: as if the key were absent
            return i + 4
        end = self.number(p, i, n, -1)
        if self.decimals != 0:
            raise WireError(f"byte {i} of a book frame: a whole number is needed")
        self.seen |= 1 << role
        if role == SEQUENCE:
            self.sequence = self.mantissa
        elif role == PREVIOUS:
            self.previous = self.mantissa
        elif role == FIRST:
            self.first = self.mantissa
        elif role == CHECKSUM:
            self.checksum_said = self.mantissa
        elif self.mantissa < 0 or self.mantissa > 9_000_000_000_000:
            raise WireError(f"byte {i} of a book frame: {self.mantissa} is no time in ms")
        else:
            self.time_ns = self.mantissa * 1_000_000
        return end

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def scale(self, price_decimals: cython.int, size_decimals: cython.int) -> cython.int:
        """Turn every level of the frame into integers of these decimals.

        Raises:
            WireError: a number is off that grid, beyond 64 bits, or a size is below 0.
        """
        if (
            cython.compiled
            and not self.off_usual
            and price_decimals == self.usual_price_decimals
            and size_decimals == self.usual_size_decimals
        ):
            return 0  # every level was read as integers of these decimals
        self._scale_side(
            self.bid_prices,
            self.bid_sizes,
            self.bid_digits,
            self.bid_count,
            price_decimals,
            size_decimals,
        )
        return self._scale_side(
            self.ask_prices,
            self.ask_sizes,
            self.ask_digits,
            self.ask_count,
            price_decimals,
            size_decimals,
        )

    @cython.final
    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _scale_side(
        self,
        prices: cython.pointer[cython.longlong],
        sizes: cython.pointer[cython.longlong],
        digits: cython.pointer[cython.int],
        count: cython.int,
        price_decimals: cython.int,
        size_decimals: cython.int,
    ) -> cython.int:
        i: cython.int
        missing: cython.int
        value: cython.longlong
        power: cython.longlong
        part: cython.int
        for i in range(count):
            for part in range(2):
                if part == 0:
                    missing = price_decimals - (digits[i] & 0xFF)
                    value = prices[i]
                else:
                    missing = size_decimals - (digits[i] >> 8)
                    value = sizes[i]
                    if value < 0:
                        raise WireError(f"level {i} of a book frame has a size below 0")
                if missing == 0 or value == 0:
                    continue
                power = POWERS[missing if missing > 0 else -missing]
                if missing < 0:
                    if value % power != 0:
                        raise WireError(
                            f"level {i} of a book frame is off the instrument's grid: "
                            f"{value}e-{digits[i] >> 8 if part else digits[i] & 0xFF} with "
                            f"{size_decimals if part else price_decimals} decimals"
                        )
                    value //= power
                elif value > LIMITS[missing] or -value > LIMITS[missing]:
                    raise WireError(f"level {i} of a book frame is beyond 64 bits")
                else:
                    value *= power
                if part == 0:
                    prices[i] = value
                else:
                    sizes[i] = value
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def widest(self, shift: cython.int) -> cython.int:
        """Most decimals any level of the frame was written with: prices (0) or sizes (8)."""
        most: cython.int = 0
        i: cython.int
        for i in range(self.bid_count):
            most = max(most, self.bid_digits[i] >> shift & 0xFF)
        for i in range(self.ask_count):
            most = max(most, self.ask_digits[i] >> shift & 0xFF)
        return most
