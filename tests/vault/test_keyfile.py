"""The keyfile: what is sealed is opened, and nothing that was touched is."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.vault import keyfile
from argosy.vault.keyfile import CannotBeOpened, Cost, open_sealed, passphrase_bytes, seal
from argosy.vault.secret import Secret
from vault.sealing import ADDRESS, CHEAP, KEY, key, words

BYTES = random.Random(5).randbytes
SEALED = seal(key(), words(), BYTES, CHEAP)


@settings(max_examples=50, deadline=None)
@given(
    number=st.integers(1, 2**255),
    text=st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
)
def test_what_is_sealed_is_opened(number, text):
    raw = number.to_bytes(32)
    content = seal(Secret(raw), passphrase_bytes(text), BYTES, CHEAP)
    assert open_sealed(content, passphrase_bytes(text)).reveal() == raw
    with pytest.raises(CannotBeOpened):
        open_sealed(content, passphrase_bytes(text + "x"))


def test_the_file_says_whose_it_is_and_not_what():
    told = keyfile.read(SEALED)
    assert (told.format, told.version, told.address) == ("argosy-key", 1, ADDRESS)
    assert KEY.encode() not in SEALED
    assert seal(key(), words(), BYTES, CHEAP) != SEALED  # salt and nonce are new each time


def test_every_byte_counts():
    """Each byte is changed in three ways: what still opens says the same, with other blanks."""
    told = keyfile.read(SEALED)
    opened = 0
    for at in range(len(SEALED)):
        for change in (1, 2, 32):
            touched = bytearray(SEALED)
            touched[at] ^= change
            try:
                assert open_sealed(bytes(touched), words()).reveal() == key().reveal()
            except CannotBeOpened:
                continue
            opened += 1
            assert keyfile.read(bytes(touched)) == told
    assert opened < 100


PARTS = {
    "address": ("address", "0x" + "11" * 20),
    "salt": ("kdf.salt", "22" * 16),
    "memory": ("kdf.memory_kib", 33),
    "iterations": ("kdf.iterations", 2),
    "nonce": ("cipher.nonce", "33" * 12),
    "sealed": ("cipher.sealed", "44" * 48),
    "version": ("version", 2),
    "cost": ("kdf.memory_kib", 1 << 40),
    "time": ("kdf.iterations", 1 << 40),
    "lanes": ("kdf.lanes", 1 << 20),
    "more": ("more", 1),
}


@pytest.mark.parametrize("part", PARTS)
def test_no_part_can_be_exchanged(part):
    told = msgspec.json.decode(SEALED)
    where, value = PARTS[part]
    at = told
    *sections, name = where.split(".")
    for section in sections:
        at = at[section]
    at[name] = value
    with pytest.raises(CannotBeOpened) as caught:
        open_sealed(msgspec.json.encode(told), words())
    assert str(caught.value) == ""


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_other_bytes_are_no_keyfile(content):
    with pytest.raises(CannotBeOpened):
        open_sealed(content, words())


def test_how_letters_are_composed_does_not_matter():
    content = seal(key(), passphrase_bytes("caf\u00e9 au lait"), BYTES, CHEAP)
    assert len(open_sealed(content, passphrase_bytes("cafe\u0301 au lait"))) == 32


def test_the_usual_cost_is_what_the_rfc_recommends():
    assert Cost() == Cost(memory_kib=64 * 1024, iterations=3, lanes=4)
    content = seal(key(), words(), BYTES, Cost())
    assert open_sealed(content, words()).reveal() == key().reveal()
