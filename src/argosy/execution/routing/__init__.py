"""Smart order routing: where to trade a size at the least total cost, and the proof of it."""

from argosy.execution.routing.exact import ExactPool
from argosy.execution.routing.markets import Concentrated, Flat, GeometricMean, Market
from argosy.execution.routing.networks import Network, Routed, route_network
from argosy.execution.routing.placing import Placement, place_at_one
from argosy.execution.routing.plan import (
    Allowance,
    Alternative,
    Constraints,
    Leg,
    LegKind,
    Mode,
    Outcome,
    Queue,
    RoutePlan,
    Top,
    Waiting,
)
from argosy.execution.routing.pools import Range, RangedPool, WeightedPool
from argosy.execution.routing.route import plan_route, replan
from argosy.execution.routing.sources import BookSource, Source, Terms, book_source
from argosy.execution.routing.split import Alone, Part, Proof, Split, split

__all__ = [
    "Allowance",
    "Alone",
    "Alternative",
    "BookSource",
    "Concentrated",
    "Constraints",
    "ExactPool",
    "Flat",
    "GeometricMean",
    "Leg",
    "LegKind",
    "Market",
    "Mode",
    "Network",
    "Outcome",
    "Part",
    "Placement",
    "Proof",
    "Queue",
    "Range",
    "RangedPool",
    "RoutePlan",
    "Routed",
    "Source",
    "Split",
    "Terms",
    "Top",
    "Waiting",
    "WeightedPool",
    "book_source",
    "place_at_one",
    "plan_route",
    "replan",
    "route_network",
    "split",
]
