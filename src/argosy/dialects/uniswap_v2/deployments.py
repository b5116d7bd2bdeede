"""The v2 family's protocols, and where their factories put a pair."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from argosy.dialects.evm.addresses import address_bytes, create2_address, in_order
from argosy.dialects.evm.deployments import Deployment, read_deployments
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.uniswap_v2.amounts import PairFee


@cache
def deployments() -> Mapping[str, Deployment]:
    """The protocols by name. Raises ConfigError for a broken file."""
    return read_deployments(Path(__file__).parent / "deployments.toml")


def pair_fee(protocol: str) -> PairFee:
    """What a protocol's pairs keep."""
    return PairFee(*deployments()[protocol].fee)


def pair_address(protocol: str, chain: int, token_a: str, token_b: str) -> str:
    """Where the pair of two tokens is, or would be; checksummed.

    Raises:
        ConfigError: the protocol is not known on that chain.
        ValueError: a malformed address, or the same token twice.
    """
    about = deployments()[protocol]
    tokens = b"".join(address_bytes(each) for each in in_order(token_a, token_b))
    code = bytes.fromhex(about.init_code_hash[2:])
    return create2_address(about.on(chain).factory, keccak256(tokens), code)
