"""Words of the EVM against vectors that are known everywhere."""

import pytest

from argosy.sandbox.evm import abi

TUPLE = {
    "type": "function",
    "name": "mint",
    "inputs": [
        {
            "type": "tuple[]",
            "name": "x",
            "components": [
                {"type": "address"},
                {"type": "tuple", "components": [{"type": "bool"}]},
            ],
        }
    ],
}


def test_hashes_are_keccak_not_sha3():
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert abi.keccak(b"").hex() == empty


def test_selectors_and_topics_of_erc20():
    assert abi.selector("transfer(address,uint256)").hex() == "a9059cbb"
    transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    assert abi.topic("Transfer(address,address,uint256)") == transfer


def test_tuples_are_spelt_out():
    assert abi.signature_of(TUPLE) == "mint((address,(bool))[])"


def test_a_doubled_name_asks_for_its_signature():
    one = {"type": "function", "name": "f", "inputs": []}
    two = {"type": "function", "name": "f", "inputs": [{"type": "bool"}]}
    with pytest.raises(KeyError, match="whole signature"):
        abi.find([one, two], "function", "f")
    assert abi.find([one, two], "function", "f(bool)") is two


def test_reasons_of_reverts():
    text = "0x08c379a0" + abi.encode(["string"], ["Too little received"]).hex()
    assert abi.revert_reason(text) == "Too little received"
    assert abi.revert_reason("0x4e487b71" + abi.encode(["uint256"], [0x11]).hex()) == "panic 0x11"
    own = {"type": "error", "name": "TooLittle", "inputs": [{"type": "uint256"}]}
    data = "0x" + (abi.selector("TooLittle(uint256)") + abi.encode(["uint256"], [7])).hex()
    assert abi.revert_reason(data, [own]) == "TooLittle(7)"
    assert abi.revert_reason(data) == data
    assert abi.revert_reason("0x08c379a0ff") == "0x08c379a0ff"
