"""One side of a book: price levels in order, as scaled int64, in short sorted blocks.

This file is compiled by Cython and also runs as it stands. It never knows a venue or a unit.
"""

from array import array

import cython

if cython.compiled:
    from cython.cimports.libc.string import memmove

BLOCK = 64  # levels a block; chosen by measurement, see docs/decisions/0004
BLOCK_LEVELS = cython.declare(cython.int, 64)  # the same, for the compiler
TOP = cython.declare(cython.int, 10)  # levels that checksums look at
UNUSED = cython.declare(cython.longlong, 9_223_372_036_854_775_807)


@cython.final
@cython.cclass
class Ladder:
    """Levels keyed by price, best first: lowest for asks, highest for bids (`descending`).

    A key is the price times +1 (asks) or -1 (bids), so that on both sides the best level has the
    smallest key. Blocks of at most `block` levels stand in key order; a change moves memory inside
    one block only, so the cost of an update does not grow with the depth of the book.
    """

    def __init__(self, descending: bool = False, block: int = BLOCK) -> None:
        if block < 4:
            raise ValueError(f"block is {block}; at least 4 levels are needed")
        self.sign = -1 if descending else 1
        self.block = block
        self.capacity = 0
        self.blocks = 0
        self.count = 0
        self.hint = 0
        self.at = 0
        self.free_count = 0
        self.stores = ()
        self.top_changed = True  # whether the best ten levels changed since this was cleared
        self._grow(4)

    # --- what Python callers use ------------------------------------------------------------------

    def __len__(self) -> int:
        return self.count

    def set(self, price: int, size: int) -> None:
        """Set the size at a price; 0 removes the level, and removing an absent one is no error."""
        self.put(price * self.sign, size)

    def get(self, price: int) -> int:
        """The size at a price; 0 when there is no such level."""
        if not self._find(price * self.sign):
            return 0
        return self.sizes[self.order[self.hint] * self.block + self.at]

    def best(self) -> tuple[int, int] | None:
        """(price, size) of the best level, or None when empty."""
        if self.count == 0:
            return None
        start: cython.int = self.order[0] * self.block
        return self.keys[start] * self.sign, self.sizes[start]

    def levels(self, limit: int = 0) -> list[tuple[int, int]]:
        """Up to `limit` levels (0: all) of (price, size), best first."""
        found: list[tuple[int, int]] = []
        wanted: cython.int = self.count if limit <= 0 else min(limit, self.count)
        b: cython.int
        i: cython.int
        start: cython.int
        for b in range(self.blocks):
            start = self.order[b] * self.block
            for i in range(self.counts[self.order[b]]):
                if len(found) == wanted:
                    return found
                found.append((self.keys[start + i] * self.sign, self.sizes[start + i]))
        return found

    def truncate(self, limit: int) -> None:
        """Drop the worst levels beyond `limit`."""
        self.drop_worst(limit)

    def clear(self) -> None:
        """Remove every level."""
        self.wipe()

    def shape(self) -> list[int]:
        """Levels in each block, best first: for tests of the structure."""
        return [self.counts[self.order[b]] for b in range(self.blocks)]

    # --- the compiled part ------------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def put_many(
        self,
        prices: cython.pointer[cython.longlong],
        sizes: cython.pointer[cython.longlong],
        count: cython.int,
    ) -> cython.int:
        """Set `count` levels, in the order given."""
        i: cython.int
        sign: cython.int = self.sign
        for i in range(count):
            self.put(prices[i] * sign, sizes[i])
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _find(self, key: cython.longlong) -> cython.bint:
        """Find a key: block in `hint`, place in `at`. Where absent, it is where to insert."""
        keys: cython.pointer[cython.longlong] = self.keys
        last: cython.pointer[cython.longlong] = self.last
        b: cython.int = self.hint
        half: cython.int
        length: cython.int
        if self.blocks == 0:
            self.hint = 0
            self.at = 0
            return False
        # Levels of one update come sorted, so most follow in the block of the one before or near
        # it; the searches add a half or nothing, which compiles to no branch to mispredict.
        if b >= self.blocks:
            b = self.blocks - 1
        if key > last[b] or (b > 0 and key <= last[b - 1]):
            length = self.blocks
            b = 0
            while length > 1:
                half = length >> 1
                b += half & -(last[b + half - 1] < key)
                length -= half
        self.hint = b
        slot: cython.int = self.order[b]
        start: cython.int = slot * self.block
        count: cython.int = self.counts[slot]
        at: cython.int = start
        if cython.compiled and self.block == BLOCK_LEVELS:
            # Unused places hold a key above all others.
            at += rank_of(cython.address(keys[start]), key)
        else:
            length = count
            while length > 1:
                half = length >> 1
                at += half & -(keys[at + half - 1] < key)
                length -= half
            at += length & -(keys[at] < key)
        self.at = at - start
        return self.at < count and keys[at] == key

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def put(self, key: cython.longlong, size: cython.longlong) -> cython.int:
        """Set the size at a key; 0 removes."""
        if self._find(key):
            if size == 0:
                self._remove()
            else:
                self.sizes[self.order[self.hint] * self.block + self.at] = size
                self._touch()
        elif size != 0:
            self._insert(key, size)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _touch(self) -> cython.int:
        """A change at `hint` and `at`: note it when it may be among the best ten."""
        if (self.hint == 0 and self.at < TOP) or self.counts[self.order[0]] < TOP:
            self.top_changed = True
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _insert(self, key: cython.longlong, size: cython.longlong) -> cython.int:
        """Insert at the place `_find` left in `hint` and `at`."""
        if self.blocks == 0:
            self._open_block(0)
        slot: cython.int = self.order[self.hint]
        if self.counts[slot] == self.block:
            if self.at == self.block and self.hint == self.blocks - 1:
                self._open_block(self.blocks)  # appending in order: fill blocks whole
                self.hint = self.blocks - 1
                self.at = 0
            else:
                self._split(self.hint)
                self._find(key)
            slot = self.order[self.hint]
        count: cython.int = self.counts[slot]
        start: cython.int = slot * self.block
        at: cython.int = start + self.at
        keys: cython.pointer[cython.longlong] = self.keys
        sizes: cython.pointer[cython.longlong] = self.sizes
        if cython.compiled:
            moved: cython.size_t = (count - self.at) * 8
            memmove(cython.address(keys[at + 1]), cython.address(keys[at]), moved)
            memmove(cython.address(sizes[at + 1]), cython.address(sizes[at]), moved)
        else:
            keys[at + 1 : start + count + 1] = keys[at : start + count]
            sizes[at + 1 : start + count + 1] = sizes[at : start + count]
        keys[at] = key
        sizes[at] = size
        self.counts[slot] = count + 1
        self.last[self.hint] = keys[start + count]
        self.count += 1
        self._touch()
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _open_block(self, at: cython.int) -> cython.int:
        """Put an empty block into the order at `at`."""
        if self.free_count == 0:
            self._grow(self.capacity * 2)
        self.free_count -= 1
        slot: cython.int = self.free[self.free_count]
        i: cython.int
        for i in range(self.blocks, at, -1):
            self.order[i] = self.order[i - 1]
            self.last[i] = self.last[i - 1]
        self.order[at] = slot
        self.counts[slot] = 0
        self.blocks += 1
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _split(self, at: cython.int) -> cython.int:
        """Move the worse half of a full block into a new one behind it."""
        self._open_block(at + 1)
        old: cython.int = self.order[at]
        new: cython.int = self.order[at + 1]
        kept: cython.int = self.block >> 1
        moved: cython.int = self.block - kept
        source: cython.int = old * self.block + kept
        target: cython.int = new * self.block
        i: cython.int
        for i in range(moved):
            self.keys[target + i] = self.keys[source + i]
            self.sizes[target + i] = self.sizes[source + i]
            self.keys[source + i] = UNUSED
        self.counts[old] = kept
        self.counts[new] = moved
        self.last[at + 1] = self.last[at]
        self.last[at] = self.keys[source - 1]
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _remove(self) -> cython.int:
        """Remove the level `_find` found."""
        b: cython.int = self.hint
        slot: cython.int = self.order[b]
        count: cython.int = self.counts[slot]
        start: cython.int = slot * self.block
        at: cython.int = start + self.at
        keys: cython.pointer[cython.longlong] = self.keys
        sizes: cython.pointer[cython.longlong] = self.sizes
        if cython.compiled:
            moved: cython.size_t = (count - self.at - 1) * 8
            memmove(cython.address(keys[at]), cython.address(keys[at + 1]), moved)
            memmove(cython.address(sizes[at]), cython.address(sizes[at + 1]), moved)
        else:
            keys[at : start + count - 1] = keys[at + 1 : start + count]
            sizes[at : start + count - 1] = sizes[at + 1 : start + count]
        count -= 1
        keys[start + count] = UNUSED
        self.counts[slot] = count
        self.count -= 1
        self._touch()
        if count == 0:
            self._close_block(b)
        else:
            self.last[b] = keys[start + count - 1]
            if count < self.block >> 2:
                self._merge(b)
                if b > 0:
                    self._merge(b - 1)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _close_block(self, at: cython.int) -> cython.int:
        """Take an empty block out of the order."""
        self.free[self.free_count] = self.order[at]
        self.free_count += 1
        self.blocks -= 1
        i: cython.int
        for i in range(at, self.blocks):
            self.order[i] = self.order[i + 1]
            self.last[i] = self.last[i + 1]
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _merge(self, at: cython.int) -> cython.int:
        """Take in the next block where both fill at most half: keeps sparse books short."""
        if at + 1 >= self.blocks:
            return 0
        slot: cython.int = self.order[at]
        other: cython.int = self.order[at + 1]
        count: cython.int = self.counts[slot]
        extra: cython.int = self.counts[other]
        if count + extra > self.block >> 1:
            return 0
        i: cython.int
        for i in range(extra):
            self.keys[slot * self.block + count + i] = self.keys[other * self.block + i]
            self.sizes[slot * self.block + count + i] = self.sizes[other * self.block + i]
            self.keys[other * self.block + i] = UNUSED
        self.counts[slot] = count + extra
        self.counts[other] = 0
        self.last[at] = self.last[at + 1]
        self._close_block(at + 1)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def drop_worst(self, limit: cython.int) -> cython.int:
        """Drop the worst levels beyond `limit`."""
        surplus: cython.int = self.count - limit
        while surplus > 0:
            b: cython.int = self.blocks - 1
            slot: cython.int = self.order[b]
            count: cython.int = self.counts[slot]
            dropped: cython.int = min(count, surplus)
            i: cython.int
            for i in range(count - dropped, count):
                self.keys[slot * self.block + i] = UNUSED
            count -= dropped
            self.counts[slot] = count
            self.count -= dropped
            surplus -= dropped
            if self.count < TOP:
                self.top_changed = True
            if count == 0:
                self._close_block(b)
            else:
                self.last[b] = self.keys[slot * self.block + count - 1]
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def wipe(self) -> cython.int:
        """Remove every level, keeping the memory."""
        i: cython.int
        while self.blocks > 0:
            slot: cython.int = self.order[self.blocks - 1]
            for i in range(slot * self.block, slot * self.block + self.counts[slot]):
                self.keys[i] = UNUSED
            self._close_block(self.blocks - 1)
        self.count = 0
        self.hint = 0
        self.top_changed = True
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _grow(self, capacity: cython.int) -> cython.int:
        """Make room for `capacity` blocks, keeping what is there."""
        levels = capacity * self.block
        stores = (
            array("q", [UNUSED]) * levels,
            array("q", bytes(8 * levels)),
            array("q", bytes(8 * capacity)),
            array("i", bytes(4 * capacity)),
            array("i", bytes(4 * capacity)),
            array("i", bytes(4 * capacity)),
        )
        for new, old in zip(stores, self.stores, strict=False):
            new[: len(old)] = old
        self.stores = stores
        if cython.compiled:
            longs: cython.longlong[::1] = stores[0]
            self.keys = cython.address(longs[0])
            longs = stores[1]
            self.sizes = cython.address(longs[0])
            longs = stores[2]
            self.last = cython.address(longs[0])
            ints: cython.int[::1] = stores[3]
            self.order = cython.address(ints[0])
            ints = stores[4]
            self.counts = cython.address(ints[0])
            ints = stores[5]
            self.free = cython.address(ints[0])
        else:
            self.keys, self.sizes, self.last, self.order, self.counts, self.free = stores
        slot: cython.int
        for slot in range(capacity - 1, self.capacity - 1, -1):
            self.free[self.free_count] = slot
            self.free_count += 1
        self.capacity = capacity
        return 0
