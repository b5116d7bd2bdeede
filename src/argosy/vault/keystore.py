"""Reads Ethereum's own keystore files (version 3), to import keys from other wallets. Writes none.

Source: the Web3 Secret Storage Definition, ethereum.org, read 2026-11-27; eth_keyfile decrypts.
"""

from typing import Any

import msgspec

from argosy.dialects.evm.signing import address_of
from argosy.errors import ConfigError
from argosy.vault.keyfile import CannotBeOpened
from argosy.vault.secret import Secret

# 128 * n * r is scrypt's memory; geth's standard is n = 2**18, r = 8.
_SCRYPT_MAX_BYTES = 1 << 30
_ITERATIONS_MAX = 10_000_000


def open_keystore(content: bytes, passphrase: Secret) -> Secret:
    """The key of a keystore.

    Raises:
        CannotBeOpened: the passphrase is another, or it is no keystore of version 3.
    """
    from eth_keyfile.keyfile import decode_keyfile_json

    told = _checked(content)
    found: Secret | None = None
    try:
        found = Secret(decode_keyfile_json(told, passphrase.reveal()))
        address = str(told.get("address", "")).lower().removeprefix("0x")
        if address and "0x" + address != address_of(found.reveal()):
            found = None
    except Exception:  # the library has several, and its frames hold the key
        found = None
    if found is None:
        raise CannotBeOpened
    return found


def _checked(content: bytes) -> dict[str, Any]:
    """As JSON, if what it asks of this machine is bearable. Raises CannotBeOpened."""
    try:
        told = msgspec.json.decode(content, type=dict[str, Any])
        crypto: Any = told.get("crypto", told.get("Crypto"))
        params, kdf = crypto["kdfparams"], crypto["kdf"]
        bearable = told.get("version") == 3 and 16 <= int(params["dklen"]) <= 64
        if kdf == "scrypt":
            n, r, p = int(params["n"]), int(params["r"]), int(params["p"])
            bearable = bearable and n > 1 and 1 <= p <= 16 and 0 < 128 * n * r <= _SCRYPT_MAX_BYTES
        else:
            bearable = bearable and kdf == "pbkdf2" and 1 <= int(params["c"]) <= _ITERATIONS_MAX
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError, AttributeError):
        raise CannotBeOpened from None
    except (ConfigError, RecursionError):
        raise CannotBeOpened from None
    if not bearable:
        raise CannotBeOpened
    return told
