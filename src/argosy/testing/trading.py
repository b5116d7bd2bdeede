"""The contract of a Trading: which orders make which requests, and what answers may mean."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from argosy.errors import InvalidOrder, NotSent, OrderRejected, OutcomeUnknown, Unsupported
from argosy.model import (
    AmendOrder,
    ClientOrderId,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
    TriggerSource,
)
from argosy.ports import Call, HttpResponse, Trading
from argosy.testing import samples
from argosy.testing.contract import READ_ERRORS
from argosy.testing.damage import bad_bytes
from argosy.testing.trading_wire import TradingWireContract

AT = Nanos(1_700_000_000_000_000_000)
_DAMAGED = 60  # per kind of answer
_EXPONENT = re.compile(rb"\d[eE](?:\+|-|%2B)?\d+(?![0-9a-zA-Z-])")
_ILLEGAL_IDS = ("", " ", "x" * 200, "två", "a\nb", "a b", "\x00", "x" * 65)


class TradingContract(TradingWireContract):
    """Subclass it with `facts`. What needs sockets is in `trading_wire.py`."""

    capability = "trading"

    def _trading(self) -> Trading:
        trading = self.adapter.trading
        assert trading is not None
        return trading

    # What venue.toml has and has not, as parameters.

    def native_cases(self) -> Sequence[str]:
        """Its order types."""
        return self.adapter.info.orders.types

    def foreign_cases(self) -> Sequence[str]:
        """Order types it has not."""
        return [kind for kind in OrderType if kind not in self.adapter.info.orders.types]

    def flag_cases(self) -> Sequence[str]:
        """Every flag there is."""
        return samples.FLAGS

    def tif_cases(self) -> Sequence[str]:
        """Every time in force there is."""
        return list(TimeInForce)

    def source_cases(self) -> Sequence[str]:
        """Every trigger there is."""
        return list(TriggerSource)

    def prevention_cases(self) -> Sequence[str]:
        """Every way to prevent self-trades."""
        return list(SelfTradePrevention)

    def test_declared(self) -> None:
        """TR-01 Declared in venue.toml, and whole; what it lists are words of the model."""
        self.check_declared()
        orders = self.adapter.info.orders
        assert set(orders.types) <= set(OrderType)
        assert set(orders.time_in_force) <= set(TimeInForce)
        assert set(orders.triggers) <= set(TriggerSource)
        assert set(orders.self_trade) <= set(SelfTradePrevention)
        assert set(orders.flags) <= set(samples.FLAGS)
        assert {"market", "limit"} <= set(orders.types)

    def test_native_types(self, native: str) -> None:
        """TR-02 Every declared order type makes a signed request that is never sent twice."""
        request = self._trading().place(samples.order(self.facts, OrderType(native))).request
        self.check_request(request, signed=True)
        assert not request.idempotent, "an order may be placed twice"
        assert request.cost, "placing costs nothing"
        assert request.body or request.query

    def test_foreign_types(self, foreign: str) -> None:
        """TR-03 Every order type that is not declared is Unsupported, so that it gets emulated."""
        with pytest.raises(Unsupported):
            self._trading().place(samples.order(self.facts, OrderType(foreign)))

    def test_flags(self, flag: str) -> None:
        """TR-04 A declared flag changes the request; any other is Unsupported, never dropped."""
        order = samples.with_flag(self.facts, flag)
        if flag in self.adapter.info.orders.flags:
            self._changes(order, samples.order(self.facts, order.type, instrument=order.instrument))
        else:
            with pytest.raises(Unsupported):
                self._trading().place(order)

    def test_times_in_force(self, tif: str) -> None:
        """TR-05 A declared time in force makes a request, any other is Unsupported."""
        order = samples.with_time_in_force(self.facts, TimeInForce(tif), AT)
        if tif not in self.adapter.info.orders.time_in_force:
            with pytest.raises(Unsupported):
                self._trading().place(order)
        elif tif == TimeInForce.GTC:
            self._trading().place(order)
        else:
            self._changes(order, samples.order(self.facts))

    def test_triggers(self, source: str) -> None:
        """TR-06 A declared trigger makes a request, any other is Unsupported."""
        order = samples.with_trigger(self.facts, TriggerSource(source))
        if source not in self.adapter.info.orders.triggers:
            with pytest.raises(Unsupported):
                self._trading().place(order)
        elif source == TriggerSource.LAST:
            self._trading().place(order)
        else:
            self._changes(order, samples.with_trigger(self.facts, TriggerSource.LAST))

    def test_self_trades(self, prevention: str) -> None:
        """TR-07 Declared ways to prevent self-trades are sent, any other is Unsupported."""
        plain = samples.order(self.facts)
        order = msgspec.structs.replace(plain, self_trade=SelfTradePrevention(prevention))
        if prevention in self.adapter.info.orders.self_trade:
            self._changes(order, plain)
        else:
            with pytest.raises(Unsupported):
                self._trading().place(order)

    def _changes(self, order: Any, plain: Any) -> None:
        one, other = self._trading().place(order).request, self._trading().place(plain).request
        assert (one.path, one.query, one.body) != (other.path, other.query, other.body), (
            "the request does not say it"
        )

    def test_client_ids(self) -> None:
        """TR-08 Legal client ids are in the request; others are refused before they are sent."""
        pattern = re.compile(self.adapter.info.orders.client_id_pattern)
        trading = self._trading()
        for number in (1, 2, 999_999):
            legal = self.facts.client_id(number)
            assert pattern.fullmatch(legal), f"the facts' {legal!r} is not legal"
            request = trading.place(samples.order(self.facts, number=number)).request
            assert legal.encode() in request.body + repr(request.query).encode()
        for illegal in _ILLEGAL_IDS:
            assert not pattern.fullmatch(illegal), f"venue.toml's pattern takes {illegal!r}"
            order = samples.order(self.facts, client_id=ClientOrderId(illegal))
            with pytest.raises(InvalidOrder):
                trading.place(order)
            with pytest.raises(InvalidOrder):
                trading.cancel(samples.cancel(order))
            with pytest.raises(InvalidOrder):
                trading.order(order.instrument, illegal, None)

    def test_decimals(self) -> None:
        """TR-09 Numbers are written out: no exponents, no rounding, no binary fractions."""
        trading = self._trading()
        size, price = Decimal("1.2E+2"), Decimal("6E+4")
        for kind in (OrderType.LIMIT, OrderType.MARKET):
            more: dict[str, Any] = {"price": price} if kind is OrderType.LIMIT else {}
            order = samples.order(self.facts, kind, size=size, **more)
            request = trading.place(order).request
            sent = request.body + repr(request.query).encode()
            sent = sent.replace(order.client_id.encode(), b"")
            assert not _EXPONENT.search(sent), sent
            assert b"120" in sent
            assert not more or b"60000" in sent
        small = trading.place(samples.order(self.facts, size=Decimal("1234.56780001"))).request
        assert b"1234.56780001" in small.body + repr(small.query).encode()

    def test_all_calls_stand_in_the_limits(self) -> None:
        """TR-10 Every request is signed, at a known host, and counts in known buckets."""
        for _, call in self._every_call():
            self.check_request(call.request, signed=True)

    def test_cancelling_is_urgent(self) -> None:
        """TR-11 Cancellations go before whatever waits for a rate limit."""
        order = samples.order(self.facts)
        trading = self._trading()
        calls: list[Call[Any]] = [
            trading.cancel(samples.cancel(order)),
            trading.cancel_many([samples.cancel(order), samples.cancel(order)]),
            trading.cancel_all_after(self.facts.dead_man_s),
            *trading.cancel_all(None),
            *trading.cancel_all(self.facts.instrument),
        ]
        waits = [call.request.path for call in calls if not call.request.urgent]
        assert not waits, f"not urgent: {waits}"

    def test_batches(self) -> None:
        """TR-12 Batches up to the declared size, Unsupported beyond."""
        limits, trading = self.adapter.info.orders, self._trading()
        orders = [samples.order(self.facts, number=n) for n in range(1, limits.max_batch + 2)]
        request = trading.place_many(orders[:-1]).request
        assert not request.idempotent
        for order in orders[:-1]:
            assert order.client_id.encode() in request.body
        with pytest.raises(Unsupported):
            trading.place_many(orders)
        many = [samples.cancel(samples.order(self.facts, number=n)) for n in range(1, 1000)]
        trading.cancel_many(many[: limits.max_cancel_batch])
        with pytest.raises(Unsupported):
            trading.cancel_many(many[: limits.max_cancel_batch + 1])

    def test_unknown_instruments(self) -> None:
        """TR-13 An instrument that was not learnt is Unsupported; nothing is guessed."""
        there = InstrumentId(f"{self.facts.venue}:NOT/THERE")
        order = samples.order(self.facts, instrument=there)
        trading = self._trading()
        with pytest.raises(Unsupported):
            trading.place(order)
        with pytest.raises(Unsupported):
            trading.cancel(samples.cancel(order))
        with pytest.raises(Unsupported):
            trading.cancel_all(there)

    def test_bad_bytes(self) -> None:
        """TR-14 Whatever the bytes and status, nothing comes out but documented errors."""
        for name, call in self._every_call():
            for data in bad_bytes([b'{"error":[],"result":{"txid":["O"]}}', _OK], _DAMAGED):
                for status in (200, 400, 503):
                    self._read(name, call, data, status)

    def _read(self, name: str, call: Call[Any], data: bytes, status: int) -> None:
        try:
            call.read(HttpResponse(status=status, body=data, received_ns=AT))
        except READ_ERRORS:
            return
        except Exception as e:
            raise AssertionError(f"{name} raised {e!r} for {status} {data[:200]!r}") from e

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
    def test_gateway_errors_leave_orders_open(self, status: int) -> None:
        """TR-15 A gateway's page says nothing about the order: OutcomeUnknown, never a refusal."""
        page = b"<html><body>Bad Gateway</body></html>"
        answer = HttpResponse(status=status, body=page, received_ns=AT)
        order = samples.order(self.facts)
        trading = self._trading()
        amend = self._amendment()
        for call in (
            trading.place(order),
            trading.place_many([order, order]),
            trading.amend(amend),
        ):
            with pytest.raises(OutcomeUnknown):
                call.read(answer)

    def test_nothing_readable_is_no_success(self) -> None:
        """TR-16 An answer without the venue's own yes never counts as one."""
        trading = self._trading()
        order = samples.order(self.facts)
        for call in (trading.place(order), trading.amend(self._amendment())):
            for data in (b"", b"{}", b"[]", b"null", b"OK", b'{"data":[]}', b'{"result":{}}'):
                answer = HttpResponse(status=200, body=data, received_ns=AT)
                with pytest.raises(READ_ERRORS) as raised:
                    call.read(answer)
                assert not isinstance(raised.value, NotSent | OrderRejected)

    def test_reports_name_the_order(self) -> None:
        """TR-17 Asking for one order never answers with another's report."""
        for name, call in self._every_call():
            if name != "order":
                continue
            for data in bad_bytes([_OK], 20):
                try:
                    report = call.read(HttpResponse(status=200, body=data, received_ns=AT))
                except READ_ERRORS:
                    continue
                assert isinstance(report, OrderReport)

    def test_dead_man_switch(self) -> None:
        """TR-18 Arming and disarming are different requests; both may be repeated."""
        trading = self._trading()
        armed, off = trading.cancel_all_after(self.facts.dead_man_s), trading.cancel_all_after(0)
        assert armed.request.idempotent
        assert off.request.idempotent
        assert armed.request != off.request
        with pytest.raises((Unsupported, InvalidOrder)):
            trading.cancel_all_after(-1)
        with pytest.raises((Unsupported, InvalidOrder)):
            trading.cancel_all_after(10**7)

    # --- what the tests above go through ----------------------------------------------------------

    def _amendment(self) -> AmendOrder:
        order = samples.order(self.facts)
        assert order.price is not None
        return AmendOrder(
            instrument=order.instrument, client_id=order.client_id, new_price=order.price - 10
        )

    def _every_call(self) -> Iterator[tuple[str, Call[Any]]]:
        trading, order = self._trading(), samples.order(self.facts)
        cancel = samples.cancel(order)
        yield "place", trading.place(order)
        yield "place_many", trading.place_many([order, samples.order(self.facts, number=2)])
        yield "amend", trading.amend(self._amendment())
        yield "cancel", trading.cancel(cancel)
        yield "cancel_many", trading.cancel_many([cancel, cancel])
        yield "cancel_all_after", trading.cancel_all_after(self.facts.dead_man_s)
        for name, calls in (
            ("cancel_all", trading.cancel_all(None)),
            ("cancel_all", trading.cancel_all(order.instrument)),
            ("open_orders", trading.open_orders()),
            ("fills", trading.fills(AT)),
            ("fills", trading.fills(None)),
        ):
            for call in calls:
                yield name, call
        for venue_id in ("123", None):
            asked: Call[Any] | None = trading.order(order.instrument, order.client_id, venue_id)
            while asked is not None:
                yield "order", asked
                asked = asked.otherwise


_OK = b'{"code":"0","msg":"","data":[{"ordId":"1","clOrdId":"","sCode":"0","sMsg":"","ts":"1"}]}'
