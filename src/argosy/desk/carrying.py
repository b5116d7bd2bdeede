"""Carries a deed out for an address that venues share: approvals first, tried out before anything
is signed, refusals in words. Everybody who waits for transactions of that address hears of theirs.
"""

import msgspec

from argosy.desk.chain import ChainAccount
from argosy.dialects.pools.reverts import reason
from argosy.errors import InvalidOrder, Reverted
from argosy.model import ContractCall, Nanos
from argosy.net.contracts import Done
from argosy.net.tx_journal import Transaction, TxRequest, TxState
from argosy.ports import Clock, Deed

_GAS_SPARE = 130  # hundredths of what the trial took: ticks may be crossed meanwhile


class Carried(msgspec.Struct, frozen=True):
    """What a deed did. `gas_cost` in wei, of approvals too; `fresh`: it was sent just now."""

    done: Done
    gas_cost: int
    fresh: bool


async def carried(
    account: ChainAccount, clock: Clock, deed: Deed, *, id_: str, what: str, expires_s: int
) -> Carried:
    """Do it once and return what it did; an id that was used before sends nothing.

    Raises:
        InvalidOrder: it would fail, or did; says why. `what` names the subject.
        And what TxSender.send raises.
    """
    sender = account.must_be_ready()
    fresh, cost = await sender.find(id_) is None, 0
    if fresh:
        for number, approval in enumerate(deed.approvals, 1):
            if await account.contracts.ask(approval.needed):
                first = await _sent(account, clock, approval.call, f"{id_}.approve{number}", what)
                cost += (await account.contracts.receipt(first)).gas_cost
    expires_ns = Nanos(expires_s * 10**9)
    sent = await _sent(account, clock, deed.call, id_, what, expires_ns)
    done = await account.contracts.receipt(sent)
    return Carried(done, cost + done.gas_cost, fresh)


async def _sent(
    account: ChainAccount,
    clock: Clock,
    call: ContractCall,
    id_: str,
    what: str,
    expires_ns: Nanos | None = None,
) -> Transaction:
    sender = account.must_be_ready()
    sent = await sender.find(id_)
    if sent is None:
        try:
            _, used = await account.contracts.simulate(call, account.address)
        except Reverted as e:
            raise InvalidOrder(reason(e.data), venue=what, code="reverted") from e
        sent = await sender.send(
            TxRequest(
                id=id_,
                to=call.to,
                value=call.value,
                data=call.data,
                gas=used * _GAS_SPARE // 100,
                expires_ns=expires_ns,
            )
        )
    while not sent.state.final:
        await clock.sleep(0.1)
        await account.settle()
        sent = await sender.find(id_) or sent
    if sent.state is not TxState.DONE:
        raise InvalidOrder(
            f"transaction {sent.last.hash} is {sent.state.value}; {sent.note or 'nothing changed'}",
            venue=what,
        )
    return sent
