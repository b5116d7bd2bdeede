"""Builds the whole chain, stage by stage, each standing on those before it."""

from collections.abc import Callable, Sequence

from argosy.errors import ConfigError
from argosy.sandbox.evm.builder import Builder
from argosy.sandbox.evm.collectibles import deploy_seaport
from argosy.sandbox.evm.concentrated import deploy_uniswap_v3
from argosy.sandbox.evm.constant_product import deploy_uniswap_v2
from argosy.sandbox.evm.layout import Layout
from argosy.sandbox.evm.lending import deploy_aave, deploy_feeds
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.singleton import deploy_uniswap_v4
from argosy.sandbox.evm.staking import deploy_staking
from argosy.sandbox.evm.sushi import deploy_sushi
from argosy.sandbox.evm.tokens import deploy_tokens

Stage = tuple[str, Callable[[Builder], None]]
STAGES: tuple[Stage, ...] = (
    ("tokens", deploy_tokens),
    ("uniswap v2", deploy_uniswap_v2),
    ("uniswap v3", deploy_uniswap_v3),
    ("uniswap v4", deploy_uniswap_v4),
    ("sushiswap", deploy_sushi),
    ("price feeds", deploy_feeds),
    ("aave v3", deploy_aave),
    ("seaport", deploy_seaport),
    ("staking", deploy_staking),
)


def build(link: Link, stages: Sequence[Stage] = STAGES) -> Layout:
    """Deploy and seed everything on an empty chain of the sandbox's node.

    Raises:
        ConfigError: a stage failed; says which, and why.
    """
    builder = Builder(link)
    for name, stage in stages:
        try:
            stage(builder)
        except ChainError as e:
            raise ConfigError(f"the chain's stage {name!r} failed: {e}") from e
    return builder.layout()
