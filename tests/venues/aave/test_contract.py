"""Aave passes the contract of Lending, on its own published contracts."""

import contextlib
from decimal import Decimal

import pytest

from argosy.testing.lending import LendingContract, LendingWorld
from argosy.venues import catalog
from venues.chains import client, pass_time, set_price


def aave(chain, **more):
    contracts = chain.layout.contracts
    roles = {"pool": contracts["aave.pool"], "provider": contracts["aave.provider"]}
    lending = catalog.on_chain("aave", 1337, roles | more).lending
    assert lending is not None
    return lending


class TestAave(LendingContract):
    @pytest.fixture(autouse=True)
    def given(self, evm):
        self.chain = evm

    @contextlib.asynccontextmanager
    async def world(self):
        async def wait(seconds):
            pass_time(self.chain, seconds)

        async def price(symbol, value):
            set_price(self.chain, symbol, value)

        with self.chain.undone():
            async with client(self.chain) as found:
                yield LendingWorld(
                    client=found,
                    lending=aave(self.chain),
                    collateral=("WETH", Decimal(10)),
                    loan=("USDC", Decimal(15_000)),
                    pass_time=wait,
                    set_price=price,
                    too_large=frozenset({"COLLATERAL_CANNOT_COVER_NEW_BORROW"}),
                    too_thin=frozenset({"HEALTH_FACTOR_LOWER_THAN_LIQUIDATION_THRESHOLD"}),
                )
