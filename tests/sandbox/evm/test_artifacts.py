"""Artifacts in the forms they are published in, and the table that names them."""

import re

import msgspec
import pytest

from argosy.errors import ConfigError
from argosy.sandbox.evm.artifacts import Artifact, read, table

ABI = [{"type": "function", "name": "f", "inputs": [], "outputs": []}]
LINKS = {"contracts/Maths.sol": {"Maths": [{"start": 2, "length": 20}]}}
CODE = "6073" + "_" * 40 + "00"


@pytest.mark.parametrize(
    "content",
    [
        {"abi": ABI, "bytecode": "0x" + CODE, "linkReferences": LINKS},
        {"abi": ABI, "bytecode": {"object": "0x" + CODE, "linkReferences": LINKS}},
    ],
    ids=["hardhat", "foundry"],
)
def test_every_form_reads_the_same(content):
    found = read("Thing", "p@1", msgspec.json.encode(content))
    assert found.abi == tuple(ABI)
    library = "0x" + "AB" * 20
    assert found.linked({"Maths": library}) == "6073" + "ab" * 20 + "00"
    with pytest.raises(ConfigError, match="Thing needs the library Maths"):
        found.linked({})


def test_truffles_has_no_links():
    found = read("Thing", "p@1", msgspec.json.encode({"abi": ABI, "bytecode": "0x6001"}))
    assert found == Artifact(name="Thing", package="p@1", abi=tuple(ABI), bytecode="6001")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"abi": 1, "bytecode": "0x"}', b"\xff"])
def test_anything_else_is_refused(content):
    with pytest.raises(ConfigError, match=r"Thing in p@1 is no artifact"):
        read("Thing", "p@1", content)


def test_the_table_pins_every_package_and_names_each_contract_once():
    names = [name for _, contracts in table().values() for name in contracts]
    assert len(names) == len(set(names))
    for package, _ in table().values():
        assert re.fullmatch(r"(sha512|sha256)-[A-Za-z0-9+/]+=*", package.integrity), package.name
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-[\w.]+)?", package.version), package.name
