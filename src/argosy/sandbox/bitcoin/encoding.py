"""Bitcoin's bytes: transactions, headers, hashes, addresses. Legacy form, without signatures: input
scripts are empty, so that nothing here proves who may spend what.

https://developer.bitcoin.org/reference/transactions.html and .../block_chain.html (2026-11-27)
"""

import functools
import hashlib
import struct
from collections.abc import Sequence

import msgspec

SEQUENCE = 0xFFFFFFFD  # may be replaced (BIP 125)
BITS = 0x207FFFFF  # regtest: every second hash will do
_TARGET = (BITS & 0xFFFFFF) << 8 * ((BITS >> 24) - 3)
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_TEST_KEY_HASH = 0x6F
_MOST = 100_000  # bytes of a transaction, as policy has it


class Undecodable(Exception):
    """These bytes are no transaction."""


class TxIn(msgspec.Struct, frozen=True):
    """What is spent; `coinbase` instead where coins are new."""

    txid: str = "00" * 32
    index: int = 0xFFFFFFFF
    coinbase: bytes = b""
    sequence: int = SEQUENCE


class TxOut(msgspec.Struct, frozen=True):
    """Coins, and the script that guards them."""

    value: int
    script: bytes


class Tx(msgspec.Struct, frozen=True):
    """A transaction."""

    inputs: tuple[TxIn, ...]
    outputs: tuple[TxOut, ...]
    version: int = 2
    locktime: int = 0

    @property
    def is_coinbase(self) -> bool:
        """Whether it makes new coins."""
        return bool(self.inputs[0].coinbase)


def sha256d(data: bytes) -> bytes:
    """SHA-256, twice."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def shown(digest: bytes) -> str:
    """A hash as people and JSON write it: bytes reversed."""
    return digest[::-1].hex()


def var_int(number: int) -> bytes:
    """A count, in 1, 3 or 5 bytes."""
    if number < 0xFD:
        return bytes([number])
    if number <= 0xFFFF:
        return b"\xfd" + struct.pack("<H", number)
    return b"\xfe" + struct.pack("<I", number)


def serialized(tx: Tx) -> bytes:
    """A transaction's bytes."""
    parts = [struct.pack("<i", tx.version), var_int(len(tx.inputs))]
    for each in tx.inputs:
        parts += [bytes.fromhex(each.txid)[::-1], struct.pack("<I", each.index)]
        parts += [var_int(len(each.coinbase)), each.coinbase, struct.pack("<I", each.sequence)]
    parts.append(var_int(len(tx.outputs)))
    for output in tx.outputs:
        parts += [struct.pack("<q", output.value), var_int(len(output.script)), output.script]
    parts.append(struct.pack("<I", tx.locktime))
    return b"".join(parts)


def txid(tx: Tx) -> str:
    """The hash of a transaction's bytes."""
    return shown(sha256d(serialized(tx)))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.place + count > len(self.data):
            raise Undecodable
        self.place += count
        return self.data[self.place - count : self.place]

    def number(self, form: str) -> int:
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def count(self) -> int:
        first = self.take(1)[0]
        if first < 0xFD:
            return first
        return self.number({0xFD: "<H", 0xFE: "<I", 0xFF: "<Q"}[first])


def parsed(data: bytes) -> Tx:
    """A transaction of its bytes, in legacy form. Input scripts are read over, not kept: a coinbase
    cannot be given to a node. Raises Undecodable.
    """
    if len(data) > _MOST:
        raise Undecodable
    reader = _Reader(data)
    version = reader.number("<i")
    inputs, outputs = [], []
    for _ in range(reader.count()):
        spent, index = shown(reader.take(32)), reader.number("<I")
        reader.take(reader.count())
        inputs.append(TxIn(spent, index, b"", reader.number("<I")))
    for _ in range(reader.count()):
        value = reader.number("<q")
        outputs.append(TxOut(value, reader.take(reader.count())))
    locktime = reader.number("<I")
    if not inputs or not outputs or reader.place != len(data):
        raise Undecodable
    return Tx(tuple(inputs), tuple(outputs), version, locktime)


def merkle_root(txids: Sequence[str]) -> bytes:
    """The root over a block's transactions, an odd last one taken twice."""
    row = [bytes.fromhex(each)[::-1] for each in txids]
    while len(row) > 1:
        if len(row) % 2:
            row.append(row[-1])
        row = [sha256d(row[n] + row[n + 1]) for n in range(0, len(row), 2)]
    return row[0]


def header(parent: str, root: bytes, time_s: int) -> tuple[bytes, int]:
    """A header whose hash is under the target, and the nonce that made it so."""
    start = struct.pack("<i", 0x20000000) + bytes.fromhex(parent)[::-1] + root
    start += struct.pack("<II", time_s, BITS)
    nonce = 0
    while int.from_bytes(sha256d(start + struct.pack("<I", nonce)), "little") > _TARGET:
        nonce += 1
    return start + struct.pack("<I", nonce), nonce


# --- addresses ------------------------------------------------------------------------------------


def pay_to(name: str) -> bytes:
    """A script that pays the key hash that goes by this name: nobody has the key."""
    key_hash = hashlib.sha256(name.encode()).digest()[:20]
    return b"\x76\xa9\x14" + key_hash + b"\x88\xac"


@functools.lru_cache(maxsize=10_000)
def address_of(script: bytes) -> str:
    """The address of a script that pays to a key hash, as test networks write it; else empty."""
    if len(script) != 25 or script[:3] != b"\x76\xa9\x14" or script[23:] != b"\x88\xac":
        return ""
    data = bytes([_TEST_KEY_HASH]) + script[3:23]
    data += sha256d(data)[:4]
    number, signs = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        signs = _ALPHABET[digit] + signs
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + signs


def words(script: bytes) -> str:
    """The script in the words of Bitcoin Core."""
    if address_of(script):
        return f"OP_DUP OP_HASH160 {script[3:23].hex()} OP_EQUALVERIFY OP_CHECKSIG"
    return f"OP_RETURN {script[2:].hex()}" if script[:1] == b"\x6a" else script.hex()


def kind(script: bytes) -> str:
    """The kind of script, in the words of Bitcoin Core."""
    if address_of(script):
        return "pubkeyhash"
    return "nulldata" if script[:1] == b"\x6a" else "nonstandard"
