"""What venue.toml declares is what the code has."""

from collections import Counter
from decimal import Decimal

import msgspec
import pytest

from argosy.books import Checksum
from argosy.errors import ConfigError
from argosy.model import OrderType, SelfTradePrevention, TimeInForce, TriggerSource
from argosy.model.time import parse_utc
from argosy.ports import Channel
from argosy.venues.catalog import CAPABILITIES, Adapter, parse
from argosy.venues.okx import errors
from argosy.venues.okx.algo import _BUILDERS
from argosy.venues.okx.formats import FORMATS, format_at
from argosy.venues.okx.orders import STP
from argosy.venues.okx.streams import BUSINESS, PRIVATE, PUBLIC


def test_declared_is_implemented(okx: Adapter) -> None:
    for name, protocol in CAPABILITIES.items():
        found = getattr(okx, name)
        assert (found is not None) == (name in okx.info.capabilities)
        assert found is None or isinstance(found, protocol)
    assert set(okx.info.orders.types) == {*_BUILDERS, OrderType.MARKET, OrderType.LIMIT}
    assert set(okx.info.orders.time_in_force) == set(TimeInForce) - {TimeInForce.GTD}
    assert set(okx.info.orders.self_trade) == set(STP) == set(SelfTradePrevention)
    assert set(okx.info.orders.triggers) == set(TriggerSource) - {
        TriggerSource.BOOK,
        TriggerSource.MID,
    }
    assert set(okx.info.channels) == set(Channel)


def test_endpoints(okx: Adapter) -> None:
    for environment in ("live", "testnet"):
        roles = okx.info.endpoints[environment]
        assert set(roles.roles) == {"rest", PUBLIC, PRIVATE, BUSINESS}
        assert roles.first(PUBLIC).endswith("/ws/v5/public")
    assert okx.info.headers == {"testnet": {"x-simulated-trading": "1"}}
    assert okx.info.fees == msgspec.structs.replace(okx.info.fees, maker=Decimal("0.0008"))


def test_limits_say_where_they_are_from(okx: Adapter) -> None:
    assert okx.info.buckets["place"].max == 60
    for name, bucket in okx.info.buckets.items():
        assert bucket.kind == "sliding", name
        assert bucket.window_s > 0
        assert bucket.source, name


def test_book_formats_by_date(okx: Adapter) -> None:
    formats = okx.info.formats
    assert format_at(formats, None) is FORMATS["books-seq"]
    assert format_at(formats, parse_utc("2026-06-23T00:00:00Z")) is FORMATS["books-seq"]
    assert format_at(formats, parse_utc("2026-06-22T23:59:59Z")) is FORMATS["books-crc32"]
    assert {form.checksum for form in FORMATS.values()} == {Checksum.OKX}
    with pytest.raises(ConfigError):
        format_at(formats[:1], None)


def test_every_error_code_has_one_meaning() -> None:
    tables = [
        codes
        for name, codes in vars(errors).items()
        if name.startswith("_") and isinstance(codes, tuple)
    ]
    doubled = [c for c, n in Counter(c for table in tables for c in table).items() if n > 1]
    assert doubled == []
    assert all(code.isdigit() and len(code) == 5 for code in errors.CODES)
    assert len(errors.CODES) > 300


def test_a_broken_venue_toml_names_the_file() -> None:
    with pytest.raises(ConfigError, match=r"okx/venue\.toml"):
        parse("[venue]\nid = 1", module="m", where="okx/venue.toml")
