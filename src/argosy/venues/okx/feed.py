"""OKX's public streams: spreads subscriptions over connections, within the limits of venue.toml."""

from collections.abc import Iterable

from argosy.ports import BookShelf, Channel, FeedPlan, Subscription
from argosy.venues.catalog import VenueInfo
from argosy.venues.okx.market import MarketSession
from argosy.venues.okx.names import Names
from argosy.venues.okx.streams import BUSINESS, PUBLIC, StreamArg, stream_arg, url_of


class OkxFeed:
    """The public streams."""

    def __init__(self, info: VenueInfo, names: Names) -> None:
        self._info = info
        self._names = names

    def plans(self, subscriptions: Iterable[Subscription]) -> list[FeedPlan]:
        """Connections by URL, each with at most so many streams as venue.toml says; subscriptions
        that share one stream (liquidations of a type, greeks of a family) stay together.
        """
        by_url: dict[str, dict[StreamArg, list[Subscription]]] = {PUBLIC: {}, BUSINESS: {}}
        deepest: dict[str, Subscription] = {}
        for subscription in dict.fromkeys(subscriptions):
            if subscription.channel is Channel.BOOK and subscription.instrument is not None:
                known = deepest.get(subscription.instrument)
                if known is None or _deeper(subscription, known):
                    deepest[subscription.instrument] = subscription
                continue
            arg = stream_arg(subscription, self._names)
            by_url[url_of(arg)].setdefault(arg, []).append(subscription)
        for subscription in deepest.values():  # one book per instrument: the deepest asked for
            arg = stream_arg(subscription, self._names)
            by_url[PUBLIC].setdefault(arg, []).append(subscription)
        most = self._info.feed.subscriptions_per_connection
        plans = []
        for url, streams in by_url.items():
            groups = list(streams.values())
            for start in range(0, len(groups), most):
                chunk = [s for group in groups[start : start + most] for s in group]
                plans.append(FeedPlan(url=url, subscriptions=tuple(chunk)))
        return plans

    def session(self, plan: FeedPlan, books: BookShelf) -> MarketSession:
        """The state machine for one public connection."""
        return MarketSession(plan, books, self._names, self._info)


def _deeper(one: Subscription, other: Subscription) -> bool:
    return (one.depth or 400) > (other.depth or 400)
