"""The instruments, tick bands and position tiers that OKX publishes. Static but for the state."""

from decimal import Decimal

from argosy.model import InstrumentKind, InstrumentStatus, OptionRight
from argosy.model.money import plain
from argosy.model.time import DAY
from argosy.sandbox.engine import Listing
from argosy.sandbox.okx import names
from argosy.sandbox.okx.args import Row, ms
from argosy.sandbox.okx.names import Names

_STATES = {
    InstrumentStatus.SUSPENDED: "suspend",
    InstrumentStatus.CANCEL_ONLY: "suspend",
    InstrumentStatus.EXPIRED: "expired",
    InstrumentStatus.PREOPEN: "preopen",
    InstrumentStatus.POST_ONLY: "post_only",
}
LISTED_MS = "1611916828000"
_MOST = {"SPOT": "10000000", "MARGIN": "10000000"}


def group_of(listing: Listing) -> str:
    """The trading fee group within an instType."""
    instrument = listing.spec.instrument
    dollars = {"USDT": "1", "USDC": "2"} if listing.spec.is_spot else {"USDT": "2", "USDC": "3"}
    money = instrument.quote if listing.spec.is_spot else instrument.settle or ""
    return dollars.get(money, "2" if listing.spec.is_spot else "1")


def row(table: Names, listing: Listing, inst_type: str) -> Row:
    """GET /public/instruments; `inst_type` MARGIN and SPOT show one listing in two ways.

    Source: https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments (2026-11-22).
    """
    spec = listing.spec
    instrument = spec.instrument
    kind = inst_type or names.type_of(spec)
    spot, option = spec.is_spot, instrument.kind is InstrumentKind.OPTION
    contract = not spot
    linear = instrument.settle == instrument.quote
    most = _MOST.get(kind, "100000000")
    lever = instrument.max_leverage if kind != "SPOT" and not option else None
    value = spec.contract_size
    return {
        "alias": "quarter" if instrument.kind is InstrumentKind.FUTURE else "",
        "auctionEndTime": "",
        "baseCcy": instrument.base if spot else "",
        "category": "1",
        "contTdSwTime": LISTED_MS if spot else "",
        "ctMult": "" if spot else plain(value if option else Decimal(1)),
        "ctType": "" if spot or option else ("linear" if linear else "inverse"),
        "ctVal": "" if spot else ("1" if option else plain(value)),
        "ctValCcy": "" if spot else (instrument.base if linear or option else instrument.quote),
        "elp": "0",
        "expTime": ms(instrument.expiry_ns),
        "floatPxLmtPct": "",
        "freq": "",
        "futureSettlement": False,
        "groupId": group_of(listing),
        "initPxLmtPct": "",
        "instCategory": "1",
        "instFamily": names.family_of(spec) if contract else "",
        "instId": instrument.venue_symbol,
        "instIdCode": table.codes[instrument.venue_symbol],
        "instType": kind,
        "lever": "" if lever is None else plain(lever),
        "listTime": LISTED_MS,
        "lotSz": plain(instrument.size_increment),
        "maxIcebergSz": f"{most}.0000000000000000",
        "maxLmtAmt": "20000000",
        "maxLmtSz": most,
        "maxMktAmt": "1000000" if spot else "",
        "maxMktSz": "1000000" if spot else "30000",
        "maxPlatOILmt": "",
        "maxPxLmtPct": "",
        "maxStopSz": "1000000" if spot else "30000",
        "maxTriggerSz": f"{most}.0000000000000000",
        "maxTwapSz": f"{most}.0000000000000000",
        "method": "",
        "minSz": plain(instrument.min_size or instrument.size_increment),
        "openType": "call_auction" if spot else "",
        "optType": "" if not option else ("C" if instrument.right is OptionRight.CALL else "P"),
        "posLmtAmt": "",
        "posLmtPct": "",
        "preMktSwTime": "",
        "quoteCcy": instrument.quote if spot else "",
        "ruleType": "normal",
        "seriesId": "",
        "settleCcy": instrument.settle or "",
        "state": _STATES.get(listing.status, "live"),
        "stk": "" if instrument.strike is None else plain(instrument.strike),
        "tickSz": plain(instrument.price_increment),
        "tradeQuoteCcyList": [instrument.quote] if spot else [],
        "uly": names.family_of(spec) if contract else "",
        "upcChg": [],
    }


def tick_bands(table: Names, family: str) -> list[Row]:
    """GET /public/instrument-tick-bands: one band, since the sandbox's options have one tick."""
    options = table.of_type("OPTION", family)
    families = {names.family_of(listing.spec): listing for listing in options}
    return [
        {
            "instType": "OPTION",
            "instFamily": name,
            "tickBand": [
                {
                    "minPx": "0",
                    "maxPx": "100",
                    "tickSz": plain(listing.spec.instrument.price_increment),
                }
            ],
        }
        for name, listing in families.items()
    ]


def tiers(listing: Listing, inst_type: str) -> list[Row]:
    """GET /public/position-tiers: one tier at the engine's rate and highest leverage."""
    spec = listing.spec
    lever = spec.max_leverage
    spot = inst_type == "MARGIN"
    return [
        {
            "baseMaxLoan": "100" if spot else "",
            "imr": plain(round(1 / lever, 6)),
            "instFamily": "" if spot else names.family_of(spec),
            "instId": spec.instrument.venue_symbol,
            "maxLever": plain(lever),
            "maxSz": "100000000",
            "minSz": "0",
            "mmr": plain(spec.maintenance_rate),
            "optMgnFactor": "0",
            "quoteMaxLoan": "1000000" if spot else "",
            "tier": "1",
            "uly": "" if spot else names.family_of(spec),
        }
    ]


def expired(listing: Listing, now_ns: int) -> bool:
    """Whether a dated instrument is over for more than a day."""
    expiry = listing.spec.instrument.expiry_ns
    return expiry is not None and expiry + DAY < now_ns
