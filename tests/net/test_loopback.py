"""Asking the desk of this machine: what its answers, refusals and silences become."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from argosy.errors import ArgosyError, ConfigError, NotSent, OutcomeUnknown
from argosy.net.loopback import DeskRefused, ask

REFUSAL = b'{"error":"bad_order","detail":"size is 0","what_to_do":"Give one."}'


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append(  # type: ignore[attr-defined]
            (self.command, self.path, dict(self.headers), self.rfile.read(length))
        )
        status, body = self.server.answer  # type: ignore[attr-defined]
        if status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815  # the server's words

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(status: int, body: bytes = b"[]") -> Iterator[tuple[str, list]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.answer, server.seen = (status, body), []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.seen  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_question_is_a_get_without_a_token() -> None:
    with answering(200, b'{"a":1}') as (address, seen):
        assert ask(address, "/api/pairs") == b'{"a":1}'
    ((method, path, headers, body),) = seen
    assert (method, path, body) == ("GET", "/api/pairs", b"")
    assert "Authorization" not in headers


def test_an_order_is_a_post_with_the_token() -> None:
    with answering(200) as (address, seen):
        ask(address, "/api/orders", token="sesame", body=b"{}")
    ((method, _, headers, body),) = seen
    assert (method, body) == ("POST", b"{}")
    assert headers["Authorization"] == "Bearer sesame"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "body", "said", "kind"),
    [
        (400, REFUSAL, "size is 0 Give one.", ConfigError),
        (409, b'{"error":"config_error","detail":"no such pair"}', "no such pair", ConfigError),
        (404, b'{"error":"unknown_pair","detail":"no X/Y"}', "no X/Y", ConfigError),
        (409, b'{"error":"x","detail":"","what_to_do":""}', "x", DeskRefused),
        (500, b"<html>", "the desk answered HTTP 500", DeskRefused),
        (404, b"", "the desk answered HTTP 404", DeskRefused),
    ],
)
def test_a_refusal_is_told_in_the_desk_s_words(
    status: int, body: bytes, said: str, kind: type[ArgosyError]
) -> None:
    """What was asked wrongly is the same error with a desk as without one."""
    with answering(status, body) as (address, _), pytest.raises(kind) as error:
        ask(address, "/api/orders", token="sesame", body=b"{}")
    assert str(error.value) == said
    assert type(error.value) is kind


def test_silence_leaves_the_outcome_open_and_keeps_the_token_out_of_it() -> None:
    with answering(0) as (address, _), pytest.raises(OutcomeUnknown) as error:
        ask(address, "/api/orders", token="sesame", body=b"{}")
    assert "sesame" not in str(error.value)
    assert address in str(error.value)


def test_nobody_there_means_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(NotSent, match="argosy up"):
        ask(address, "/api/pairs")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com:80",
        "https://127.0.0.1:1",
        "http://10.0.0.1",
        "",
        "http://127.0.0.1:99999",
    ],
)
def test_only_this_machine_is_asked(address: str) -> None:
    with pytest.raises(ConfigError, match="this machine"):
        ask(address, "/api/pairs", token="sesame")
