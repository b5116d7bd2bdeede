"""What each venue can do, for the support matrix: read from venue.toml alone."""

from decimal import Decimal

import msgspec

from argosy.errors import Unsupported
from argosy.execution.emulated import Choice, Declared
from argosy.execution.emulated import matrix as matrix_of
from argosy.model import Instrument, OrderType, TriggerSource
from argosy.model.money import plain
from argosy.ports import Channel
from argosy.venues import catalog
from argosy.venues.catalog import VenueInfo


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """One venue's row."""

    id: str
    name: str
    kind: str
    status: str
    instrument_kinds: tuple[str, ...]
    capabilities: tuple[str, ...]
    channels: tuple[str, ...]
    environments: tuple[str, ...]  # besides the sandbox
    order_types: dict[str, str]  # "native", "emulated" or "unsupported"
    time_in_force: tuple[str, ...]
    flags: tuple[str, ...]
    triggers: tuple[str, ...]
    self_trade: tuple[str, ...]
    max_batch: int
    orders_over_stream: bool
    maker_fee_bps: str
    taker_fee_bps: str
    limits: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    docs: str


def matrix(name: str | None = None) -> list[Support]:
    """Every venue that takes orders, or one; ConfigError for a name that is none, Unsupported for
    a protocol.
    """
    found = [catalog.venue(name)] if name else list(catalog.exchanges().values())
    if found[0].kind == catalog.PROTOCOL:
        raise Unsupported(
            f"{name} is a protocol on chains ({', '.join(found[0].capabilities)}) and takes no"
            " orders; see `argosy lend`, `argosy stake` and `argosy nft`"
        )
    return [_row(info) for info in found]


def declared(info: VenueInfo, about: Instrument | None = None) -> Declared:
    """What a venue has, for choosing how an order is had there; of an instrument, also what the
    desk can know: positions of derivatives, and mark and index prices where there are streams.
    """
    derived = about is not None and about.payoff is not None
    prices = [TriggerSource.LAST, TriggerSource.BOOK, TriggerSource.MID]
    if derived and Channel.MARK_PRICE.value in info.channels:
        prices.append(TriggerSource.MARK)
    if about is not None and Channel.INDEX_PRICE.value in info.channels:
        prices.append(TriggerSource.INDEX)
    return Declared(
        prices=tuple(source.value for source in prices),
        positions=derived and "account" in info.capabilities,
        amends=info.orders.amend,
        types=info.orders.types,
        flags=info.orders.flags,
        time_in_force=info.orders.time_in_force,
        triggers=info.orders.triggers,
    )


def order_types(info: VenueInfo) -> dict[OrderType, Choice]:
    """How an order of each type is had at a venue."""
    return matrix_of(declared(info))


def _row(info: VenueInfo) -> Support:
    return Support(
        id=info.id,
        name=info.name,
        kind=info.kind,
        status=info.status,
        instrument_kinds=info.instrument_kinds,
        capabilities=info.capabilities,
        channels=info.channels,
        environments=tuple(info.endpoints),
        order_types={kind.value: choice.how.value for kind, choice in order_types(info).items()},
        time_in_force=info.orders.time_in_force,
        flags=info.orders.flags,
        triggers=info.orders.triggers,
        self_trade=info.orders.self_trade,
        max_batch=info.orders.max_batch,
        orders_over_stream=info.orders.over_stream,
        maker_fee_bps=plain(info.fees.maker * Decimal(10_000)),
        taker_fee_bps=plain(info.fees.taker * Decimal(10_000)),
        limits=tuple(
            f"{name}: {plain(Decimal(str(bucket.max)))}"
            + (
                f" falling {plain(Decimal(str(bucket.decay_per_s)))}/s"
                if bucket.kind == "decay"
                else f" a {plain(Decimal(str(bucket.window_s)))} s"
            )
            for name, bucket in info.buckets.items()
        ),
        jurisdictions=info.jurisdictions,
        docs=info.docs,
    )
