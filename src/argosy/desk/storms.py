"""What campaigns share: what is traded, how impatient the desk is, and the faults thrown at it."""

from argosy.model import InstrumentId
from argosy.net.feed import FeedSettings
from argosy.net.http import HttpSettings
from argosy.sandbox.faults import FaultKind, FaultPlan, Faults

INSTRUMENTS = {"kraken": InstrumentId("kraken:BTC/USD"), "okx": InstrumentId("okx:BTC/USDT")}
FEED = FeedSettings(
    backoff_s=0.02,
    backoff_max_s=0.2,
    connect_timeout_s=2.0,
    ready_timeout_s=5.0,
    command_timeout_s=1.0,
    tick_s=0.25,
)
HTTP = HttpSettings(timeout_s=2.0, connect_timeout_s=1.0, backoff_s=0.02, backoff_max_s=0.2)
_FRAMES = {
    FaultKind.DROP: 0.03,
    FaultKind.DUPLICATE: 0.03,
    FaultKind.TRUNCATE: 0.01,
    FaultKind.OVERSIZE: 0.003,
    FaultKind.DISCONNECT: 0.005,
}
_REQUESTS = (
    FaultKind.REQUEST_LOST,
    FaultKind.ANSWER_LOST,
    FaultKind.HTTP_ERROR,
    FaultKind.HTTP_ERROR_AFTER,
    FaultKind.RATE_LIMITED,
)
# A changed digit passes unseen where a format has no checksum (OKX since 2026-06): TCP and TLS
# guard against it there, so it is only thrown at books that can notice.
_CORRUPTIBLE = {"kraken": "out book"}


def storm(faults: Faults, venues: tuple[str, ...], strength: float = 1.0) -> None:
    """Throw every fault at frames, connections and requests; `strength` scales all rates."""
    for kind, rate in _FRAMES.items():
        faults.add(
            FaultPlan(kind=kind, rate=rate * strength, operation="out *", oversize_bytes=24 * 2**20)
        )
    for venue in venues:
        if venue in _CORRUPTIBLE:
            faults.add(
                FaultPlan(
                    kind=FaultKind.CORRUPT,
                    rate=0.01 * strength,
                    venue=venue,
                    operation=_CORRUPTIBLE[venue],
                )
            )
    faults.add(FaultPlan(kind=FaultKind.LATE, rate=0.03 * strength, delay_ms=80.0))
    for kind in _REQUESTS:
        faults.add(FaultPlan(kind=kind, rate=0.04 * strength))
