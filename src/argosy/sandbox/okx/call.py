"""One REST request on its way through the simulated OKX, and how lists are paged."""

from argosy.sandbox.engine import Account
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.okx.args import Args, Row
from argosy.sandbox.okx.exchange import Exchange


class Call:
    """What a handler gets; `account` and `key` only where the endpoint is private."""

    def __init__(
        self,
        exchange: Exchange,
        items: list[Args],
        account: Account | None = None,
        key: ApiKey | None = None,
        deadline_ms: str = "",
    ) -> None:
        self.exchange = exchange
        self.items = items
        self.deadline_ms = deadline_ms  # the expTime header
        self._account = account
        self._key = key

    @property
    def args(self) -> Args:
        """The query, or the body's first object."""
        return self.items[0]

    @property
    def account(self) -> Account:
        """Whose key signed it."""
        assert self._account is not None, "only private endpoints ask"
        return self._account

    @property
    def key(self) -> ApiKey:
        """The key that signed it."""
        assert self._key is not None, "only private endpoints ask"
        return self._key


class Answer:
    """What a handler gives back when it is not simply rows with code 0."""

    def __init__(self, code: str, text: str, rows: list[Row]) -> None:
        self.code, self.text, self.rows = code, text, rows


def paged(args: Args, rows: list[Row], key: str, most: int = 100) -> list[Row]:
    """Newest first, `limit` of them; after: older than that id, before: newer than that id.

    `rows` come oldest first and their ids rise.
    """
    after, before = args.whole("after", 0), args.whole("before", 0)
    limit = args.whole("limit", most, most) or most
    found = [
        row
        for row in reversed(rows)
        if (not after or _id(row, key) < after) and (not before or _id(row, key) > before)
    ]
    return found[-limit:] if before and not after else found[:limit]


def between(args: Args, rows: list[Row], key: str) -> list[Row]:
    """Those within begin and end (milliseconds, inclusive)."""
    begin, end = args.whole("begin", 0), args.whole("end", 0)
    return [
        row
        for row in rows
        if (not begin or _id(row, key) >= begin) and (not end or _id(row, key) <= end)
    ]


def _id(row: Row, key: str) -> int:
    return int(str(row[key]) or 0)
