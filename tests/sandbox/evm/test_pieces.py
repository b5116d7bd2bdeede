"""ABIs of our own contracts, tuples and errors included."""

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.ours import ALL
from argosy.sandbox.evm.withdrawal_queue import withdrawal_queue


def test_tuples_and_errors_are_in_the_abi():
    known = withdrawal_queue("0x" + "01" * 20, "0x" + "02" * 20)
    entry = abi.find(known.abi, "function", "getWithdrawalStatus")
    assert [abi.type_of(part) for part in entry["outputs"]] == [
        "(uint256,uint256,address,uint256,bool,bool)[]"
    ]
    assert abi.signature_of(abi.find(known.abi, "error", "NotOwner")) == "NotOwner(address,address)"


def test_an_abi_does_not_depend_on_where_others_stand():
    elsewhere = withdrawal_queue("0x" + "01" * 20, "0x" + "02" * 20)
    assert ALL["WithdrawalQueue"].abi == elsewhere.abi
    assert ALL["WithdrawalQueue"].code != elsewhere.code
