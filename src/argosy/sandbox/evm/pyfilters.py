"""What is new since somebody last asked: blocks of the chain, logs, waiting transactions. Keeps a
bounded number of such questions, those that were asked last.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from argosy.sandbox.evm.pycalls import BAD_PARAMS, Refused
from argosy.sandbox.evm.pychain import PyChain
from argosy.sandbox.evm.pypool import Pool

MOST = 256
REMEMBERED = 256  # blocks that were told of
_BEFORE = 64  # how deep a branch may begin before whoever listens came

Found = Callable[[dict[str, Any]], list[Any]]  # logs, as eth_getLogs finds them


class Heads:
    """Tells each block that is part of the chain once, those of another branch too."""

    def __init__(self, chain: PyChain) -> None:
        self._chain = chain
        head = int(chain.head.block_number)
        before = range(max(0, head - _BEFORE), head + 1)
        self._told = dict.fromkeys(chain.hash_at(each) for each in before)  # in order

    def news(self) -> list[int]:
        """Numbers of the blocks that were not told of, the oldest first."""
        chain = self._chain
        found: list[tuple[int, bytes]] = []
        for number in range(int(chain.head.block_number), -1, -1):
            if (name := chain.hash_at(number)) in self._told or len(found) >= REMEMBERED:
                break
            found.append((number, name))
        found.reverse()
        self._told |= dict.fromkeys(name for _, name in found)
        while len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        return [number for number, _ in found]


class _Filter(msgspec.Struct, kw_only=True):
    kind: str  # "logs", "blocks" or "waiting"
    heads: Heads | None = None
    arrived: int = 0
    wanted: dict[str, Any] = {}


class Filters:
    """The filters of eth_newFilter and its like."""

    def __init__(self, chain: PyChain, pool: Pool, logs: Found) -> None:
        self._chain = chain
        self._pool = pool
        self._logs = logs
        self._names = itertools.count(1)
        self._filters: dict[str, _Filter] = {}  # whose answer was asked for last comes last

    def methods(self) -> Mapping[str, Callable[..., Any]]:
        """By the names that JSON-RPC has for them."""
        return {
            "eth_newFilter": self._new_logs,
            "eth_newBlockFilter": lambda: self._new("blocks", heads=Heads(self._chain)),
            "eth_newPendingTransactionFilter": lambda: self._new(
                "waiting", arrived=self._pool.arrivals(0)[0]
            ),
            "eth_getFilterChanges": self._changes,
            "eth_getFilterLogs": self._all,
            "eth_uninstallFilter": lambda name: self._filters.pop(name, None) is not None,
        }

    def _new(self, kind: str, **more: Any) -> str:
        if len(self._filters) >= MOST:
            del self._filters[next(iter(self._filters))]  # nobody takes the trouble to end them
        name = hex(next(self._names))
        self._filters[name] = _Filter(kind=kind, **more)
        return name

    def _new_logs(self, wanted: dict[str, Any]) -> str:
        if "blockHash" in wanted:
            raise Refused("a filter of one block has nothing to come", BAD_PARAMS)
        return self._new("logs", heads=Heads(self._chain), wanted=wanted)

    def _known(self, name: str) -> _Filter:
        if name not in self._filters:
            raise Refused(f"filter not found: {name}")
        found = self._filters[name] = self._filters.pop(name)
        return found

    def _changes(self, name: str) -> list[Any]:
        known = self._known(name)
        if known.heads is None:
            known.arrived, came = self._pool.arrivals(known.arrived)
            return ["0x" + each.hash.hex() for each in came]
        news = known.heads.news()
        if known.kind == "blocks":
            return ["0x" + self._chain.hash_at(each).hex() for each in news]
        first, last = (_end(known.wanted.get(end)) for end in ("fromBlock", "toBlock"))
        return [
            log
            for number in news
            if (first is None or first <= number) and (last is None or number <= last)
            for log in self._logs(known.wanted | {"fromBlock": hex(number), "toBlock": hex(number)})
        ]

    def _all(self, name: str) -> list[Any]:
        known = self._known(name)
        if known.kind != "logs":
            raise Refused(f"filter {name} is not one of logs", BAD_PARAMS)
        return self._logs(known.wanted)


def _end(told: Any) -> int | None:
    """A range's end, where it is a number."""
    return int(told, 16) if isinstance(told, str) and told.startswith("0x") else None
