"""A small assembler for the EVM, for the few contracts that nobody publishes bytecode of.

Source is words: mnemonics; numbers (decimal or 0x), which are pushed in as few bytes as they take;
`name:` marks a place to jump to, `@name` pushes it; `#signature(types)` pushes a selector and
`!signature(types)` an event's topic. A line's rest after `;` is a comment.
"""

from argosy.sandbox.evm.abi import selector, topic

_NAMES = {
    0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP",
    0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR",
    0x20: "KECCAK256",
    0x30: "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE"
    " CODECOPY",
    0x3D: "RETURNDATASIZE RETURNDATACOPY",
    0x42: "TIMESTAMP NUMBER",
    0x47: "SELFBALANCE",
    0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST",
    0x5F: "PUSH0",
    0x80: " ".join(f"DUP{n}" for n in range(1, 17)),
    0x90: " ".join(f"SWAP{n}" for n in range(1, 17)),
    0xA0: "LOG0 LOG1 LOG2 LOG3 LOG4",
    0xF1: "CALL",
    0xF3: "RETURN",
    0xFD: "REVERT",
}
OPCODES = {
    name: first + number
    for first, names in _NAMES.items()
    for number, name in enumerate(names.split())
}
_PUSH, _PUSH2, _JUMPDEST = 0x5F, 0x61, 0x5B


def assemble(source: str) -> bytes:
    """Turn source into code.

    Raises:
        ValueError: a word that is none of the above, or a place that is marked twice or never.
    """
    words = [word for line in source.splitlines() for word in line.partition(";")[0].split()]
    places: dict[str, int] = {}
    pieces: list[bytes | str] = []
    length = 0
    for word in words:
        if word.endswith(":"):
            if word[:-1] in places:
                raise ValueError(f"the place {word[:-1]!r} is marked twice")
            places[word[:-1]] = length
            pieces.append(bytes([_JUMPDEST]))
            length += 1
        elif word.startswith("@"):
            pieces.append(word[1:])
            length += 3
        else:
            code = _code(word)
            pieces.append(code)
            length += len(code)
    try:
        return b"".join(
            bytes([_PUSH2]) + places[piece].to_bytes(2) if isinstance(piece, str) else piece
            for piece in pieces
        )
    except KeyError as e:
        raise ValueError(f"no place {e.args[0]!r} is marked") from None


def _code(word: str) -> bytes:
    if word in OPCODES:
        return bytes([OPCODES[word]])
    if word.startswith("#"):
        return push(int.from_bytes(selector(word[1:])), least=4)
    if word.startswith("!"):
        return push(int(topic(word[1:]), 16), least=32)
    try:
        return push(int(word, 0))
    except ValueError:
        raise ValueError(f"{word!r} is neither an instruction nor a number") from None


def push(value: int, least: int = 0) -> bytes:
    """The instruction that pushes a number, in `least` bytes or as many as it takes."""
    size = max(least, (value.bit_length() + 7) // 8)
    return bytes([_PUSH + size]) + value.to_bytes(size)


def creation(runtime: bytes, before: str = "") -> bytes:
    """Code that runs `before` (a constructor) and leaves `runtime` as the contract."""
    head = assemble(before)
    size = len(runtime)
    for tail in range(8, 24):  # the copy's own length depends on the numbers in it
        copy = push(size) + b"\x80" + push(len(head) + tail) + b"\x5f\x39\x5f\xf3"
        if len(copy) == tail:
            return head + copy + runtime
    raise AssertionError("a copy takes 8 to 23 bytes")
