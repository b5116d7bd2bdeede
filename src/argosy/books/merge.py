"""Merges one side of many books by net price. Orders by floating keys, returns exact integers.

This file is compiled by Cython and also runs as it stands. Which member takes part, and what its
net factor is, comes in; nothing here knows fees, currencies or time.
"""

from array import array

import cython

if cython.compiled:
    from cython.cimports.argosy.books.book import VenueBook
    from cython.cimports.argosy.books.ladder import Ladder
else:
    from argosy.books.book import VenueBook
    from argosy.books.ladder import Ladder

MEMBERS_MAX = 256
NOTHING = cython.declare(cython.double, float("inf"))


@cython.final
@cython.cclass
class Merger:
    """One side of several books. A member's net price is its price times its factor."""

    def __init__(self, bids: bool) -> None:
        self.bids = bids
        self.books = []
        self.members = 0
        self.best_member = -1
        self.stores = (
            array("d", bytes(8 * MEMBERS_MAX)),
            array("d", bytes(8 * MEMBERS_MAX)),
            array("B", bytes(MEMBERS_MAX)),
            array("d", bytes(8 * MEMBERS_MAX)),
            array("i", bytes(4 * MEMBERS_MAX)),
            array("i", bytes(4 * MEMBERS_MAX)),
            array("i", bytes(4 * MEMBERS_MAX)),
        )
        if cython.compiled:
            doubles: cython.double[::1] = self.stores[0]
            self.factors = cython.address(doubles[0])
            doubles = self.stores[1]
            self.heads = cython.address(doubles[0])
            flags: cython.uchar[::1] = self.stores[2]
            self.active = cython.address(flags[0])
            doubles = self.stores[3]
            self.following = cython.address(doubles[0])
            ints: cython.int[::1] = self.stores[4]
            self.blocks = cython.address(ints[0])
            ints = self.stores[5]
            self.places = cython.address(ints[0])
            ints = self.stores[6]
            self.taken = cython.address(ints[0])
        else:
            self.factors, self.heads, self.active = self.stores[:3]
            self.following, self.blocks, self.places, self.taken = self.stores[3:]

    def add(self, book: VenueBook) -> int:
        """Take in a book, inactive at first; returns its member number.

        Raises:
            ValueError: there are too many members already.
        """
        if self.members == MEMBERS_MAX:
            raise ValueError(f"a universal book has {MEMBERS_MAX} members already")
        self.books.append(book)
        self.factors[self.members] = 0.0
        self.heads[self.members] = NOTHING
        self.active[self.members] = 0
        self.members += 1
        return self.members - 1

    def set(self, member: int, factor: float) -> None:
        """Let a member take part with this factor per scaled price unit; 0 takes it out."""
        self.factors[member] = factor
        self.active[member] = factor > 0.0
        self.heads[member] = self._head(member)
        self._seek()

    def update(self, member: cython.int) -> cython.bint:
        """A member's book changed. Returns whether the best net price or its owner did."""
        head: cython.double = self._head(member)
        before: cython.double = self.heads[member]
        if head == before:
            return False
        self.heads[member] = head
        best: cython.int = self.best_member
        if best >= 0 and best != member:
            if head >= self.heads[best]:
                return False
            self.best_member = member
            return True
        self._seek()
        return True

    def best(self) -> tuple[int, int, int] | None:
        """(member, scaled price, scaled size) of the best net price, or None."""
        if self.best_member < 0:
            return None
        book: VenueBook = self.books[self.best_member]
        side: Ladder = book.bids if self.bids else book.asks
        top = side.best()
        return None if top is None else (self.best_member, top[0], top[1])

    def merge(self, limit: cython.int, each: bool = False) -> list[tuple[int, int, int]]:
        """Up to `limit` levels of all active members, best net price first.

        With `each`, up to `limit` levels of every member: then a cheap one hides none. Each level
        is (member, scaled price, scaled size); equal net prices keep the members' order.
        """
        found: list[tuple[int, int, int]] = []
        member: cython.int
        taking: cython.int = 0
        for member in range(self.members):
            self.blocks[member] = 0
            self.places[member] = 0
            self.taken[member] = 0
            self.following[member] = self._head(member)
            if self.following[member] < NOTHING:
                taking += 1
        best: cython.int
        lowest: cython.double
        place: cython.int
        left: cython.int = limit * taking if each else limit
        while left > 0:
            best = -1
            lowest = NOTHING
            for member in range(self.members):
                if self.following[member] < lowest:
                    lowest = self.following[member]
                    best = member
            if best < 0:
                return found
            book: VenueBook = self.books[best]
            side: Ladder = book.bids if self.bids else book.asks
            place = side.order[self.blocks[best]] * side.block + self.places[best]
            found.append((best, side.keys[place] * side.sign, side.sizes[place]))
            self._follow(best, side, limit)
            left -= 1
        return found

    @cython.cfunc
    @cython.exceptval(check=False)
    def _follow(self, member: cython.int, side: Ladder, limit: cython.int) -> cython.int:
        """Go on to the next level of a member, if there is one and it may give another."""
        self.taken[member] += 1
        self.places[member] += 1
        if self.places[member] == side.counts[side.order[self.blocks[member]]]:
            self.blocks[member] += 1
            self.places[member] = 0
        if self.taken[member] == limit or self.blocks[member] == side.blocks:
            self.following[member] = NOTHING
            return 0
        place: cython.int = side.order[self.blocks[member]] * side.block + self.places[member]
        self.following[member] = side.keys[place] * self.factors[member]
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _head(self, member: cython.int) -> cython.double:
        """The best key of a member: lower is better on both sides."""
        if not self.active[member]:
            return NOTHING
        book: VenueBook = self.books[member]
        side: Ladder = book.bids if self.bids else book.asks
        if side.count == 0:
            return NOTHING
        return side.keys[side.order[0] * side.block] * self.factors[member]

    @cython.cfunc
    @cython.exceptval(check=False)
    def _seek(self) -> cython.int:
        """Find the best member anew."""
        best: cython.int = -1
        lowest: cython.double = NOTHING
        member: cython.int
        for member in range(self.members):
            if self.heads[member] < lowest:
                lowest = self.heads[member]
                best = member
        self.best_member = best
        return 0
