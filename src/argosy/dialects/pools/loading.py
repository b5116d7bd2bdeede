"""Reads a pool's whole state at one block: which questions, and what their answers make. Pure."""

from collections.abc import Sequence
from typing import Any, Protocol

from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.logs import Log
from argosy.dialects.pools import functions as f
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.uniswap_v2.amounts import PairFee
from argosy.dialects.uniswap_v2.side import PairSide
from argosy.dialects.uniswap_v2.tracking import TrackedPair
from argosy.dialects.uniswap_v3.growth import Tick
from argosy.dialects.uniswap_v3.pool import ConcentratedPool, Core
from argosy.dialects.uniswap_v3.side import ConcentratedSide
from argosy.dialects.uniswap_v3.ticks import usable_ticks
from argosy.dialects.uniswap_v3.tracking import TrackedPool
from argosy.dialects.uniswap_v4.pool import ManagedPool, unpacked_fee
from argosy.dialects.uniswap_v4.tracking import TrackedManagedPool
from argosy.errors import WireError
from argosy.model import ContractCall

_WORD = 256  # ticks in a word of the bitmap
NEAR_WORDS = 64  # on either side of the price, first: all that most pools have


class Tracked(Protocol):
    """A pool that follows its logs."""

    address: str

    def apply(self, log: Log) -> Any | None:
        """Take a log in; returns its event, None when it is none of this pool's."""
        ...


class Loading(Protocol):
    """A pool on its way in: ask `calls` of one block, hand their answers to `take`, until done."""

    spec: PoolSpec

    def calls(self) -> Sequence[ContractCall]:
        """What is to be asked next; empty when `tracked` is ready."""
        ...

    def take(self, answers: Sequence[str]) -> None:
        """The answers, in order. Raises WireError where they make no pool."""
        ...

    def tracked(self, block: int) -> Tracked:
        """The pool as it was at the end of this block."""
        ...


def loading(spec: PoolSpec, exchange: Exchange) -> Loading:
    """How a pool is read."""
    if spec.family is Family.V2:
        return _PairLoading(spec, exchange.v2_fee)
    if spec.family is Family.V3:
        return _PoolLoading(spec)
    assert exchange.v4 is not None
    return _ManagedLoading(spec, exchange.v4.state_view)


class _PairLoading:
    def __init__(self, spec: PoolSpec, fee: PairFee) -> None:
        self.spec = spec
        self._fee = fee
        self._reserves: tuple[int, int] | None = None

    def calls(self) -> Sequence[ContractCall]:
        if self._reserves is not None:
            return ()
        return (ContractCall(to=self.spec.address, data=f.GET_RESERVES.data()),)

    def take(self, answers: Sequence[str]) -> None:
        reserve0, reserve1, _ = f.GET_RESERVES.read(answers[0])
        self._reserves = (reserve0, reserve1)

    def tracked(self, block: int) -> Tracked:
        assert self._reserves is not None
        return TrackedPair(
            self.spec.address, fee=self._fee, reserves=self._reserves, block_number=block
        )


class _PoolLoading:
    """A v3 pool: its core, the words of its bitmap near the price, the ticks; then all words,
    should those not explain the liquidity.
    """

    heads: tuple[Function, ...] = (f.SLOT0, f.LIQUIDITY, f.GROWTH0, f.GROWTH1, f.PROTOCOL_FEES)
    word: Function = f.TICK_BITMAP
    tick: Function = f.TICKS

    def __init__(self, spec: PoolSpec) -> None:
        self.spec = spec
        self.to = spec.address
        self.named: tuple[object, ...] = ()  # arguments before all others
        low, high = usable_ticks(spec.spacing)
        self._words = range(_word_of(low, spec.spacing), _word_of(high, spec.spacing) + 1)
        self._core: Core | None = None
        self._asked: list[int] = []
        self._seen: set[int] = set()
        self._missing: list[int] = []  # ticks not read yet
        self._ticks: dict[int, Tick] = {}
        self._pool: ConcentratedPool | None = None
        self._stage = "core"

    def _call(self, function: Function, *values: object) -> ContractCall:
        return ContractCall(to=self.to, data=function.data(*self.named, *values))

    def calls(self) -> Sequence[ContractCall]:
        if self._stage == "core":
            return [self._call(each) for each in self.heads]
        if self._stage == "words":
            return [self._call(self.word, at) for at in self._asked]
        if self._stage == "ticks":
            return [self._call(self.tick, at) for at in self._missing]
        return ()

    def take(self, answers: Sequence[str]) -> None:
        if self._stage == "core":
            self._core = self.read_core(answers)
            here = _word_of(self._core.tick, self.spec.spacing)
            near = range(here - NEAR_WORDS, here + NEAR_WORDS + 1)
            ends = (self._words[0], self._words[-1])
            self._ask([at for at in self._words if at in near or at in ends])
        elif self._stage == "words":
            for at, answer in zip(self._asked, answers, strict=True):
                self._missing += self._in_word(at, self.word.one(answer))
            self._stage = "ticks"
            if not self._missing:
                self._build()
        else:
            for at, answer in zip(self._missing, answers, strict=True):
                gross, net, outside0, outside1, *_ = self.tick.read(answer)
                self._ticks[at] = Tick(gross, net, outside0, outside1)
            self._build()

    def _ask(self, words: list[int]) -> None:
        self._asked = words
        self._seen.update(words)
        self._missing = []
        self._stage = "words"

    def _in_word(self, word: int, bits: int) -> list[int]:
        """The initialised ticks of a word."""
        found = []
        while bits:
            lowest = bits & -bits
            found.append((word * _WORD + lowest.bit_length() - 1) * self.spec.spacing)
            bits ^= lowest
        return found

    def _build(self) -> None:
        assert self._core is not None
        try:
            self._pool = self.make(self._core, dict(sorted(self._ticks.items())))
        except ValueError as e:
            rest = [at for at in self._words if at not in self._seen]
            if not rest:
                raise WireError(f"{self.spec.instrument}: {e}") from e
            self._ask(rest)
        else:
            self._stage = "done"

    def read_core(self, answers: Sequence[str]) -> Core:
        root, tick, _, _, _, shares, _ = f.SLOT0.read(answers[0])
        owed0, owed1 = f.PROTOCOL_FEES.read(answers[4])
        return Core(
            sqrt_price=root,
            tick=tick,
            liquidity=f.LIQUIDITY.one(answers[1]),
            growth0=f.GROWTH0.one(answers[2]),
            growth1=f.GROWTH1.one(answers[3]),
            owed0=owed0,
            owed1=owed1,
            share0=shares % 16,
            share1=shares >> 4,
        )

    def make(self, core: Core, ticks: dict[int, Tick]) -> ConcentratedPool:
        return ConcentratedPool(
            fee=self.spec.fee, spacing=self.spec.spacing, core=core, ticks=ticks
        )

    def tracked(self, block: int) -> Tracked:
        assert self._pool is not None
        return TrackedPool(self.spec.address, self._pool, block_number=block)


class _ManagedLoading(_PoolLoading):
    """A v4 pool, through the view that reads the manager's storage."""

    heads = (f.V4_SLOT0, f.V4_LIQUIDITY, f.V4_GROWTHS)
    word = f.V4_TICK_BITMAP
    tick = f.V4_TICK_INFO

    def __init__(self, spec: PoolSpec, view: str) -> None:
        super().__init__(spec)
        self.to = view
        self.named = (bytes.fromhex(spec.name[2:]),)
        self._fee = spec.fee

    def read_core(self, answers: Sequence[str]) -> Core:
        root, tick, packed, self._fee = f.V4_SLOT0.read(answers[0])
        growth0, growth1 = f.V4_GROWTHS.read(answers[2])
        share0, share1 = unpacked_fee(packed)
        return Core(
            sqrt_price=root,
            tick=tick,
            liquidity=f.V4_LIQUIDITY.one(answers[1]),
            growth0=growth0,
            growth1=growth1,
            share0=share0,
            share1=share1,
        )

    def make(self, core: Core, ticks: dict[int, Tick]) -> ConcentratedPool:
        return ManagedPool(fee=self._fee, spacing=self.spec.spacing, core=core, ticks=ticks)

    def tracked(self, block: int) -> Tracked:
        assert isinstance(self._pool, ManagedPool)
        assert self.spec.key is not None
        return TrackedManagedPool(self.spec.address, self.spec.key, self._pool, block_number=block)


def _word_of(tick: int, spacing: int) -> int:
    return (tick // spacing) >> 8


def side_of(spec: PoolSpec, tracked: Tracked, *, buy: bool) -> PairSide | ConcentratedSide:
    """One side of a pool as books and the router ask for it; right until its next log.

    Raises:
        ValueError: the pool has no price yet.
    """
    if isinstance(tracked, TrackedPair):
        reserves = tracked.reserves if spec.base == 0 else tracked.reserves[::-1]
        return PairSide(*reserves, buy=buy, fee=tracked.fee)
    assert isinstance(tracked, TrackedPool)
    return ConcentratedSide(tracked.pool, base=spec.base, buy=buy)
