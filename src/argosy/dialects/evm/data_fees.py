"""What rollups take for posting a transaction to their parent chain, as readings of their own
contracts, so that the formula is the chain's whatever its upgrade; and what receipts say was paid.

On chains of the OP stack it comes beside gas: getL1Fee of a transaction's bytes, and an operator's
fee since Isthmus. On Arbitrum it is gas of its own, within what a receipt says was used, but not
within what a swap is known to take. Sources, read 2026-11-27: ethereum-optimism/specs,
experimental/contracts/L2/gas-price-oracle.md; docs.base.org, upgrades/fjord/predeploys;
docs.arbitrum.io, "NodeInterface" and "How to estimate gas"; OffchainLabs, NodeInterface.sol.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from argosy.dialects.evm.addresses import address_bytes
from argosy.dialects.evm.chains import ChainInfo
from argosy.dialects.evm.functions import Function, unhex
from argosy.dialects.evm.jsonrpc import quantity
from argosy.errors import ArgosyError
from argosy.model import ContractCall
from argosy.ports import Reading, TxFields

GAS_PRICE_ORACLE = "0x420000000000000000000000000000000000000f"
L1_FEE = Function("getL1Fee(bytes)", "uint256")
OPERATOR_FEE = Function("getOperatorFee(uint256)", "uint256")
NODE_INTERFACE = "0x00000000000000000000000000000000000000c8"
L1_COMPONENT = Function(
    "gasEstimateL1Component(address,bool,bytes)", "uint64", "uint256", "uint256"
)
_NONCE, _FEE = 12_345, 123_456_789  # as long as such numbers usually are
_SHORT, _STRING, _LIST = 55, 0x80, 0xC0


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction of a kind, for what its bytes cost; `gas` is what it takes without them."""

    call: ContractCall
    gas: int


def data_fees(chain: ChainInfo, samples: Sequence[Sample]) -> Reading[tuple[int, ...]]:
    """What posting each transaction costs now, in wei, in order. For chains with a data fee."""
    if chain.data_fee == "arbitrum":
        return _components(samples)
    calls = []
    for each in samples:
        data = L1_FEE.data(unsigned(_fields(each, chain.id)))
        calls.append(ContractCall(to=GAS_PRICE_ORACLE, data=data))
        calls.append(_operator_call(each.gas))

    def read(told: Sequence[str | ArgosyError]) -> tuple[int, ...]:
        found = []
        for posting, operator in zip(told[::2], told[1::2], strict=True):
            if isinstance(posting, ArgosyError):
                raise posting
            found.append(int(L1_FEE.one(posting)) + _operator(operator))
        return tuple(found)

    return Reading(tuple(calls), read, partial=True)


def _components(samples: Sequence[Sample]) -> Reading[tuple[int, ...]]:
    calls = tuple(
        ContractCall(
            to=NODE_INTERFACE,
            data=L1_COMPONENT.data(each.call.to, False, unhex(each.call.data)),
        )
        for each in samples
    )

    def read(told: Sequence[str | ArgosyError]) -> tuple[int, ...]:
        components = (L1_COMPONENT.read(str(each)) for each in told)
        return tuple(gas * base_fee for gas, base_fee, _ in components)

    return Reading(calls, read)


# --- receipts -------------------------------------------------------------------------------------


def paid_beside_gas(receipt: Mapping[str, Any]) -> int:
    """What a receipt of the OP stack says was paid for posting, in wei; 0 for any other, of which
    gasUsed has all. Raises WireError.
    """
    return quantity(receipt.get("l1Fee") or "0x0")


def operator_paid(receipt: Mapping[str, Any], gas_used: int) -> Reading[int] | None:
    """The reading of what the operator took beside, at the receipt's block: which formula held, the
    chain knows. None where a receipt says that it was nothing. Raises WireError.
    """
    if not any(quantity(receipt.get(name) or "0x0") for name in _OPERATOR):
        return None
    return Reading((_operator_call(gas_used),), lambda told: _operator(told[0]), partial=True)


_OPERATOR = ("operatorFeeScalar", "operatorFeeConstant")


def _operator_call(gas: int) -> ContractCall:
    return ContractCall(to=GAS_PRICE_ORACLE, data=OPERATOR_FEE.data(gas))


def _operator(told: str | ArgosyError) -> int:
    """A chain from before Isthmus has no such function, and no such fee."""
    return 0 if isinstance(told, ArgosyError) else int(OPERATOR_FEE.one(told))


# --- a transaction's bytes ------------------------------------------------------------------------


def _fields(sample: Sample, chain_id: int) -> TxFields:
    return TxFields(
        chain_id=chain_id,
        nonce=_NONCE,
        to=sample.call.to,
        value=sample.call.value,
        data=sample.call.data,
        gas=sample.gas,
        max_fee=_FEE,
        priority_fee=_FEE,
    )


def unsigned(fields: TxFields) -> bytes:
    """A transaction (EIP-1559) as it is before its signature: what is hashed, and what oracles of
    the OP stack take. Raises WireError for data that is no hexadecimal.
    """
    to = b"" if fields.to is None else address_bytes(fields.to)
    numbers = (fields.chain_id, fields.nonce, fields.priority_fee, fields.max_fee, fields.gas)
    items = [_number(each) for each in numbers]
    items += [to, _number(fields.value), unhex(fields.data)]
    body = b"".join(_wrapped(each, _STRING) for each in items) + _wrapped(b"", _LIST)
    return b"\x02" + _wrapped(body, _LIST)


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8)


def _wrapped(data: bytes, kind: int) -> bytes:
    """A string or a list as RLP writes it."""
    if kind == _STRING and len(data) == 1 and data[0] < _STRING:
        return data
    if len(data) <= _SHORT:
        return bytes([kind + len(data)]) + data
    size = _number(len(data))
    return bytes([kind + _SHORT + len(size)]) + size + data
