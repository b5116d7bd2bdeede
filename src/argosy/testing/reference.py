"""The contract of a MarketReference: instruments, clock and candles."""

from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import ArgosyError, Unsupported
from argosy.model import InstrumentId, InstrumentKind, Nanos
from argosy.model.time import MINUTE, SECOND
from argosy.ports import Call, HttpResponse, MarketReference
from argosy.testing.contract import READ_ERRORS, Contract
from argosy.testing.damage import bad_bytes
from argosy.testing.rig import rig

_DAMAGED = 150  # per kind of answer
AT = Nanos(1_700_000_000_000_000_000)  # when made-up answers came


class ReferenceContract(Contract):
    """Subclass it with `facts`."""

    capability = "reference"

    def _reference(self) -> MarketReference:
        reference = self.adapter.reference
        assert reference is not None
        return reference

    def _calls(self) -> list[Call[Any]]:
        reference = self._reference()
        return [
            *reference.instruments(),
            reference.server_time(),
            reference.candles(self.facts.instrument, 60, None, 10),
        ]

    def test_declared(self) -> None:
        """RF-01 Declared in venue.toml, and whole."""
        self.check_declared()

    def test_requests(self) -> None:
        """RF-02 Requests are unsigned, safe to repeat, and cost what known buckets hold."""
        for call in self._calls():
            self.check_request(call.request, signed=False)
            assert call.request.idempotent
            assert call.request.cost, f"{call.request.path} costs nothing"

    def test_recorded_listing(self) -> None:
        """RF-03 Recorded answers list instruments: ids unique, of this venue, kinds declared."""
        self.needs(self.facts.listing, "no recorded list of instruments")
        assert self.facts.listing is not None
        calls = self._reference().instruments()
        found = [
            one
            for call, answer in zip(calls, self.facts.listing(), strict=False)
            for one in call.read(answer)
        ]
        assert found
        assert len({one.id for one in found}) == len(found)
        kinds = self.adapter.info.instrument_kinds
        for one in found:
            assert one.venue == self.facts.venue
            assert one.id.startswith(f"{self.facts.venue}:")
            assert one.kind in kinds, f"{one.id}: venue.toml has no kind {one.kind}"
            assert one.venue_symbol

    def test_bad_bytes(self) -> None:
        """RF-04 Whatever the bytes and status, nothing comes out but documented errors."""
        answers = self.facts.listing() if self.facts.listing is not None else []
        good = [answer.body for answer in answers]
        for call in self._calls():
            for data in bad_bytes(good, _DAMAGED):
                for status in (200, 404, 503):
                    try:
                        call.read(HttpResponse(status=status, body=data, received_ns=AT))
                    except READ_ERRORS:
                        continue

    def test_unknown_instruments_and_intervals(self) -> None:
        """RF-05 What the venue has not is Unsupported before anything is sent."""
        reference = self._reference()
        with pytest.raises(Unsupported):
            reference.candles(self.facts.instrument, 7, None, 10)
        with pytest.raises(Unsupported):
            reference.candles(InstrumentId(f"{self.facts.venue}:NOT/THERE"), 60, None, 10)

    def test_recognises_its_own(self) -> None:
        """RF-06 A recorded answer is recognised by its URL; a foreign one is no instrument list."""
        reference = self._reference()
        self.needs(self.facts.listing, "no recorded list of instruments")
        assert self.facts.listing is not None
        request = reference.instruments()[0].request
        query = "&".join(f"{name}={value}" for name, value in request.query)
        base = self.adapter.info.endpoints["live"].first(request.host)
        url = f"{base}{request.path}" + (f"?{query}" if query else "")
        assert reference.recognise(url, self.facts.listing()[0])
        empty = HttpResponse(status=200, body=b"{}", received_ns=AT)
        try:
            assert reference.recognise("https://elsewhere.invalid/x", empty) == []
        except ArgosyError as e:
            pytest.fail(f"a foreign answer raised {e!r}")

    # --- over real sockets ------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_lists_what_the_venue_lists(self) -> None:
        """RF-10 Every instrument of the venue, with its increments, kind and contract."""
        async with rig(self.facts) as on:
            listed = {one.id: one for one in on.twin.instruments()}
            assert set(on.instruments) == set(listed)
            for one in on.instruments.values():
                true = listed[one.id]
                for name in (
                    "venue_symbol",
                    "kind",
                    "base",
                    "quote",
                    "settle",
                    "payoff",
                    "contract_size",
                    "price_increment",
                    "size_increment",
                    "min_size",
                    "strike",
                    "right",
                    "expiry_ns",
                ):
                    assert getattr(one, name) == getattr(true, name), f"{one.id}: {name}"

    @pytest.mark.asyncio
    async def test_tells_the_venues_time(self) -> None:
        """RF-11 The server's time, within what the venue writes of it."""
        async with rig(self.facts) as on:
            on.twin.pass_time(90)
            told = await on.call(on.reference.server_time())
            assert abs(told - on.twin.now_ns()) <= 1.5 * SECOND

    @pytest.mark.asyncio
    async def test_candles(self) -> None:
        """RF-12 Candles of the interval asked, oldest first, sound, no more than asked for."""
        async with rig(self.facts) as on:
            candles = await on.call(on.reference.candles(self.facts.instrument, 60, None, 20))
            assert 1 <= len(candles) <= 20
            assert [one.open_ns for one in candles] == sorted({one.open_ns for one in candles})
            for one in candles:
                assert one.interval_s == 60
                assert one.open_ns % MINUTE == 0
                assert one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high
                assert one.volume >= Decimal(0)

    @pytest.mark.asyncio
    async def test_candles_since(self) -> None:
        """RF-13 Candles since a time begin there, not before."""
        async with rig(self.facts) as on:
            since = Nanos(on.twin.now_ns() // MINUTE * MINUTE - 10 * MINUTE)
            candles = await on.call(on.reference.candles(self.facts.instrument, 60, since, 100))
            assert candles
            assert candles[0].open_ns >= since
            assert len(candles) <= 12

    def test_kinds_are_known(self) -> None:
        """RF-07 venue.toml names kinds of instruments that the model has."""
        assert set(self.adapter.info.instrument_kinds) <= {kind.value for kind in InstrumentKind}
