"""Signatures against published and recorded vectors."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from argosy.model import Credentials, Nanos
from argosy.model.time import parse_utc
from argosy.ports import HttpRequest
from argosy.venues.okx.sign import ORDER_DEADLINE_MS, OkxSigner, login_frame, query_text
from venues.okx.samples import CREDENTIALS, NOW

VECTOR = Credentials(key="k", secret="22582BD0CFF14C41EDBF1AB98506286D", passphrase="p")
AT = parse_utc("2020-12-08T09:08:57.715Z")


def signed(request: HttpRequest, credentials: Credentials = VECTOR, at: Nanos = AT) -> HttpRequest:
    return OkxSigner().sign(request, credentials, at, 1)


def test_get_with_query() -> None:
    request = HttpRequest(method="GET", path="/api/v5/account/balance", query=(("ccy", "BTC"),))
    result = signed(request)
    assert dict(result.headers) == {
        "OK-ACCESS-KEY": "k",
        "OK-ACCESS-SIGN": "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
        "OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z",
        "OK-ACCESS-PASSPHRASE": "p",
    }
    assert result.path == "/api/v5/account/balance?ccy=BTC"  # what was signed is what is sent
    assert result.query == ()


def test_post_with_body_carries_a_deadline() -> None:
    order = (
        '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2"}'
    )
    request = HttpRequest(method="POST", path="/api/v5/trade/order", body=order.encode())
    headers = dict(signed(request).headers)
    assert headers["OK-ACCESS-SIGN"] == "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk="
    assert int(headers["expTime"]) == AT // 1_000_000 + ORDER_DEADLINE_MS


def test_cancellations_carry_no_deadline() -> None:
    request = HttpRequest(method="POST", path="/api/v5/trade/cancel-order", body=b"{}")
    assert "expTime" not in dict(signed(request).headers)


def test_login() -> None:
    frame = login_frame(VECTOR, Nanos(1_538_054_050_999_999_999))
    assert json.loads(frame) == {
        "op": "login",
        "args": [
            {
                "apiKey": "k",
                "passphrase": "p",
                "timestamp": "1538054050",
                "sign": "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M=",
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ((), ""),
        ((("a", "1"), ("b", "x,y")), "?a=1&b=x,y"),
        ((("a", "B C/&="),), "?a=B%20C%2F%26%3D"),
    ],
)
def test_query_text(query: tuple[tuple[str, str], ...], text: str) -> None:
    assert query_text(query) == text


def test_every_recorded_signature(recordings: Path) -> None:
    """A peer signed these with a fixed clock: our headers over the same bytes agree."""
    methods = json.loads((recordings / "ccxt/request/okx.json").read_text())["methods"]
    count = 0
    for case in (case for cases in methods.values() for case in cases):
        headers = case.get("headers") or {}
        if "OK-ACCESS-SIGN" not in headers:
            continue
        url = urlsplit(case["url"])
        path = url.path + (f"?{url.query}" if url.query else "")
        body = (case.get("output") or "").encode()
        request = HttpRequest(method=case["httpMethod"], path=path, body=body)
        ours = dict(signed(request, CREDENTIALS, Nanos(NOW)).headers)
        ours.pop("expTime", None)
        assert ours.items() <= headers.items(), case["url"]
        count += 1
    assert count > 200


def test_nothing_of_the_key_shows() -> None:
    assert "secret" not in repr(VECTOR)
    assert vars(OkxSigner()) == {}
