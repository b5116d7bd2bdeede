"""Damage is seeded, never harmless by design, and keeps coming."""

import random

from argosy.testing.damage import NONSENSE, bad_bytes, damaged


def test_the_same_seed_does_the_same_damage():
    data = b'{"price":"1.5","size":"2"}'
    assert list(bad_bytes([data], 50)) == list(bad_bytes([data], 50))
    assert list(bad_bytes([data], 50, seed=8)) != list(bad_bytes([data], 50))


def test_damage_changes_most_frames():
    rng = random.Random(1)
    data = b'{"price":"1.5","size":"2"}'
    assert sum(damaged(data, rng) != data for _ in range(200)) > 180


def test_without_samples_there_is_nonsense_alone():
    assert tuple(bad_bytes([], 100)) == NONSENSE
    assert damaged(b"", random.Random(1))
