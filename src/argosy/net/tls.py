"""TLS settings of every outgoing connection. Certificates are always checked."""

import ssl
from pathlib import Path

from argosy.errors import ConfigError


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """The system's authorities, and those of `ca_file` besides (a sandbox's own).

    Raises:
        ConfigError: the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as e:
            raise ConfigError(f"ca_file {ca_file}: {e}; a PEM file is needed") from e
    return context
