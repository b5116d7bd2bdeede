"""Whether a text is an address of a chain like Bitcoin's: base58 or bech32, by its own checksum. It
finds typing errors; it does not say whether anybody has the key.

Sources: BIP 173 and BIP 350 (bech32 and bech32m; their examples are in the tests), and
https://en.bitcoin.it/wiki/Base58Check_encoding.
"""

import hashlib

_BASE58 = {
    letter: value
    for value, letter in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_BECH32 = {letter: value for value, letter in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_LONGEST = 90
_OLD, _NEW = 1, 0x2BC830A3  # what the checksum comes to: witness version 0, later ones
_HASH_BYTES = 21  # a version, and the hash of a key or a script
# Networks by the prefix, of Bitcoin and Litecoin; other chains' prefixes tell nothing here.
_NETWORKS = {
    "bc": ("main",),
    "ltc": ("main",),
    "tb": ("test", "testnet4", "signet"),
    "tltc": ("test",),
    "bcrt": ("regtest",),
    "rltc": ("regtest",),
}


def address_of(text: str, network: str = "") -> str:
    """The address as nodes write it. `network`: main, test, signet, regtest; empty: any.

    Raises:
        ValueError: it is no address, mistyped, or of another network.
    """
    if not text.isascii() or not 0 < len(text) <= _LONGEST:
        raise ValueError("an address has up to 90 letters and digits")
    prefix = _bech32(text.lower()) if text in {text.lower(), text.upper()} else ""
    if prefix:
        known = _NETWORKS.get(prefix, ())
        if network and known and network not in known:
            raise ValueError(
                f"{prefix}1... is an address of {' or '.join(known)}, not of {network}"
            )
        return text.lower()
    if not _base58(text):
        raise ValueError("neither base58 nor bech32 with a right checksum: mistyped?")
    return text


def _bech32(text: str) -> str:
    """The prefix of a right address; empty: it is none."""
    prefix, _, rest = text.rpartition("1")
    if not prefix or len(rest) < 8 or any(letter not in _BECH32 for letter in rest):
        return ""
    values = [_BECH32[letter] for letter in rest]
    spread = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    wanted = _NEW if values[0] else _OLD
    return prefix if values[0] <= 16 and _polymod(spread + values) == wanted else ""


def _polymod(values: list[int]) -> int:
    checked = 1
    for value in values:
        top = checked >> 25
        checked = (checked & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate(_GENERATOR):
            checked ^= part if top >> bit & 1 else 0
    return checked


def _base58(text: str) -> bool:
    if any(letter not in _BASE58 for letter in text):
        return False
    number = 0
    for letter in text:
        number = number * 58 + _BASE58[letter]
    zeros = len(text) - len(text.lstrip("1"))
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    body, sum_ = data[:-4], data[-4:]
    return (
        len(body) == _HASH_BYTES
        and hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == sum_
    )
