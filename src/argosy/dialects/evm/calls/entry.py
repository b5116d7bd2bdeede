"""What a table of functions is made of: selector, signature, and what its arguments mean."""

from collections.abc import Callable
from typing import Any

from argosy.dialects.evm.abi_reader import Values
from argosy.errors import WireError
from argosy.model.calls import Action, Unknown

MOST_ACTIONS = 512
MOST_DEPTH = 4  # calls within calls within calls
CALLER = "0x" + "00" * 19 + "01"  # as routers write "whoever called"
ROUTER = "0x" + "00" * 19 + "02"  # and "the router itself"

Decode = Callable[[Any, "Context"], None]


class Context:
    """A call under way: its contract, the coin that came with it, and the actions found so far."""

    __slots__ = ("actions", "depth", "nested", "to", "value")

    def __init__(self, to: str, value: int, nested: "Callable[[bytes, Context], None]") -> None:
        self.to = to
        self.value = value
        self.depth = 0
        self.actions: list[Action] = []
        self.nested = nested  # reads a call within this one

    def add(self, action: Action) -> None:
        """One more action. Raises WireError when there are too many."""
        if len(self.actions) >= MOST_ACTIONS:
            raise WireError(f"it has more than {MOST_ACTIONS} actions")
        self.actions.append(action)

    def unknown(self, selector: str, size: int, why: str = "") -> None:
        """One more that is not understood."""
        self.add(Unknown(selector=selector, size=size, contract=self.to, why=why))

    def within(self, what: str, data: bytes, read: "Callable[[bytes, Context], None]") -> None:
        """Read what lies within: too deep, or malformed, it is told as not understood."""
        if self.depth >= MOST_DEPTH:
            self.unknown(what, len(data), f"{MOST_DEPTH} calls within each other")
            return
        before = len(self.actions)
        self.depth += 1
        try:
            read(data, self)
        except WireError as e:
            if len(self.actions) >= MOST_ACTIONS:
                raise
            del self.actions[before:]
            self.unknown(what, len(data), str(e)[:200])
        finally:
            self.depth -= 1

    def mapped(self, recipient: str) -> str:
        """A recipient as routers write it: empty for the caller, the router by its address."""
        if recipient == CALLER:
            return ""
        return self.to if recipient == ROUTER else recipient


class Entry:
    """One function. `decode` takes its arguments as read and adds actions to the context."""

    __slots__ = ("decode", "name", "selector", "signature", "values")

    def __init__(self, selector: str, signature: str, decode: Decode) -> None:
        self.selector = bytes.fromhex(selector)
        self.signature = signature
        self.name, _, inside = signature.partition("(")
        self.values = Values(inside.removesuffix(")"))
        self.decode = decode
