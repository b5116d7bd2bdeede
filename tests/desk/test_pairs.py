"""Which instruments make up a pair, and at which rates they are converted."""

from decimal import Decimal

import pytest

from argosy.books import BookReader, Shelf, VenueBook
from argosy.desk.pairs import Rates, members_of, universal_books
from argosy.errors import ConfigError
from argosy.model import (
    IndexPrice,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentStatus,
    Nanos,
    Payoff,
    VenueId,
)
from argosy.model.time import SECOND
from argosy.ports import BookChanged
from books.making import OKX_FORM, spot

NOW_NS = 1_790_000_000 * SECOND


def book_of(name: str, bid: str, ask: str, at_ns: int = NOW_NS) -> VenueBook:
    venue, _, symbol = name.partition(":")
    about = spot(venue, symbol, price="0.0001")
    reader = BookReader(OKX_FORM, Shelf())
    reader.attach(about.venue_symbol, about, 0)
    frame = (
        f'{{"arg":{{"channel":"books","instId":"{about.venue_symbol}"}},"action":"snapshot",'
        f'"data":[{{"asks":[["{ask}","5","0","1"]],"bids":[["{bid}","5","0","1"]],'
        f'"ts":"1790000000000","checksum":0,"prevSeqId":-1,"seqId":1}}]}}'
    )
    (event,) = reader.read(frame.encode(), at_ns).events
    assert isinstance(event, BookChanged)
    assert isinstance(event.book, VenueBook)
    return event.book


def rates(conversions: dict[str, str], *books: VenueBook, now_ns: int = NOW_NS) -> Rates:
    found = Rates(conversions, lambda: now_ns)
    for book in books:
        found.learn(book)
    return found


def test_members_are_spot_trading_and_of_a_quote_alike() -> None:
    listed = [
        spot("okx", "BTC/USDT"),
        spot("okx", "BTC/EUR"),
        spot("okx", "ETH/USDT"),
        spot("okx", "BTC/USD"),
        spot("okx", "BTC/USDC", status=InstrumentStatus.SUSPENDED),
        Instrument(
            id=InstrumentId("okx:BTC/USDT:USDT"),
            venue=VenueId("okx"),
            venue_symbol="BTC-USDT-SWAP",
            kind=InstrumentKind.PERPETUAL,
            base="BTC",
            quote="USDT",
            price_increment=Decimal("0.1"),
            size_increment=Decimal(1),
            settle="USDT",
            payoff=Payoff.LINEAR,
        ),
    ]
    alike = ("USD", "USDT", "USDC")

    def ids(pair: str) -> list[str]:
        return [member.id for member in members_of(pair, listed, alike)]

    assert ids("BTC/USD") == ["okx:BTC/USDT", "okx:BTC/USD"]
    assert ids("BTC/EUR") == ["okx:BTC/EUR"]  # the euro is like nothing else
    assert ids("ETH/EUR") == []
    assert [one.id for one in members_of("BTC/USD", listed, ())] == ["okx:BTC/USD"]


def test_the_same_currency_is_one() -> None:
    found = rates({}).find("USD", "USD")
    assert found is not None
    assert found.rate == 1


def test_a_rate_from_the_settings() -> None:
    found = rates({"USDT": "0.9997"}).find("USDT", "USD")
    assert found is not None
    assert (found.rate, found.origin) == (Decimal("0.9997"), "setting books.conversions.USDT")
    assert rates({"USDT": "1"}).find("DAI", "USD") is None


def test_a_rate_from_a_book_and_a_chain_of_them() -> None:
    chain = {"USDT": "kraken:USDT/USD", "USDC": "okx:USDC/USDT"}
    tether, circle = (
        book_of("kraken:USDT/USD", "0.9990", "0.9992"),
        book_of("okx:USDC/USDT", "1.0002", "1.0004"),
    )
    found = rates(chain, tether, circle)
    assert sorted(found.instruments()) == ["kraken:USDT/USD", "okx:USDC/USDT"]
    one = found.find("USDT", "USD")
    assert one is not None
    assert (one.rate, one.origin) == (Decimal("0.9991"), "kraken:USDT/USD mid")
    two = found.find("USDC", "USD")
    assert two is not None
    assert two.rate == Decimal("0.9991") * Decimal("1.0003")
    assert two.origin == "okx:USDC/USDT mid by kraken:USDT/USD mid"
    assert rates(chain, circle).find("USDC", "USD") is None  # the second link is missing


def test_a_rate_is_never_older_than_a_minute_nor_of_a_lost_book() -> None:
    chain = {"USDT": "kraken:USDT/USD"}
    book = book_of("kraken:USDT/USD", "0.9990", "0.9992")
    assert rates(chain, book, now_ns=NOW_NS + 60 * SECOND).find("USDT", "USD") is not None
    assert rates(chain, book, now_ns=NOW_NS + 61 * SECOND).find("USDT", "USD") is None
    book.leave()
    assert rates(chain, book).find("USDT", "USD") is None


IN_USD, IN_USDT = InstrumentId("okx:BTC/USD:BTC"), InstrumentId("okx:BTC/USDT:USDT")
INDEX_RATES = {"USDT": ("BTC/USD:BTC", "BTC/USDT:USDT")}


def index(instrument: InstrumentId, price: str, at_ns: int = NOW_NS) -> IndexPrice:
    return IndexPrice(
        instrument=instrument, venue_ns=Nanos(0), received_ns=Nanos(at_ns), price=Decimal(price)
    )


def listed(*ids: str) -> dict[InstrumentId, Instrument]:
    return {InstrumentId(one): spot(*one.split(":", 1)) for one in ids}


def test_indices_stand_in_for_a_source_that_the_desk_has_not() -> None:
    found = rates({"USDT": "kraken:USDT/USD", "USDC": "okx:USDC/USDT"})
    found.stand_in("USDT", "okx", listed(IN_USD, IN_USDT), INDEX_RATES)
    assert found.indexed() == [IN_USD, IN_USDT]
    found.index(index(IN_USD, "99900"))
    assert found.find("USDT", "USD") is None  # half a rate is none
    found.index(index(IN_USDT, "100000"))
    one = found.find("USDT", "USD")
    assert one is not None
    assert (one.rate, one.target_currency) == (Decimal("0.999"), "USD")
    assert one.origin == "index of okx:BTC/USD:BTC over okx:BTC/USDT:USDT"
    found.learn(book_of("okx:USDC/USDT", "1.0002", "1.0004"))
    two = found.find("USDC", "USD")
    assert two is not None
    assert two.rate == Decimal("1.0003") * Decimal("0.999")
    found.index(index(IN_USD, "99900", NOW_NS - 61 * SECOND))
    assert found.find("USDT", "USD") is None  # too old
    found.index(index(IN_USD, "99900"))
    found.index(index(IN_USDT, "0"))
    assert found.find("USDT", "USD") is None


def test_a_pair_with_dollars_stands_in_before_indices_and_stays() -> None:
    found = rates({"USDT": "kraken:USDT/USD"})
    found.stand_in("USDT", "bare", listed("bare:BTC/USD"), {})
    found.stand_in("USDT", "okx", listed(IN_USD), INDEX_RATES)
    assert (found.indexed(), found.instruments()) == ([], ["kraken:USDT/USD"])  # neither has any
    found.stand_in("USDT", "okx", listed("okx:USDT/USD", IN_USD, IN_USDT), INDEX_RATES)
    found.stand_in("USDT", "other", listed("other:USDT/USD"), {})
    assert found.indexed() == []
    found.learn(book_of("okx:USDT/USD", "0.9990", "0.9992"))
    one = found.find("USDT", "USD")
    assert one is not None
    assert (one.rate, one.origin) == (Decimal("0.9991"), "okx:USDT/USD mid")


def test_a_circle_ends_without_a_rate() -> None:
    circle = {"USDT": "okx:USDT/USDC", "USDC": "okx:USDC/USDT"}
    books = book_of("okx:USDT/USDC", "1", "1.0002"), book_of("okx:USDC/USDT", "1", "1.0002")
    assert rates(circle, *books).find("USDT", "USD") is None


def test_a_new_book_of_the_same_instrument_takes_over() -> None:
    found = rates({"USDT": "kraken:USDT/USD"}, book_of("kraken:USDT/USD", "0.9", "0.9002"))
    found.learn(book_of("kraken:USDT/USD", "0.8", "0.8002"))
    one = found.find("USDT", "USD")
    assert one is not None
    assert one.rate == Decimal("0.8001")


@pytest.mark.parametrize(
    "text", ["0", "-1", "nan", "inf", "free", "", "kraken:BTC/USD", "USDT/USD"]
)
def test_a_conversion_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"books\.conversions\.USDT"):
        rates({"USDT": text})


def test_a_book_for_each_pair() -> None:
    books = universal_books(("BTC/USD", "ETH/EUR"), 2.5)
    assert list(books) == ["BTC/USD", "ETH/EUR"]
    assert books["BTC/USD"].max_age_ns == 2_500_000_000
    with pytest.raises(ConfigError):
        universal_books(("BTC",), 1)
