"""Margin over venues: distances, cushions, and transfers that even it out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.model import MarginSummary, Nanos, VenueId
from argosy.portfolio.holdings import holdings
from argosy.portfolio.margin import overview, suggested, venue_margin
from portfolio.test_holdings import INVERSE, LINEAR, LISTED, PRICE_OF, balance, position

D = Decimal


def summary(venue="okx", equity="10000", initial="2000", least="1000", currency="USD"):
    return MarginSummary(
        venue=VenueId(venue),
        currency=currency,
        equity=D(equity),
        initial_margin=D(initial),
        maintenance_margin=D(least),
        free=D(equity) - D(initial),
        venue_ns=Nanos(1),
        received_ns=Nanos(1),
    )


def test_the_way_to_liquidation():
    positions = [
        position(LINEAR, "60", mark_price=D(50_000), liquidation_price=D(45_000)),
        position(INVERSE, "-1000", mark_price=D(50_000), liquidation_price=D(52_000)),
    ]
    found = venue_margin(summary(), positions, LISTED, PRICE_OF)
    assert found.level == D(10)
    assert [one.distance for one in found.positions] == [D("0.1"), D("0.04")]
    assert found.nearest.instrument == INVERSE.id
    assert found.gross_notional == D(30_000) * D("0.999") + D(10_000)
    assert found.cushion == D(9000) / found.gross_notional


def test_no_positions_no_level():
    found = venue_margin(summary(initial="0", least="0"), [], LISTED, PRICE_OF)
    assert (found.level, found.cushion, found.nearest) == (None, None, None)
    assert venue_margin(summary(currency="XYZ"), [], LISTED, PRICE_OF) is None


def test_a_position_that_is_past_its_price_has_no_way_left():
    positions = [position(LINEAR, "-60", mark_price=D(50_000), liquidation_price=D(49_000))]
    assert venue_margin(summary(), positions, LISTED, PRICE_OF).nearest.distance == 0


def view(*venues, held=(), target="3"):
    found = [venue_margin(one, [], LISTED, PRICE_OF) for one in venues]
    return overview(
        found, holdings(held, PRICE_OF), currency="USD", target_level=D(target), missing=["x"]
    )


def test_transfers_bring_the_needy_to_the_target():
    found = view(
        summary("okx", "2000", "1500", "1000"),
        summary("kraken", "8000", "500", "200"),
        held=[balance("kraken", "USD", "600"), balance("kraken", "BTC", "0.1")],
    )
    assert found.level == D(10_000) / D(1200)
    (move,) = found.moves
    assert (move.source, move.target, move.currency) == ("kraken", "okx", "BTC")
    assert (move.amount, move.value) == (D("0.02"), D(1000))
    assert found.lacking == 0
    assert found.missing == ("x",)


def test_what_no_one_can_give_is_said():
    found = view(
        summary("okx", "1000", "900", "800"),
        summary("kraken", "5000", "500", "200"),
        held=[balance("kraken", "USD", "600"), balance("kraken", "DOGE", "600")],
    )
    assert [(one.currency, one.value) for one in found.moves] == [("USD", D(600))]
    assert found.lacking == D(800)


def test_a_target_at_liquidation_is_refused():
    with pytest.raises(ValueError, match="above 1"):
        view(summary(), target="1")


cents = st.integers(0, 10**7).map(lambda n: D(n) / 100)


@given(
    st.lists(st.tuples(cents, cents, cents), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["USD", "USDT", "BTC"]), cents)),
)
def test_no_one_gives_what_it_needs_itself(rows, held):
    summaries = [
        summary(f"v{number}", equity, min(equity, initial), min(equity, initial, least))
        for number, (equity, initial, least) in enumerate(rows)
    ]
    venues = [venue_margin(one, [], LISTED, PRICE_OF) for one in summaries]
    owned = {(f"v{number}", currency): amount for number, currency, amount in held}
    spare = holdings([balance(*key, amount) for key, amount in owned.items()], PRICE_OF)
    target = D(2)
    moves, lacking = suggested(venues, spare, target)
    equity = {one.venue: one.equity for one in venues}
    given_away: dict[tuple[str, str], D] = {}
    for move in moves:
        assert move.source != move.target
        equity[move.source] -= move.value
        equity[move.target] += move.value
        key = (move.source, move.currency)
        given_away[key] = given_away.get(key, D(0)) + move.amount
    for key, amount in given_away.items():
        assert amount <= owned[key] + D("1e-40")
    for one in venues:
        gave = any(move.source == one.venue for move in moves)
        if gave:
            assert equity[one.venue] >= one.initial_margin
            assert equity[one.venue] >= target * one.maintenance_margin
    short = sum(max(D(0), target * one.maintenance_margin - equity[one.venue]) for one in venues)
    assert abs(short - lacking) <= D("0.05")
