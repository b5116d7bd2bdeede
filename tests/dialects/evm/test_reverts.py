"""Why a contract refused: texts, panics, custom errors, and bytes that are none of these."""

from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.reverts import explained, read_refusal
from argosy.errors import Reverted

OWN = Function("NotOwner(address,uint256)")


def test_a_text():
    data = Function("Error(string)").data("35")
    assert read_refusal(data).text == "35"
    said = explained(Reverted("", data=data), "it", {}, {"35": ("TOO_LOW", "it is too low")})
    assert str(said) == "it TOO_LOW: it is too low"
    assert (said.code, said.data) == ("TOO_LOW", data)
    unknown = explained(Reverted("", data=Function("Error(string)").data("why")), "it", {}, {})
    assert (unknown.code, str(unknown)) == ("why", "it why")


def test_a_panic():
    data = Function("Panic(uint256)").data(0x11)
    assert str(explained(Reverted("", data=data), "it", {}, {})) == (
        "it: an amount over- or underflows"
    )
    assert read_refusal(Function("Panic(uint256)").data(0x99)).text == "panic 0x99"


def test_a_custom_error_with_its_values():
    data = OWN.data("0x" + "11" * 20, 7)
    said = explained(Reverted("", data=data), "it", {OWN.signature: "it is not yours"}, {})
    assert str(said) == f"it NotOwner: it is not yours (0x{'11' * 20}, 7)"
    assert read_refusal(data) is None  # not among those that are known


@given(st.one_of(st.text(max_size=50), st.binary(max_size=200).map(lambda raw: "0x" + raw.hex())))
def test_nothing_comes_out_of_nonsense(data):
    error = Reverted("as it was", data=data)
    assert isinstance(explained(error, "it", {OWN.signature: "words"}, {}), Reverted)


@given(st.binary(max_size=100))
def test_nor_of_broken_errors(rest):
    for head in (OWN, Function("Error(string)"), Function("Panic(uint256)")):
        error = Reverted("as it was", data="0x" + head.selector.hex() + rest.hex())
        assert isinstance(explained(error, "it", {OWN.signature: "words"}, {}), Reverted)
