"""Asks the desk that runs on this machine, for commands. Speaks to loopback only, and plainly."""

import http.client
from urllib.parse import urlsplit

import msgspec

from argosy.errors import ArgosyError, ConfigError, NotSent, OutcomeUnknown

_TIMEOUT_S = 30
_MISUSED = {"config_error", "unknown_pair"}  # as it would be without a desk between


class _Said(msgspec.Struct):
    error: str = ""
    detail: str = ""
    what_to_do: str = ""


class DeskRefused(ArgosyError):
    """The desk answered with an error; the message is the desk's own."""


def ask(
    address: str, path: str, *, token: str = "", body: bytes | None = None, patience_s: float = 0
) -> bytes:
    """GET, or POST where there is a body; returns the answer's body. `patience_s`: how long what is
    asked for takes by itself.

    Raises:
        DeskRefused: the desk answered with an error.
        ConfigError: it was asked wrongly, or `address` is not on this machine.
        NotSent: nothing listens at `address`.
        OutcomeUnknown: it was sent, and no answer came.
    """
    host, port = _place(address)
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S + patience_s)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.connect()
    except OSError as e:
        raise NotSent(
            f"no desk answers at {address} ({e.strerror}); start one: argosy up"
        ) from None
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
    except (OSError, http.client.HTTPException) as e:
        raise OutcomeUnknown(f"the desk at {address} did not answer ({type(e).__name__})") from None
    finally:
        connection.close()
    if answer.status >= 400:
        raise _refusal(data, answer.status)
    return data


def _place(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 0
    if host not in {"127.0.0.1", "localhost", "::1"} or parts.scheme != "http":
        raise ConfigError(f"{address!r} is no http address on this machine")
    return host, port


def _refusal(data: bytes, status: int) -> ArgosyError:
    try:
        said = msgspec.json.decode(data, type=_Said)
    except msgspec.MsgspecError:
        return DeskRefused(f"the desk answered HTTP {status}")
    words = " ".join(part for part in (said.detail or said.error, said.what_to_do) if part)
    return ConfigError(words) if status == 400 or said.error in _MISUSED else DeskRefused(words)
