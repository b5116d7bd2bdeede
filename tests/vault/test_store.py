"""The vault's folder, and that nothing it makes ever shows a key."""

import copy
import io
import logging
import pickle
import stat
import traceback

import pytest
import structlog

from argosy.errors import ConfigError
from argosy.net.tx_signing import KeySigner
from argosy.ports import TxFields, TxSigner, Vault
from argosy.vault.passphrase import Passphrases
from argosy.vault.secret import Secret
from argosy.vault.store import KeyVault, key_of_hex, key_of_keystore
from vault.sealing import ADDRESS, CHEAP, KEY, WORDS, key, words

FIELDS = TxFields(
    chain_id=1337,
    nonce=0,
    to="0x" + "ab" * 20,
    value=1,
    data="0x",
    gas=21_000,
    max_fee=10,
    priority_fee=1,
)


def vault(folder, text=WORDS):
    return KeyVault(
        folder / "keys", Passphrases(environment={"ARGOSY_PASSPHRASE": text}), cost=CHEAP
    )


def test_keys_are_made_listed_and_opened(tmp_path):
    it = vault(tmp_path)
    assert isinstance(it, Vault)
    assert it.stored() == []
    made = it.create("new", words())
    taken = it.take_in("old", key(), words())
    assert taken.address == ADDRESS
    assert it.stored() == [made, taken]
    signer = it.open("old")
    assert isinstance(signer, TxSigner)
    assert signer.address == ADDRESS
    assert signer.sign(FIELDS) == KeySigner(KEY).sign(FIELDS)
    assert it.open("new").address == made.address != ADDRESS


def test_files_are_their_owner_s_alone(tmp_path):
    it = vault(tmp_path)
    it.create("main", words())
    file = it.folder / "main.key.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(it.folder.stat().st_mode) == 0o700
    assert list(it.folder.iterdir()) == [file]
    file.chmod(0o604)
    with pytest.raises(ConfigError, match="chmod 600"):
        it.open("main")
    with pytest.raises(ConfigError, match="chmod 600"):
        it.stored()
    file.chmod(0o600)
    it.folder.chmod(0o750)
    with pytest.raises(ConfigError, match="chmod 700"):
        it.open("main")
    it.folder.chmod(0o700)
    link = it.folder / "link.key.json"
    link.symlink_to(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        it.open("link")


def test_a_key_is_never_overwritten(tmp_path):
    it = vault(tmp_path)
    it.create("main", words())
    before = (it.folder / "main.key.json").read_bytes()
    with pytest.raises(ConfigError, match="never overwritten"):
        it.take_in("main", key(), words())
    assert (it.folder / "main.key.json").read_bytes() == before
    assert len(list(it.folder.iterdir())) == 1


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, "ä"])
def test_names_stay_within_the_folder(tmp_path, name):
    with pytest.raises(ConfigError, match="no name of a key"):
        vault(tmp_path).create(name, words())
    with pytest.raises(ConfigError, match="no name of a key"):
        vault(tmp_path).open(name)


def test_short_passphrases_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="at least 12") as caught:
        vault(tmp_path).create("main", words("shortwords"))
    assert "shortwords" not in str(caught.value)
    assert not (tmp_path / "keys").exists()


def test_wrong_words_and_a_damaged_file_look_the_same(tmp_path):
    it = vault(tmp_path)
    it.create("main", words())
    with pytest.raises(ConfigError) as wrong:
        vault(tmp_path, "another passphrase").open("main")
    file = it.folder / "main.key.json"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ConfigError) as damaged:
        it.open("main")
    assert str(wrong.value) == str(damaged.value)
    with pytest.raises(ConfigError, match="there is no key other"):
        it.open("other")


def test_keys_from_elsewhere(tmp_path):
    assert key_of_hex(f" 0x{KEY} \n").reveal() == key().reveal()
    for text in ("", "0x12", "zz" * 32, "00" * 32, "ff" * 32):
        with pytest.raises(ConfigError, match="no private key") as caught:
            key_of_hex(text)
        assert not text or text not in str(caught.value)
        assert caught.value.__context__ is None
    from eth_keyfile.keyfile import create_keyfile_json

    file = tmp_path / "UTC--other"
    import json

    file.write_text(json.dumps(create_keyfile_json(key().reveal(), b"their words", iterations=2)))
    file.chmod(0o600)
    assert key_of_keystore(file, words("their words")).reveal() == key().reveal()
    with pytest.raises(ConfigError, match="cannot be opened"):
        key_of_keystore(file, words("other words"))


def test_nothing_shows_a_key(tmp_path, capfd, caplog):
    """Everything that can be seen of a signer: whatever it is asked, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    seen = io.StringIO()
    it = vault(tmp_path)
    it.take_in("main", key(), words())
    signer = it.open("main")
    broken = {
        "fields": lambda: signer.sign(TxFields(**_fields() | {"to": "0x12"})),
        "data": lambda: signer.sign(TxFields(**_fields() | {"data": "no hex"})),
        "typed": lambda: signer.sign_typed({"types": 5}),
        "pickle": lambda: pickle.dumps(signer),
        "copy": lambda: copy.deepcopy(signer._key),
        "secret": lambda: pickle.dumps(signer._key),
        "hex": lambda: key_of_hex(KEY + "0"),
        "words": lambda: vault(tmp_path, "other secret words").open("main"),
        "signer": lambda: KeySigner(KEY + "00"),
    }
    for name, attempt in broken.items():
        try:
            attempt()
        except (ConfigError, TypeError) as e:
            told = traceback.TracebackException.from_exception(e, capture_locals=True)
            own = [line for line in told.format() if "test_store" not in line]
            seen.write("".join(own))
            seen.write(repr(e) + repr(e.__context__) + repr(e.__cause__))
        else:
            raise AssertionError(f"{name} went through")
    seen.write(f"{signer!r} {signer} {signer.__dir__()} {it!r} {it.stored()} {words()!r}")
    with structlog.testing.capture_logs() as logs:
        signer.sign(FIELDS)
    signer.close()
    with pytest.raises(ConfigError, match="closed"):
        signer.sign(FIELDS)
    out = "".join((seen.getvalue(), *capfd.readouterr(), caplog.text, repr(logs)))
    out = out.replace("test_nothing_shows_a_key", "")
    raw = bytes.fromhex(KEY)
    for shown in (
        KEY,
        KEY.upper(),
        repr(raw)[2:20],
        repr(list(raw))[1:30],
        str(int(KEY, 16)),
        WORDS,
    ):
        assert shown not in out, shown
    assert "other secret words" not in out


def _fields():
    return {name: getattr(FIELDS, name) for name in FIELDS.__struct_fields__}


def test_a_forgotten_secret_is_gone():
    secret = Secret(b"something")
    kept = secret._bytes
    secret.forget()
    assert bytes(kept) == bytes(9)
    assert len(secret) == 0
