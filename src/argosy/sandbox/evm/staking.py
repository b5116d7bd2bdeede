"""The staking token, its wrapper and its withdrawal queue, with first stakes and a first reward."""

from argosy.sandbox.evm.builder import Builder
from argosy.sandbox.evm.own import deploy_own
from argosy.sandbox.evm.staked_ether import STAKED_ETHER
from argosy.sandbox.evm.withdrawal_queue import withdrawal_queue
from argosy.sandbox.evm.wrapped_staked_ether import wrapped_staked_ether

ETHER = 10**18
STAKES = (("provider_a", 3_000), ("whale_a", 1_000), ("desk", 32))  # in ether
REWARD = 12 * ETHER
_NOBODY = "0x" + "00" * 20


def deploy_staking(build: Builder) -> None:
    """Deploy, stake, and pay a reward, so that a share is worth more than it was."""
    token = deploy_own(build.link, build.owner, STAKED_ETHER)
    build.keep("staking", STAKED_ETHER.name, token)
    wrapper = wrapped_staked_ether(token.address)
    wrapped = build.keep(
        "staking.wrapped", wrapper.name, deploy_own(build.link, build.owner, wrapper)
    )
    queue = withdrawal_queue(token.address, wrapped.address)
    build.keep("staking.queue", queue.name, deploy_own(build.link, build.owner, queue))
    for role, amount in STAKES:
        token.send(build.accounts[role], "submit", _NOBODY, value=amount * ETHER)
    token.send(build.owner, "rewards", value=REWARD)
