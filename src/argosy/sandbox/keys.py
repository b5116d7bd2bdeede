"""The sandbox's API keys. They are public, fixed and worth nothing outside it."""

import base64
import hashlib

import msgspec

from argosy.model import Credentials, Permission

READ = frozenset({Permission.READ})
TRADE = frozenset({Permission.READ, Permission.TRADE})
WITHDRAW = frozenset({Permission.READ, Permission.TRADE, Permission.WITHDRAW, Permission.TRANSFER})


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of one account."""

    label: str  # "trade", "read", "withdraw", "rival"
    account: str
    permissions: frozenset[Permission]
    credentials: Credentials


def sandbox_keys(venue: str) -> dict[str, ApiKey]:
    """The keys of a venue by label: trade, read, withdraw on `desk`; rival trades for `rival`."""
    kinds = {
        "trade": ("desk", TRADE),
        "read": ("desk", READ),
        "withdraw": ("desk", WITHDRAW),
        "rival": ("rival", TRADE),
    }
    return {
        label: ApiKey(
            label=label,
            account=account,
            permissions=permissions,
            credentials=_credentials(venue, label),
        )
        for label, (account, permissions) in kinds.items()
    }


def _credentials(venue: str, label: str) -> Credentials:
    seed = hashlib.sha512(f"argosy sandbox {venue} {label}".encode()).digest()
    if venue == "kraken":  # 56 signs of base64, and a secret of 64 bytes in base64
        secret = hashlib.sha512(seed).digest()
        return Credentials(
            key=base64.b64encode(seed[:42]).decode(), secret=base64.b64encode(secret).decode()
        )
    text = seed.hex()
    key = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))
    return Credentials(key=key, secret=text[32:64].upper(), passphrase="Sandbox-1")  # noqa: S106
