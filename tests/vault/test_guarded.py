"""The signer within limits: caps by transaction and day, replacements, restarts, and the record."""

import pickle

import pytest
import structlog

from argosy.dialects.evm import outgoing as o
from argosy.dialects.pools.exchange import PERMIT2
from argosy.errors import Blocked, NotSent
from argosy.model import ContractCall
from argosy.ports import TxSigner
from argosy.vault.guarded import GuardedSigner
from argosy.vault.spending import SpendingBook
from argosy.vault.store import VaultSigner
from vault.calls import MOST, NOW_S, STRANGER, SUSHI, USDC, fields, limits, swaps
from vault.sealing import ADDRESS, KEY, key
from vault.test_policy import OTHER, wanted

UNIT = 10**6  # of USDC
SELL = next(call for _, given, call in swaps() if given == USDC.address)


class Counting(VaultSigner):
    """Counts what gets to the key."""

    __slots__ = ("count",)

    def __init__(self):
        super().__init__(key())
        self.count = 0

    def sign(self, fields):
        self.count += 1
        return super().sign(fields)

    def sign_typed(self, typed):
        self.count += 1
        return super().sign_typed(typed)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now_s = NOW_S

    def now_ns(self):
        return self.now_s * 10**9

    def advance(self, seconds):
        self.now_s += seconds


@pytest.fixture
def clock():
    return Hands()


def guarded(folder, clock, inner=None, **told):
    book = SpendingBook(folder / "spending.jsonl", 1, ADDRESS)
    return GuardedSigner(inner or Counting(), limits(**told), book, clock)


def pay(amount, to=STRANGER):
    return ContractCall(to=USDC.address, data=o.TRANSFER.data(to, amount))


def caps(each=None, day=None, **more):
    told = {"recipients": (STRANGER,), "per_transaction": {}, "per_day": {}}
    if each is not None:
        told["per_transaction"] = {"usdc": each}
    if day is not None:
        told["per_day"] = {"USDC": day}
    return told | more


def test_within_its_caps_it_signs_as_the_key_does(tmp_path, clock):
    it = guarded(tmp_path, clock, **caps(each=10))
    assert isinstance(it, TxSigner)
    told = fields(pay(10 * UNIT))
    assert it.sign(told) == VaultSigner(key()).sign(told)
    assert it.spent()[USDC.address] == 10 * UNIT


def test_beyond_one_transaction_s_cap_nothing_is_signed(tmp_path, clock):
    inner = Counting()
    it = guarded(tmp_path, clock, inner, **caps(each="2.5"))
    with pytest.raises(Blocked) as caught:
        it.sign(fields(pay(2_500_001)))
    assert str(caught.value) == (
        f"transfer to {STRANGER}: 2.500001 USDC would leave at once; the cap is 2.5 USDC, by"
        " chains.ethereum.limits.per_transaction.USDC"
    )
    assert inner.count == 0
    assert it.spent() == {}


def test_a_day_s_cap_holds_over_restarts_and_ends_after_a_day(tmp_path, clock):
    inner = Counting()
    for nonce in range(3):
        it = guarded(tmp_path, clock, inner, **caps(day=30))
        it.sign(fields(pay(10 * UNIT), nonce=nonce))
        clock.advance(3_600)
    it = guarded(tmp_path, clock, inner, **caps(day=30))
    with pytest.raises(Blocked, match=r"30.000001 USDC would leave in 24 hours, 30 USDC of it"):
        it.sign(fields(pay(1), nonce=3))
    assert inner.count == 3
    clock.advance(22 * 3_600)
    it.sign(fields(pay(10 * UNIT), nonce=3))


def test_a_replacement_counts_once_and_a_cancellation_never(tmp_path, clock):
    it = guarded(tmp_path, clock, **caps(day=10))
    it.sign(fields(pay(10 * UNIT)))
    it.sign(fields(pay(10 * UNIT), max_fee=2 * 10**9))
    it.sign(fields(ContractCall(to=ADDRESS, data="0x"), max_fee=3 * 10**9, gas=21_000))
    with pytest.raises(Blocked, match="11 USDC would leave in 24 hours"):
        it.sign(fields(pay(11 * UNIT)))
    with pytest.raises(Blocked, match=r"10\.000001 USDC"):
        it.sign(fields(pay(1), nonce=1))
    it.sign(fields(ContractCall(to=ADDRESS, data="0x"), nonce=1))
    assert it.spent()[USDC.address] == 10 * UNIT


def test_what_has_no_cap_is_not_spent(tmp_path, clock):
    it = guarded(tmp_path, clock, **caps())
    with pytest.raises(Blocked, match=r"no cap for USDC is set; set chains\.ethereum"):
        it.sign(fields(pay(1)))
    assert guarded(tmp_path, clock, **caps(uncapped=True)).sign(fields(pay(1)))
    none = caps(each=0, uncapped=True)
    with pytest.raises(Blocked, match="the cap is 0 USDC"):
        guarded(tmp_path, clock, **none).sign(fields(pay(1), nonce=1))


def test_ether_and_gas_have_caps_of_their_own(tmp_path, clock):
    told = {"per_transaction": {"ETH": 1, "gas": "0.001"}, "recipients": (STRANGER,)}
    it = guarded(tmp_path, clock, **told)
    send = ContractCall(to=STRANGER, data="0x", value=10**18)
    it.sign(fields(send, gas=21_000))
    with pytest.raises(Blocked, match=r"2 ETH would leave.*cap is 1 ETH.*per_transaction\.ETH"):
        it.sign(fields(ContractCall(to=STRANGER, data="0x", value=2 * 10**18), gas=21_000))
    with pytest.raises(Blocked, match=r"0.003 ETH of gas would leave.*per_transaction\.gas"):
        it.sign(fields(send, gas=3_000_000))


def test_an_approval_for_a_router_is_held_against_the_caps_and_counted_when_taken(tmp_path, clock):
    it = guarded(tmp_path, clock, **caps(each=10, day=10, contracts=(OTHER,)))
    router = SUSHI.v2.router.lower()
    approve = o.APPROVE.data
    for nonce in range(3):
        it.sign(fields(ContractCall(to=USDC.address, data=approve(router, 10 * UNIT)), nonce=nonce))
    assert USDC.address not in it.spent()
    with pytest.raises(Blocked, match="11 USDC would leave at once"):
        it.sign(fields(ContractCall(to=USDC.address, data=approve(router, 11 * UNIT))))
    it.sign(fields(ContractCall(to=USDC.address, data=approve(PERMIT2, 1 << 255)), nonce=3))
    opaque = ContractCall(to=USDC.address, data=approve(OTHER, 6 * UNIT))
    it.sign(fields(opaque, nonce=4))
    with pytest.raises(Blocked, match="12 USDC would leave in 24 hours, 6 USDC of it before"):
        it.sign(fields(opaque, nonce=5))
    with pytest.raises(Blocked, match="USDC would leave at once"):
        it.sign(fields(ContractCall(to=USDC.address, data=approve(OTHER, (1 << 256) - 1))))


def test_permits_are_within_the_caps_too(tmp_path, clock):
    inner = Counting()
    it = guarded(tmp_path, clock, inner, **caps(each="0.000007"))
    assert it.sign_typed(wanted()) == VaultSigner(key()).sign_typed(wanted())
    for typed in (wanted(amount=8), wanted(spender=STRANGER), {"types": {}}):
        with pytest.raises(Blocked):
            it.sign_typed(typed)
    assert inner.count == 1
    let = guarded(tmp_path, clock, **caps(day="0.00001", contracts=(OTHER,)))
    let.sign_typed(wanted(spender=OTHER))
    let.sign_typed(wanted(spender=OTHER))  # the same one
    with pytest.raises(Blocked, match=r"0\.000014 USDC would leave in 24 hours"):
        let.sign_typed(wanted(spender=OTHER, nonce=1))


def test_a_review_counts_nothing(tmp_path, clock):
    inner = Counting()
    it = guarded(tmp_path, clock, inner, **caps(day="0.008"))
    for _ in range(3):
        assert it.review(SELL).startswith("swap: ")
    assert it.spent() == {}
    assert inner.count == 0
    it.sign(fields(SELL))
    assert it.spent()[USDC.address] == MOST
    with pytest.raises(Blocked, match=r"0\.01 USDC would leave in 24 hours"):
        it.review(SELL)


def test_what_cannot_be_written_down_is_not_signed(tmp_path, clock, monkeypatch):
    inner = Counting()
    it = guarded(tmp_path, clock, inner, **caps(each=10))

    def full(*_):
        raise OSError(28, "no space left")

    monkeypatch.setattr("argosy.vault.spending.os.fsync", full)
    with pytest.raises(NotSent, match="not signed"):
        it.sign(fields(pay(1)))
    assert inner.count == 0


def test_every_decision_is_told_without_secrets(tmp_path, clock):
    it = guarded(tmp_path, clock, **caps(each=10))
    with structlog.testing.capture_logs() as logs:
        raw, _ = it.sign(fields(pay(UNIT)))
        signature = it.sign_typed(wanted())
        with pytest.raises(Blocked):
            it.sign(fields(pay(11 * UNIT), nonce=1))
        with pytest.raises(Blocked):
            it.sign_typed({})
    assert [each["event"] for each in logs] == [
        "signing allowed",
        "signing allowed",
        "signing blocked",
        "signing blocked",
    ]
    assert logs[0]["most"]["USDC"] == str(UNIT)
    assert "per_transaction.USDC" in logs[2]["why"]
    out = repr(logs) + repr(it) + str(it)
    for secret in (KEY, raw.hex(), signature.hex(), repr(bytes.fromhex(KEY))[2:20]):
        assert secret not in out
    with pytest.raises(TypeError):
        pickle.dumps(it)
    names = [name for name in dir(it) if "__" not in name]
    assert not any(isinstance(getattr(it, name, None), VaultSigner) for name in names)
