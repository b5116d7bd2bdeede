"""Finds arbitrage: transactions that end with more of a token than they began with. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from argosy.model.trades import PoolTrade

_MOST_TRADES = 100  # of one transaction, that are looked at


class Arbitrage(msgspec.Struct, frozen=True, kw_only=True, tag_field="mev", tag="arbitrage"):
    """A cycle through pools in one transaction. `profit` is by token, before gas."""

    block: int
    transaction: str
    sender: str
    contract: str
    pools: tuple[str, ...]
    profit: dict[str, int]


def find_arbitrage(
    trades: Sequence[PoolTrade], tokens: Mapping[str, tuple[str, str]]
) -> list[Arbitrage]:
    """The arbitrage among one block's trades; `tokens` are each pool's (token 0, token 1).

    A transaction is one where it used two pools or more, spent no token on balance, and gained
    some. Those with a pool whose tokens are not known are left out: nothing can be told of them.
    """
    by_transaction: dict[str, list[PoolTrade]] = defaultdict(list)
    for trade in trades:
        if len(by_transaction[trade.transaction]) < _MOST_TRADES:
            by_transaction[trade.transaction].append(trade)
    found = []
    for transaction, rows in by_transaction.items():
        pools = tuple(dict.fromkeys(row.pool for row in rows))
        if len(pools) < 2 or any(pool not in tokens for pool in pools):
            continue
        balance: dict[str, int] = defaultdict(int)
        for row in rows:
            pair = tokens[row.pool]
            given, got = pair if row.forward else pair[::-1]
            balance[given] -= row.amount_in
            balance[got] += row.amount_out
        gained = {token: amount for token, amount in balance.items() if amount > 0}
        if gained and all(amount >= 0 for amount in balance.values()):
            found.append(
                Arbitrage(
                    block=rows[0].block,
                    transaction=transaction,
                    sender=rows[0].sender,
                    contract=rows[0].contract,
                    pools=pools,
                    profit=gained,
                )
            )
    return found
