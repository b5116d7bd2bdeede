"""A rollup's fee for posting is in what the desk says that a swap costs, and in what it cost."""

import asyncio
import random
from decimal import Decimal

import msgspec
import pytest

from argosy.desk import onchain
from argosy.desk.asks import OrderAsk
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from argosy.dialects.evm.data_fees import GAS_PRICE_ORACLE, NODE_INTERFACE, Sample, unsigned
from argosy.dialects.pools.swaps import GAS
from argosy.errors import WireError
from argosy.model import ContractCall, InstrumentId, OrderStatus
from argosy.ports import TxFields
from argosy.sandbox.evm.assembler import assemble
from desk.pooled import V3, desk_on, final, orders_of, sandboxed

BYTE, UNIT, COMPONENT, BASE = 10**12, 10**6, 300_000, 10**10
WORD = "PUSH0 MSTORE 0x20 PUSH0 RETURN"
# In place of the chains' own contracts, which no package has: so much a byte, so much a unit.
ORACLE = f"""
    PUSH0 CALLDATALOAD 0xe0 SHR
    DUP1 #getL1Fee(bytes) EQ @posting JUMPI
    #getOperatorFee(uint256) EQ @operator JUMPI
    PUSH0 PUSH0 REVERT
    posting: 0x24 CALLDATALOAD {BYTE} MUL {WORD}
    operator: 4 CALLDATALOAD {UNIT} MUL {WORD}"""
NODE = f"""
    PUSH0 CALLDATALOAD 0xe0 SHR #gasEstimateL1Component(address,bool,bytes) EQ @known JUMPI
    PUSH0 PUSH0 REVERT
    known: {COMPONENT} PUSH0 MSTORE {BASE} 0x20 MSTORE 7 0x40 MSTORE 0x60 PUSH0 RETURN"""


async def rollup(sandbox, monkeypatch, kind):
    """The sandbox's chain as a rollup of a kind."""
    real = onchain.sandbox_chain
    monkeypatch.setattr(
        onchain, "sandbox_chain", lambda told: msgspec.structs.replace(real(told), data_fee=kind)
    )
    address, source = {"op": (GAS_PRICE_ORACLE, ORACLE), "arbitrum": (NODE_INTERFACE, NODE)}[kind]
    code = "0x" + assemble(source).hex()
    await asyncio.to_thread(sandbox.live.chain.link.call, "anvil_setCode", address, code)


async def told(account, name):
    for _ in range(200):
        if account.data_cost(name) is not None and account.fees is not None:
            return account.data_cost(name)
        await asyncio.sleep(0.05)
    raise AssertionError(account.detail)


async def shown(desk):
    """What the universal book says that a swap costs."""
    for _ in range(100):
        if found := desk.universal("ETH/USDC", 3).gas[V3]:
            return found
        await asyncio.sleep(0.05)  # what ether is worth is looked at now and then
    raise AssertionError("no figure for gas")


def posted(account, name):
    """What the stand-in takes for a sample."""
    sample = account.samples[name]
    fields = TxFields(
        chain_id=1337,
        nonce=12_345,
        to=sample.call.to,
        value=sample.call.value,
        data=sample.call.data,
        gas=sample.gas,
        max_fee=123_456_789,
        priority_fee=123_456_789,
    )
    return len(unsigned(fields)) * BYTE + sample.gas * UNIT


@pytest.mark.timeout(120)
async def test_figures_of_an_op_chain_have_the_fee_for_posting(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await rollup(sandbox, monkeypatch, "op")
        async with desk_on(sandbox, tmp_path, pairs=("ETH/USDC",)) as desk:
            account = desk.links["uniswap"].account
            costs = {}
            for family, gas in GAS.items():
                name = f"uniswap {family.value}"
                costs[family] = await told(account, name)
                assert costs[family] == posted(account, name) > 800 * BYTE
                with_it = account.gas_cost(gas, costs[family])
                assert with_it - account.gas_cost(gas) == Decimal(costs[family]).scaleb(-18)
            assert account.data_cost("another kind") is None
            assert account.gas_cost(1, None) is None
            spent = desk.gas.cost(InstrumentId(V3), "USDC")
            price = desk.gas.price("ETH", "USDC")
            assert spent > price * Decimal(costs["v3"]).scaleb(-18)
            assert await shown(desk) > Decimal(2)  # dollars, of which gas itself is little

            # A way is asked for as it would be sent; the fee is in what ways are ranked by.
            seen = await SwapDesk(desk, random.Random(3)).swap(
                SwapAsk(give="WBTC", get="USDT", amount="0.2")
            )
            for path in seen.paths:
                assert path.gas > Decimal(1_000 * BYTE).scaleb(-18), path
            longer = max(seen.paths, key=lambda path: path.pools.count("→"))
            assert longer.gas > min(path.gas for path in seen.paths)

            # What was paid is in the receipt, as such chains have it.
            rpc, real = account.rpc, account.rpc.call

            async def call(method, *params):
                answer = await real(method, *params)
                if method == "eth_getTransactionReceipt" and answer:
                    answer |= {"l1Fee": hex(10**16), "operatorFeeConstant": "0x1"}
                return answer

            monkeypatch.setattr(rpc, "call", call)
            placed = await orders_of(desk).place(
                OrderAsk(instrument=V3, side="sell", size="0.5", type="market")
            )
            done = await final(desk, placed)
            assert done.status is OrderStatus.FILLED
            (fill,) = desk.traders["uniswap"].ledger.fills.values()
            receipt = await real("eth_getTransactionReceipt", done.venue_id)
            used = int(receipt["gasUsed"], 16)
            gas = used * int(receipt["effectiveGasPrice"], 16)
            assert fill.fee == Decimal(gas + 10**16 + used * UNIT).scaleb(-18)


async def test_figures_of_arbitrum_have_the_part_of_the_parent_chain(tmp_path, monkeypatch):
    async with sandboxed() as sandbox:
        await rollup(sandbox, monkeypatch, "arbitrum")
        async with desk_on(sandbox, tmp_path) as desk:
            account = desk.links["sushiswap"].account
            assert set(account.samples) == {
                *("uniswap v2", "uniswap v3", "uniswap v4"),
                *("sushiswap v2", "sushiswap v3"),
            }
            for name in account.samples:
                assert await told(account, name) == COMPONENT * BASE
            one = Sample(call=ContractCall(to=NODE_INTERFACE, data="0x"), gas=1)
            assert await account.data_costs([one]) == (COMPONENT * BASE,)
            seen = await SwapDesk(desk, random.Random(3)).swap(
                SwapAsk(give="ETH", get="USDC", amount="1", venue="sushiswap")
            )
            assert seen.paths[0].gas is not None


async def test_a_fee_that_nobody_tells_is_not_taken_for_none(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await rollup(sandbox, monkeypatch, "op")
        link = sandbox.live.chain.link
        await asyncio.to_thread(link.call, "anvil_setCode", GAS_PRICE_ORACLE, "0x")
        async with desk_on(sandbox, tmp_path) as desk:
            account = desk.links["uniswap"].account
            assert account.data_cost("uniswap v3") is None
            assert desk.gas.cost(InstrumentId(V3), "USDC") is None
            with pytest.raises(WireError, match="no such contract"):
                await account.data_costs(list(account.samples.values()))
