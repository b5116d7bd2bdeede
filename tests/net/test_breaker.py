"""Hosts that fail are left alone and probed; retries stay a share of requests."""

from argosy.model.time import SECOND
from argosy.net.breaker import Breaker, RetryBudget


def test_it_opens_probes_and_closes():
    breaker = Breaker(threshold=3, cool_s=1, cool_max_s=4)
    for at in range(3):
        assert breaker.allows(at)
        breaker.failed(at)
    assert breaker.open
    assert not breaker.allows(SECOND // 2)
    assert breaker.allows(2 * SECOND)
    assert not breaker.allows(2 * SECOND)  # one probe at a time
    breaker.failed(2 * SECOND)
    assert not breaker.allows(3 * SECOND)  # the pause has doubled
    assert breaker.allows(4 * SECOND)
    breaker.succeeded()
    assert not breaker.open
    assert breaker.allows(4 * SECOND)


def test_pauses_double_up_to_a_limit():
    breaker = Breaker(threshold=1, cool_s=1, cool_max_s=4)
    now, pauses = 0, []
    breaker.failed(now)
    for _ in range(5):
        before = now
        while not breaker.allows(now):
            now += SECOND // 4
        pauses.append((now - before) / SECOND)
        breaker.failed(now)
    assert pauses == [1, 2, 4, 4, 4]


def test_retries_are_a_share_of_requests():
    budget = RetryBudget(share=0.1, burst=3)
    retries = 0
    for _ in range(1_000):
        budget.request()
        retries += budget.retry()
    assert 95 <= retries <= 105
