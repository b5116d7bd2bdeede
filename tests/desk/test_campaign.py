"""A few worlds of the fault campaign: no book wrong, no order lost, doubled or left open."""

import pytest

from argosy.desk.campaign import FaultCampaign, run_faults
from argosy.errors import ConfigError


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("venue", ["kraken", "okx"])
async def test_nothing_is_lost_or_doubled_in_a_storm(venue: str) -> None:
    told: list[tuple[float, float | None]] = []
    result = await run_faults(venue, 3, 100, lambda done, total=None: told.append((done, total)))
    assert not result.failed, result.failures
    assert result.runs == 3
    assert told[-1] == (3, 3)
    assert result.orders > 5
    assert result.faults > 5
    assert result.faults == sum(result.faults_by_kind.values())
    assert result.books_compared > 5  # how many depends on how busy this machine is


def test_any_defect_is_a_failure() -> None:
    good = FaultCampaign(venue="okx", seed=1)
    assert not good.failed
    for name in ("wrong_books", "lost_orders", "doubled_orders", "unresolved", "unexplained"):
        bad = FaultCampaign(venue="okx", seed=1)
        setattr(bad, name, 1)
        assert bad.failed
    assert FaultCampaign(venue="okx", seed=1, failures=["x"]).failed


async def test_a_venue_the_sandbox_has_not() -> None:
    with pytest.raises(ConfigError, match="there are: kraken, okx"):
        await run_faults("nope", 1, 1, lambda _, __=None: None)
