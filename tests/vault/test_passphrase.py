"""Where passphrases come from, and from where not."""

import os

import pytest

from argosy.errors import ConfigError
from argosy.vault.passphrase import Passphrases
from vault.sealing import WORDS


def told(prompt=None, **variables):
    return Passphrases(prompt, variables)


def test_a_variable(tmp_path):
    assert told(ARGOSY_PASSPHRASE=WORDS).of("main").reveal() == WORDS.encode()


def test_a_file_that_only_we_can_read(tmp_path):
    file = tmp_path / "words"
    file.write_text(WORDS + "\n")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="mode 0640, so others may use it; run chmod 600"):
        told(ARGOSY_PASSPHRASE_FILE=str(file)).of("main")
    file.chmod(0o600)
    assert told(ARGOSY_PASSPHRASE_FILE=str(file)).of("main").reveal() == WORDS.encode()
    with pytest.raises(ConfigError, match="no such file"):
        told(ARGOSY_PASSPHRASE_FILE=str(tmp_path / "other")).of("main")


def test_a_descriptor_is_read_once_and_remembered():
    reading, writing = os.pipe()
    os.write(writing, WORDS.encode() + b"\r\n")
    os.close(writing)
    try:
        source = told(ARGOSY_PASSPHRASE_FD=str(reading))
        assert source.of("main").reveal() == WORDS.encode()
        assert source.of("other").reveal() == WORDS.encode()
        source.forget()
        with pytest.raises(ConfigError, match="holds no passphrase"):
            source.of("main")
    finally:
        os.close(reading)


@pytest.mark.parametrize("number", ["x", "-1", "987654", "9" * 30])
def test_a_descriptor_that_is_none(number):
    with pytest.raises(ConfigError, match="ARGOSY_PASSPHRASE_FD"):
        told(ARGOSY_PASSPHRASE_FD=number).of("main")


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe\n", b"x" * 5_000])
def test_a_file_that_is_no_passphrase(tmp_path, content):
    file = tmp_path / "words"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="passphrase"):
        told(ARGOSY_PASSPHRASE_FILE=str(file)).of("main")


def test_two_places_are_one_too_many():
    with pytest.raises(ConfigError, match="one place"):
        told(ARGOSY_PASSPHRASE="a", ARGOSY_PASSPHRASE_FD="0").of("main")


def test_a_person_is_asked_for_each_key():
    asked = []

    def prompt(words):
        asked.append(words)
        return WORDS

    source = told(prompt)
    assert source.of("main").reveal() == source.of("other").reveal() == WORDS.encode()
    assert len(asked) == 2
    assert "main" in asked[0]


def test_where_nobody_is_there_it_says_what_to_set():
    with pytest.raises(ConfigError, match="ARGOSY_PASSPHRASE_FILE"):
        told().of("main")
