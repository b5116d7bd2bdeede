"""How OKX wants requests and logins signed. Pure: the time comes in, secrets never leave.

https://www.okx.com/docs-v5/en/#overview-rest-authentication (read 2026-11).
"""

import base64
import hashlib
import hmac

import msgspec

from argosy.model import Credentials, Nanos
from argosy.model.time import SECOND, format_utc, to_ms
from argosy.ports import HttpRequest

ORDER_DEADLINE_MS = 10_000  # an order that reaches the venue later than this is refused, not placed
_DATED = frozenset(
    {
        "/api/v5/trade/order",
        "/api/v5/trade/batch-orders",
        "/api/v5/trade/amend-order",
        "/api/v5/trade/amend-batch-orders",
    }
)


_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~,")


def _escaped(text: str) -> str:
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in text.encode())


def query_text(query: tuple[tuple[str, str], ...]) -> str:
    """The query as it is signed and sent: '?a=b&c=d', or ''. Commas stay as they are."""
    if not query:
        return ""
    return "?" + "&".join(f"{_escaped(k)}={_escaped(v)}" for k, v in query)


def signature(secret: str, text: bytes) -> str:
    """Base64 of the HMAC-SHA256 of `text`."""
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def login_frame(credentials: Credentials, now_ns: Nanos) -> str:
    """The login operation of a private stream; the time in it is in unix seconds."""
    at = str(now_ns // SECOND)
    args = {
        "apiKey": credentials.key,
        "passphrase": credentials.passphrase,
        "timestamp": at,
        "sign": signature(credentials.secret, f"{at}GET/users/self/verify".encode()),
    }
    return msgspec.json.encode({"op": "login", "args": [args]}).decode()


class OkxSigner:
    """Signs by headers over time, method, path with query, and body. OKX takes 30 s of skew."""

    def sign(
        self,
        request: HttpRequest,
        credentials: Credentials,
        now_ns: Nanos,
        nonce: int,  # noqa: ARG002  OKX has no nonce
    ) -> HttpRequest:
        """The same request with OKX's headers; its query moves into the path, as the exact text
        that was signed. Requests that place or change orders also get `expTime`:
        https://www.okx.com/docs-v5/en/#order-book-trading-trade-post-place-order
        """
        at = format_utc(now_ns, 3)
        path = request.path + query_text(request.query)
        text = f"{at}{request.method}{path}".encode()
        headers = [
            *request.headers,
            ("OK-ACCESS-KEY", credentials.key),
            ("OK-ACCESS-SIGN", signature(credentials.secret, text + request.body)),
            ("OK-ACCESS-TIMESTAMP", at),
            ("OK-ACCESS-PASSPHRASE", credentials.passphrase),
        ]
        if request.method == "POST" and request.path in _DATED:
            headers.append(("expTime", str(to_ms(now_ns) + ORDER_DEADLINE_MS)))
        return msgspec.structs.replace(request, path=path, query=(), headers=tuple(headers))
