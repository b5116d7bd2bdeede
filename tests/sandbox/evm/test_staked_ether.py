"""The staking token against a model in Python: any course of stakes, rewards, transfers, exits."""

from random import Random

import pytest

from argosy.sandbox.evm.link import ChainError
from argosy.sandbox.evm.staked_ether import STAKED_ETHER
from argosy.sandbox.evm.staking import ETHER, REWARD, STAKES

NOBODY = "0x" + "00" * 20


class Model:
    """The same in integers."""

    def __init__(self) -> None:
        self.shares: dict[str, int] = {}
        self.total = self.pooled = 0

    def to_shares(self, amount: int) -> int:
        return amount * self.total // self.pooled if self.total else amount

    def balance(self, who: str) -> int:
        return self.shares.get(who, 0) * self.pooled // self.total if self.total else 0

    def submit(self, who: str, amount: int) -> None:
        shares = self.to_shares(amount)
        self.shares[who] = self.shares.get(who, 0) + shares
        self.total += shares
        self.pooled += amount

    def transfer(self, who: str, to: str, amount: int) -> None:
        shares = self.to_shares(amount)
        assert self.shares[who] >= shares
        self.shares[who] -= shares
        self.shares[to] = self.shares.get(to, 0) + shares

    def redeem(self, who: str, amount: int) -> None:
        shares = -(-amount * self.total // self.pooled)
        assert self.shares[who] >= shares
        self.shares[who] -= shares
        self.total -= shares
        self.pooled -= amount


@pytest.fixture
def token(chain):
    return chain.contract("staking")


def test_it_says_what_it_is(token):
    assert token.call("name") == "Staked Ether"
    assert token.call("symbol") == "stETH"
    assert token.call("decimals") == 18


def test_what_was_staked_grew_by_the_reward(chain, token):
    staked = sum(amount for _, amount in STAKES) * ETHER
    assert token.call("totalSupply") == staked + REWARD
    assert token.call("getTotalShares") == staked
    assert int(chain.link.call("eth_getBalance", token.address, "latest"), 16) == staked + REWARD
    for role, amount in STAKES:
        mine = token.call("balanceOf", chain.layout.accounts[role])
        assert mine == amount * ETHER * (staked + REWARD) // staked


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_course_of_things_goes_as_in_the_model(chain, token, seed):
    random = Random(seed)
    accounts = chain.layout.accounts
    owner, people = accounts["deployer"], [accounts[r] for r in ("desk", "rival", "whale_a")]
    model = Model()
    for role, amount in STAKES:
        model.submit(accounts[role], amount * ETHER)
    model.pooled += REWARD
    for _ in range(25):
        who, to = random.choice(people), random.choice(people)
        amount = random.randrange(1, 5 * ETHER)
        match random.choice(("submit", "transfer", "redeem", "rewards", "slash", "far")):
            case "submit":
                token.send(who, "submit", NOBODY, value=amount)
                model.submit(who, amount)
            case "transfer" if amount <= model.balance(who):
                token.send(who, "transfer", to, amount)
                model.transfer(who, to, amount)
            case "redeem" if amount < model.balance(who):
                token.send(who, "redeem", amount)
                model.redeem(who, amount)
            case "rewards":
                token.send(owner, "rewards", value=amount)
                model.pooled += amount
            case "slash":
                token.send(owner, "slash", amount)
                model.pooled -= amount
            case _:
                with pytest.raises(ChainError):
                    token.send(who, "transfer", to, model.balance(who) + 10**6)
        assert token.call("getTotalPooledEther") == model.pooled
        assert token.call("getTotalShares") == model.total
        for each in people:
            assert token.call("sharesOf", each) == model.shares.get(each, 0)
            assert token.call("balanceOf", each) == model.balance(each)


def test_allowances(chain, token):
    owner, spender = chain.layout.accounts["desk"], chain.layout.accounts["rival"]
    with pytest.raises(ChainError):
        token.send(spender, "transferFrom", owner, spender, 5)
    receipt = token.send(owner, "approve", spender, 10**6)
    assert token.events(receipt, "Approval") == [{"_0": owner, "_1": spender, "_2": 10**6}]
    receipt = token.send(spender, "transferFrom", owner, spender, 400_000)
    assert token.events(receipt, "Transfer") == [{"_0": owner, "_1": spender, "_2": 400_000}]
    assert token.call("allowance", owner, spender) == 600_000
    with pytest.raises(ChainError):
        token.send(spender, "transferFrom", owner, spender, 600_001)
    token.send(owner, "approve", spender, 2**256 - 1)
    token.send(spender, "transferFrom", owner, spender, 10**9)
    assert token.call("allowance", owner, spender) == 2**256 - 1


def test_what_must_not_work_does_not(chain, token):
    desk, owner = chain.layout.accounts["desk"], chain.layout.accounts["deployer"]
    huge = (2**256 // token.call("getTotalShares")) + 1  # times the shares it would wrap to little
    for sender, call in (
        (desk, ("slash", 1)),
        (owner, ("slash", token.call("totalSupply") + 1)),
        (desk, ("submit", NOBODY)),  # without ether
        (desk, ("transfer", owner, huge)),
        (desk, ("redeem", token.call("balanceOf", desk) + 10**6)),
        (desk, ("redeem", huge)),
    ):
        with pytest.raises(ChainError):
            token.send(sender, *call)
    with pytest.raises(ChainError):  # these take no ether
        token.send(desk, "transfer", owner, 1, value=1)


def test_withdrawn_ether_comes_back(chain, token):
    desk = chain.layout.accounts["desk"]
    before = int(chain.link.call("eth_getBalance", token.address, "latest"), 16)
    receipt = token.send(desk, "redeem", 10 * ETHER)
    after = int(chain.link.call("eth_getBalance", token.address, "latest"), 16)
    assert before - after == 10 * ETHER
    assert token.events(receipt, "Transfer") == [{"_0": desk, "_1": NOBODY, "_2": 10 * ETHER}]


def test_its_abi_names_every_function_once():
    names = [entry["name"] for entry in STAKED_ETHER.abi]
    assert len(names) == len(set(names))
