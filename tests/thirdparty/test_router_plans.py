"""Calls that Uniswap's own kits write are read as what they were made from, and permissions for
Permit2 are signed over the hash that they compute.
"""

import json
import random

import msgspec
import pytest

from argosy.dialects.evm.calldata import read_call
from argosy.dialects.evm.typed import signer_of
from argosy.dialects.pools.exchange import PERMIT2
from argosy.dialects.pools.swaps import PermitWanted
from argosy.net.tx_signing import KeySigner
from argosy.sandbox.evm.accounts import private_key
from thirdparty.javascript import packages_or_skip, run

ROUTER = "0x" + "12" * 20
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]
NUMBERS = ("amount", "limit", "least", "number")  # 256 bits: texts in JSON


def made(seed, count, permits=()):
    packages_or_skip()
    setup = {"router": ROUTER, "seed": seed, "count": count, "permits": list(permits)}
    return json.loads(run("router_plans.mjs", told=setup))


def as_read(action):
    return msgspec.json.decode(msgspec.json.encode(action))


def as_made(row):
    return row | {name: int(row[name]) for name in NUMBERS if name in row}


@pytest.mark.parametrize("seed", [1, 2])
def test_plans_and_trades_are_read_as_what_they_were_made_from(seed):
    found = made(seed, 150)
    assert len(found["lines"]) == 150
    for line in found["lines"]:
        call = read_call(ROUTER, line["data"])
        assert call.known, line
        assert len(call.actions) == len(line["actions"])
        for action, row in zip(call.actions, line["actions"], strict=True):
            read, expected = as_read(action), as_made(row)
            assert {name: read[name] for name in expected} == expected
    assert len(found["trades"]) == 30
    for trade in found["trades"]:
        call = read_call(ROUTER, trade["data"], int(trade["value"]))
        assert call.known, trade
        actions = [as_read(each) for each in call.actions]
        (read,), expected = [x for x in actions if x["action"] == "swap"], as_made(trade["swap"])
        assert {name: read[name] for name in expected} == expected
        if read["recipient"] == ROUTER:  # what is got of a pair is swept to whom it is for
            (swept,) = [each for each in actions if each["action"] == "transfer"]
            assert (swept["token"], swept["least"]) == (read["path"][-1], read["amount"])
            assert swept["recipient"] == trade["recipient"]
        else:
            assert read["recipient"] == trade["recipient"]
        assert any(each["action"] == "wrap" for each in actions) is trade["native"]
        assert (int(trade["value"]) > 0) is trade["native"]


def test_a_permission_for_permit2_is_signed_over_the_hash_that_its_kit_computes():
    rng, signer = random.Random(9), KeySigner(private_key("desk"))
    wanted = [
        PermitWanted(
            chain_id=1337,
            token="0x" + rng.randbytes(20).hex(),
            amount=rng.getrandbits(160),
            expires_s=rng.getrandbits(48),
            nonce=rng.getrandbits(48),
            spender="0x" + rng.randbytes(20).hex(),
            deadline_s=rng.getrandbits(40),
        )
        for _ in range(60)
    ]
    permits = [
        {
            "details": {
                "token": each.token,
                "amount": str(each.amount),
                "expiration": each.expires_s,
                "nonce": each.nonce,
            },
            "spender": each.spender,
            "sigDeadline": each.deadline_s,
        }
        for each in wanted
    ]
    found = made(3, 1, permits)
    assert found["permit2"].lower() == PERMIT2
    for each, theirs in zip(wanted, found["hashes"], strict=True):
        signature = signer.sign_typed(each.typed())
        assert signer_of(bytes.fromhex(theirs[2:]), signature) == signer.address
