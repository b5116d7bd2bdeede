"""Names of tokens and tokens of pools, as contracts say them, odd ones too."""

from typing import Any

import pytest
from eth_abi import encode

from argosy.dialects.evm.call_words import TokenName
from argosy.errors import NotSent
from argosy.net.watch.tokens import TokenBook
from net.nodes import client
from net.watch.watching import waiting_chain

A = "0x" + "aa" * 20


class Saying:
    """A node whose contracts all answer the same; counts what it is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = answers
        self.asked = 0

    async def batch(self, asks: Any) -> list[Any]:
        self.asked += len(asks)
        if isinstance(self.answers[0], Exception):
            raise self.answers[0]
        return [self.answers[place % 2] for place in range(len(asks))]


def text(symbol: str) -> str:
    return "0x" + encode(["string"], [symbol]).hex()


DECIMALS = "0x" + encode(["uint256"], [6]).hex()


async def test_a_real_chain_s_tokens_and_pools():
    with waiting_chain() as chain:
        async with client(chain.node.url) as rpc:
            book = TokenBook(rpc)
            tokens = chain.layout.tokens
            await book.learn_names(each.address for each in tokens.values())
            pools = {
                each.address: (tokens[each.token0].address, tokens[each.token1].address)
                for each in chain.layout.pools
                if not each.protocol.endswith("v4")
            }
            await book.learn_pools([*pools, A])
    for each in tokens.values():
        assert book.names[each.address] == (each.symbol, each.decimals)
    assert book.pools == pools


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        (text("USDC"), "USDC"),
        ("0x" + b"MKR".ljust(32, b"\0").hex(), "MKR"),
        (text("bad\x1b[31m\nname"), "bad[31mname"),
        (text("x" * 99), "x" * 20),
    ],
)
async def test_symbols_old_and_odd(symbol, name):
    book = TokenBook(Saying(symbol, DECIMALS))
    await book.learn_names([A])
    assert book.names[A] == TokenName(name, 6)


@pytest.mark.parametrize(
    "answers",
    [
        ("0x", "0x"),
        (text(""), DECIMALS),
        (text("X"), "0x" + encode(["uint256"], [300]).hex()),
        ("0xzz", DECIMALS),
        (None, 5),
        (RuntimeError("reverted"), DECIMALS),
    ],
)
async def test_what_has_no_name_is_asked_once(answers):
    node = Saying("", "") if isinstance(answers[0], Exception) else Saying(*answers)
    book = TokenBook(node)
    await book.learn_names([A])
    await book.learn_names([A])
    assert A not in book.names
    assert node.asked == 2


async def test_a_node_that_does_not_answer_is_asked_another_time():
    node = Saying(NotSent("no connection"))
    book = TokenBook(node)
    await book.learn_names([A])
    await book.learn_names([A, "not an address"])
    assert node.asked == 4
