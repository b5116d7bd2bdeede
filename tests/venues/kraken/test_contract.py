"""Kraken against the public contract suites, the sandbox's Kraken at the other end of sockets."""

import pytest

from argosy.errors import Unsupported
from argosy.model import Credentials, InstrumentId
from argosy.testing.account import AccountContract
from argosy.testing.contract import Facts, Vector, never
from argosy.testing.market_feed import MarketFeedContract
from argosy.testing.private_feed import PrivateFeedContract
from argosy.testing.reference import ReferenceContract
from argosy.testing.signer import SignerContract
from argosy.testing.trading import TradingContract
from argosy.testing.transfers import TransfersContract
from argosy.venues.kraken import rest
from argosy.venues.kraken.private import BALANCES, TOKEN
from venues.kraken.samples import PAIRS, kraken, reply
from venues.kraken.test_sign import SECRET
from venues.recorded import recorded_stream
from venues.twins import twin_of

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
    streams=lambda: [recorded_stream("KRAKEN", "BookChanged", "Trade")],
    twin=twin_of("kraken"),
    differences={
        "TF-26": never("Kraken keeps no ids of ours", pytest.fail.Exception),
        "TF-32": never("Kraken does not say what became of a WalletTransfer", Unsupported),
    },
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
