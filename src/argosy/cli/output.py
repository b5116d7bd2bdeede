"""How commands show things: tables for people, JSON on request, progress on standard error."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal
from typing import Any

import msgspec

from argosy.model.money import plain


def to_json(value: Any) -> str:
    """One line of JSON; decimals are strings, without exponents."""
    line = msgspec.json.encode(value, enc_hook=_other)
    if b"E-" in line or b"E+" in line:
        line = msgspec.json.encode(
            _plain(msgspec.to_builtins(value, builtin_types=(Decimal,), enc_hook=_other))
        )
    return line.decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _other(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def print_json(value: Any) -> None:
    """Print one line of JSON."""
    sys.stdout.write(to_json(value) + "\n")
    sys.stdout.flush()


def text(value: Any) -> str:
    """A cell: nothing for None, plain decimals, words for the rest."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(text(item) for item in value)
    return str(value)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Iterable[str] = ()
) -> None:
    """Print a table."""
    from rich.console import Console
    from rich.table import Table

    numbers = set(right)
    shown = Table(title=title or None, title_justify="left", header_style="bold", box=None)
    for column in columns:
        shown.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(text(cell) for cell in row))
    Console(highlight=False).print(shown)


def number(value: Any) -> str:
    """A decimal as people write it, without trailing zeros; nothing for None."""
    return "" if value is None else plain(Decimal(value).normalize())


def brief(value: Any) -> str:
    """A decimal to eight digits, for tables; the exact one is in the JSON."""
    if value is None:
        return ""
    return plain(Context(prec=8).create_decimal(Decimal(value)).normalize())


def money(value: Any, digits: int) -> str:
    """A decimal rounded for people; nothing for None."""
    return "" if value is None else f"{Decimal(value):.{digits}f}"


def is_wide(columns: int) -> bool:
    """Whether the terminal has that many columns."""
    from rich.console import Console

    return Console().width >= columns


def note(message: str) -> None:
    """Say something that is no result: on standard error."""
    sys.stderr.write(message.rstrip("\n") + "\n")
    sys.stderr.flush()


def _silent(done: float, total: float | None = None) -> None:
    """Nobody is watching."""


@contextmanager
def progress(label: str) -> Iterator[Callable[..., None]]:
    """A progress line on standard error where that is a terminal; silent otherwise.

    The function yielded takes what is done, and the total where it is known.
    """
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:,.0f}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(label, total=None)

        def tell(done: float, total: float | None = None) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


def moment(at_ns: int) -> str:
    """A time for people, UTC, to the millisecond."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at_ns // 10**6 / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def log_to_stderr() -> None:
    """What goes wrong in the background is told beside the output, not in it."""
    import logging
    import sys

    import structlog

    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
    )
