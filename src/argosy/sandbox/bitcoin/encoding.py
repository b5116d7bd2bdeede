"""Bitcoin's bytes: transactions, headers, hashes. Scripts of inputs and witnesses are kept, and run
by nobody: nothing here proves who may spend what.

https://developer.bitcoin.org/reference/transactions.html and .../block_chain.html; BIP 141, 144 and
34 for witnesses and the height in a coinbase (2026-11-27)
"""

import hashlib
import struct
from collections.abc import Sequence

import msgspec

SEQUENCE = 0xFFFFFFFD  # may be replaced (BIP 125)
BITS = 0x207FFFFF  # regtest: every second hash will do
_TARGET = (BITS & 0xFFFFFF) << 8 * ((BITS >> 24) - 3)
_MARKER = b"\x00\x01"  # in place of the count of inputs: witnesses follow the outputs
_COMMITMENT = bytes.fromhex("6a24aa21a9ed")
_MOST = 100_000  # bytes of a transaction, as policy has it


class Undecodable(Exception):
    """These bytes are no transaction."""


class TxIn(msgspec.Struct, frozen=True):
    """What is spent; `coinbase` instead where coins are new."""

    txid: str = "00" * 32
    index: int = 0xFFFFFFFF
    coinbase: bytes = b""
    sequence: int = SEQUENCE
    script: bytes = b""
    witness: tuple[bytes, ...] = ()


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


def serialized(tx: Tx, *, witness: bool = True) -> bytes:
    """A transaction's bytes, with witnesses where it has any and they are wanted."""
    whole = witness and any(each.witness for each in tx.inputs)
    parts = [struct.pack("<i", tx.version), _MARKER if whole else b"", var_int(len(tx.inputs))]
    for each in tx.inputs:
        script = each.coinbase or each.script
        parts += [bytes.fromhex(each.txid)[::-1], struct.pack("<I", each.index)]
        parts += [var_int(len(script)), script, struct.pack("<I", each.sequence)]
    parts.append(var_int(len(tx.outputs)))
    for output in tx.outputs:
        parts += [struct.pack("<q", output.value), var_int(len(output.script)), output.script]
    for each in tx.inputs if whole else ():
        parts.append(var_int(len(each.witness)))
        for item in each.witness:
            parts += [var_int(len(item)), item]
    parts.append(struct.pack("<I", tx.locktime))
    return b"".join(parts)


def weight(tx: Tx) -> int:
    """Bytes, those outside of witnesses four times."""
    return 3 * len(serialized(tx, witness=False)) + len(serialized(tx))


def vsize(tx: Tx) -> int:
    """Virtual bytes."""
    return (weight(tx) + 3) // 4


def txid(tx: Tx) -> str:
    """The hash of a transaction's bytes without witnesses."""
    return shown(sha256d(serialized(tx, witness=False)))


def wtxid(tx: Tx) -> str:
    """The hash of all of its bytes."""
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
    """A transaction of its bytes. A coinbase is read as any other. Raises Undecodable."""
    if len(data) > _MOST:
        raise Undecodable
    reader = _Reader(data)
    version = reader.number("<i")
    whole = data[4:6] == _MARKER
    if whole:
        reader.take(2)
    inputs, outputs = [], []
    for _ in range(reader.count()):
        spent, index = shown(reader.take(32)), reader.number("<I")
        script = reader.take(reader.count())
        inputs.append(TxIn(spent, index, b"", reader.number("<I"), script))
    for _ in range(reader.count()):
        value = reader.number("<q")
        outputs.append(TxOut(value, reader.take(reader.count())))
    if whole:
        for place, each in enumerate(inputs):
            items = tuple(reader.take(reader.count()) for _ in range(reader.count()))
            inputs[place] = msgspec.structs.replace(each, witness=items)
        if not any(each.witness for each in inputs):
            raise Undecodable  # witnesses that are none
    locktime = reader.number("<I")
    if not inputs or not outputs or reader.place != len(data):
        raise Undecodable
    return Tx(tuple(inputs), tuple(outputs), version, locktime)


def coinbase(height: int, extra: int, outputs: Sequence[TxOut], paid: Sequence[Tx]) -> Tx:
    """What makes a block's new coins: with its height (BIP 34), and where anything in the block has
    a witness, with what all of them come to (BIP 141).
    """
    script = _pushed(height) + b"\x04" + struct.pack("<I", extra)
    entry = TxIn(coinbase=script, sequence=SEQUENCE)
    if any(each.witness for tx in paid for each in tx.inputs):
        reserved = bytes(32)
        root = merkle_root(["00" * 32, *(wtxid(each) for each in paid)])
        commitment = TxOut(0, _COMMITMENT + sha256d(root + reserved))
        entry = msgspec.structs.replace(entry, witness=(reserved,))
        outputs = (*outputs, commitment)
    return Tx((entry,), tuple(outputs))


def _pushed(number: int) -> bytes:
    """A script that pushes a number, which is not below 0."""
    if number <= 16:
        return bytes([0x50 + number if number else 0])
    data = number.to_bytes(number.bit_length() // 8 + 1, "little")  # a bit more: for the sign
    return bytes([len(data)]) + data


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
