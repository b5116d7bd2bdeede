"""Signs Kraken REST requests. Never keeps a key, never reads a clock.

https://docs.kraken.com/exchange/guides/rest/authentication (2026-11-22)
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable

import msgspec

from argosy.errors import ConfigError
from argosy.model import Credentials, Nanos
from argosy.ports import HttpRequest

FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON = "application/json"

# What a form carries as it is (RFC 3986); every other byte goes as %XX.
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)


def form(fields: Iterable[tuple[str, str]]) -> bytes:
    """Fields as application/x-www-form-urlencoded, in order."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields).encode()


def _quoted(text: str) -> str:
    if _PLAIN_TEXT.fullmatch(text):
        return text  # nearly always
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in text.encode())


def signature(path: str, nonce: int, body: bytes, secret: str) -> str:
    """base64 of HMAC-SHA512(path + SHA256(nonce + body)) under the base64-decoded secret.

    Raises ConfigError when the secret is not base64; the message does not show it.
    """
    try:
        key = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError("the Kraken API secret is not base64: copy it anew") from None
    digest = hashlib.sha256(str(nonce).encode() + body).digest()
    return base64.b64encode(hmac.new(key, path.encode() + digest, hashlib.sha512).digest()).decode()


class KrakenSigner:
    """Puts the nonce into the body, signs, adds headers. `passphrase` is a one-time password."""

    def sign(
        self, request: HttpRequest, credentials: Credentials, now_ns: Nanos, nonce: int
    ) -> HttpRequest:
        """The same request, signed. The nonce comes first in the body, whether form or JSON."""
        del now_ns  # Kraken orders requests by nonce alone
        extra = {"otp": credentials.passphrase} if credentials.passphrase else {}
        content = dict(request.headers).get("content-type", FORM)
        if content == JSON:
            body = _json_body(request.body, nonce, extra)
        else:
            head = form([("nonce", str(nonce)), *extra.items()])
            body = head + b"&" + request.body if request.body else head
        others = tuple(header for header in request.headers if header[0] != "content-type")
        headers = (
            ("content-type", content),
            *others,
            ("API-Key", credentials.key),
            ("API-Sign", signature(request.path, nonce, body, credentials.secret)),
        )
        return msgspec.structs.replace(request, body=body, headers=headers)


def _json_body(body: bytes, nonce: int, extra: dict[str, str]) -> bytes:
    head = msgspec.json.encode({"nonce": nonce, **extra})
    rest = body.strip()
    return head if rest in {b"", b"{}"} else head[:-1] + b"," + rest[1:]
