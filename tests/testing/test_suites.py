"""The contract suites notice what they are for: sound adapters pass elsewhere, broken ones fail."""

from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
import pytest

from argosy.errors import OutcomeUnknown, Unsupported, WireError
from argosy.model import TransferState
from argosy.ports import Call, Step
from argosy.testing.account import AccountContract
from argosy.testing.market_feed import MarketFeedContract
from argosy.testing.private_feed import PrivateFeedContract
from argosy.testing.reference import ReferenceContract
from argosy.testing.signer import SignerContract
from argosy.testing.trading import TradingContract
from argosy.testing.transfers import TransfersContract
from argosy.venues.catalog import load
from venues.kraken.samples import kraken
from venues.kraken.test_contract import FACTS
from venues.twins import twin_of

WRONG = (AssertionError, pytest.fail.Exception)


class Around:
    """A part of an adapter with some methods replaced; each gets the real one first."""

    def __init__(self, real, **changes):
        self._real, self._changes = real, changes

    def __getattr__(self, name):
        real = getattr(self._real, name)
        change = self._changes.get(name)
        return (lambda *a, **k: change(real, *a, **k)) if change else real


def broken(suite, part, **changes):
    """A suite on Kraken's adapter with one part changed."""

    def adapter():
        whole = kraken()
        setattr(whole, part, Around(getattr(whole, part), **changes))
        return whole

    facts = msgspec.structs.replace(FACTS, adapter=adapter, differences={})
    return type("Broken", (suite,), {"facts": facts})()


def with_request(real, *arguments, **fields):
    call = real(*arguments)
    return Call(msgspec.structs.replace(call.request, **fields), call.read)


def test_a_secret_in_the_path_is_noticed():
    def leak(real, request, credentials, now_ns, nonce):
        signed = real(request, credentials, now_ns, nonce)
        return msgspec.structs.replace(signed, path=signed.path + "?s=" + credentials.secret)

    suite = broken(SignerContract, "signer", sign=leak)
    with pytest.raises(WRONG):
        suite.test_the_secret_stays_here()
    with pytest.raises(WRONG):
        suite.test_nothing_shows_in_a_repr()


def test_a_signature_over_less_than_everything_is_noticed():
    def partly(real, request, credentials, now_ns, nonce):
        signed = real(msgspec.structs.replace(request, body=b""), credentials, now_ns, nonce)
        return msgspec.structs.replace(request, headers=signed.headers)

    with pytest.raises(WRONG):
        broken(SignerContract, "signer", sign=partly).test_the_signature_covers_what_is_sent()


def test_an_order_that_may_be_sent_twice_is_noticed():
    def twice(real, order):
        return with_request(real, order, idempotent=True)

    with pytest.raises(WRONG):
        broken(TradingContract, "trading", place=twice).test_native_types("limit")


def test_a_cost_in_no_bucket_is_noticed():
    def dear(real, order):
        return with_request(real, order, cost={"gold": 1})

    with pytest.raises(WRONG):
        broken(TradingContract, "trading", place=dear).test_all_calls_stand_in_the_limits()


def test_a_dropped_flag_is_noticed():
    def drop(real, order):
        return real(msgspec.structs.replace(order, post_only=False))

    with pytest.raises(WRONG):
        broken(TradingContract, "trading", place=drop).test_flags("post_only")


def test_an_undeclared_type_that_is_taken_is_noticed():
    def take(real, order):
        try:
            return real(order)
        except Unsupported:
            return None

    with pytest.raises(WRONG):
        broken(TradingContract, "trading", place=take).test_foreign_types("twap")


def test_an_error_nobody_expects_is_noticed():
    def careless(real, order):
        call = real(order)
        return Call(call.request, lambda response: response.body[0] and call.read(response))

    with pytest.raises(WRONG):
        broken(TradingContract, "trading", place=careless).test_bad_bytes()


def test_guessing_the_outcome_is_noticed():
    def guess(real, order):
        def read(response):
            try:
                return call.read(response)
            except (OutcomeUnknown, WireError):
                return None

        call = real(order)
        return Call(call.request, read)

    suite = broken(TradingContract, "trading", place=guess)
    with pytest.raises(WRONG):
        suite.test_gateway_errors_leave_orders_open(502)
    with pytest.raises(WRONG):
        suite.test_nothing_readable_is_no_success()


async def test_a_cancellation_that_does_nothing_is_noticed():
    def idle(real, order):
        real(order)
        return Call(load("kraken").reference.server_time().request, lambda _: None)

    suite = broken(TradingContract, "trading", cancel=idle)
    with pytest.raises(WRONG):
        await suite.test_cancelling_by_our_id_alone("limit")


async def test_a_wrong_balance_is_noticed():
    def richer(real):
        calls = real()

        def read(response):
            return [
                msgspec.structs.replace(one, total=one.total + Decimal(1), free=one.free + 1)
                for one in calls[0].read(response)
            ]

        return [Call(calls[0].request, read)]

    with pytest.raises(WRONG):
        await broken(AccountContract, "account", balances=richer).test_balances()


async def test_missing_instruments_are_noticed():
    def fewer(real):
        calls = real()
        return [Call(calls[0].request, lambda response: calls[0].read(response)[1:])]

    with pytest.raises(WRONG):
        await broken(
            ReferenceContract, "reference", instruments=fewer
        ).test_lists_what_the_venue_lists()


class Deaf(Around):
    """A session that says nothing."""

    ready = True
    plan = None

    def open(self, now_ns):
        return Step()


def test_a_session_that_is_ready_too_early_is_noticed():
    suite = broken(MarketFeedContract, "feed", session=lambda real, *a: Deaf(real(*a)))
    with pytest.raises(WRONG):
        suite.test_opening()
    with pytest.raises(WRONG):
        suite.test_bad_bytes()


def test_private_channels_that_are_missing_are_noticed():
    with pytest.raises(WRONG):
        broken(PrivateFeedContract, "private", private_plans=lambda _real: []).test_declared()


async def test_without_a_twin_the_live_half_is_skipped():
    facts = msgspec.structs.replace(FACTS, twin=None)
    suite = type("NoTwin", (ReferenceContract,), {"facts": facts})()
    with pytest.raises(pytest.skip.Exception, match="no twin"):
        await suite.test_candles()


async def test_a_twin_that_lists_more_is_noticed():
    @asynccontextmanager
    async def more():
        async with twin_of("kraken")() as twin:
            listed = twin.instruments()
            twin.instruments = lambda: [
                *listed, msgspec.structs.replace(listed[0], id="kraken:X/Y")
            ]  # fmt: skip
            yield twin

    facts = msgspec.structs.replace(FACTS, twin=more)
    suite = type("More", (ReferenceContract,), {"facts": facts})()
    with pytest.raises(WRONG):
        await suite.test_lists_what_the_venue_lists()


# --- transfers ------------------------------------------------------------------------------------


def test_funds_that_may_be_moved_twice_are_noticed():
    def twice(real, withdrawal):
        return with_request(real, withdrawal, idempotent=True)

    suite = broken(TransfersContract, "transfers", cancel_withdrawal=twice)
    with pytest.raises(WRONG):
        suite.test_only_questions_may_be_repeated()


def test_a_question_of_funds_that_may_not_be_repeated_is_noticed():
    def once(real, since_ns):
        return with_request(real, since_ns, idempotent=False)

    suite = broken(TransfersContract, "transfers", deposits=once)
    with pytest.raises(WRONG):
        suite.test_only_questions_may_be_repeated()


def test_an_error_nobody_expects_of_a_withdrawal_is_noticed():
    def careless(real, request):
        call = real(request)
        return Call(call.request, lambda response: response.body[0] and call.read(response))

    with pytest.raises(IndexError):
        broken(TransfersContract, "transfers", withdraw=careless).test_bad_bytes()


async def test_a_lost_withdrawal_that_is_not_found_is_noticed():
    def blind(real, request, since_ns):
        call = real(request, since_ns)
        return Call(call.request, lambda response: call.read(response)[:0])

    suite = broken(TransfersContract, "transfers", lookup=blind)
    with pytest.raises((*WRONG, ValueError)):
        await suite.test_a_lost_answer()


async def test_a_withdrawal_that_pays_its_fee_from_the_amount_is_noticed():
    """At Kraken: what arrives is less than what was asked for."""

    def short(real, request):
        return real(msgspec.structs.replace(request, amount=request.amount - request.fee))

    with pytest.raises(WRONG):
        await broken(TransfersContract, "transfers", withdraw=short).test_a_withdrawal_to_its_end()


async def test_a_withdrawal_that_is_done_too_early_is_noticed():
    def hasty(real, request, since_ns):
        call = real(request, since_ns)

        def read(response):
            return [
                msgspec.structs.replace(one, state=TransferState.DONE)
                for one in call.read(response)
            ]

        return Call(call.request, read)

    for name in ("test_cancelling", "test_a_withdrawal_that_fails"):
        with pytest.raises(WRONG):
            await getattr(broken(TransfersContract, "transfers", lookup=hasty), name)()
