"""Typed data, held against another library: digests, and whose signature one is."""

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.evm.typed import digest, domain_hash, signer_of, struct_hash
from argosy.errors import WireError

KEY = "0x" + "42" * 32
CONTRACT = "0x" + "cc" * 20
TYPE = b"Pay(address to,uint256 amount,bool now)"


def theirs(chain, to, amount, now):
    domain = {"name": "Test", "version": "2", "chainId": chain, "verifyingContract": CONTRACT}
    types = {
        "Pay": [
            {"name": "to", "type": "address"},
            {"name": "amount", "type": "uint256"},
            {"name": "now", "type": "bool"},
        ]
    }
    return encode_typed_data(domain, types, {"to": to, "amount": amount, "now": now})


def ours(chain, to, amount, now):
    message = struct_hash(keccak256(TYPE), ("address", "uint256", "bool"), (to, amount, now))
    return digest(domain_hash("Test", "2", chain, CONTRACT), message)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 2**60), st.integers(0, 2**160 - 1), st.integers(0, 2**256 - 1), st.booleans())
def test_the_digest_and_the_signer_are_those_of_another_library(chain, to, amount, now):
    to = f"0x{to:040x}"
    told = theirs(chain, to, amount, now)
    whole = keccak256(b"\x19\x01" + told.header + told.body)
    assert ours(chain, to, amount, now) == whole
    signed = Account.sign_message(told, KEY)
    me = Account.from_key(KEY).address.lower()
    assert signer_of(whole, bytes(signed.signature)) == me
    compact = bytearray(signed.signature[:64])  # EIP-2098: the parity in the top bit of s
    compact[32] |= (signed.v - 27) << 7
    assert signer_of(whole, bytes(compact)) == me


@pytest.mark.parametrize(
    "signature",
    [b"", b"\x01" * 63, bytes(65), b"\xff" * 65, b"\x01" * 64 + b"\x05", b"\x01" * 66],
)
def test_what_is_no_signature_is_told(signature):
    with pytest.raises(WireError, match="signature"):
        signer_of(b"\x11" * 32, signature)


@given(st.binary(max_size=70))
def test_nothing_but_wire_errors_come_out(signature):
    try:
        assert signer_of(b"\x11" * 32, signature).startswith("0x")
    except WireError:
        pass
