"""TLS settings: certificates are always checked. Connections are in test_http and test_feed."""

import ssl
from pathlib import Path

import pytest

from argosy.errors import ConfigError
from argosy.net.tls import client_context
from net.servers import tls_pair


def test_certificates_and_host_names_are_checked(tmp_path: Path):
    ca, _ = tls_pair()
    pem = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(pem))
    for context in (client_context(), client_context(pem)):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(client_context(pem).get_ca_certs()) >= 1


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path):
    pem = tmp_path / "ca.pem"
    pem.write_text("nothing")
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        client_context(pem)
