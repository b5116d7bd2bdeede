"""The chain itself: blocks, unspent outputs, waiting transactions, a market for fees, and
reorganisations on demand. Speaks no protocol.
"""

import contextlib
from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from argosy.sandbox.bitcoin.encoding import (
    Tx,
    TxOut,
    coinbase,
    header,
    merkle_root,
    serialized,
    sha256d,
    shown,
    txid,
    var_int,
    vsize,
)
from argosy.sandbox.bitcoin.scripts import pay_to

COIN = 100_000_000
SUBSIDY = 50 * COIN
MATURITY = 100  # blocks before new coins can be spent
SPACING_S = 600
START_S = 1_790_000_000
FLOOR = 1  # satoshi a virtual byte
_NONE = "00" * 32
_NEVER = b"\x6a"  # OP_RETURN: what begins with it can be spent by nobody


class Refused(Exception):
    """A transaction that is not taken: Bitcoin Core's code and words for why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ChainSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the chain is made. Small blocks make a market for fees of few transactions."""

    block_vsize: int = 1_000_000
    blocks: int = MATURITY + 10  # to begin with
    miner: str = "miner"


class Coin(msgspec.Struct, frozen=True):
    """An unspent output."""

    out: TxOut
    height: int | None  # None: its transaction waits
    new: bool = False


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block, and what undoes it."""

    hash: str
    parent: str
    height: int
    time_s: int
    nonce: int
    root: str
    txids: tuple[str, ...]
    txs: tuple[Tx, ...]
    header: bytes
    size: int
    stripped_size: int  # without witnesses
    fees: int
    spent: tuple[tuple[tuple[str, int], Coin], ...]

    @property
    def work(self) -> int:
        """All the work below it and in it: 2 a block at this target."""
        return 2 * (self.height + 1)

    @property
    def weight(self) -> int:
        """Bytes, those outside of witnesses four times."""
        return 3 * self.stripped_size + self.size

    @property
    def raw(self) -> bytes:
        """All of its bytes."""
        parts = (self.header, var_int(len(self.txs)), *(serialized(each) for each in self.txs))
        return b"".join(parts)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting transaction."""

    tx: Tx
    txid: str
    fee: int
    vsize: int
    entered_s: int
    height: int

    @property
    def rate(self) -> Decimal:
        """Satoshi a virtual byte."""
        return Decimal(self.fee) / self.vsize


class Chain:
    """One world of blocks. `listeners` are told after each change: ("waiting", added, removed), or
    ("block", block, txs), or ("reorg", ...).
    """

    def __init__(self, settings: ChainSettings | None = None) -> None:
        self.settings = settings or ChainSettings()
        self.best: list[Block] = []
        self.blocks: dict[str, Block] = {}  # also those that were dropped
        self.coins: dict[tuple[str, int], Coin] = {}
        self.pool: dict[str, Waiting] = {}
        self.txs: dict[str, Tx] = {}  # every one that was ever seen
        self.mined_in: dict[str, str] = {}  # txid to the hash of its block of the best chain
        self.time_s = START_S
        self.blocks_told: list[Callable[[Block], None]] = []
        self.reorg_told: list[Callable[[], None]] = []
        self.pool_told: list[Callable[[list[Waiting], list[Waiting]], None]] = []
        self._spent_by: dict[tuple[str, int], str] = {}  # outputs that a waiting one spends
        self._extra = 0  # makes each coinbase another one
        for _ in range(self.settings.blocks + 1):
            self.mine()

    @property
    def tip(self) -> Block:
        """The newest block."""
        return self.best[-1]

    # --- waiting transactions ---------------------------------------------------------------------

    def submit(self, tx: Tx, *, test: bool = False) -> Waiting:
        """Take a transaction into the pool, or say why not. Raises Refused."""
        name = txid(tx)
        if name in self.pool:
            if test:
                raise Refused(-26, "txn-already-in-mempool")
            return self.pool[name]
        if name in self.mined_in:
            raise Refused(-27, "Transaction outputs already in utxo set")
        entry = self._checked(tx, name)
        conflicts = {self._spent_by[place] for place in _places(tx) if place in self._spent_by}
        removed = self.family(conflicts)
        self._check_replacement(entry, removed)
        if test:
            return entry
        for each in removed:
            self._forget(each)
        self._enter(entry)
        for tell in self.pool_told:
            tell([entry], removed)
        return entry

    def _checked(self, tx: Tx, name: str) -> Waiting:
        places = _places(tx)
        if len(set(places)) != len(places):
            raise Refused(-26, "bad-txns-inputs-duplicate")
        coins = [self.coin(place) for place in places]
        if any(coin is None for coin in coins):
            raise Refused(-25, "bad-txns-inputs-missingorspent")
        known = [coin for coin in coins if coin is not None]
        if any(coin.new and len(self.best) - (coin.height or 0) < MATURITY for coin in known):
            raise Refused(-26, "bad-txns-premature-spend-of-coinbase")
        if any(output.value < 0 for output in tx.outputs):
            raise Refused(-26, "bad-txns-vout-negative")
        fee = sum(coin.out.value for coin in known) - sum(out.value for out in tx.outputs)
        if fee < 0:
            raise Refused(-26, "bad-txns-in-belowout")
        size = vsize(tx)
        if fee < FLOOR * size:
            raise Refused(-26, f"min relay fee not met, {fee} < {FLOOR * size}")
        return Waiting(
            tx=tx, txid=name, fee=fee, vsize=size, entered_s=self.time_s, height=self.tip.height
        )

    def _check_replacement(self, entry: Waiting, removed: list[Waiting]) -> None:
        if not removed:
            return
        least = sum(each.fee for each in removed) + FLOOR * entry.vsize
        worst = max(each.rate for each in removed)
        gone = {each.txid for each in removed}
        if (
            entry.fee < least
            or entry.rate <= worst
            or gone & {each.txid for each in entry.tx.inputs}
        ):
            raise Refused(-26, f"insufficient fee, rejecting replacement {entry.txid}")

    def coin(self, place: tuple[str, int]) -> Coin | None:
        """An output that no block has spent, of a block or of what waits."""
        if place in self.coins:
            return self.coins[place]
        entry = self.pool.get(place[0])
        if entry is None or place[1] >= len(entry.tx.outputs):
            return None
        return Coin(entry.tx.outputs[place[1]], None)

    def free(self, place: tuple[str, int]) -> bool:
        """Whether nothing that waits spends an output."""
        return place not in self._spent_by

    def spender(self, place: tuple[str, int]) -> tuple[str, int] | None:
        """Which transaction spends an output, waiting or in a block, and by which of its inputs."""
        names = (
            [self._spent_by[place]]
            if place in self._spent_by
            else [name for block in self.best for name in block.txids]
        )
        for name in names:
            if place in (places := _places(self.txs[name])):
                return name, places.index(place)
        return None

    def output(self, place: tuple[str, int]) -> TxOut | None:
        """Any output that there ever was."""
        tx = self.txs.get(place[0])
        return tx.outputs[place[1]] if tx is not None and place[1] < len(tx.outputs) else None

    def parents(self, entry: Waiting) -> set[str]:
        """What waits and must be mined before it."""
        return {each.txid for each in entry.tx.inputs if each.txid in self.pool}

    def ancestors(self, entry: Waiting) -> list[Waiting]:
        """It, and all that waits and must be mined before it."""
        found = {entry.txid: entry}
        queue = [entry]
        while queue:
            for name in self.parents(queue.pop()):
                if name not in found:
                    found[name] = self.pool[name]
                    queue.append(self.pool[name])
        return list(found.values())

    def family(self, names: Iterable[str]) -> list[Waiting]:
        """These, and all that waits and spends of them."""
        found: dict[str, Waiting] = {}
        queue = sorted(names)
        while queue:
            name = queue.pop()
            if name in found or name not in self.pool:
                continue
            entry = found[name] = self.pool[name]
            for index in range(len(entry.tx.outputs)):
                if (name, index) in self._spent_by:
                    queue.append(self._spent_by[name, index])
        return list(found.values())

    def _enter(self, entry: Waiting) -> None:
        self.pool[entry.txid] = entry
        self.txs[entry.txid] = entry.tx
        self._spent_by.update(dict.fromkeys(_places(entry.tx), entry.txid))

    def _forget(self, entry: Waiting) -> None:
        del self.pool[entry.txid]
        for place in _places(entry.tx):
            del self._spent_by[place]

    # --- blocks -----------------------------------------------------------------------------------

    def template(self) -> list[Waiting]:
        """What a miner takes: what pays best, parents before children, as much as a block holds."""
        chosen: dict[str, Waiting] = {}
        left = self.settings.block_vsize
        for entry in sorted(self.pool.values(), key=lambda each: (-each.rate, each.txid)):
            package = [each for each in self.ancestors(entry) if each.txid not in chosen]
            if sum(each.vsize for each in package) > left:
                continue
            for each in reversed(_sorted_by_parents(self, package)):
                chosen[each.txid] = each
                left -= each.vsize
        return list(chosen.values())

    def mine(self, *, empty: bool = False, to: bytes | None = None) -> Block:
        """Make the next block and tell of it."""
        block = self._connect([] if empty or not self.best else self.template(), to)
        for tell in self.blocks_told:
            tell(block)
        return block

    def _connect(self, entries: list[Waiting], to: bytes | None = None) -> Block:
        height = len(self.best)
        self.time_s = START_S + height * SPACING_S + self._extra % SPACING_S
        self._extra += 1
        fees = sum(each.fee for each in entries)
        reward = TxOut(SUBSIDY + fees, to or pay_to(self.settings.miner))
        paid = [each.tx for each in entries]
        txs = (coinbase(height, self._extra, (reward,), paid), *paid)
        names = tuple(txid(each) for each in txs)
        root = merkle_root(names)
        parent = self.best[-1].hash if self.best else _NONE
        data, nonce = header(parent, root, self.time_s)
        spent = tuple(
            (place, self.coin(place) or Coin(TxOut(0, b""), None))
            for each in entries
            for place in _places(each.tx)
        )
        frame = len(data) + len(var_int(len(txs)))
        block = Block(
            hash=shown(sha256d(data)),
            parent=parent,
            height=height,
            time_s=self.time_s,
            nonce=nonce,
            root=shown(root),
            txids=names,
            txs=txs,
            header=data,
            size=frame + sum(len(serialized(each)) for each in txs),
            stripped_size=frame + sum(len(serialized(each, witness=False)) for each in txs),
            fees=fees,
            spent=spent,
        )
        for each in entries:
            self._forget(each)
        for name, tx in zip(names, txs, strict=True):
            self.txs[name] = tx
            self.mined_in[name] = block.hash
            for index, out in enumerate(tx.outputs):
                if out.script[:1] != _NEVER:
                    self.coins[name, index] = Coin(out, height, tx.is_coinbase)
        for place, _ in spent:
            self.coins.pop(place, None)
        self.best.append(block)
        self.blocks[block.hash] = block
        return block

    def reorganise(self, depth: int, length: int | None = None, *, empty: bool = False) -> None:
        """Drop the last `depth` blocks for a longer branch. What they held waits again, and is
        mined again unless `empty`.
        """
        assert 0 < depth < len(self.best) - MATURITY, "so deep it does not go"
        for _ in range(depth):
            self._disconnect()
        made = [
            self._connect([] if empty else self.template())
            for _ in range(depth + 1 if length is None else length)
        ]
        assert len(made) > depth, "a branch wins by being longer"
        for told in self.reorg_told:
            told()

    def _disconnect(self) -> None:
        block = self.best.pop()
        for name, tx in zip(block.txids, block.txs, strict=True):
            del self.mined_in[name]
            for index in range(len(tx.outputs)):
                self.coins.pop((name, index), None)
        names = set(block.txids)
        for place, coin in block.spent:
            if place[0] not in names:
                self.coins[place] = coin
        for tx, name in zip(block.txs[1:], block.txids[1:], strict=True):
            with contextlib.suppress(Refused):  # it spends coins that are too new again
                self._enter(self._checked(tx, name))
        self._bury()

    def _bury(self) -> None:
        """Forget what spends outputs that are no more."""
        dead = [
            name
            for name, entry in self.pool.items()
            if any(self.coin(place) is None for place in _places(entry.tx))
        ]
        for each in self.family(dead):
            self._forget(each)


def _places(tx: Tx) -> list[tuple[str, int]]:
    return [(each.txid, each.index) for each in tx.inputs]


def _sorted_by_parents(chain: Chain, entries: list[Waiting]) -> list[Waiting]:
    """Children before their parents."""
    found: list[Waiting] = []
    left = {each.txid: each for each in entries}
    while left:
        parents = {name for each in left.values() for name in chain.parents(each)}
        last = [each for each in left.values() if each.txid not in parents]
        found += last
        for each in last:
            del left[each.txid]
    return found
