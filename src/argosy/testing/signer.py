"""The contract of a Signer: what every way to sign requests owes its user."""

import msgspec
import pytest

from argosy.errors import ConfigError, Unsupported
from argosy.model import Credentials, Nanos, OrderType
from argosy.ports import HttpRequest, Signer
from argosy.testing import samples
from argosy.testing.contract import Contract

NOW = Nanos(1_700_000_000_123_000_000)
NONCE = 1_700_000_000_123


class SignerContract(Contract):
    """Subclass it with `facts`."""

    capability = "signer"

    def _signer(self) -> Signer:
        signer = self.adapter.signer
        assert signer is not None
        return signer

    def _requests(self) -> list[HttpRequest]:
        """Requests that the venue's other capabilities really make."""
        adapter, facts = self.adapter, self.facts
        found: list[HttpRequest] = []
        if adapter.trading is not None:
            placed = samples.order(facts)
            trading = adapter.trading
            found += [trading.place(placed).request, trading.cancel(samples.cancel(placed)).request]
            found += [call.request for call in trading.open_orders()]
            found.append(trading.order(placed.instrument, placed.client_id, "123").request)
            try:
                found.append(trading.place_many([placed, samples.order(facts, number=2)]).request)
                found.append(trading.place(samples.order(facts, OrderType.STOP)).request)
            except Unsupported:
                pass
        if adapter.account is not None:
            found += [call.request for call in adapter.account.balances()]
            found.append(adapter.account.fees(facts.instrument).request)
        assert found, "neither trading nor account makes a request to sign"
        return found

    def _sign(self, request: HttpRequest, now_ns: int = NOW, nonce: int = NONCE) -> HttpRequest:
        return self._signer().sign(request, self.facts.credentials, Nanos(now_ns), nonce)

    def test_declared(self) -> None:
        """SG-01 Declared in venue.toml, and whole."""
        self.check_declared()

    def test_published_vectors(self) -> None:
        """SG-02 The venue's own examples come out as published."""
        self.needs(self.facts.vectors, "no published vector of a signature")
        for vector in self.facts.vectors:
            signed = self._signer().sign(
                vector.request, vector.credentials, Nanos(vector.now_ns), vector.nonce
            )
            got = {name.lower(): value for name, value in signed.headers}
            for name, value in vector.headers.items():
                assert got.get(name.lower()) == value, f"{name}, from {vector.source}"
            assert signed.body == (vector.request.body if vector.body is None else vector.body)

    def test_the_same_gives_the_same(self) -> None:
        """SG-03 Pure: the same request, key, time and nonce make the same bytes."""
        for request in self._requests():
            before = msgspec.json.encode(request)
            assert self._sign(request) == self._sign(request)
            assert msgspec.json.encode(request) == before, "the request given was changed"

    def test_nothing_else_changes(self) -> None:
        """SG-04 Method, path, host and cost stay; so does every header there was."""
        for request in self._requests():
            signed = self._sign(request)
            assert (signed.method, signed.host, signed.cost) == (
                request.method,
                request.host,
                request.cost,
            )
            assert signed.path.startswith(request.path)
            assert set(request.headers) <= set(signed.headers)
            assert signed != request, "nothing was signed"

    def test_the_secret_stays_here(self) -> None:
        """SG-05 The secret is in no part of the request; no part of the key is in its URL."""
        own = self.facts.credentials
        for request in self._requests():
            signed = self._sign(request)
            sent = msgspec.json.encode(signed) + signed.body
            assert own.secret.encode() not in sent
            url = signed.path + repr(signed.query)
            assert not own.passphrase or own.passphrase not in url

    def test_nothing_shows_in_a_repr(self) -> None:
        """SG-06 Neither the signed request nor the credentials show a secret when printed."""
        own = self.facts.credentials
        for request in self._requests():
            shown = repr(self._sign(request)) + str(self._sign(request)) + repr(own) + str(own)
            for part in (own.secret, own.passphrase):
                assert not part or part not in shown

    def test_the_signature_covers_what_is_sent(self) -> None:
        """SG-07 Another path, query or body makes another signature."""
        for request in self._requests():
            signed = dict(self._sign(request).headers)
            others = [msgspec.structs.replace(request, path=request.path + "x")]
            if request.query:
                query = (*request.query[:-1], (request.query[-1][0], request.query[-1][1] + "1"))
                others.append(msgspec.structs.replace(request, query=query))
            if request.body:
                body = request.body.replace(b"1", b"2") + b" "
                others.append(msgspec.structs.replace(request, body=body))
            for other in others:
                again = dict(self._sign(other).headers)
                assert again != signed, f"{request.method} {request.path}: not all of it is covered"

    def test_each_attempt_differs(self) -> None:
        """SG-08 A later attempt with a higher nonce is another request."""
        for request in self._requests():
            later = self._sign(request, NOW + 10**9, NONCE + 1)
            assert later != self._sign(request), "a replay could not be told from a new attempt"

    @pytest.mark.parametrize("secret", ["", "!not base64!", "ключ", "a b", "x" * 1_000])
    def test_a_bad_secret_is_a_setting(self, secret: str) -> None:
        """SG-09 A secret in the wrong shape is a ConfigError that does not show it, or works."""
        own = self.facts.credentials
        wrong = Credentials(key=own.key, secret=secret, passphrase=own.passphrase)
        try:
            self._signer().sign(self._requests()[0], wrong, NOW, NONCE)
        except ConfigError as e:
            assert not secret or secret not in f"{e} {e.__cause__} {e.__context__}"  # noqa: PT017
