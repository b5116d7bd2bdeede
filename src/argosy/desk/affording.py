"""Whether an address could do what a dry run shows: what it takes against what is there, and the
limits of its key. Signs and sends nothing.
"""

from collections.abc import Iterable
from decimal import Decimal

from argosy.desk.chain import ChainAccount
from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.chains import Token
from argosy.dialects.evm.erc20 import BALANCE_OF
from argosy.errors import Blocked
from argosy.model import ContractCall
from argosy.model.money import ZERO, plain
from argosy.ports import Reading

Taken = tuple[Token, int]  # in smallest units; the zero address is the chain's own currency


async def problem_of(
    account: ChainAccount, call: ContractCall, takes: Iterable[Taken], gas: Decimal | None = None
) -> str:
    """Why a call would not go through, as far as that is known; empty: nothing is.

    Raises:
        ConfigError: there is no key.
        And what ContractClient.ask raises.
    """
    found = await _short(account, list(takes), gas or ZERO)
    assert account.signer is not None  # it has an address
    try:
        account.signer.review(call)
    except Blocked as e:
        found.append(f"the limits would block it: {e}")
    return "; ".join(found)


async def _short(account: ChainAccount, takes: list[Taken], gas: Decimal) -> list[str]:
    """What the balance does not cover, in words."""
    owner, native = account.address, account.info.native
    own = Decimal(await account.native_balance()).scaleb(-18)
    wanted = sum(amount for token, amount in takes if token.address == ZERO_ADDRESS)
    spent = Decimal(wanted).scaleb(-18)
    found = []
    if spent > own:
        found.append(_words(plain(spent), own, native))
    elif spent + gas > own:
        all_of = f"{plain(spent)} {native} and gas of about {plain(gas)}"
        found.append(_words(all_of if wanted else f"gas of about {plain(gas)}", own, native))
    for token, amount in takes:
        if token.address == ZERO_ADDRESS:
            continue
        asked = ContractCall(to=token.address, data=BALANCE_OF.data(owner))
        held = await account.contracts.ask(Reading((asked,), lambda told: told[0]))
        there = BALANCE_OF.one(str(held))
        if amount > there:
            have = Decimal(there).scaleb(-token.decimals)
            found.append(_words(plain(Decimal(amount).scaleb(-token.decimals)), have, token.symbol))
    return found


def _words(wanted: str, have: Decimal, currency: str) -> str:
    return f"the balance does not cover {wanted} {currency}: we have {plain(have)} {currency}"
