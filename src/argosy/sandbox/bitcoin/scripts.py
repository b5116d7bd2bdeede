"""Scripts that guard coins in the words of Bitcoin Core, and their addresses on regtest. Runs none.

Sources: BIP 173, BIP 350 (addresses of witness programs), BIP 141 and BIP 341 (their scripts);
src/core_write.cpp of Bitcoin Core for the words; read 2026-11-27.
"""

import functools
import hashlib
from collections.abc import Iterator, Sequence

from argosy.sandbox.bitcoin.encoding import sha256d

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WITNESS_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_OLD, _NEW = 1, 0x2BC830A3  # what a checksum comes to: of witness version 0, of later ones
_PREFIX = "bcrt"
_TEST_KEY_HASH, _TEST_SCRIPT_HASH = 0x6F, 0xC4
_NAMES = {
    0x4F: "-1",
    0x6A: "OP_RETURN",
    0x76: "OP_DUP",
    0x87: "OP_EQUAL",
    0x88: "OP_EQUALVERIFY",
    0xA9: "OP_HASH160",
    0xAC: "OP_CHECKSIG",
    0xAE: "OP_CHECKMULTISIG",
} | {0x50 + n: str(n) for n in range(1, 17)}
_NUMBER = 4  # bytes that a push has at most, to be written as a number
_LENGTHS = {0x4C: 1, 0x4D: 2, 0x4E: 4}  # OP_PUSHDATA: bytes of the length that follows
_KINDS = {(0, 20): "witness_v0_keyhash", (0, 32): "witness_v0_scripthash"}
_KINDS[1, 32] = "witness_v1_taproot"


def pay_to(name: str) -> bytes:
    """A script that pays the key hash that goes by this name: nobody has the key."""
    key_hash = hashlib.sha256(name.encode()).digest()[:20]
    return b"\x76\xa9\x14" + key_hash + b"\x88\xac"


def _key_hash(script: bytes) -> bytes:
    fits = len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac"
    return script[3:23] if fits else b""


def _script_hash(script: bytes) -> bytes:
    fits = len(script) == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87"
    return script[2:22] if fits else b""


def _program(script: bytes) -> tuple[int, bytes] | None:
    """A witness program's version and its bytes."""
    if not 4 <= len(script) <= 42 or script[1] != len(script) - 2:
        return None
    if script[0] and not 0x51 <= script[0] <= 0x60:
        return None
    return (script[0] - 0x50 if script[0] else 0), script[2:]


@functools.lru_cache(maxsize=10_000)
def address_of(script: bytes) -> str:
    """The address of a script, as regtest writes it; empty: it has none."""
    if found := _key_hash(script):
        return _base58(bytes([_TEST_KEY_HASH]) + found)
    if found := _script_hash(script):
        return _base58(bytes([_TEST_SCRIPT_HASH]) + found)
    program = _program(script)
    if program is None or (program[0] == 0 and len(program[1]) not in {20, 32}):
        return ""
    return _bech32(*program)


def _base58(data: bytes) -> str:
    data += sha256d(data)[:4]
    number, signs = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        signs = _ALPHABET[digit] + signs
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + signs


def _bech32(version: int, program: bytes) -> str:
    bits = int.from_bytes(program) << -8 * len(program) % 5
    count = (8 * len(program) + 4) // 5
    values = [version, *(bits >> 5 * n & 31 for n in reversed(range(count)))]
    spread = [ord(sign) >> 5 for sign in _PREFIX] + [0] + [ord(sign) & 31 for sign in _PREFIX]
    wanted = _NEW if version else _OLD
    checked = _polymod([*spread, *values, *[0] * 6]) ^ wanted
    values += [checked >> 5 * n & 31 for n in reversed(range(6))]
    return f"{_PREFIX}1" + "".join(_WITNESS_ALPHABET[value] for value in values)


def _polymod(values: Sequence[int]) -> int:
    checked = 1
    for value in values:
        top = checked >> 25
        checked = (checked & 0x1FFFFFF) << 5 ^ value
        for place, part in enumerate(_GENERATOR):
            checked ^= part if top >> place & 1 else 0
    return checked


def words(script: bytes) -> str:
    """The script in the words of Bitcoin Core."""
    return " ".join(_words(script))


def _words(script: bytes) -> Iterator[str]:
    place = 0
    while place < len(script):
        code = script[place]
        place += 1
        if code > 0x4E:
            yield _NAMES.get(code, "OP_UNKNOWN")
            continue
        size = code
        if code in _LENGTHS:
            size = int.from_bytes(script[place : place + _LENGTHS[code]], "little")
            place += _LENGTHS[code]
        if place + size > len(script):
            yield "[error]"
            return
        pushed = script[place : place + size]
        place += size
        yield str(_number(pushed)) if size <= _NUMBER else pushed.hex()


def _number(data: bytes) -> int:
    """A push as a number: the highest bit is the sign."""
    if not data:
        return 0
    size = int.from_bytes(data, "little")
    sign = 0x80 << 8 * (len(data) - 1)
    return -(size ^ sign) if size & sign else size


def kind(script: bytes) -> str:
    """The kind of script, in the words of Bitcoin Core."""
    if _key_hash(script):
        return "pubkeyhash"
    if _script_hash(script):
        return "scripthash"
    if (program := _program(script)) is not None:
        unknown = "nonstandard" if program[0] == 0 else "witness_unknown"
        return _KINDS.get((program[0], len(program[1])), unknown)
    return "nulldata" if script[:1] == b"\x6a" else "nonstandard"
