"""Hashes and addresses against published vectors."""

import hashlib
import random

import pytest

from argosy.dialects.evm.addresses import address_bytes, checksummed, create2_address, in_order
from argosy.dialects.evm.keccak import keccak256


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        # first topics that every explorer shows
        (
            b"Transfer(address,address,uint256)",
            "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
        ),
        (
            b"Sync(uint112,uint112)",
            "1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1",
        ),
    ],
)
def test_published_hashes(data, found):
    assert keccak256(data).hex() == found


def test_every_length_around_a_block_against_another_implementation():
    """SHA-3 differs from Keccak by its padding alone; pycryptodome has both."""
    other = pytest.importorskip("Crypto.Hash.keccak")
    rng = random.Random(1)
    for length in [*range(130, 142), *range(268, 276), 1, 1_000]:
        data = rng.randbytes(length)
        assert keccak256(data) == other.new(digest_bits=256, data=data).digest()
        assert keccak256(data) != hashlib.sha3_256(data).digest()


@pytest.mark.parametrize(
    "address",
    [  # EIP-55
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_checksums(address):
    assert checksummed(address.lower()) == address
    assert checksummed(address_bytes(address)) == address


@pytest.mark.parametrize(
    ("deployer", "salt", "code", "found"),
    [  # EIP-1014
        ("00" * 20, "00" * 32, "00", "0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38"),
        ("deadbeef" + "00" * 16, "00" * 32, "00", "0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3"),
        ("00" * 20, "00" * 32, "deadbeef", "0x70f2b2914A2a4b783FaEFb75f459A580616Fcb5e"),
        (
            "00" * 16 + "deadbeef",
            "00" * 28 + "cafebabe",
            "deadbeef",
            "0x60f3f640a8508fC6a86d45DF051962668E1e8AC7",
        ),
    ],
)
def test_created_addresses(deployer, salt, code, found):
    code_hash = keccak256(bytes.fromhex(code))
    assert create2_address("0x" + deployer, bytes.fromhex(salt), code_hash) == found


def test_tokens_stand_in_the_order_of_their_bytes():
    low, high = "0x" + "0A" * 20, "0x" + "0b" * 20
    assert in_order(high, low) == in_order(low, high) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["", "0x", "0x" + "0" * 39, "0x" + "0" * 41, "00" * 21, "0x" + "g" * 40, "0x" + " 0" * 20],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="40 hexadecimal digits"):
        address_bytes(text)
