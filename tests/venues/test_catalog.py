"""venue.toml: read exactly, and what is wrong is told with the file and the field."""

from decimal import Decimal

import pytest

from argosy.errors import ConfigError, Unsupported
from argosy.venues import catalog

MINIMAL = """
[venue]
id = "test"
name = "Test"
kind = "cex"
status = "live"
docs = "https://example.com"
capabilities = ["reference"]
instrument_kinds = ["spot"]

[endpoints.live]
rest = "https://a.example.com"
ws = ["wss://a.example.com", "wss://b.example.com"]

[limits.public]
kind = "sliding"
max = 20
window_s = 2
scope = "ip"

[fees]
maker = 0.0016
taker = 0.0026
"""


def test_a_minimal_venue_is_read():
    info = catalog.parse(MINIMAL, module="m", where="test.toml")
    assert info.id == "test"
    assert info.fees.maker == Decimal("0.0016")
    assert info.endpoints["live"].first("rest") == "https://a.example.com"
    assert info.endpoints["live"].roles["ws"] == ("wss://a.example.com", "wss://b.example.com")
    assert info.buckets["public"].scope == "ip"
    with pytest.raises(ConfigError, match=r"'nope'.*rest, ws"):
        info.endpoints["live"].first("nope")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "test"', "", "id"),
        ("[fees]", "[other]", "fees"),
        ('kind = "sliding"', 'kind = "leaky"', "leaky"),
        ("window_s = 2", "windows = 2", "windows"),
        ("[venue]", "[venue", "test.toml"),
    ],
)
def test_what_is_wrong_is_told(old: str, new: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        catalog.parse(MINIMAL.replace(old, new), module="m", where="test.toml")
    assert "test.toml" in str(caught.value)


def test_an_unknown_venue_is_told_with_those_there_are():
    with pytest.raises(ConfigError, match="no venue 'nowhere'"):
        catalog.venue("nowhere")


def test_a_capability_it_has_not_is_unsupported():
    info = catalog.parse(MINIMAL, module="m", where="test.toml")
    with pytest.raises(Unsupported, match="test has no trading"):
        catalog.Adapter(info=info).need("trading")


PROTOCOL = """
[venue]
id = "test"
name = "Test"
kind = "protocol"
status = "live"
docs = "https://example.com"
capabilities = ["lending"]
instrument_kinds = []

[contracts.1]
pool = "0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2"
"""


def test_a_protocol_has_contracts_by_chain_and_needs_no_fees():
    info = catalog.parse(PROTOCOL, module="m", where="test.toml")
    assert info.contracts == {1: {"pool": "0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2"}}
    assert info.fees.maker == 0


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4e2", "checksum; 0x87870Bca3F3fD6335C3F4ce8"),
        ("0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4", "40 hexadecimal digits"),
    ],
)
def test_a_wrong_address_is_told(new, said):
    wrong = PROTOCOL.replace("0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2", new)
    with pytest.raises(ConfigError, match=rf"test.toml: contracts\.1\.pool: .*{said}"):
        catalog.parse(wrong, module="m", where="test.toml")


def test_declared_capabilities_are_those_of_the_adapter():
    for name, info in catalog.venues().items():
        adapter = catalog.load(name)
        for capability, kind in catalog.CAPABILITIES.items():
            found = getattr(adapter, capability)
            assert (found is not None) == (capability in info.capabilities), (name, capability)
            assert found is None or isinstance(found, kind), (name, capability)
