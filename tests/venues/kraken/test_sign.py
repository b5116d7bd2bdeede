import base64
import json

import pytest

from argosy.errors import ConfigError
from argosy.model import Credentials
from argosy.venues.kraken import rest
from argosy.venues.kraken.sign import KrakenSigner, signature
from venues.kraken.samples import NOW

SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
CREDENTIALS = Credentials(key="key", secret=SECRET)


def test_the_published_vector() -> None:
    """https://docs.kraken.com/exchange/guides/rest/authentication"""
    fields = [
        ("ordertype", "limit"),
        ("pair", "XBTUSD"),
        ("price", "37500"),
        ("type", "buy"),
        ("volume", "1.25"),
    ]
    signed = KrakenSigner().sign(rest.private("AddOrder", fields), CREDENTIALS, NOW, 1616492376594)
    headers = dict(signed.headers)
    assert signed.body == (
        b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    )
    assert headers["API-Key"] == "key"
    assert headers["API-Sign"] == (
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    )


def test_a_form_without_fields_is_the_nonce_alone() -> None:
    signed = KrakenSigner().sign(rest.private("BalanceEx"), CREDENTIALS, NOW, 7)
    assert signed.body == b"nonce=7"


def test_json_bodies_get_the_nonce_first_and_are_signed_as_sent() -> None:
    request = rest.private_json("CancelOrderBatch", {"orders": ["A"]}, cost={})
    signed = KrakenSigner().sign(request, CREDENTIALS, NOW, 7)
    assert signed.body == b'{"nonce":7,"orders":["A"]}'
    assert dict(signed.headers)["content-type"] == "application/json"
    assert dict(signed.headers)["API-Sign"] == signature(request.path, 7, signed.body, SECRET)


def test_a_one_time_password_is_sent_in_either_form() -> None:
    credentials = Credentials(key="key", secret=SECRET, passphrase="123456")
    form = KrakenSigner().sign(rest.private("BalanceEx"), credentials, NOW, 7)
    body = KrakenSigner().sign(rest.private_json("X", {}, cost={}), credentials, NOW, 7).body
    assert form.body == b"nonce=7&otp=123456"
    assert json.loads(body) == {"nonce": 7, "otp": "123456"}


def test_a_secret_that_is_no_base64_is_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        KrakenSigner().sign(
            rest.private("BalanceEx"), Credentials(key="k", secret="not base64!"), NOW, 1
        )
    assert "not base64!" not in str(caught.value)
    assert base64.b64encode(b"not base64!").decode() not in str(caught.value)
