"""Carries a deed out for an address that venues share: approvals first, tried out before anything
is signed, refusals in words. Everybody who waits for transactions of that address hears of theirs.
"""

from collections.abc import Awaitable

import msgspec

from argosy.desk.chain import ChainAccount
from argosy.dialects.pools.reverts import reason
from argosy.errors import InvalidOrder, Reverted
from argosy.model import Nanos
from argosy.net.contracts import Done
from argosy.ports import Deed


class Carried(msgspec.Struct, frozen=True):
    """What a deed did. `gas_cost` in wei, of approvals too; `fresh`: it was sent just now."""

    done: Done
    gas_cost: int
    fresh: bool


async def carried(
    account: ChainAccount, deed: Deed, *, id_: str, what: str, expires_s: int
) -> Carried:
    """Do it once and return what it did; an id that was used before sends nothing.

    Raises:
        InvalidOrder: it would fail, or did; says why. `what` names the subject.
        And what else ContractClient.do raises.
    """
    sender = account.must_be_ready()
    fresh = await sender.find(id_) is None
    doing = account.contracts.do(deed, id_=id_, expires_ns=Nanos(expires_s * 10**9))
    done = await _in_words(doing, what)
    return Carried(done, done.approvals_cost + done.gas_cost, fresh)


async def outcome(account: ChainAccount, id_: str, *, what: str) -> Done:
    """What came of something that was sent, waited for. Raises as `carried` does."""
    account.must_be_ready()
    return await _in_words(account.contracts.outcome(id_), what)


async def _in_words(doing: Awaitable[Done], what: str) -> Done:
    try:
        return await doing
    except Reverted as e:
        why = reason(e.data) if e.code or e.data else str(e)  # refused in the chain: no data
        raise InvalidOrder(why, venue=what, code="reverted") from e
