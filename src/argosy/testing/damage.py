"""Bytes that no venue should send: for what decoders must survive. Seeded."""

import random
from collections.abc import Iterator

NONSENSE: tuple[bytes, ...] = (
    b"",
    b" ",
    b"null",
    b"true",
    b"0",
    b'"text"',
    b"{}",
    b"[]",
    b"[[]]",
    b"[null]",
    b"{",
    b'{"',
    b"pong",
    b"\xff\xfe\x00",
    b"\x00" * 64,
    b"<html><body>502 Bad Gateway</body></html>",
    b'{"error":[],"result":null}',
    b'{"error":[null]}',
    b'{"code":"0","msg":"","data":null}',
    b'{"code":"0","msg":"","data":[{}]}',
    b'{"result":1e999999999}',
    b'{"a":' * 2_000,
    b"[" * 100_000,
    b'{"channel":"x","type":"update","data":[{"price":"NaN"}]}',
)
_PIECES = (
    b"null", b"NaN", b"-1", b"1e400", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u0000",
    b"99999999999999999999999999", b"-0.0", b"\xf0\x9f", b"\xff", b"''", b"true", b'"\\ud800"',
)  # fmt: skip


def damaged(data: bytes, rng: random.Random) -> bytes:
    """`data` with one to three things wrong: cut, changed, doubled, swapped, or foreign pieces."""
    for _ in range(rng.randint(1, 3)):
        if not data:
            return rng.choice(_PIECES)
        start = rng.randrange(len(data))
        end = min(len(data), start + rng.choice((1, 1, 2, 5, 20, 100)))
        kind = rng.randrange(6)
        if kind == 0:
            data = data[:start]
        elif kind == 1:
            data = data[:start] + data[end:]
        elif kind == 2:
            data = data[:start] + rng.choice(_PIECES) + data[end:]
        elif kind == 3:
            data = data[:start] + data[start:end] * 2 + data[end:]
        elif kind == 4:
            data = (
                data[:start] + bytes((data[start] ^ (1 << rng.randrange(8)),)) + data[start + 1 :]
            )
        else:
            data = data[:start] + rng.randbytes(3) + data[start:]
    return data


def bad_bytes(samples: list[bytes], count: int, seed: int = 7) -> Iterator[bytes]:
    """NONSENSE, then `count` damaged ones of the samples."""
    yield from NONSENSE
    rng = random.Random(seed)
    for _ in range(count if samples else 0):
        yield damaged(rng.choice(samples), rng)
