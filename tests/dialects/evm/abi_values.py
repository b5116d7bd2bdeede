"""Values of any ABI type, drawn by hypothesis: what eth-abi takes and gives back."""

import re
from typing import Any

from hypothesis import strategies as st

from argosy.dialects.evm.abi_reader import split_types

_ARRAY = re.compile(r"(.+)\[(\d*)\]")


def of_type(kind: str) -> st.SearchStrategy[Any]:
    """A value of this type, as eth-abi reads it back."""
    array = _ARRAY.fullmatch(kind)
    if array is not None:
        size = int(array[2]) if array[2] else None
        return st.lists(of_type(array[1]), min_size=size or 0, max_size=size or 3).map(tuple)
    if kind.startswith("("):
        return st.tuples(*(of_type(part) for part in split_types(kind[1:-1])))
    if kind == "address":
        return st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
    if kind == "bool":
        return st.booleans()
    if kind == "bytes":
        return st.binary(max_size=70)
    if kind == "string":
        return st.text(max_size=40)
    if kind.startswith("bytes"):
        size = int(kind[5:])
        return st.binary(min_size=size, max_size=size)
    bits = int(kind.removeprefix("u").removeprefix("int") or 256)
    if kind.startswith("u"):
        return st.integers(0, (1 << bits) - 1)
    return st.integers(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def of_types(kinds: tuple[str, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Values of several types."""
    return st.tuples(*(of_type(kind) for kind in kinds))
