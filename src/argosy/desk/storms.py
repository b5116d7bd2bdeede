"""Faults that a simulated venue throws while a campaign trades."""

from argosy.sandbox.faults import FaultKind, FaultPlan, Faults

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
