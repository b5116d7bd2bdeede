"""Keccak-256 as Ethereum uses it, for what is computed once: topics, pool ids, addresses.

Source: the Keccak reference, 3.0 (rate 1088, padding 0x01). Near a millisecond a block, so never
in the path of a log.
"""

_MASK = (1 << 64) - 1
_RATE_BYTES = 136
_ROUNDS = 24


def _rotations() -> tuple[tuple[int, int, int], ...]:
    """Lane by lane along the pi permutation: (where it goes, where it comes from, by how much)."""
    found = []
    x, y = 1, 0
    for t in range(24):
        to = (y, (2 * x + 3 * y) % 5)
        found.append((to[0] + 5 * to[1], x + 5 * y, (t + 1) * (t + 2) // 2 % 64))
        x, y = to
    return tuple(found)


def _round_constants() -> tuple[int, ...]:
    """From the linear feedback shift register x^8 + x^6 + x^5 + x^4 + 1."""
    found = []
    state = 1
    for _ in range(_ROUNDS):
        constant = 0
        for j in range(7):
            if state & 1:
                constant |= 1 << ((1 << j) - 1)
            state <<= 1
            if state & 0x100:
                state ^= 0x171
        found.append(constant)
    return tuple(found)


_MOVES = _rotations()
_CONSTANTS = _round_constants()


def _permute(lanes: list[int]) -> list[int]:
    for constant in _CONSTANTS:
        c = [
            lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
            for x in range(5)
        ]
        d = [c[x - 1] ^ _turned(c[(x + 1) % 5], 1) for x in range(5)]
        lanes = [lane ^ d[i % 5] for i, lane in enumerate(lanes)]
        moved = list(lanes)
        for to, where, by in _MOVES:
            moved[to] = _turned(lanes[where], by)
        lanes = [
            moved[i] ^ (~moved[i - i % 5 + (i + 1) % 5] & moved[i - i % 5 + (i + 2) % 5])
            for i in range(25)
        ]
        lanes[0] ^= constant
    return lanes


def _turned(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & _MASK


def keccak256(data: bytes) -> bytes:
    """The 32-byte hash of `data`."""
    padded = bytearray(data)
    padded.append(1)
    padded.extend(bytes(-len(padded) % _RATE_BYTES))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE_BYTES):
        for i in range(_RATE_BYTES // 8):
            at = start + 8 * i
            lanes[i] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])
