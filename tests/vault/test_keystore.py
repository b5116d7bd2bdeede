"""Other wallets' keystores: those that eth_keyfile writes, and geth's published vectors."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.dialects.evm.signing import address_of
from argosy.vault.keyfile import CannotBeOpened
from argosy.vault.keystore import open_keystore
from vault.sealing import KEY, key, words

# The Web3 Secret Storage Definition's test vectors, read 2026-11-27.
VECTORS = {
    "pbkdf2": {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262144,
                "dklen": 32,
                "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    },
}
VECTOR_KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"


@pytest.mark.parametrize("vector", VECTORS)
def test_published_vectors(vector):
    content = msgspec.json.encode(VECTORS[vector])
    assert open_keystore(content, words("testpassword")).reveal().hex() == VECTOR_KEY
    with pytest.raises(CannotBeOpened):
        open_keystore(content, words("testpassword2"))


def made(kdf: str, work: int) -> dict:
    from eth_keyfile.keyfile import create_keyfile_json

    return create_keyfile_json(key().reveal(), b"secret words", kdf=kdf, iterations=work)


@pytest.mark.parametrize(("kdf", "work"), [("scrypt", 2), ("pbkdf2", 2)])
def test_what_other_wallets_write_is_read(kdf, work):
    told = made(kdf, work)
    content = msgspec.json.encode(told)
    assert open_keystore(content, words("secret words")).reveal().hex() == KEY
    told["address"] = address_of(b"\x01" * 32)[2:]
    with pytest.raises(CannotBeOpened):
        open_keystore(msgspec.json.encode(told), words("secret words"))


@pytest.mark.parametrize(
    "change",
    [{"n": 1 << 40}, {"r": 1 << 30}, {"p": 1 << 30}, {"n": "x"}, {"dklen": 0}, {"dklen": 1 << 30}],
)
def test_what_would_take_all_memory_is_refused(change):
    told = made("scrypt", 2)
    told["crypto"]["kdfparams"] |= change
    with pytest.raises(CannotBeOpened):
        open_keystore(msgspec.json.encode(told), words("secret words"))


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers(-5, 1 << 60) | st.text(max_size=8),
        lambda inner: st.dictionaries(
            st.sampled_from(["crypto", "kdf", "kdfparams", "version", "n", "dklen", "c"]), inner
        ),
    )
)
def test_other_json_is_no_keystore(told):
    with pytest.raises(CannotBeOpened):
        open_keystore(msgspec.json.encode(told), words())
