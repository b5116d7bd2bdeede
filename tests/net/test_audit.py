"""No secret reaches any sink, however it is written; sinks are bounded and may fail."""

from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.model import Credentials, Nanos
from argosy.net.audit import Redactor, Ring, Tap
from argosy.net.recording import Entry, RecordingFile, read
from argosy.testing.clock import SimulatedClock

SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=6, max_size=40)


@given(SECRETS, st.text(max_size=30))
def test_a_known_secret_is_taken_out_however_it_is_written(secret: str, around: str):
    redactor = Redactor([Credentials(key=secret, secret="another one")])
    for written in (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        msgspec.json.encode({around: secret}).decode(),
        f"https://x.com/a?b={quote(secret)}&c=1",
    ):
        clean = redactor.clean_text(around + written)
        if secret not in around:
            assert secret not in clean.replace("***", "")
        assert redactor.clean_text(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        '{"op":"login","args":[{"apiKey":"VALUE","passphrase":"VALUE","sign":"VALUE"}]}',
        '{"result": {"token" : "VALUE", "expires":900}}',
        '{"access_token":"VALUE","refresh_token":"VALUE\\"x"}',
        "https://x.com/a?listenKey=VALUE&x=1",
        "nonce=1&api_key=VALUE&signature=VALUE",
        '{"signed_challenge":"VALUE","original_challenge":"VALUE"}',
    ],
)
def test_fields_that_name_a_secret_are_taken_out(text: str):
    value = "b64/value+0123456789=="
    clean = Redactor().clean_text(text.replace("VALUE", value))
    assert "0123456789" not in clean
    assert clean.count("***") == text.count("VALUE")


def test_what_a_secret_field_held_is_known_from_then_on():
    redactor = Redactor()
    redactor.clean(b'{"token":"session-token-0123456789"}')
    assert redactor.clean(b"auth session-token-0123456789!") == b"auth ***!"
    for number in range(1_000):
        redactor.clean(b'{"token":"session-token-%016d"}' % number)
    assert redactor.clean(b"session-token-%016d" % 999) == b"***"
    assert len(redactor._learnt) <= 64


def test_harmless_text_stays_as_it_is():
    text = b'{"design":"x","assignment":1,"channel":"books","args":[{"sz":"1"}],"tokens":3}'
    assert Redactor([Credentials(key="", secret="abc")]).clean(text) == text


def test_every_sink_gets_clean_entries(tmp_path: Path):
    ring = Ring()
    file = RecordingFile(tmp_path / "a.jsonl", kinds=frozenset({"http", "connect", "send", "recv"}))
    credentials = Credentials(key="KEY-KEY-KEY", secret="SECRET-SECRET", passphrase="PASSPHRASE")
    tap = Tap(SimulatedClock(), [ring, file], Redactor([credentials]))
    leaks = "KEY-KEY-KEY SECRET-SECRET PASSPHRASE"
    tap.connected("c", f"wss://x/?q={leaks}")
    tap.sent("c", f"wss://x/?q={leaks}", leaks)
    tap.received("c", leaks.encode(), Nanos(1), binary=False, private=True)
    tap.received("c", leaks.encode(), Nanos(1), binary=True, private=True)
    tap.http("h", leaks, method="POST", body=leaks.encode(), data=leaks.encode(), detail=leaks)
    tap.closed("c", leaks)
    file.close()
    everything = repr(ring.entries) + (tmp_path / "a.jsonl").read_text()
    for secret in leaks.split():
        assert secret not in everything
    assert len(ring.entries) == 6
    assert [entry.kind for entry in read(tmp_path / "a.jsonl")] == [
        "connect",
        "send",
        "recv",
        "recv",
        "http",
    ]


def test_the_ring_is_bounded_in_number_and_bytes():
    ring = Ring(max_entries=10, max_bytes=5_000)
    for number in range(50):
        ring.write(Entry(kind="recv", data=b"%d" % number))
    assert [entry.data for entry in ring.entries] == [b"%d" % n for n in range(40, 50)]
    ring.write(Entry(kind="recv", data=b"x" * 4_000))
    assert ring.bytes <= 5_000
    assert ring.entries[-1].data.startswith(b"x")
    ring.write(Entry(kind="recv", data=b"x" * 9_000))
    assert not ring.entries
    assert ring.bytes == 0


def test_a_sink_that_fails_is_dropped_and_told_and_the_others_go_on():
    class Full:
        def write(self, entry: Entry) -> None:
            raise OSError("no space left")

    ring = Ring()
    tap = Tap(SimulatedClock(), [Full(), ring])
    tap.connected("c", "wss://x/")
    tap.connected("c", "wss://x/")
    assert len(ring.entries) == 2
    assert tap.failed == ["Full: no space left"]
