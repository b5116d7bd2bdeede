"""Who may do what: API-Sign, nonce, permissions, WebSocket tokens.

https://docs.kraken.com/api/docs/guides/spot-rest-auth (read 2026-11-22)
"""

import base64
import hashlib
import hmac

from argosy.model import Permission
from argosy.model.time import MINUTE
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.kraken.wire import KrakenError
from argosy.sandbox.world import Venue

TOKEN_LIFE_NS = 15 * MINUTE
PERMISSIONS = {
    Permission.READ: (
        "query-funds",
        "query-open-trades",
        "query-closed-trades",
        "query-ledger",
        "create-ws-token",
    ),
    Permission.TRADE: ("modify-trades", "close-trades"),
    Permission.WITHDRAW: ("withdraw-funds", "add-funds"),
    Permission.TRANSFER: (),
}


class Auth:
    """Checks requests; remembers nonces and tokens."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.nonces: dict[str, int] = {}
        self._tokens: dict[str, tuple[ApiKey, int]] = {}
        self._issued = 0

    def check(self, *, key: str, sign: str, path: str, body: bytes, nonce: str) -> ApiKey:
        """The key behind a signed request; raises KrakenError."""
        found = self._venue.key(key)
        if found is None:
            raise KrakenError("EAPI:Invalid key")
        digest = hashlib.sha256(nonce.encode() + body).digest()
        secret = base64.b64decode(found.credentials.secret)
        wanted = hmac.new(secret, path.encode() + digest, hashlib.sha512).digest()
        try:
            given = base64.b64decode(sign, validate=True)
        except ValueError:
            raise KrakenError("EAPI:Invalid signature") from None
        if not hmac.compare_digest(wanted, given):
            raise KrakenError("EAPI:Invalid signature")
        if not nonce.isascii() or not nonce.isdigit() or int(nonce) >= 2**64:
            raise KrakenError("EAPI:Invalid nonce")
        if int(nonce) <= self.nonces.get(key, -1):
            raise KrakenError("EAPI:Invalid nonce")
        self.nonces[key] = int(nonce)
        return found

    def token(self, key: ApiKey) -> str:
        """A WebSocket token, to be used within 15 minutes."""
        self._issued += 1
        seed = f"{key.label} {self._issued} {self._venue.now_ns()}".encode()
        token = base64.b64encode(hashlib.sha256(seed).digest()).decode().rstrip("=")
        now = self._venue.now_ns()
        self._tokens = {t: v for t, v in self._tokens.items() if v[1] > now}
        self._tokens[token] = (key, now + TOKEN_LIFE_NS)
        return token

    def by_token(self, token: str, *, used: bool = False) -> ApiKey:
        """The key behind a token; `used`: the connection already proved it, so age is no matter."""
        found = self._tokens.get(token)
        if found is None or (not used and found[1] <= self._venue.now_ns()):
            raise KrakenError("ESession:Invalid session")
        return found[0]


def require(key: ApiKey, permission: Permission) -> None:
    """Raise 'EGeneral:Permission denied' when the key lacks the permission."""
    if permission not in key.permissions:
        raise KrakenError("EGeneral:Permission denied")
