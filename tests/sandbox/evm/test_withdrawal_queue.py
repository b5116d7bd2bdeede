"""The withdrawal queue: in order, at the rate of finalization, each paid once and to its owner."""

import pytest

from argosy.sandbox.evm.link import ChainError

E = 10**18
RATE = 10**27


@pytest.fixture
def parts(chain):
    accounts = chain.layout.accounts
    token, wrapped, queue = (
        chain.contract(f"staking{tail}") for tail in ("", ".wrapped", ".queue")
    )
    for role in ("desk", "whale_a"):
        token.send(accounts[role], "approve", queue.address, 2_000 * E)
    return accounts, token, wrapped, queue


def rate_of(token):
    return token.call("getTotalPooledEther") * RATE // token.call("getTotalShares")


def test_it_names_its_tokens_and_limits(parts):
    _, token, wrapped, queue = parts
    assert queue.call("STETH") == token.address
    assert queue.call("WSTETH") == wrapped.address
    assert queue.call("MIN_STETH_WITHDRAWAL_AMOUNT") == 100
    assert queue.call("MAX_STETH_WITHDRAWAL_AMOUNT") == 1_000 * E


def test_requests_wait_in_order(parts):
    accounts, token, _, queue = parts
    desk, whale = accounts["desk"], accounts["whale_a"]
    receipt = queue.send(desk, "requestWithdrawals", [3 * E, 2 * E], desk)
    told = queue.events(receipt, "WithdrawalRequested")
    assert [(each["_0"], each["_2"], each["_3"]) for each in told] == [
        (1, desk, 3 * E),
        (2, desk, 2 * E),
    ]
    queue.send(whale, "requestWithdrawals", [E], "0x" + "00" * 20)
    assert queue.call("getWithdrawalRequests", desk) == (1, 2)
    assert queue.call("getWithdrawalRequests", whale) == (3,)
    assert queue.call("getLastRequestId") == queue.call("unfinalizedRequestNumber") == 3
    assert queue.call("unfinalizedStETH") == 6 * E
    first, _, third = queue.call("getWithdrawalStatus", [1, 2, 3])
    assert first[0] == 3 * E
    assert first[1] == token.call("getSharesByPooledEth", 3 * E)
    assert (first[2], third[2]) == (desk, whale)
    assert first[4:] == (False, False)


def test_rewards_since_the_request_stay_with_the_others(parts):
    accounts, token, _, queue = parts
    desk, owner = accounts["desk"], accounts["deployer"]
    queue.send(desk, "requestWithdrawals", [10 * E], desk)
    token.send(owner, "rewards", value=100 * E)
    before = rate_of(token)
    receipt = queue.send(owner, "finalize", 1, before)
    (told,) = queue.events(receipt, "WithdrawalsFinalized")
    assert (told["_0"], told["_1"], told["_2"]) == (1, 1, 10 * E)
    assert queue.call("getLockedEtherAmount") == 10 * E
    assert rate_of(token) > before  # the queue's gain is burnt for those who stay
    assert token.call("sharesOf", queue.address) == 0


def test_a_loss_before_finalization_is_shared(parts):
    accounts, token, _, queue = parts
    desk, owner = accounts["desk"], accounts["deployer"]
    queue.send(desk, "requestWithdrawals", [10 * E], desk)
    token.send(owner, "slash", 400 * E)
    queue.send(owner, "finalize", 1, rate_of(token))
    (paid,) = queue.call("getClaimableEther", [1], [1])
    assert 8 * E < paid < 10 * E


def test_each_request_is_paid_once_by_the_rate_of_its_own_time(chain, parts):
    accounts, token, wrapped, queue = parts
    desk, owner = accounts["desk"], accounts["deployer"]
    token.send(desk, "approve", wrapped.address, 2 * E)
    wrapped.send(desk, "wrap", 2 * E)
    wrapped.send(desk, "approve", queue.address, 2 * E)
    queue.send(desk, "requestWithdrawals", [3 * E, 2 * E], desk)
    queue.send(desk, "requestWithdrawalsWstETH", [E], desk)
    queue.send(owner, "finalize", 2, rate_of(token))
    assert queue.call("findCheckpointHints", [1, 2, 3], 1, 1) == (1, 1, 0)
    queue.send(owner, "finalize", 3, rate_of(token))
    hints = queue.call("findCheckpointHints", [1, 2, 3], 1, 2)
    assert hints == (1, 1, 2)
    due = queue.call("getClaimableEther", [1, 2, 3], hints)
    assert due[2] > E
    before = int(chain.link.call("eth_getBalance", desk, "latest"), 16)
    receipt = queue.send(desk, "claimWithdrawals", [1, 2, 3], hints)
    cost = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    after = int(chain.link.call("eth_getBalance", desk, "latest"), 16)
    assert after - before + cost == sum(due)
    assert queue.call("getLockedEtherAmount") == 0
    assert queue.call("getWithdrawalRequests", desk) == ()
    assert queue.call("getClaimableEther", [1], [1]) == (0,)
    with pytest.raises(ChainError, match=r"RequestAlreadyClaimed\(1\)"):
        queue.send(desk, "claimWithdrawal", 1)


def test_no_more_is_paid_than_was_asked_for_nor_than_there_is(parts):
    accounts, token, _, queue = parts
    desk, owner = accounts["desk"], accounts["deployer"]
    queue.send(desk, "requestWithdrawals", [E], desk)
    with pytest.raises(ChainError, match="finalize"):  # shares of a wei less than was asked for
        queue.send(owner, "finalize", 1, rate_of(token) * 2)
    token.send(owner, "rewards", value=100 * E)
    queue.send(owner, "finalize", 1, rate_of(token) * 2)
    assert queue.call("getClaimableEther", [1], [1]) == (E,)


def test_what_it_refuses_it_says(parts):
    accounts, token, _, queue = parts
    desk, owner = accounts["desk"], accounts["deployer"]
    queue.send(desk, "requestWithdrawals", [E, E], desk)
    queue.send(owner, "finalize", 1, rate_of(token))
    for sender, function, arguments, said in (
        (desk, "requestWithdrawals", ([99], desk), r"RequestAmountTooSmall\(99\)"),
        (desk, "requestWithdrawals", ([1_000 * E + 1], desk), "BALANCE_EXCEEDED"),
        (desk, "claimWithdrawal", (2,), r"RequestNotFoundOrNotFinalized\(2\)"),
        (desk, "claimWithdrawal", (0,), r"InvalidRequestId\(0\)"),
        (owner, "claimWithdrawal", (1,), r"NotOwner\("),
        (desk, "claimWithdrawals", ([1], [2]), r"InvalidHint\(2\)"),
        (desk, "claimWithdrawals", ([1], [0]), r"InvalidHint\(0\)"),
        (owner, "finalize", (1, RATE), r"InvalidRequestId\(1\)"),
        (owner, "finalize", (3, RATE), r"InvalidRequestId\(3\)"),
        (desk, "finalize", (2, RATE), "finalize"),
    ):
        with pytest.raises(ChainError, match=said):
            queue.send(sender, function, *arguments)
    whale = accounts["whale_a"]
    with pytest.raises(ChainError, match=r"RequestAmountTooLarge"):
        queue.send(whale, "requestWithdrawals", [1_000 * E + 1], whale)
