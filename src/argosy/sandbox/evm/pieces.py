"""Pieces of assembly that several contracts of ours are made of. In comments the stack is written
with its top at the right.

Memory: below 0x80 is scratch, for hashes and calls; variables lie from 0x100, lists from 0x400.
"""

ADDRESS = "CALLDATALOAD 0x60 SHL 0x60 SHR"  # only its 20 bytes
TRANSFER = "!Transfer(address,address,uint256) 0x20 PUSH0 LOG3"  # to from; amount at memory 0
HASH_64 = "0x40 PUSH0 KECCAK256"
BUBBLE = "RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY RETURNDATASIZE PUSH0 REVERT"
LIST = 0x400


def slot(mapping: int) -> str:
    """The storage slot of a key's entry, in place of the key."""
    return f"PUSH0 MSTORE {mapping} 0x20 MSTORE {HASH_64}"


def allowance(mapping: int, owner: str, spender: str) -> str:
    """The storage slot of an allowance."""
    return f"{owner} {slot(mapping)} 0x20 MSTORE {spender} PUSH0 MSTORE {HASH_64}"


def text(words: str) -> str:
    """Answer with a short text."""
    data = int.from_bytes(words.encode().ljust(32, b"\0"))
    return f"0x20 PUSH0 MSTORE {len(words)} 0x20 MSTORE {hex(data)} 0x40 MSTORE 0x60 PUSH0 RETURN"


def reason(label: str, words: str) -> str:
    """A place to jump to that refuses with a text."""
    data = words.encode()
    stores = [
        f"{hex(int.from_bytes(data[at : at + 32].ljust(32, bytes(1))))} {hex(0x44 + at)} MSTORE"
        for at in range(0, len(data), 32)
    ]
    size = 0x44 + 32 * len(stores)
    return (
        f"{label}: #Error(string) 0xe0 SHL PUSH0 MSTORE 0x20 4 MSTORE {len(data)} 0x24 MSTORE"
        f" {' '.join(stores)} {hex(size)} PUSH0 REVERT"
    )


def refusal(label: str, error: str, *values: str) -> str:
    """A place to jump to that refuses with a custom error and what these pieces push."""
    stores = " ".join(f"{value} {hex(4 + 32 * n)} MSTORE" for n, value in enumerate(values))
    size = hex(4 + 32 * len(values))
    return f"{label}: #{error} 0xe0 SHL PUSH0 MSTORE {stores} {size} PUSH0 REVERT"


def call(target: str, signature: str, *values: str) -> str:
    """Call another contract and push its first word; what it refuses is passed on (`@bubble`)."""
    stores = " ".join(f"{value} {hex(4 + 32 * n)} MSTORE" for n, value in enumerate(values))
    return (
        f"#{signature} 0xe0 SHL PUSH0 MSTORE {stores}"
        f" 0x20 PUSH0 {hex(4 + 32 * len(values))} PUSH0 PUSH0 {target} GAS CALL"
        " ISZERO @bubble JUMPI PUSH0 MLOAD"
    )


class Variables:
    """Names for words of memory."""

    def __init__(self, *names: str) -> None:
        self._at = {name: hex(0x100 + 0x20 * n) for n, name in enumerate(names)}

    def get(self, name: str) -> str:
        """Push it."""
        return f"{self._at[name]} MLOAD"

    def put(self, name: str, value: str = "") -> str:
        """Set it to what a piece pushes, or to the top of the stack."""
        return f"{value} {self._at[name]} MSTORE"

    def add(self, name: str, value: str) -> str:
        """Raise it by what a piece pushes."""
        return self.put(name, f"{value} {self.get(name)} ADD")

    def count(self, label: str, name: str, first: str, end: str, body: str) -> str:
        """Run `body` with `name` from `first` up to, and without, `end`."""
        return f"""
            {self.put(name, first)}
            {label}: {end} {self.get(name)} LT ISZERO @{label}_end JUMPI
            {body}
            {self.add(name, "1")} @{label} JUMP
            {label}_end:"""

    def array(self, name: str, argument: int) -> str:
        """Set it to where a list among the arguments begins, its length first."""
        return self.put(name, f"{hex(4 + 32 * argument)} CALLDATALOAD 4 ADD")

    def length(self, name: str) -> str:
        """Push how long that list is."""
        return f"{self.get(name)} CALLDATALOAD"

    def item(self, name: str, index: str) -> str:
        """Push an entry of that list."""
        return f"{self.get(index)} 0x20 MUL {self.get(name)} ADD 0x20 ADD CALLDATALOAD"


def put_item(value: str, index: str, words: int = 1, offset: int = 0) -> str:
    """Set a word of the list that is answered: entry `index`, of so many words each."""
    return f"{value} {index} {hex(0x20 * words)} MUL {hex(LIST + 0x40 + 0x20 * offset)} ADD MSTORE"


def answer_list(length: str, words: int = 1) -> str:
    """Answer with the list."""
    return (
        f"0x20 {hex(LIST)} MSTORE {length} {hex(LIST + 0x20)} MSTORE"
        f" {length} {hex(0x20 * words)} MUL 0x40 ADD {hex(LIST)} RETURN"
    )
