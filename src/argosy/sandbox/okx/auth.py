"""Who signed a request: keys, signatures over the bytes as they came, times, permissions.

Source: https://www.okx.com/docs-v5/en/#overview-rest-authentication (read 2026-11-22).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from argosy.model.time import SECOND, parse_utc
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.okx.args import Args
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.world import Venue

SKEW_NS = 30 * SECOND
LOGIN_PATH = "/users/self/verify"
_HEADERS = (
    ("OK-ACCESS-KEY", "50103"),
    ("OK-ACCESS-PASSPHRASE", "50104"),
    ("OK-ACCESS-SIGN", "50106"),
    ("OK-ACCESS-TIMESTAMP", "50107"),
)


def sign(secret: str, timestamp: str, method: str, path: str, body: str) -> str:
    """Base64 of HMAC-SHA256 over timestamp + METHOD + path with query + body."""
    text = f"{timestamp}{method}{path}{body}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), text, hashlib.sha256)).decode()


def _well_formed(key: str) -> bool:
    return key.count("-") == 4 and len(key) == 36


def authenticate(
    venue: Venue, headers: Mapping[str, str], method: str, path: str, body: str
) -> ApiKey:
    """The key that signed a request; `path` is raw, with its query. Fault 501xx otherwise."""
    for name, code in _HEADERS:
        if not headers.get(name):
            raise Fault(code)
    name, phrase, signature, timestamp = (headers[name] for name, _ in _HEADERS)
    key = venue.key(name)
    if key is None:
        raise Fault("50119" if _well_formed(name) else "50111")
    try:
        at_ns = int(parse_utc(timestamp))
    except ValueError:
        raise Fault("50112") from None
    if abs(venue.now_ns() - at_ns) > SKEW_NS:
        raise Fault("50102")
    if key.credentials.passphrase != phrase:
        raise Fault("50105")
    expected = sign(key.credentials.secret, timestamp, method, path, body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Fault("50113")
    return key


def login(venue: Venue, args: Args) -> ApiKey:
    """The key of a WebSocket login; Fault 600xx otherwise."""
    timestamp = args.text("timestamp")
    if not timestamp.partition(".")[0].isdecimal():
        raise Fault("60004")
    key = venue.key(args.text("apiKey"))
    if key is None:
        raise Fault("60032" if _well_formed(args.text("apiKey")) else "60005")
    seconds = int(timestamp.partition(".")[0])
    if abs(venue.now_ns() - seconds * SECOND) > SKEW_NS:
        raise Fault("60006")
    if key.credentials.passphrase != args.text("passphrase"):
        raise Fault("60024")
    expected = sign(key.credentials.secret, timestamp, "GET", LOGIN_PATH, "")
    if not hmac.compare_digest(expected.encode(), args.text("sign").encode()):
        raise Fault("60007")
    return key
