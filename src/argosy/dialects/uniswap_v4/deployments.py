"""Where the v4 pool managers are."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from argosy.dialects.evm.deployments import Deployment, read_deployments


@cache
def deployments() -> Mapping[str, Deployment]:
    """The protocols by name. Raises ConfigError for a broken file."""
    return read_deployments(Path(__file__).parent / "deployments.toml")
