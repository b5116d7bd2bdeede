"""OKX against the public contract suites, at the sandbox's OKX where sockets are concerned."""

from decimal import Decimal

from argosy.model import Credentials, InstrumentId, OrderType
from argosy.model.time import parse_utc
from argosy.ports import Channel, HttpRequest
from argosy.testing.account import AccountContract
from argosy.testing.contract import Facts, Vector
from argosy.testing.market_feed import MarketFeedContract
from argosy.testing.private_feed import PrivateFeedContract
from argosy.testing.reference import ReferenceContract
from argosy.testing.signer import SignerContract
from argosy.testing.trading import TradingContract
from argosy.testing.transfers import TransfersContract
from argosy.venues.catalog import Adapter, load
from venues.okx.samples import LISTING, reply
from venues.recorded import recorded_stream
from venues.twins import twin_of


def okx() -> Adapter:
    adapter = load("okx")
    assert adapter.reference is not None
    adapter.reference.learn(adapter.reference.instruments()[0].read(reply(LISTING)))
    return adapter


FACTS = Facts(
    venue="okx",
    adapter=okx,
    credentials=Credentials(
        key="2e1c5b1f-0000-4000-8000-0123456789ab",
        secret="A1B2C3D4E5F60718",
        passphrase="Open-Sesame",
    ),
    client_id=lambda number: f"argosy{number}",
    instrument=InstrumentId("okx:BTC/USDT"),
    derivative=InstrumentId("okx:BTC/USDT:USDT"),
    derivative_size=Decimal("0.5"),
    homes={OrderType.CHASE: InstrumentId("okx:BTC/USDT:USDT")},
    listing=lambda: [reply(LISTING)],
    vectors=(
        Vector(
            source="https://www.okx.com/docs-v5/en/#overview-rest-authentication-signature",
            request=HttpRequest(
                method="GET", path="/api/v5/account/balance", query=(("ccy", "BTC"),), signed=True
            ),
            credentials=Credentials(
                key="k", secret="22582BD0CFF14C41EDBF1AB98506286D", passphrase="p"
            ),
            now_ns=parse_utc("2020-12-08T09:08:57.715Z"),
            nonce=1,
            headers={
                "OK-ACCESS-KEY": "k",
                "OK-ACCESS-SIGN": "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
                "OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z",
                "OK-ACCESS-PASSPHRASE": "p",
            },
        ),
    ),
    places={
        Channel.FUNDING: InstrumentId("okx:BTC/USDT:USDT"),
        Channel.OPEN_INTEREST: InstrumentId("okx:BTC/USDT:USDT"),
        Channel.LIQUIDATIONS: InstrumentId("okx:BTC/USDT:USDT"),
        Channel.GREEKS: InstrumentId("okx:BTC/USD:BTC-261225-100000-C"),
    },
    login=(b'{"event":"login","code":"0","msg":"","connId":"a4d3ae55"}',),
    streams=lambda: [
        recorded_stream("OKX", "BookChanged", "Trade", as_of_ns=parse_utc("2022-05-13T16:00:00Z"))
    ],
    twin=twin_of("okx"),
)


class TestSigner(SignerContract):
    facts = FACTS


class TestReference(ReferenceContract):
    facts = FACTS


class TestTrading(TradingContract):
    facts = FACTS


class TestMarketFeed(MarketFeedContract):
    facts = FACTS


class TestPrivateFeed(PrivateFeedContract):
    facts = FACTS


class TestAccount(AccountContract):
    facts = FACTS


class TestTransfers(TransfersContract):
    facts = FACTS
