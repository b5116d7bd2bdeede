"""The wrapper of the staking token: what goes in, comes out; and nobody takes what is another's."""

import pytest

from argosy.sandbox.evm.link import ChainError

E = 10**18


@pytest.fixture
def parts(chain):
    desk = chain.layout.accounts["desk"]
    token, wrapped = chain.contract("staking"), chain.contract("staking.wrapped")
    token.send(desk, "approve", wrapped.address, 20 * E)
    return desk, token, wrapped


def test_it_is_a_token_of_18_decimals(parts):
    _, token, wrapped = parts
    assert wrapped.call("name") == "Wrapped staked ether"
    assert wrapped.call("symbol") == "wstETH"
    assert wrapped.call("decimals") == 18
    assert wrapped.call("stETH") == token.address


def test_a_wrapped_token_is_a_share(chain, parts):
    desk, token, wrapped = parts
    shares = token.call("getSharesByPooledEth", 10 * E)
    receipt = wrapped.send(desk, "wrap", 10 * E)
    assert wrapped.call("balanceOf", desk) == wrapped.call("totalSupply") == shares
    assert token.call("sharesOf", wrapped.address) == shares
    (event,) = wrapped.events(receipt, "Transfer")
    assert (event["_1"], event["_2"]) == (desk, shares)
    before = wrapped.call("stEthPerToken")
    token.send(chain.layout.accounts["deployer"], "rewards", value=40 * E)
    assert wrapped.call("stEthPerToken") > before
    assert wrapped.call("tokensPerStEth") < E
    assert wrapped.call("balanceOf", desk) == shares
    assert wrapped.call("getWstETHByStETH", wrapped.call("getStETHByWstETH", shares)) in {
        shares,
        shares - 1,
    }
    balance = token.call("balanceOf", desk)
    wrapped.send(desk, "unwrap", shares)
    assert 10 * E < token.call("balanceOf", desk) - balance < 11 * E
    assert wrapped.call("totalSupply") == 0


def test_it_moves_as_tokens_do(chain, parts):
    desk, _, wrapped = parts
    rival = chain.layout.accounts["rival"]
    wrapped.send(desk, "wrap", 10 * E)
    have = wrapped.call("balanceOf", desk)
    wrapped.send(desk, "transfer", rival, E)
    wrapped.send(desk, "approve", rival, 2 * E)
    assert wrapped.call("allowance", desk, rival) == 2 * E
    wrapped.send(rival, "transferFrom", desk, rival, E)
    assert wrapped.call("allowance", desk, rival) == E
    assert wrapped.call("balanceOf", rival) == 2 * E
    assert wrapped.call("balanceOf", desk) == have - 2 * E
    wrapped.send(desk, "approve", rival, 2**256 - 1)
    wrapped.send(rival, "transferFrom", desk, rival, E)
    assert wrapped.call("allowance", desk, rival) == 2**256 - 1


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        ("wrap", (0,), "can't wrap zero"),
        ("unwrap", (0,), "zero amount unwrap"),
        ("wrap", (30 * E,), "ALLOWANCE_EXCEEDED"),
        ("unwrap", (E,), "exceeds balance"),
        ("transfer", ("0x" + "11" * 20, E), "exceeds balance"),
        ("transferFrom", ("0x" + "11" * 20, "0x" + "22" * 20, 1), "exceeds allowance"),
    ],
)
def test_what_it_refuses_it_says(parts, function, arguments, said):
    desk, _, wrapped = parts
    with pytest.raises(ChainError, match=said):
        wrapped.send(desk, function, *arguments)
