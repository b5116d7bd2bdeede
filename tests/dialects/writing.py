"""Writes events as the logs a node would send: the other way round from `dialects.evm.logs`."""

from argosy.dialects.evm.logs import Layout, Log

POOL = "0x" + "ab" * 20
SOMEONE = "0x" + "cd" * 20


def word(value: int | str) -> str:
    if isinstance(value, str):
        return value[2:].rjust(64, "0")
    return (value % (1 << 256)).to_bytes(32, "big").hex()


def write_log(layout: Layout, values: dict, block: int = 1, index: int = 0, branch: int = 0) -> Log:
    """A log of `values`; addresses that are not given are someone's."""

    def of(field) -> str:
        return word(values.get(field.name, SOMEONE if field.kind == "address" else 0))

    return Log(
        address=POOL,
        topics=(layout.topic, *("0x" + of(field) for field in layout._indexed)),
        data="0x" + "".join(of(field) for field in layout._data),
        block_number=hex(block),
        block_hash=f"0x{branch:02x}{block:062x}",
        log_index=hex(index),
    )


class Writer:
    """Logs one after the other, one or two a block."""

    def __init__(self, events) -> None:
        self.layouts = {
            layout.signature.partition("(")[0]: layout for layout in events.by_topic.values()
        }
        self.block = 1
        self.index = -1
        self.branch = 0

    def __call__(self, event: str, **values) -> Log:
        self.index += 1
        if self.index == 2:
            self.block, self.index = self.block + 1, 0
        return write_log(self.layouts[event], values, self.block, self.index, self.branch)
