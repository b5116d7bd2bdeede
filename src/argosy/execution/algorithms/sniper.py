"""An order that shows nothing: it waits until the other side offers enough at its limit."""

from decimal import Decimal

from argosy.execution.emulated.waiting import Waiting
from argosy.execution.measured import Benchmarks
from argosy.model import PlaceOrder


class Sniper(Waiting, frozen=True, kw_only=True, omit_defaults=True, tag="sniper"):
    """A limit order that is kept from the book, and measured. See Waiting."""

    marks: Benchmarks | None = Benchmarks()


def sniper(order: PlaceOrder, min_size: Decimal | None = None) -> Sniper:
    """Wait for `min_size` (None: the whole) at `order.price` or better, until `order.expire_ns`.

    Raises:
        ValueError: no size or limit, or a least size that is none.
    """
    if order.size is None or order.price is None:
        raise ValueError("a sniper needs a size and a limit price")
    if min_size is not None and not 0 < min_size <= order.size:
        raise ValueError(f"min_size is {min_size}; it must be above 0 and at most the size")
    return Sniper(
        id=order.client_id,
        instrument=order.instrument,
        side=order.side,
        size=order.size,
        order=order,
        min_size=min_size,
    )
