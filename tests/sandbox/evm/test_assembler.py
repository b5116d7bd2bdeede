"""The assembler, against code that is known, and its refusals."""

import pytest

from argosy.sandbox.evm.assembler import assemble, creation, push


def test_words_become_code():
    assert assemble("1 0x0200 ADD ; the rest says why\nSTOP").hex() == "60016102000100"
    assert assemble("0").hex() == assemble("PUSH0").hex() == "5f"
    assert assemble("#transfer(address,uint256)").hex() == "63a9059cbb"
    assert assemble("CALLER DUP16 SWAP1 LOG3 CALL REVERT").hex() == "338f90a3f1fd"


def test_places_are_jumped_to_from_before_and_after():
    code = assemble("@end JUMP back: STOP end: @back JUMP")
    assert code.hex() == "610006565b005b61000456"
    assert code[6] == code[4] == 0x5B


def test_selectors_keep_their_leading_zeros():
    assert push(1, least=4).hex() == "6300000001"


@pytest.mark.parametrize("size", [1, 200, 255, 256, 70_000])
def test_creation_leaves_the_runtime(size):
    runtime = bytes(range(256)) * 274
    runtime = runtime[:size]
    code = creation(runtime)
    head = code[: len(code) - size]
    assert code.endswith(runtime)
    assert head == push(size) + b"\x80" + push(len(head)) + b"\x5f\x39\x5f\xf3"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("PUSH9000", "neither an instruction"),
        ("@nowhere JUMP", "no place 'nowhere'"),
        ("a: a:", "marked twice"),
    ],
)
def test_what_it_does_not_know_it_refuses(source, why):
    with pytest.raises(ValueError, match=why):
        assemble(source)
