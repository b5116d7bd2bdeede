"""Kraken against the public contract suites, the sandbox's Kraken at the other end of sockets."""

import itertools

from argosy.model import Credentials, InstrumentId
from argosy.ports import FeedPlan
from argosy.testing.account import AccountContract
from argosy.testing.contract import Facts, Stream, Vector
from argosy.testing.market_feed import MarketFeedContract
from argosy.testing.private_feed import PrivateFeedContract
from argosy.testing.reference import ReferenceContract
from argosy.testing.signer import SignerContract
from argosy.testing.trading import TradingContract
from argosy.venues.kraken import rest
from argosy.venues.kraken.private import BALANCES, TOKEN
from venues.kraken.samples import PAIRS, kraken, lines, reply
from venues.kraken.test_sign import SECRET
from venues.twins import twin_of


def recorded_streams() -> list[Stream]:
    """The recorded day of 2021, in the format of then."""
    plan = FeedPlan(url="ws_public", listen=True)
    heard = (line["data"] for line in lines("feeds/KRAKEN.jsonl.zst") if line["t"] == "recv")
    frames = tuple(data.encode() for data in itertools.islice(heard, 1_500))
    return [Stream(plan=plan, frames=frames, events=frozenset({"BookChanged"}))]


FACTS = Facts(
    venue="kraken",
    adapter=kraken,
    credentials=Credentials(key="ZmFrZSBrZXk", secret=SECRET, passphrase="424242"),
    client_id=lambda number: f"{number:032x}",
    instrument=InstrumentId("kraken:BTC/USD"),
    listing=lambda: [reply(PAIRS)],
    vectors=(
        Vector(
            source="https://docs.kraken.com/exchange/guides/rest/authentication (2026-11-22)",
            request=rest.private(
                "AddOrder",
                [
                    ("ordertype", "limit"),
                    ("pair", "XBTUSD"),
                    ("price", "37500"),
                    ("type", "buy"),
                    ("volume", "1.25"),
                ],
            ),
            credentials=Credentials(key="key", secret=SECRET),
            now_ns=1_616_492_376_594_000_000,
            nonce=1616492376594,
            headers={
                "API-Key": "key",
                "API-Sign": "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp"
                "32bAb0nmbRn6H8ndwLUQ==",
            },
            body=b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
        ),
    ),
    prepared={
        TOKEN: reply({"token": "WW91ciBhdXRoZW50aWNhdGlvbiB0b2tlbg", "expires": 900}),
        BALANCES: reply({"ZUSD": {"balance": "25435.21", "hold_trade": "8249.76"}}),
    },
    streams=recorded_streams,
    twin=twin_of("kraken"),
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
