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
        )
        if cython.compiled:
            doubles: cython.double[::1] = self.stores[0]
            self.factors = cython.address(doubles[0])
            doubles = self.stores[1]
            self.heads = cython.address(doubles[0])
            flags: cython.uchar[::1] = self.stores[2]
            self.active = cython.address(flags[0])
        else:
            self.factors, self.heads, self.active = self.stores

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
        queues = []
        heads = []
        member: cython.int
        for member in range(self.members):
            if not self.active[member]:
                continue
            book: VenueBook = self.books[member]
            side: Ladder = book.bids if self.bids else book.asks
            levels = side.levels(limit)
            if levels:
                queues.append((member, levels, self.factors[member]))
        count: cython.int = len(queues)
        places = [0] * count
        heads = [self._key(queue[1][0][0], queue[2]) for queue in queues]
        k: cython.int
        best: cython.int
        lowest: cython.double
        head: cython.double
        wanted: cython.int = limit * count if each else limit
        while len(found) < wanted:
            best = -1
            lowest = NOTHING
            for k in range(count):
                head = heads[k]
                if head < lowest:
                    lowest = head
                    best = k
            if best < 0:
                return found
            member, levels, factor = queues[best]
            place = places[best]
            price, size = levels[place]
            found.append((member, price, size))
            place += 1
            places[best] = place
            heads[best] = (
                self._key(levels[place][0], factor) if place < len(levels) else float("inf")
            )
        return found

    def _key(self, price: int, factor: float) -> float:
        return -price * factor if self.bids else price * factor

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
