"""A chain's own currency for the token that wraps it, and back: one for one, by the wrapper itself.
Asked for as any swap is, but no pool is in it.
"""

from decimal import Decimal

import msgspec

from argosy.desk.affording import problem_of
from argosy.desk.carrying import carried
from argosy.desk.chain import ChainAccount
from argosy.desk.swaps_asked import SwapAsk, SwapDone, SwapPath
from argosy.dialects.evm.chains import ChainInfo
from argosy.dialects.evm.data_fees import Sample
from argosy.dialects.evm.jsonrpc import quantity
from argosy.dialects.evm.outgoing import DEPOSIT, WITHDRAW
from argosy.errors import ConfigError, InsufficientFunds, Reverted
from argosy.model import ContractCall
from argosy.net.tx_journal import Transaction
from argosy.ports import Deed


def is_wrapping(info: ChainInfo, give: str, get: str) -> bool:
    """Whether these two are a chain's currency and its wrapper, in either order."""
    return bool(info.wrapped) and {give.upper(), get.upper()} == {info.native, info.wrapped}


async def wrap(account: ChainAccount, ask: SwapAsk, amount: int, id_: str) -> SwapDone:
    """Wrap or unwrap `amount` (wei) unless it is a dry run; returns once it is final.

    Raises:
        ConfigError: no key; an id that something else was sent under.
        And what `carried` raises.
    """
    deed = _deed(account.info, amount, give=ask.give.upper())
    done = SwapDone(
        id=id_,
        give=ask.give.upper(),
        get=ask.get.upper(),
        amount=Decimal(amount).scaleb(-18),
        block=quantity(await account.rpc.call("eth_blockNumber")),
        paths=(await _path(account, deed, amount),),
        least=Decimal(amount).scaleb(-18),
    )
    known = await account.must_be_ready().find(id_) if account.ready else None
    if ask.dry_run:
        return msgspec.structs.replace(done, problem=await _problem(account, deed, done, known))
    if known is not None:
        done = _repeated(done, known, deed)
    expires_s = account.deadline_s()
    came = await carried(account, deed, id_=id_, what="swap", expires_s=expires_s)
    return msgspec.structs.replace(
        done,
        got=done.amount,
        gas=Decimal(came.gas_cost).scaleb(-18),
        transaction=came.done.transaction.mined_hash,
    )


def _deed(info: ChainInfo, amount: int, *, give: str) -> Deed:
    wrapper = info.wrapper.address.lower()
    if give == info.native:
        call = ContractCall(to=wrapper, data=DEPOSIT.data(), value=amount)
        return Deed(call=call, words=f"wrap {info.native} at {wrapper}")
    call = ContractCall(to=wrapper, data=WITHDRAW.data(amount))
    return Deed(call=call, words=f"unwrap {info.wrapped} at {wrapper}")


async def _path(account: ChainAccount, deed: Deed, amount: int) -> SwapPath:
    gas = None
    if account.signer is not None:
        try:
            _, used = await account.contracts.simulate(deed.call, account.address)
            (posting,) = await account.data_costs([Sample(call=deed.call, gas=used)])
            gas = account.gas_cost(used, posting)
        except (Reverted, InsufficientFunds):
            pass  # what it lacks is told as the dry run's problem
    return SwapPath(pools=deed.words, gets=Decimal(amount).scaleb(-18), gas=gas)


async def _problem(
    account: ChainAccount, deed: Deed, done: SwapDone, known: Transaction | None
) -> str:
    if account.signer is None:
        return "there is no key"
    if known is not None:
        return f"id {done.id!r} was used before: nothing would be sent"
    info = account.info
    given = info.own if deed.call.value else info.wrapper
    taken = int(done.amount.scaleb(18))
    return await problem_of(account, deed.call, [(given, taken)], done.paths[0].gas)


def _repeated(done: SwapDone, known: Transaction, deed: Deed) -> SwapDone:
    """What was asked for then: the amount is that one's. Raises ConfigError for another deed."""
    request = known.request
    same = (request.to or "").lower() == deed.call.to and request.data[:10] == deed.call.data[:10]
    if not same:
        raise ConfigError(f"swap: id {done.id!r} was used before, and not for it")
    raw = request.value or int(request.data[10:], 16)
    amount = Decimal(raw).scaleb(-18)
    return msgspec.structs.replace(done, amount=amount, repeated=True, paths=(), least=Decimal(0))
