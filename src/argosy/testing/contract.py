"""What every contract suite is made of: a venue's facts, and differences that are declared and
strict. Never talks to a venue.
"""

import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import pytest

from argosy.errors import OutcomeUnknown, VenueError, WireError
from argosy.model import Credentials, InstrumentId, OrderType
from argosy.ports import Channel, FeedPlan, HttpRequest, HttpResponse
from argosy.testing.twin import Twin
from argosy.venues.catalog import Adapter

# What reading an answer may raise, whatever the bytes: see argosy.ports.Call.
READ_ERRORS = (VenueError, WireError, OutcomeUnknown)

SUITES = (
    "account",
    "market_feed",
    "private_feed",
    "reference",
    "signer",
    "trading",
    "transfers",
)

_ID = re.compile(r"([A-Z]{2}-\d{2}) ")
_IDS: dict[str, str] = {}  # of every suite's tests: id -> where


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Why a test of the contract does not pass for a venue, and how it fails."""

    kind: str  # notimpl, notyet, never
    reason: str
    raises: type[BaseException] | tuple[type[BaseException], ...]


def notimpl(
    reason: str, raises: type[BaseException] | tuple[type[BaseException], ...] = Exception
) -> Difference:
    """We could, and have not written it."""
    return Difference(kind="notimpl", reason=reason, raises=raises)


def notyet(
    reason: str, raises: type[BaseException] | tuple[type[BaseException], ...] = Exception
) -> Difference:
    """They could: the venue, or its twin, does not do it yet."""
    return Difference(kind="notyet", reason=reason, raises=raises)


def never(
    reason: str, raises: type[BaseException] | tuple[type[BaseException], ...] = Exception
) -> Difference:
    """It makes no sense for this venue; the reason says why."""
    return Difference(kind="never", reason=reason, raises=raises)


class Vector(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that the venue, or a peer's tests, published."""

    source: str
    request: HttpRequest
    credentials: Credentials
    now_ns: int
    nonce: int
    headers: dict[str, str]  # those that the signed request must have
    body: bytes | None = None  # None: as before


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Frames of one connection, recorded or copied from the venue's documents."""

    plan: FeedPlan
    frames: tuple[bytes, ...]
    listing: tuple[tuple[str, HttpResponse], ...] = ()  # instruments of then: URL and answer
    events: frozenset[str] = frozenset()  # names of event types that must come out


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the suites need to know of a venue. Everything else they read from its venue.toml."""

    venue: str
    adapter: Callable[[], Adapter]  # a fresh one that has learnt the instruments named here
    credentials: Credentials  # worthless, in the venue's shape
    client_id: Callable[[int], str]  # the n-th legal client id
    instrument: InstrumentId  # what most tests trade
    size: Decimal = Decimal("0.01")  # a legal one for it
    price: Decimal = Decimal(60_000)  # a plausible one for it
    derivative: InstrumentId | None = None
    derivative_size: Decimal = Decimal(1)
    homes: Mapping[OrderType, InstrumentId] = {}  # where an order type is not for `instrument`
    places: Mapping[Channel, InstrumentId | None] = {}  # the same for channels
    prepared: Mapping[str, HttpResponse] = {}  # answers to what private sessions ask first, by tag
    login: tuple[bytes, ...] = ()  # frames that tell a private session that it is logged in
    dead_man_s: int = 60
    # Currency and network (our word) to move funds by, and an amount that both ends take.
    moving: tuple[str, str, Decimal] = ("BTC", "bitcoin", Decimal("0.125"))
    listing: Callable[[], Sequence[HttpResponse]] | None = None  # one per call of instruments()
    streams: Callable[[], Sequence[Stream]] | None = None
    vectors: tuple[Vector, ...] = ()
    twin: Callable[[], AbstractAsyncContextManager[Twin]] | None = None
    differences: Mapping[str, Difference] = {}  # by test id, or id and parameter: "TR-03[twap]"

    def home(self, kind: OrderType) -> InstrumentId:
        """The instrument on which to try an order type."""
        return self.homes.get(kind, self.instrument)


class Contract:
    """The base of every suite. A subclass with `facts` is a venue's; its differences are strict:
    an entry whose test passes fails the suite.
    """

    facts: ClassVar[Facts]
    capability: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "facts" not in vars(cls):
            for name, test in _tests(cls).items():
                _IDS.setdefault(test_id(test), name)
            return
        differences = cls.facts.differences
        wrong = sorted(key for key in differences if key.partition("[")[0] not in known_ids())
        if wrong:
            raise ValueError(f"{cls.__name__}: no test has the ids {', '.join(wrong)}")
        for name, test in _tests(cls).items():
            difference = differences.get(test_id(test))
            if difference is not None:
                setattr(cls, name, _mark(difference)(_copy(test)))

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Parameters that a venue's own venue.toml supplies: a method `<argument>_cases` each."""
        for argument in metafunc.fixturenames:
            cases = getattr(self, f"{argument}_cases", None)
            if cases is None:
                continue
            number = test_id(metafunc.function)
            metafunc.parametrize(
                argument,
                [
                    pytest.param(
                        case,
                        id=str(case),
                        marks=[_mark(found)]
                        if (found := self.facts.differences.get(f"{number}[{case}]"))
                        else [],
                    )
                    for case in cases()
                ],
            )

    @property
    def adapter(self) -> Adapter:
        """A fresh adapter."""
        return self.facts.adapter()

    def check_declared(self) -> None:
        """The capability is declared in venue.toml exactly when the adapter has it, whole."""
        from argosy.venues.catalog import CAPABILITIES

        adapter = self.adapter
        found = getattr(adapter, self.capability)
        declared = self.capability in adapter.info.capabilities
        assert declared, f"venue.toml of {self.facts.venue} does not declare {self.capability!r}"
        assert found is not None, f"{self.capability!r} is declared, and the adapter has none"
        assert isinstance(found, CAPABILITIES[self.capability])

    def check_request(self, request: HttpRequest, *, signed: bool) -> None:
        """A request stands within what venue.toml declares."""
        info = self.adapter.info
        assert request.method in {"GET", "POST", "PUT", "DELETE"}
        assert request.path.startswith("/"), request.path
        assert "?" not in request.path or not request.query
        assert request.signed is signed, f"{request.path}: signed is {request.signed}"
        for environment, endpoints in info.endpoints.items():
            assert request.host in endpoints.roles, f"{environment} has no {request.host!r}"
        for bucket, cost in request.cost.items():
            assert bucket.partition("/")[0] in info.buckets, f"venue.toml limits no {bucket!r}"
            assert cost >= 0

    def needs(self, what: object, why: str) -> None:
        """Skip, saying why, where a venue's facts leave something out."""
        if what is None or what == ():
            pytest.skip(f"{self.facts.venue}: {why}")


def known_ids() -> frozenset[str]:
    """The ids of every test of every suite."""
    import importlib

    for name in SUITES:
        importlib.import_module(f"argosy.testing.{name}")
    return frozenset(_IDS)


def unwritten(done: Iterable[str] = ()) -> dict[str, Difference]:
    """Every test of every suite as `notimpl`, but those that are `done`: where a venue starts."""
    finished = frozenset(done)
    if wrong := finished - known_ids():
        raise ValueError(f"no test has the ids {', '.join(sorted(wrong))}")
    reason = "not written; when it passes, add its id to the done ones"
    return {number: notimpl(reason) for number in sorted(known_ids() - finished)}


def test_id(test: Any) -> str:
    """The id that begins a test's docstring: 'MF-03'."""
    found = _ID.match(test.__doc__ or "")
    if found is None:
        raise ValueError(f"{test.__qualname__}: the docstring begins with no id like 'MF-03 '")
    return found[1]


def _tests(cls: type) -> dict[str, Any]:
    names = (name for name in dir(cls) if name.startswith("test_"))
    return {name: getattr(cls, name) for name in names}


def _mark(difference: Difference) -> pytest.MarkDecorator:
    return pytest.mark.xfail(
        reason=f"{difference.kind}: {difference.reason}", raises=difference.raises, strict=True
    )


def _copy(test: Any) -> Any:
    """A function of its own, so that a mark is one venue's alone."""
    copied = types.FunctionType(
        test.__code__, test.__globals__, test.__name__, test.__defaults__, test.__closure__
    )
    copied.__dict__.update({**test.__dict__, "pytestmark": list(getattr(test, "pytestmark", []))})
    copied.__doc__, copied.__qualname__ = test.__doc__, test.__qualname__
    copied.__kwdefaults__ = test.__kwdefaults__
    copied.__annotations__ = test.__annotations__
    return copied
