"""The requests of OKX's trading endpoints: paths, bodies, what they cost. Sends nothing."""

from collections.abc import Mapping, Sequence

import msgspec

from argosy.ports import HttpRequest

BATCH = 20
ALGO_BATCH = 10
# A listing of algo orders names their type; only these two can be asked for together.
ALGO_LISTS = ("conditional,oco", "trigger", "move_order_stop", "iceberg", "twap", "chase")
_TRADE = "/api/v5/trade/"


def post(
    what: str, body: object, cost: Mapping[str, float], *, idempotent: bool = False
) -> HttpRequest:
    """A signed request that places, changes or cancels; cancellations go first."""
    return HttpRequest(
        method="POST",
        path=_TRADE + what,
        headers=(("Content-Type", "application/json"),),
        body=msgspec.json.encode(body),
        signed=True,
        idempotent=idempotent,
        urgent="cancel" in what,
        cost=cost,
    )


def get(
    what: str, query: Sequence[tuple[str, str]], cost: str, *, urgent: bool = False
) -> HttpRequest:
    """A signed request that asks; `urgent` where a cancellation waits for the answer."""
    return HttpRequest(
        method="GET",
        path=_TRADE + what,
        query=tuple(query),
        signed=True,
        urgent=urgent,
        cost={cost: 1},
    )


def add_cost(cost: dict[str, float], bucket: str) -> None:
    """Take one more of a bucket."""
    cost[bucket] = cost.get(bucket, 0) + 1
