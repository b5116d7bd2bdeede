"""Lido's adapter passes the contract of Staking, on the sandbox's own contracts of its kind."""

import contextlib

import pytest

from argosy.testing.staking import StakingContract, StakingWorld
from argosy.venues import catalog
from venues.chains import client, now_s


def lido(chain):
    contracts = chain.layout.contracts
    roles = {
        "steth": contracts["staking"],
        "wsteth": contracts["staking.wrapped"],
        "queue": contracts["staking.queue"],
    }
    staking = catalog.on_chain("lido", 1337, roles).staking
    assert staking is not None
    return staking


class TestLido(StakingContract):
    @pytest.fixture(autouse=True)
    def given(self, evm):
        self.chain = evm

    @contextlib.asynccontextmanager
    async def world(self):
        chain, deployer = self.chain, self.chain.layout.accounts["deployer"]
        token, queue = chain.contract("staking"), chain.contract("staking.queue")

        async def reward(ether):
            token.send(deployer, "rewards", value=int(ether * 10**18))

        async def finalize(last):
            rate = token.call("getTotalPooledEther") * 10**27 // token.call("getTotalShares")
            queue.send(deployer, "finalize", last, rate)

        async def time():
            return now_s(chain)

        with chain.undone():
            async with client(chain) as found:
                yield StakingWorld(
                    client=found,
                    staking=lido(chain),
                    reward=reward,
                    finalize=finalize,
                    now_s=time,
                    unfinalized=frozenset({"RequestNotFoundOrNotFinalized"}),
                )
