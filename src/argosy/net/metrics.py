"""Counters of feeds and clients for Prometheus, read when it asks: the hot path pays nothing."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from argosy.net.feed import FeedRunner
from argosy.net.http import HttpClient

_FEED_COUNTERS = {
    "connects": "Connections opened",
    "failures": "Attempts to connect that failed",
    "frames": "Frames received",
    "bytes": "Bytes received in frames",
    "sent": "Frames sent",
    "malformed": "Frames that broke the venue's format",
    "gaps": "Times a stream lost continuity",
    "handovers": "Planned reconnects without a gap",
}
_HTTP_COUNTERS = {
    "requests": "Calls made",
    "retries": "Attempts after the first",
    "not_sent": "Attempts of which no byte left",
    "unknown": "Attempts with an unknown outcome",
    "refused": "Answers with an error",
    "malformed": "Answers that broke the venue's format",
}


class NetCollector(Collector):
    """Everything of `argosy.net` that counts, by venue and name. Register it once."""

    def __init__(self) -> None:
        self._feeds: dict[str, FeedRunner] = {}
        self._clients: dict[str, HttpClient] = {}

    def add_feed(self, name: str, feed: FeedRunner) -> None:
        """Show a feed under a name; a feed of the same name is replaced."""
        self._feeds[name] = feed

    def add_client(self, name: str, client: HttpClient) -> None:
        """Show a client under a name; a client of the same name is replaced."""
        self._clients[name] = client

    def remove(self, name: str) -> None:
        """Show it no more."""
        self._feeds.pop(name, None)
        self._clients.pop(name, None)

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Called by Prometheus."""
        labels = ["venue", "name"]
        for field, text in _FEED_COUNTERS.items():
            counter = CounterMetricFamily(f"argosy_feed_{field}", text, labels=labels)
            for name, feed in self._feeds.items():
                counter.add_metric([feed.venue, name], getattr(feed.stats, field))
            yield counter
        ready = GaugeMetricFamily("argosy_feed_ready", "1: every book is in use", labels=labels)
        latency = GaugeMetricFamily(
            "argosy_feed_latency_ms", "Venue to us, moving average", labels=labels
        )
        for name, feed in self._feeds.items():
            ready.add_metric([feed.venue, name], float(feed.ready))
            latency.add_metric([feed.venue, name], feed.stats.latency_ms)
        yield ready
        yield latency
        for field, text in _HTTP_COUNTERS.items():
            counter = CounterMetricFamily(f"argosy_http_{field}", text, labels=labels)
            for name, client in self._clients.items():
                counter.add_metric([client.venue, name], getattr(client.stats, field))
            yield counter
        skew = GaugeMetricFamily("argosy_clock_skew_ms", "Venue's clock minus ours", labels=labels)
        for name, client in self._clients.items():
            skew.add_metric([client.venue, name], client.clock.skew_ns / 1e6)
        yield skew
