"""Answers that no contract should give, for what readings must survive. Seeded; asks nothing."""

import random
from collections.abc import Sequence
from typing import Any

from argosy.errors import WireError
from argosy.ports import Reading

_STEPS = 8
_ODD = ("0x", "", "0x0", "0xzz", "null", "0x" + "ff" * 31, "0x " + "00" * 32, "0x" + "é" * 64)
_WORDS = (0, 1, 2, 18, 27, 32, 64, 77, 96, 255, 1 << 128, (1 << 255) + 1, (1 << 256) - 1)


def nonsense(rng: random.Random) -> str:
    """What a broken node, or another contract at that address, might answer."""
    if rng.random() < 0.1:
        return rng.choice(_ODD)
    words = [
        rng.choice(_WORDS) if rng.random() < 0.7 else rng.getrandbits(rng.choice((8, 64, 256)))
        for _ in range(rng.randrange(1, 24))
    ]
    data = b"".join(word.to_bytes(32, "big") for word in words)
    return "0x" + data[: rng.choice((len(data), len(data), len(data), len(data) - 5))].hex()


def bent(answers: Sequence[str], rng: random.Random) -> list[str]:
    """Real answers with one of them damaged: a word changed, cut, or another's altogether."""
    found = list(answers)
    at = rng.randrange(len(found))
    if rng.random() < 0.3 or len(found[at]) < 66:
        found[at] = nonsense(rng)
        return found
    word = 2 + 64 * rng.randrange((len(found[at]) - 2) // 64)
    value = rng.choice(_WORDS) if rng.random() < 0.7 else rng.getrandbits(256)
    found[at] = found[at][:word] + f"{value:064x}" + found[at][word + 64 :]
    return found


def survives(reading: Reading[Any], rng: random.Random, rounds: int = 100) -> None:
    """Feed nonsense to a reading and to those that follow from it; only WireError may come out."""
    for _ in range(rounds):
        following: Reading[Any] | None = reading
        for _ in range(_STEPS):
            if following is None:
                break
            answers = [nonsense(rng) for _ in following.calls]
            try:
                value = following.read(answers)
                following = None if following.then is None else following.then(value)
            except WireError:
                break
