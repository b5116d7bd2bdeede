"""Somebody who provides liquidity on the published contracts; somebody else trades there."""

import contextlib
from decimal import Decimal

from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.outgoing import APPROVE, PERMIT2_APPROVE
from argosy.dialects.pools.exchange import PERMIT2, Family, is_native
from argosy.dialects.pools.liquidity import pool_state, positions_of, shares_of, ticks_of
from argosy.dialects.pools.liquidity_deeds import add_deed
from argosy.dialects.pools.provided import put_in
from argosy.dialects.pools.providing import adding_to_range
from argosy.dialects.pools.router import SwapTerms, swap_call
from argosy.dialects.pools.v4_positions import managed_positions, managed_state
from argosy.net.contracts import ContractClient
from argosy.net.tx import TxSettings
from argosy.net.tx_signing import KeySigner
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.builder import FOREVER
from net.nodes import client, sending

D = Decimal
LATER_S = 1 << 40
SLIPPAGE = D("0.005")
V3 = "ETH/USDC@v3-500"
NEXT_TOKEN = Function("nextTokenId()", "uint256")


class World:
    """The desk's address, and swaps of somebody else."""

    def __init__(self, chain, client, board):
        self.chain, self.client, self.board = chain, client, board
        self.exchange = board.exchange
        self.me = client.sender.address
        self.number = 0

    def spec(self, name):
        return self.board.specs[f"{self.exchange.venue}:{name}"]

    async def do(self, deed):
        self.number += 1
        return await self.client.do(deed, id_=f"deed-{self.number}")

    async def positions(self):
        specs = self.board.specs.values()
        return await self.client.ask(positions_of(self.exchange, specs, self.me))

    async def shares(self, spec):
        return (await self.client.ask(shares_of(self.exchange, [spec], self.me)))[0]

    async def open(self, spec, lower, upper, amounts=(None, None)):
        state = await self.client.ask(pool_state(spec))
        ticks = ticks_of(spec, lower, upper)
        adding = adding_to_range(spec, state.sqrt_price, ticks, amounts, slippage=SLIPPAGE)
        done = await self.do(add_deed(self.exchange, adding, self.me, LATER_S))
        return adding, put_in(self.exchange, spec, self.me, done.logs), done

    def swap(self, spec, amount, *, give):
        """Somebody else trades `amount` of token 0 or 1."""
        who = self.chain.layout.accounts["whale_a"]
        tokens = (spec.token0, spec.token1)
        given, taken = tokens[give], tokens[1 - give]
        head = "sushi" if self.exchange.venue == "sushiswap" else "uniswap"
        label = f"{head}_{spec.family}.router"
        router = self.chain.contract(label)
        token = self.chain.contract(f"token.{given.symbol}")
        token.send(who, "approve", router.address, amount)
        if spec.family is Family.V2:
            path = [given.address, taken.address]
            router.send(who, "swapExactTokensForTokens", amount, 0, path, who, FOREVER)
        else:
            terms = (given.address, taken.address, spec.fee, who, FOREVER, amount, 0, 0)
            router.send(who, "exactInputSingle", terms)

    async def managed(self):
        """Positions of v4, of all tokens there are."""
        manager = self.exchange.v4.positions
        asked = {"to": manager, "data": NEXT_TOKEN.data()}
        end = NEXT_TOKEN.one(self.chain.link.call("eth_call", asked, "latest"))
        specs = self.board.specs.values()
        reading = managed_positions(self.exchange, specs, self.me, range(1, end))
        return await self.client.ask(reading)

    async def price(self, spec):
        return (await self.client.ask(managed_state(self.exchange, spec))).sqrt_price

    def trade(self, spec, amount, *, give):
        """Somebody else trades in a v4 pool, through the Universal Router."""
        call = self.trading(spec, amount, give=give)
        self.chain.link.send(call.sender, call.to, call.data, value=call.value)

    def trading(self, spec, amount, *, give):
        """What would do that, its permissions given."""
        who = self.chain.layout.accounts["whale_a"]
        given = (spec.token0, spec.token1)[give]
        link, router = self.chain.link, self.exchange.universal_router
        if not is_native(given):
            link.send(who, given.address, APPROVE.data(PERMIT2, amount))
            allow = PERMIT2_APPROVE.data(given.address, router, amount, 2**47)
            link.send(who, PERMIT2, allow)
        terms = SwapTerms(
            spec=spec,
            zero_for_one=give == 0,
            exact_in=True,
            amount=amount,
            bound=0,
            owner=who,
            deadline_s=FOREVER,
        )
        return swap_call(self.exchange, terms)

    def balances(self, spec):
        found = []
        for token in (spec.token0, spec.token1):
            wraps = token.address == self.exchange.chain.wrapper.address
            if is_native(token) or (wraps and spec.family is not Family.V4):
                found.append(int(self.chain.link.call("eth_getBalance", self.me, "latest"), 16))
            else:
                found.append(
                    self.chain.contract(f"token.{token.symbol}").call("balanceOf", self.me)
                )
        return found


@contextlib.asynccontextmanager
async def world(chain, boards, path, venue="uniswap"):
    with chain.undone():
        async with client(chain.node.url) as rpc:
            signer = KeySigner(private_key("desk"))
            async with sending(rpc, signer, path, TxSettings(confirmations=1)) as sender:
                yield World(chain, ContractClient(rpc, sender), boards[venue])


def sent_gas(it, name):
    sent = it.client.sender.transactions[name]
    told = it.chain.link.call("eth_getTransactionReceipt", sent.mined_hash)
    return int(told["gasUsed"], 16) * int(told["effectiveGasPrice"], 16)


def gas_paid(it):
    return sum(sent_gas(it, name) for name in it.client.sender.transactions)
