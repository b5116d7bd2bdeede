"""Addresses that are right, of any chain like Bitcoin's; and what one letter makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.sandbox.bitcoin.scripts import address_of as simulated
from argosy.sandbox.bitcoin.scripts import pay_to
from argosy.sources.bitcoin.addresses import address_of

RIGHT = [
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",  # of the first block
    "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
    # BIP 173
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
    # BIP 350
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
]


@pytest.mark.parametrize("text", RIGHT)
def test_right_addresses_are_taken_as_they_are(text):
    assert address_of(text) == text


def test_large_letters_become_small_as_nodes_write_them():
    assert address_of(RIGHT[2].upper(), "main") == RIGHT[2]


@given(st.text(max_size=20))
def test_the_addresses_of_the_simulated_chain_are_right(name):
    address = simulated(pay_to(name))
    assert address_of(address, "regtest") == address


@pytest.mark.parametrize("text", RIGHT)
@given(data=st.data())
def test_one_wrong_letter_is_found(text, data):
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("023456789acdefghjklmnpqrstuvwxyz"))
    wrong = text[:at] + letter + text[at + 1 :]
    if wrong != text:
        with pytest.raises(ValueError, match="checksum"):
            address_of(wrong)


@given(st.text(max_size=100))
def test_other_texts_are_none(text):
    with pytest.raises(ValueError, match=r"checksum|letters"):
        address_of(text)


@pytest.mark.parametrize("text", ["", "notanaddress", RIGHT[2][:-1] + "T4", "bc1qqqqqq", "1" * 26])
def test_what_is_typed_wrongly_is_told(text):
    with pytest.raises(ValueError, match=r"checksum|letters"):
        address_of(text)


def test_a_prefix_of_another_network_is_told():
    for network in ("test", "signet", "regtest"):
        with pytest.raises(ValueError, match=f"of main, not of {network}"):
            address_of(RIGHT[2], network)
    assert address_of(RIGHT[3], "signet") == RIGHT[3]
