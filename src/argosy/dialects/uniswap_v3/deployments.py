"""The v3 family's protocols, and where their factories put a pool."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from argosy.dialects.evm.addresses import address_bytes, create2_address, in_order
from argosy.dialects.evm.deployments import Deployment, read_deployments
from argosy.dialects.evm.keccak import keccak256


@cache
def deployments() -> Mapping[str, Deployment]:
    """The protocols by name. Raises ConfigError for a broken file."""
    return read_deployments(Path(__file__).parent / "deployments.toml")


def pool_address(protocol: str, chain: int, token_a: str, token_b: str, fee: int) -> str:
    """Where the pool of two tokens and a fee (millionths) is, or would be; checksummed.

    Raises:
        ConfigError: the protocol is not known on that chain.
        ValueError: a malformed address, the same token twice, or a fee the protocol has not.
    """
    about = deployments()[protocol]
    if fee not in about.spacings:
        known = ", ".join(str(each) for each in about.spacings)
        raise ValueError(f"fee is {fee}; {about.name} has pools with {known}")
    words = [address_bytes(each) for each in in_order(token_a, token_b)]
    words.append(fee.to_bytes(32, "big"))
    salt = keccak256(b"".join(each.rjust(32, b"\0") for each in words))
    return create2_address(about.on(chain).factory, salt, bytes.fromhex(about.init_code_hash[2:]))
