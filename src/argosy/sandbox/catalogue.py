"""Which instruments the simulated venues list, in the venues' own increments. No prices."""

from decimal import Decimal

from argosy.model import (
    Instrument,
    InstrumentId,
    InstrumentKind,
    OptionRight,
    Payoff,
    VenueId,
)
from argosy.model.time import DAY, HOUR, Nanos, format_utc
from argosy.sandbox.engine.spec import Spec

D = Decimal

# symbol: (price increment, size increment, least size, least notional, leverage or None)
_KRAKEN = {
    "BTC/USD": ("0.1", "0.00000001", "0.00005", "0.5", "5"),
    "ETH/USD": ("0.01", "0.00000001", "0.001", "0.5", "5"),
    "SOL/USD": ("0.01", "0.00000001", "0.02", "0.5", "4"),
    "XRP/USD": ("0.00001", "0.00000001", "1.65", "0.5", "4"),
    "DOGE/USD": ("0.0000001", "0.00000001", "13", "0.5", "4"),
    "BTC/USDT": ("0.1", "0.00000001", "0.00005", "0.5", "5"),
    "ETH/USDT": ("0.01", "0.00000001", "0.001", "0.5", "5"),
    "SOL/USDT": ("0.01", "0.00000001", "0.02", "0.5", None),
    "BTC/EUR": ("0.1", "0.00000001", "0.00005", "0.45", "5"),
    "ETH/BTC": ("0.00001", "0.00000001", "0.001", "0.00002", "5"),
    "USDT/USD": ("0.00001", "0.00000001", "5", "0.5", "3"),
}
_OKX_SPOT = {
    "BTC/USDT": ("0.1", "0.00000001", "0.00001"),
    "ETH/USDT": ("0.01", "0.000001", "0.0001"),
    "SOL/USDT": ("0.01", "0.000001", "0.001"),
    "XRP/USDT": ("0.0001", "0.000001", "1"),
    "DOGE/USDT": ("0.00001", "0.000001", "10"),
    "ETH/BTC": ("0.00001", "0.000001", "0.0001"),
    "BTC/USDC": ("0.1", "0.00000001", "0.00001"),
    "USDC/USDT": ("0.0001", "0.000001", "1"),
}
# base, quote, settle: (price increment, contract size, size increment)
_OKX_SWAPS = {
    ("BTC", "USDT", "USDT"): ("0.1", "0.01", "0.01"),
    ("ETH", "USDT", "USDT"): ("0.01", "0.1", "0.01"),
    ("SOL", "USDT", "USDT"): ("0.01", "1", "0.01"),
    ("BTC", "USD", "BTC"): ("0.1", "100", "1"),
    ("ETH", "USD", "ETH"): ("0.01", "10", "1"),
}
_OKX_FUTURES = (("BTC", "USDT", "USDT"), ("ETH", "USDT", "USDT"), ("BTC", "USD", "BTC"))
OKX_OPTION_STEPS = (D("0.9"), D(1), D("1.1"))  # strikes around the start price


def kraken_specs() -> list[Spec]:
    """Kraken spot pairs, at its lowest fee tier."""
    specs = []
    for symbol, (tick, lot, least, cost, leverage) in _KRAKEN.items():
        base, quote = symbol.split("/")
        instrument = Instrument(
            id=InstrumentId(f"kraken:{symbol}"),
            venue=VenueId("kraken"),
            venue_symbol=symbol,
            kind=InstrumentKind.SPOT,
            base=base,
            quote=quote,
            price_increment=D(tick),
            size_increment=D(lot),
            min_size=D(least),
            min_notional=D(cost),
            margin=leverage is not None,
            max_leverage=None if leverage is None else D(leverage),
        )
        specs.append(Spec(instrument, maker_rate=D("0.0025"), taker_rate=D("0.0040")))
    return specs


def okx_specs(now_ns: int, btc_usd: Decimal) -> list[Spec]:
    """OKX spot, swaps, dated futures and a few options, at its lowest fee tier."""
    specs = [_okx_spot(symbol, *rules) for symbol, rules in _OKX_SPOT.items()]
    for parts, rules in _OKX_SWAPS.items():
        specs.append(_okx_contract(parts, rules, None))
    expiry = next_quarter(now_ns)
    specs.extend(_okx_contract(parts, _OKX_SWAPS[parts], expiry) for parts in _OKX_FUTURES)
    for step in OKX_OPTION_STEPS:
        strike = (btc_usd * step / 1000).to_integral_value() * 1000
        specs.extend(_okx_option(strike, right, expiry) for right in OptionRight)
    return specs


def next_quarter(now_ns: int) -> Nanos:
    """08:00 UTC of the last Friday of March, June, September or December, a week ahead at least."""
    day = now_ns // DAY + 7
    while True:
        day += 1
        stamp = format_utc(Nanos(day * DAY), 0)
        if day % 7 == 1 and stamp[5:7] in {"03", "06", "09", "12"} and int(stamp[8:10]) > 24:
            later = format_utc(Nanos((day + 7) * DAY), 0)
            if later[5:7] != stamp[5:7]:
                return Nanos(day * DAY + 8 * HOUR)


def code_of(expiry_ns: int) -> str:
    """'261225': how symbols write a date."""
    stamp = format_utc(Nanos(expiry_ns), 0)
    return stamp[2:4] + stamp[5:7] + stamp[8:10]


def _okx_spot(symbol: str, tick: str, lot: str, least: str) -> Spec:
    base, quote = symbol.split("/")
    instrument = Instrument(
        id=InstrumentId(f"okx:{symbol}"),
        venue=VenueId("okx"),
        venue_symbol=f"{base}-{quote}",
        kind=InstrumentKind.SPOT,
        base=base,
        quote=quote,
        price_increment=D(tick),
        size_increment=D(lot),
        min_size=D(least),
        margin=True,
        max_leverage=D(10),
    )
    return Spec(instrument, maker_rate=D("0.0008"), taker_rate=D("0.0010"))


def _okx_contract(
    parts: tuple[str, str, str], rules: tuple[str, str, str], expiry_ns: Nanos | None
) -> Spec:
    (base, quote, settle), (tick, contract, lot) = parts, rules
    tail = "SWAP" if expiry_ns is None else code_of(expiry_ns)
    symbol = f"{base}/{quote}:{settle}" + ("" if expiry_ns is None else f"-{tail}")
    instrument = Instrument(
        id=InstrumentId(f"okx:{symbol}"),
        venue=VenueId("okx"),
        venue_symbol=f"{base}-{quote}-{tail}",
        kind=InstrumentKind.PERPETUAL if expiry_ns is None else InstrumentKind.FUTURE,
        base=base,
        quote=quote,
        settle=settle,
        payoff=Payoff.INVERSE if settle == base else Payoff.LINEAR,
        contract_size=D(contract),
        price_increment=D(tick),
        size_increment=D(lot),
        min_size=D(lot),
        max_leverage=D(100),
        expiry_ns=expiry_ns,
    )
    return Spec(
        instrument,
        maker_rate=D("0.0002"),
        taker_rate=D("0.0005"),
        maintenance_rate=D("0.004"),
        funding_interval_ns=8 * HOUR if expiry_ns is None else 0,
    )


def _okx_option(strike: Decimal, right: OptionRight, expiry_ns: Nanos) -> Spec:
    letter = "C" if right is OptionRight.CALL else "P"
    code = code_of(expiry_ns)
    instrument = Instrument(
        id=InstrumentId(f"okx:BTC/USD:BTC-{code}-{strike:f}-{letter}"),
        venue=VenueId("okx"),
        venue_symbol=f"BTC-USD-{code}-{strike:f}-{letter}",
        kind=InstrumentKind.OPTION,
        base="BTC",
        quote="USD",
        settle="BTC",
        payoff=Payoff.INVERSE,
        contract_size=D("0.01"),
        price_increment=D("0.0001"),
        size_increment=D(1),
        min_size=D(1),
        expiry_ns=expiry_ns,
        strike=strike,
        right=right,
    )
    return Spec(instrument, maker_rate=D("0.0002"), taker_rate=D("0.0003"))
