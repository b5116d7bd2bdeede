"""Which contracts are ours, and how any contract that stands is found by its artifact's name."""

from argosy.sandbox.evm.artifacts import artifact
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.feed import FEED
from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.own import Own
from argosy.sandbox.evm.staked_ether import STAKED_ETHER
from argosy.sandbox.evm.withdrawal_queue import withdrawal_queue
from argosy.sandbox.evm.wrapped_staked_ether import wrapped_staked_ether

_ANYWHERE = "0x" + "00" * 20  # where a contract's code names others: its ABI does not depend on it
ALL: dict[str, Own] = {
    own.name: own
    for own in (
        FEED,
        STAKED_ETHER,
        wrapped_staked_ether(_ANYWHERE),
        withdrawal_queue(_ANYWHERE, _ANYWHERE),
    )
}


def at(link: Link, name: str, address: str) -> Contract:
    """A contract that stands already, ours or a published one, by its artifact's name."""
    return Contract(link, address, ALL[name].abi if name in ALL else artifact(name).abi)
