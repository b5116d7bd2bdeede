"""Signatures against what a node's own account makes of the same fields."""

import pytest

from argosy.errors import ConfigError
from argosy.net.tx_signing import KeySigner
from argosy.ports import TxFields
from net.nodes import ask, node

# The first account of the test mnemonic that every local node knows; worth nothing anywhere.
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
FIELDS = TxFields(
    chain_id=1337,
    nonce=3,
    to="0x" + "ab" * 20,
    value=5,
    data="0x0102",
    gas=50_000,
    max_fee=9_000_000_000,
    priority_fee=1_000_000_000,
)


@pytest.mark.parametrize("to", [FIELDS.to, None], ids=["call", "creation"])
async def test_it_signs_as_a_node_does(to):
    signer = KeySigner(KEY)
    fields = TxFields(
        **{name: getattr(FIELDS, name) for name in FIELDS.__struct_fields__} | {"to": to}
    )
    raw, _ = signer.sign(fields)
    told = {"from": signer.address, "nonce": "0x3", "value": "0x5", "data": "0x0102"}
    told |= {"gas": hex(50_000), "maxFeePerGas": hex(9_000_000_000), "chainId": "0x539"}
    told |= {"maxPriorityFeePerGas": hex(1_000_000_000)} | ({"to": to} if to else {})
    with node() as one:
        assert signer.address == (await ask(one.url, "eth_accounts"))[0].lower()
        assert await ask(one.url, "eth_signTransaction", told) == "0x" + raw.hex()


@pytest.mark.parametrize("key", ["", "0x12", "not a key", "0x" + "00" * 32])
def test_what_is_no_key_is_not_quoted(key):
    with pytest.raises(ConfigError, match="no private key") as caught:
        KeySigner(key)
    assert not key or key not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_signer_does_not_show_its_key():
    assert KEY[2:] not in repr(KeySigner(KEY))
