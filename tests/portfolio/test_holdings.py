"""One account over all venues: worth, exposure, and positions that cancel out."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.model import (
    Balance,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Nanos,
    OptionRight,
    Payoff,
    Position,
    VenueId,
)
from argosy.portfolio.holdings import exposures, holdings, offsets

D = Decimal
PRICES = {"USD": D(1), "USDT": D("0.999"), "BTC": D(50_000)}
PRICE_OF = PRICES.get
AT = Nanos(1)


def balance(venue, currency, total, *, held="0", owed="0", account="trading"):
    return Balance(
        venue=VenueId(venue),
        currency=currency,
        total=D(total),
        free=D(total) - D(held),
        held=D(held),
        borrowed=D(owed),
        account=account,
        venue_ns=AT,
        received_ns=AT,
    )


def swap(venue, symbol, payoff, contract, **more):
    base, _, rest = symbol.partition("/")
    return Instrument(
        id=InstrumentId(f"{venue}:{symbol}"),
        venue=VenueId(venue),
        venue_symbol=symbol,
        base=base,
        quote=rest.partition(":")[0],
        settle=rest.partition(":")[2].partition("-")[0],
        payoff=payoff,
        contract_size=D(contract),
        price_increment=D("0.1"),
        size_increment=D(1),
        **{"kind": InstrumentKind.PERPETUAL, **more},
    )


LINEAR = swap("okx", "BTC/USDT:USDT", Payoff.LINEAR, "0.01")
INVERSE = swap("deribit", "BTC/USD:BTC", Payoff.INVERSE, "10")
OPTION = swap(
    "okx",
    "BTC/USD:BTC-261225-100000-C",
    Payoff.INVERSE,
    "0.01",
    kind=InstrumentKind.OPTION,
    expiry_ns=AT,
    strike=D(100_000),
    right=OptionRight.CALL,
)
LISTED = {one.id: one for one in (LINEAR, INVERSE, OPTION)}


def position(about, size, **more):
    return Position(instrument=about.id, size=D(size), venue_ns=AT, received_ns=AT, **more)


def test_holdings_are_valued_less_what_is_owed():
    found = holdings(
        [
            balance("kraken", "USD", "100"),
            balance("okx", "BTC", "0.5", held="0.1", owed="0.2"),
            balance("okx", "DOGE", "7"),
            balance("okx", "ETH", "0"),
        ],
        PRICE_OF,
    )
    told = [(one.venue, one.currency, one.free, one.value) for one in found]
    assert told == [
        ("okx", "BTC", D("0.4"), D(15_000)),
        ("kraken", "USD", D(100), D(100)),
        ("okx", "DOGE", D(7), None),
    ]


def test_exposure_nets_spot_and_every_kind_of_contract():
    balances = [balance("kraken", "BTC", "1"), balance("okx", "USDT", "1000")]
    positions = [
        position(LINEAR, "-60"),  # 0.6 BTC short
        position(INVERSE, "-1000", mark_price=D(40_000)),  # 10,000 USD at 40,000: 0.25 BTC
        position(OPTION, "5"),
    ]
    found, missing = exposures(balances, positions, LISTED, PRICE_OF)
    btc, usdt = found
    assert (btc.asset, btc.spot, btc.derivatives, btc.net) == (
        "BTC",
        D(1),
        D("-0.85"),
        D("0.15"),
    )
    assert btc.gross == D("1.85")
    assert btc.value == D(7500)
    assert [part.where for part in btc.parts] == ["kraken", LINEAR.id, INVERSE.id]
    assert usdt.value == D(999)
    assert missing == [f"{OPTION.id}: an option's delta is not counted"]


def test_what_is_redeemed_one_to_one_is_one_asset():
    balances = [balance("kraken", "BTC", "1"), balance("uniswap", "XBT", "2")]
    (apart, other), _ = exposures(balances, [], LISTED, PRICE_OF)
    assert {apart.asset, other.asset} == {"BTC", "XBT"}
    (one,), _ = exposures(balances, [], LISTED, PRICE_OF, {"XBT": "BTC"})
    assert (one.asset, one.net) == ("BTC", 3)
    assert [part.where for part in one.parts] == ["kraken", "uniswap"]


def test_what_cannot_be_counted_is_said():
    unlisted = swap("mars", "BTC/USD:USD", Payoff.LINEAR, "1")
    found, missing = exposures(
        [], [position(unlisted, "1"), position(INVERSE, "1")], LISTED, {}.get
    )
    assert found == []
    assert missing == [
        "mars:BTC/USD:USD: not listed, so its size is not known",
        f"{INVERSE.id}: no price to count it by",
    ]


def test_a_long_and_a_short_cancel_out():
    positions = [
        position(LINEAR, "100", initial_margin=D(5000)),  # 1 BTC
        position(INVERSE, "-2000", mark_price=D(50_000), initial_margin=D("0.04")),  # 0.4 BTC
    ]
    (one,) = offsets(positions, LISTED, PRICE_OF)
    assert (one.long, one.long_size) == (LINEAR.id, D(40))
    assert (one.short, one.short_size) == (INVERSE.id, D(2000))
    assert one.base == D("0.4")
    assert one.margin_freed == (("USDT", D(2000)), ("BTC", D("0.04")))


@given(st.lists(st.tuples(st.sampled_from([LINEAR, INVERSE]), st.integers(-500, 500)), max_size=6))
def test_offsets_never_close_more_than_there_is(sizes):
    positions = [position(about, size, mark_price=D(50_000)) for about, size in sizes]
    closed: dict[str, D] = {}
    for one in offsets(positions, LISTED, PRICE_OF):
        closed[one.long] = closed.get(one.long, D(0)) + one.long_size
        closed[one.short] = closed.get(one.short, D(0)) - one.short_size
        long, short = LISTED[one.long], LISTED[one.short]
        price = D(50_000)
        apart = long.base_size(one.long_size, price) - short.base_size(one.short_size, price)
        assert abs(apart) <= D("0.01")  # a contract of either
    for instrument, size in closed.items():
        sign = 1 if size > 0 else -1
        there = sum(p.size for p in positions if p.instrument == instrument and p.size * sign > 0)
        assert abs(size) <= abs(there)
