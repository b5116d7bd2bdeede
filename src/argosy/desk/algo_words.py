"""Execution algorithms in words: what may be said of each, and the work that it makes."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal

import msgspec

from argosy.desk.asks import check, distance_in_words
from argosy.execution.algorithms import (
    live_curve,
    participation,
    scale,
    scheduled,
    sniper,
    trajectory,
)
from argosy.execution.emulated import Declared, Emulated, choose
from argosy.execution.emulated.prices import distance, passive_tick
from argosy.execution.measured import Benchmarks
from argosy.execution.work import Market
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    Nanos,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from argosy.model.money import ZERO, parse_decimal
from argosy.model.time import SECOND

SCHEDULE_S = 600.0  # what schedules and participations take where nothing is said
_LONGEST_S = 30 * 86_400
_PARTS_MAX = 5_000
_SCHEDULES = ("twap", "vwap", "shortfall")
_READ_BY = {  # words that not all algorithms read; one that is not read may not be said
    "price": (*_SCHEDULES, "pov", "sniper", "chase"),
    "parts": (*_SCHEDULES, "scale"),
    "jitter": _SCHEDULES,
    "passive": _SCHEDULES,
    "post_only": (*_SCHEDULES, "scale"),
    "curve": ("vwap",),
    "persistence": ("vwap",),
    "risk_aversion": ("shortfall",),
    "volatility": ("shortfall",),
    "temporary": ("shortfall",),
    "permanent": ("shortfall",),
    "rate": ("pov",),
    "max_part": ("pov",),
    "min_size": ("sniper",),
    "first_price": ("scale",),
    "last_price": ("scale",),
    "shape": ("scale",),
    "factor": ("scale",),
    "max_chase": ("chase",),
}


class AlgoAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A large order to be worked, in words. Numbers are decimal strings.

    What an algorithm does not read may not be said to it: a limit that is taken no notice of
    would be a trap.
    """

    algorithm: Literal["twap", "vwap", "shortfall", "pov", "sniper", "scale", "chase"]
    instrument: str
    side: str
    size: str
    over_s: float | None = None  # schedules, pov: 600 where not said; others then have no end
    price: str = ""  # nothing pays more or gets less; empty: market orders. A sniper needs it
    dry_run: bool = False  # only tell what would be sent
    client_id: str = ""
    parts: int = 10  # schedules: orders in all; scale: orders of the ladder
    jitter: str = ""  # schedules: parts begin late by up to this share of their time: "0.3", "30%"
    passive: bool = False  # schedules: a part is offered at the best price before it takes
    post_only: bool = False  # passive schedules, scale: what rests may never take
    curve: tuple[str, ...] = ()  # vwap: the volume of each part, in any unit; empty: from candles
    persistence: str = "0.7"  # vwap: of a part's news, what the next has; 0 keeps to the curve
    # shortfall (Almgren-Chriss): per the time that `volatility` is for, here a day
    risk_aversion: float = 1e-6
    volatility: float = 0.0  # quote units per base unit and square root of a day
    temporary: float = 0.0  # eta: quote units per base unit, at a rate of one base unit a day
    permanent: float = 0.0  # gamma: quote units per base unit squared
    rate: str = ""  # pov: the share of all that is traded, "0.1" or "10%"
    max_part: str = ""  # pov: the largest order; a tenth of the size where not said
    min_size: str = ""  # sniper: how much must be offered; the whole where not said
    first_price: str = ""  # scale: of the ladder
    last_price: str = ""
    shape: Literal["linear", "geometric"] = "linear"  # scale: how sizes go from first to last
    factor: str = "1"  # scale: the last order is so many times the first
    max_chase: str = ""  # chase: how far it follows: "50", "1%" or "20 ticks" from the best price


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What is known where an algorithm is to begin. `volumes`: the usual ones of its parts, where
    no curve was given.
    """

    market: Market
    declared: Declared
    client_id: ClientOrderId
    seed: int
    volumes: Sequence[Decimal] = ()

    @property
    def now_ns(self) -> Nanos:
        """The desk's clock."""
        return self.market.now_ns


def check_words(ask: AlgoAsk) -> None:
    """Refuse what is wrong wherever it begins. ValueError naming the word."""
    for field in msgspec.structs.fields(ask):
        read_by = _READ_BY.get(field.name, (ask.algorithm,))
        if ask.algorithm not in read_by and getattr(ask, field.name) != field.default:
            raise ValueError(f"{field.name} is not for {ask.algorithm}, but {', '.join(read_by)}")
    if ask.post_only and ask.algorithm in _SCHEDULES and not ask.passive:
        raise ValueError("post_only is for schedules that are passive: the others only take")
    if ask.side.lower() not in {"buy", "sell"}:
        raise ValueError(f"side is {ask.side!r}; it must be buy or sell")
    if ask.over_s is not None and not 0 < ask.over_s <= _LONGEST_S:
        raise ValueError(f"over_s is {ask.over_s}; it must be above 0 and at most 30 days")
    if not 1 <= parts_of(ask) <= _PARTS_MAX:
        raise ValueError(f"parts is {parts_of(ask)}; 1 to {_PARTS_MAX}")


def work_of(ask: AlgoAsk, scene: Scene) -> Emulated:
    """The work that an ask describes. ValueError naming the word that cannot be understood, or
    what the venue lacks for it.
    """
    check_words(ask)
    work = _MAKERS[ask.algorithm](ask, scene)
    about = scene.market.about
    # The whole may be larger than an order of the venue's may be: its parts are not.
    check(work.order, msgspec.structs.replace(about, max_size=None))
    _need(work, scene.declared)
    return work.having(created_ns=scene.now_ns)


def parts_of(ask: AlgoAsk) -> int:
    """Into how many parts a schedule goes."""
    return len(ask.curve) if ask.algorithm == "vwap" and ask.curve else ask.parts


def interval_of(ask: AlgoAsk) -> Decimal:
    """Seconds between two parts of a schedule."""
    return Decimal(str(ask.over_s or SCHEDULE_S)) / parts_of(ask)


def _need(work: Emulated, declared: Declared) -> None:
    """Refuse what the venue lacks before anything is sent."""
    wanted = "limit" if work.order.price is not None else "market"
    if wanted not in declared.types:
        raise ValueError(f"the venue has no {wanted} orders")
    takes = work.kind not in {"scale", "chase"}
    if takes and wanted == "limit" and TimeInForce.IOC.value not in declared.time_in_force:
        raise ValueError("the venue has no immediate-or-cancel orders, which this sends")
    if work.order.post_only and "post_only" not in declared.flags:
        raise ValueError("the venue has no post_only")


def _order(
    ask: AlgoAsk, scene: Scene, kind: OrderType, price: Decimal | None, over_s: float | None
) -> PlaceOrder:
    ends = None if over_s is None else Nanos(scene.now_ns + round(over_s * SECOND))
    return PlaceOrder(
        instrument=InstrumentId(ask.instrument),
        client_id=ClientOrderId(ask.client_id) or scene.client_id,
        side=Side(ask.side.lower()),
        type=kind,
        size=parse_decimal(ask.size, "size"),
        price=price,
        time_in_force=TimeInForce.GTC if ends is None else TimeInForce.GTD,
        expire_ns=ends,
        post_only=ask.post_only and ask.algorithm == "scale",
    )


def _limited(ask: AlgoAsk, scene: Scene, over_s: float | None) -> PlaceOrder:
    """At the limit, or at market without one."""
    price = parse_decimal(ask.price, "price") if ask.price else None
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    return _order(ask, scene, kind, price, over_s)


def _share(text: str, name: str) -> Decimal:
    """A share in words: "0.1" or "10%"."""
    if text.endswith("%"):
        return parse_decimal(text[:-1].strip(), name) / 100
    return parse_decimal(text, name)


# --- one for each ---------------------------------------------------------------------------------


def _schedule(ask: AlgoAsk, scene: Scene) -> Emulated:
    shares = _shares(ask, scene)
    plain = scheduled(
        _limited(ask, scene, None),
        shares,
        interval_of(ask),
        ask.algorithm,
        jitter=_share(ask.jitter, "jitter") if ask.jitter else ZERO,
        seed=scene.seed,
        passive=ask.passive,
        post_only=ask.post_only,
    )
    if ask.algorithm != "vwap":
        return plain
    return live_curve(plain, shares, parse_decimal(ask.persistence, "persistence"))


def _shares(ask: AlgoAsk, scene: Scene) -> list[Decimal]:
    """How large each part is, against the others."""
    if ask.algorithm == "vwap":
        return [parse_decimal(volume, "curve") for volume in ask.curve] or list(scene.volumes)
    if ask.algorithm == "twap":
        return [Decimal(1)] * ask.parts
    found = trajectory(
        size=float(parse_decimal(ask.size, "size")),
        periods=ask.parts,
        horizon=(ask.over_s or SCHEDULE_S) / 86_400,
        volatility=ask.volatility,
        risk_aversion=ask.risk_aversion,
        temporary=ask.temporary,
        permanent=ask.permanent,
    )
    done = [ZERO, *(Decimal(repr(round(share, 12))) for share in found.done)]
    return [max(ZERO, after - before) for before, after in pairwise(done)]


def _participation(ask: AlgoAsk, scene: Scene) -> Emulated:
    if not ask.rate:
        raise ValueError('pov needs a rate: the share of all that is traded, like "10%"')
    return participation(
        _limited(ask, scene, ask.over_s or SCHEDULE_S),
        _share(ask.rate, "rate"),
        begin_ns=scene.now_ns,
        max_part=parse_decimal(ask.max_part, "max_part") if ask.max_part else None,
    )


def _sniper(ask: AlgoAsk, scene: Scene) -> Emulated:
    least = parse_decimal(ask.min_size, "min_size") if ask.min_size else None
    return sniper(_limited(ask, scene, ask.over_s), least)


def _scale(ask: AlgoAsk, scene: Scene) -> Emulated:
    if not ask.first_price or not ask.last_price:
        raise ValueError(
            "scale needs first_price and last_price (--from, --to), the ends of its ladder"
        )
    last = parse_decimal(ask.last_price, "last_price")
    return scale(
        _order(ask, scene, OrderType.LIMIT, last, ask.over_s),
        scene.market.about,
        first=parse_decimal(ask.first_price, "first_price"),
        last=last,
        count=ask.parts,
        shape=ask.shape,
        factor=parse_decimal(ask.factor, "factor"),
    )


def _chase(ask: AlgoAsk, scene: Scene) -> Emulated:
    """Pegged to the best price of its side, up to a limit. Worked here even where the venue has the
    type, so that the limit, pauses and restarts are the same everywhere.
    """
    order = _order(ask, scene, OrderType.CHASE, _chase_limit(ask, scene), ask.over_s)
    lacking = tuple(kind for kind in scene.declared.types if kind != OrderType.CHASE.value)
    declared = msgspec.structs.replace(scene.declared, types=lacking)
    chosen = choose(order, declared, now_ns=scene.now_ns)
    if chosen.work is None:
        raise ValueError(chosen.reason)
    return chosen.work.having(marks=Benchmarks())


def _chase_limit(ask: AlgoAsk, scene: Scene) -> Decimal:
    if ask.price:
        return parse_decimal(ask.price, "price")
    away, unit = distance_in_words(ask.max_chase, "max_chase")
    if away is None or away < 0:
        raise ValueError('chase needs a price, or max_chase: how far it follows, like "1%"')
    buying = ask.side.lower() == "buy"
    best, about = scene.market.bid if buying else scene.market.ask, scene.market.about
    if best is None:
        raise ValueError(f"{about.id} has no prices now, from which to chase; give a price")
    far = distance(away, unit, best, about)
    side = Side(ask.side.lower())
    return passive_tick(best + far if buying else best - far, side, about)


_MAKERS: dict[str, Callable[[AlgoAsk, Scene], Emulated]] = {
    "twap": _schedule,
    "vwap": _schedule,
    "shortfall": _schedule,
    "pov": _participation,
    "sniper": _sniper,
    "scale": _scale,
    "chase": _chase,
}
