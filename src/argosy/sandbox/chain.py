"""The networks between venues: transactions that get their confirmations after seeded delays.

No blocks, no keys, no fees: what a venue sees of a chain, and nothing else. Does no I/O.
"""

import hashlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate, count
from random import Random

from argosy.model.time import MILLISECOND

# Between two confirmations, in milliseconds: in the proportions of the real ones, far quicker.
BLOCK_MS = {
    "bitcoin": 1500,
    "dogecoin": 400,
    "ethereum": 100,
    "ripple": 60,
    "tron": 40,
    "solana": 20,
}
KEPT = 20_000  # transactions, the newest
_CONFIRMATIONS = 64  # told of a transaction; more say nothing new
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class Transaction:
    """Funds on their way to an address."""

    def __init__(
        self, tx_id: str, chain: str, currency: str, amount: Decimal, address: str, *, at_ns: int
    ) -> None:
        self.id = tx_id
        self.chain = chain
        self.currency = currency
        self.amount = amount
        self.address = address
        self.at_ns = at_ns
        self._confirmed_ns: list[int] = []

    def mine(self, delays_ns: list[int]) -> None:
        """Lay down when each confirmation comes."""
        self._confirmed_ns = [self.at_ns + passed for passed in accumulate(delays_ns)]

    def confirmations(self, now_ns: int) -> int:
        """How many there are by now."""
        return bisect_right(self._confirmed_ns, now_ns)


class Chain:
    """Every network. Whoever owns an address is told of each transaction to it at once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._owners: dict[tuple[str, str], Callable[[Transaction], None]] = {}
        self.transactions: deque[Transaction] = deque(maxlen=KEPT)
        self._numbers = count(1)

    def own(self, chain: str, address: str, hear: Callable[[Transaction], None]) -> None:
        """Let `hear` know of what is sent to an address."""
        self._owners[chain, address] = hear

    def send(
        self, chain: str, currency: str, amount: Decimal, address: str, now_ns: int
    ) -> Transaction:
        """Broadcast: seen at once, confirmed with time. An address nobody owns is somebody's."""
        seed = f"{chain} {next(self._numbers)} {self._rng.random()}"
        digest = hashlib.sha256(seed.encode()).hexdigest()
        tx_id = f"0x{digest}" if chain == "ethereum" else digest
        sent = Transaction(tx_id, chain, currency, amount, address, at_ns=now_ns)
        block_ns = BLOCK_MS[chain] * MILLISECOND
        sent.mine([round(block_ns * self._rng.uniform(0.5, 1.5)) for _ in range(_CONFIRMATIONS)])
        self.transactions.append(sent)
        hear = self._owners.get((chain, address))
        if hear is not None:
            hear(sent)
        return sent


def address_of(chain: str, owner: str) -> str:
    """An address in the network's shape, always the same for one owner."""
    digest = hashlib.sha256(f"{chain} {owner}".encode()).digest() * 2
    if chain == "bitcoin":
        return "bc1q" + "".join(_BECH32[byte % 32] for byte in digest[:38])
    if chain == "ethereum":
        return "0x" + digest[:20].hex()
    head, length = {"tron": ("T", 33), "ripple": ("r", 33), "dogecoin": ("D", 33)}.get(
        chain, ("", 44)
    )
    return head + "".join(_BASE58[byte % 58] for byte in digest[:length])
