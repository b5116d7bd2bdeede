"""OpenSea's authentication: a key in a header, for every request.

Source: https://docs.opensea.io/reference/api-keys (2026-11-27).
"""

from msgspec.structs import replace

from argosy.model import Credentials, Nanos
from argosy.ports import HttpRequest


class OpenSeaSigner:
    """Adds `x-api-key`."""

    def sign(
        self, request: HttpRequest, credentials: Credentials, now_ns: Nanos, nonce: int
    ) -> HttpRequest:
        """The request with the key; neither time nor nonce is asked for."""
        del now_ns, nonce
        return replace(request, headers=(*request.headers, ("x-api-key", credentials.key)))
