"""Fees for posting to a parent chain: what is asked, what answers and receipts come to."""

import pytest
from eth_account.typed_transactions import TypedTransaction
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.chains import chains
from argosy.dialects.evm.data_fees import (
    GAS_PRICE_ORACLE,
    L1_COMPONENT,
    L1_FEE,
    NODE_INTERFACE,
    OPERATOR_FEE,
    Sample,
    data_fees,
    operator_paid,
    paid_beside_gas,
    unsigned,
)
from argosy.dialects.evm.functions import encode, unhex
from argosy.dialects.evm.keccak import keccak256
from argosy.errors import Reverted, WireError
from argosy.model import ContractCall
from argosy.ports import TxFields

OP, ARBITRUM = chains()["optimism"], chains()["arbitrum"]
BOB = "0x" + "b0" * 20
SAMPLES = [
    Sample(call=ContractCall(to=BOB, data="0x" + "ab" * 70, value=5), gas=100_000),
    Sample(call=ContractCall(to=BOB, data="0x"), gas=21_000),
]


def word(*values):
    return "0x" + encode(("uint256",) * len(values), values).hex()


FIELDS = st.builds(
    TxFields,
    chain_id=st.integers(1, 2**40),
    nonce=st.integers(0, 2**40),
    to=st.none() | st.just(BOB),
    value=st.integers(0, 2**128),
    data=st.binary(max_size=400).map(lambda data: "0x" + data.hex()),
    gas=st.integers(0, 2**40),
    max_fee=st.integers(0, 2**70),
    priority_fee=st.integers(0, 2**70),
)


@given(FIELDS)
def test_the_bytes_are_those_that_others_sign(fields):
    told = {
        "type": 2,
        "chainId": fields.chain_id,
        "nonce": fields.nonce,
        "to": to_checksum_address(fields.to) if fields.to else b"",
        "value": fields.value,
        "data": fields.data,
        "gas": fields.gas,
        "maxFeePerGas": fields.max_fee,
        "maxPriorityFeePerGas": fields.priority_fee,
    }
    assert keccak256(unsigned(fields)) == bytes(TypedTransaction.from_dict(told).hash())


def test_chains_of_the_op_stack_are_asked_for_the_bytes_and_the_gas():
    reading = data_fees(OP, SAMPLES)
    assert {call.to for call in reading.calls} == {GAS_PRICE_ORACLE}
    sizes = []
    for sample, posting, operator in zip(
        SAMPLES, reading.calls[::2], reading.calls[1::2], strict=True
    ):
        (raw,) = L1_FEE.arguments(unhex(posting.data))
        assert raw[:1] == b"\x02"
        assert unhex(sample.call.data) in raw
        sizes.append(len(raw))
        assert OPERATOR_FEE.arguments(unhex(operator.data)) == (sample.gas,)
    assert sizes[0] - sizes[1] >= 70
    told = [word(700), Reverted("no such function"), word(200), word(33)]
    assert reading.read(told) == (700, 233)
    with pytest.raises(Reverted, match="none of these"):
        reading.read([Reverted("none of these"), word(1), word(1), word(1)])


def test_arbitrum_tells_gas_and_its_price():
    reading = data_fees(ARBITRUM, SAMPLES)
    assert [call.to for call in reading.calls] == [NODE_INTERFACE] * 2
    assert L1_COMPONENT.arguments(unhex(reading.calls[0].data)) == (
        BOB,
        False,
        unhex(SAMPLES[0].call.data),
    )
    told = [word(3_000, 10**7, 5 * 10**9), word(0, 10**7, 0)]
    assert reading.read(told) == (3_000 * 10**7, 0)


@given(
    st.lists(st.binary(max_size=100).map(lambda data: "0x" + data.hex()), min_size=4, max_size=4)
)
def test_other_answers_are_wire_errors(told):
    for chain, size in ((OP, 4), (ARBITRUM, 2)):
        try:
            data_fees(chain, SAMPLES).read(told[:size])
        except WireError:
            continue


def test_receipts_of_the_op_stack_say_what_was_paid_beside_gas():
    # The fields as op-geth has them (core/types/receipt.go), read 2026-11-27.
    receipt = {
        "gasUsed": "0x1e8480",
        "effectiveGasPrice": "0xf4240",
        "l1BaseFeeScalar": "0x146b",
        "l1BlobBaseFee": "0x1",
        "l1BlobBaseFeeScalar": "0xf79c5",
        "l1Fee": "0x2540be400",
        "l1GasPrice": "0x3b9aca00",
        "l1GasUsed": "0x640",
    }
    assert paid_beside_gas(receipt) == 10**10
    assert operator_paid(receipt, 2_000_000) is None
    assert operator_paid(receipt | {"operatorFeeScalar": "0x0"}, 2_000_000) is None
    for name in ("operatorFeeScalar", "operatorFeeConstant"):
        reading = operator_paid(receipt | {name: "0x7"}, 2_000_000)
        (call,) = reading.calls
        assert (call.to, OPERATOR_FEE.arguments(unhex(call.data))) == (
            GAS_PRICE_ORACLE,
            (2_000_000,),
        )
        assert reading.read([word(77)]) == 77
        assert reading.read([Reverted("before Isthmus")]) == 0
    # Arbitrum: gasUsed has gasUsedForL1 within; a deposit has no fee.
    assert paid_beside_gas({"gasUsed": "0x10", "gasUsedForL1": "0x8"}) == 0
    assert paid_beside_gas({"l1Fee": None}) == 0
    with pytest.raises(WireError):
        paid_beside_gas({"l1Fee": "much"})
