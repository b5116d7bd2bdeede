"""What Prometheus reads."""

from prometheus_client import CollectorRegistry, generate_latest

from argosy.net.metrics import NetCollector
from net.running import Running
from net.test_http import client


async def test_counters_are_shown_by_venue_and_name():
    registry = CollectorRegistry()
    collector = NetCollector()
    registry.register(collector)
    it = Running("ws://127.0.0.1:1/")
    it.runner.stats.frames = 7
    http = client("http://127.0.0.1:1")
    http.stats.requests = 3
    collector.add_feed("books", it.runner)
    collector.add_client("rest", http)
    text = generate_latest(registry).decode()
    assert 'argosy_feed_frames_total{name="books",venue="test"} 7.0' in text
    assert 'argosy_feed_ready{name="books",venue="test"} 0.0' in text
    assert 'argosy_http_requests_total{name="rest",venue="test"} 3.0' in text
    collector.remove("books")
    collector.remove("rest")
    assert 'venue="test"' not in generate_latest(registry).decode()
