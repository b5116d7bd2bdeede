"""Writes docs/reference/{cli,settings,errors,venues}.md from the code: make_reference.py [--check].

With --check it writes nothing and exits with 1 when a page is not what the code says.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import typer

import argosy
from argosy import errors
from argosy.cli.main import app
from argosy.cli.output import text
from argosy.desk import settings as settings_module
from argosy.desk.settings import Settings
from argosy.desk.support import Support, matrix
from argosy.venues import catalog

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
_MADE = "<!-- Made by scripts/make_reference.py from the code: change that, not this. -->"
_FIELD = re.compile(r"^    (\w+): (.+?)(?: = (?:.+?))?(?:  # (.*))?$")
# Errors that never leave the package they are raised in.
_WITHIN = ("argosy.sandbox.",)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A Markdown table."""

    def line(cells: Iterable[Any]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return [line(columns), "|" + "---|" * len(columns), *(line(row) for row in rows), ""]


def code(value: Any) -> str:
    """A value as code; nothing for nothing."""
    shown = text(value)
    return f"`{shown}`" if shown else ""


# --- commands -------------------------------------------------------------------------------------


def commands(command: Any = None, path: tuple[str, ...] = ("argosy",)) -> Iterator[tuple[str, Any]]:
    """Every command by its full name, groups included, in the order of the help."""
    command = command or typer.main.get_command(app)
    yield " ".join(path), command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


def options(command: Any) -> list[tuple[str, str, str, str]]:
    """(name, kind, default, meaning) of a command's arguments and options."""
    rows = []
    for param in command.params:
        if param.param_type_name == "argument":
            shown = param.name.upper() + ("..." if param.nargs == -1 else "")
        else:
            shown = ", ".join((*param.opts, *param.secondary_opts))
        default = "" if callable(param.default) else param.default
        if param.required:
            default = "needed"
        elif default is False or default in {None, ""}:
            default = ""
        else:
            default = code(default)
        kind = "" if getattr(param, "is_flag", False) else _kind(param)
        told = (param.help or "").strip()
        if param.envvar:
            told += f" Also from the variable `{param.envvar}`."
        rows.append((f"`{shown}`", kind, default, told))
    return rows


def _kind(param: Any) -> str:
    names = {"str": "text", "int": "whole number", "float": "number", "Path": "file"}
    kind = param.type_descriptor.annotation.__name__
    name, least, most = names.get(kind, kind), param.min, param.max
    if least is None and most is None:
        return name
    return f"{name}, {least} to {most}" if most is not None else f"{name}, from {least}"


def cli() -> str:
    """docs/reference/cli.md."""
    lines = [
        "# The command line",
        "",
        _MADE,
        "",
        "Exit codes: 0 done, 1 it failed or found something wrong, 2 used wrongly, 130 stopped.",
        "Results go to standard output, everything else to standard error. Every command takes",
        "`-h` and `--help`.",
        "",
    ]
    for name, command in commands():
        lines += [f"{'#' * (1 + len(name.split()))} `{name}`", "", inspect.cleandoc(command.help)]
        lines.append("")
        if rows := options(command):
            lines += table(("name", "kind", "default", "meaning"), rows)
    return "\n".join(lines).rstrip() + "\n"


# --- settings -------------------------------------------------------------------------------------


def said(struct: type) -> dict[str, str]:
    """What the comments beside (or above) a struct's fields say."""
    found: dict[str, str] = {}
    above: list[str] = []
    inside = ""
    for line in inspect.getsource(struct).splitlines():
        stripped = line.strip()
        if stripped.startswith("# "):
            above.append(stripped[2:])
            continue
        field = _FIELD.match(line)
        if field and field[1] in struct.__struct_fields__:  # type: ignore[attr-defined]
            inside = field[1]
            words = " ".join([*above, field[3] or ""]).strip()
            found[inside] = words[:1].upper() + words[1:]
        above = []
    return found


def sections() -> Iterator[tuple[str, type, str]]:
    """(section, struct, how it stands in a file) of the settings."""
    for field in msgspec.structs.fields(Settings):
        if field.name == "venues":
            yield "venues.NAME", settings_module.VenueSettings, "[venues.kraken]"
        elif field.name == "chains":
            yield "chains.NAME", settings_module.ChainSettings, "[chains.ethereum]"
            limits = settings_module.LimitSettings
            yield "chains.NAME.limits", limits, "[chains.ethereum.limits]"
        else:
            yield field.name, field.type, f"[{field.name}]"


def settings() -> str:
    """docs/reference/settings.md."""
    lines = [
        "# Settings",
        "",
        _MADE,
        "",
        "One TOML file, given with `--config FILE` or the variable `ARGOSY_CONFIG`. Each setting",
        "can also be a variable `ARGOSY_SECTION__NAME` (lists by commas), which wins over the",
        "file; flags win over both. Unknown names are refused. `argosy config show` prints every",
        "value and where it came from. Secrets are never values here, only references.",
        "",
    ]
    for name, struct, shown in sections():
        about = (struct.__doc__ or "").partition(": ")[2].rstrip(".")
        lines += [f"## `{shown}`", "", about[:1].upper() + about[1:] + ".", ""]
        comments = said(struct)
        rows = []
        for field in msgspec.structs.fields(struct):
            if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
                name_ = f"`{name}.{field.name}`"
                rows.append((name_, "section", "", f"{comments[field.name]}; see below"))
                continue
            default = field.default
            if field.default_factory is not msgspec.NODEFAULT:
                default = field.default_factory()
            kind = getattr(field.type, "__name__", "") if isinstance(field.type, type) else ""
            rows.append(
                (
                    f"`{name}.{field.name}`",
                    (kind if kind not in {"tuple", "dict"} else "") or _type(field.type),
                    f"`{_toml(default)}`",
                    comments[field.name],
                )
            )
        lines += table(("setting", "kind", "default", "meaning"), rows)
    return "\n".join(lines).rstrip() + "\n"


def _type(kind: Any) -> str:
    shown = str(kind).replace("typing.", "").replace("decimal.", "")
    if shown.startswith("Literal"):
        return "one of " + ", ".join(f"`{value}`" for value in kind.__args__)
    words = {"tuple[str, ...]": "list of str", "dict[str, int]": "table of int"}
    words |= {"dict[str, Decimal]": "table of numbers", "bool | None": "bool"}
    if "AddressSettings" in shown:
        return "table of tables"
    return words.get(shown, {"dict[str, str]": "table of str"}.get(shown, shown))


def _toml(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return str(value)


# --- errors ---------------------------------------------------------------------------------------


def error_classes() -> list[type[errors.ArgosyError]]:
    """Every error of ours that can reach a caller, parents before children."""
    for module in _modules(argosy):
        importlib.import_module(module)

    def below(kind: type[errors.ArgosyError]) -> Iterator[type[errors.ArgosyError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    return [
        kind
        for kind in dict.fromkeys(below(errors.ArgosyError))
        if not kind.__name__.startswith("_") and not kind.__module__.startswith(_WITHIN)
    ]


def _modules(package: ModuleType) -> Iterator[str]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.startswith(_WITHIN):
            yield found.name


def error_pages() -> str:
    """docs/reference/errors.md."""
    tree = inspect.cleandoc(errors.__doc__ or "")
    first, _, drawn = tree.partition("\n\n")
    lines = [
        "# Errors",
        "",
        _MADE,
        "",
        first,
        "What to do about an error follows from its place in the tree:",
        "[outcome-sorted errors](../decisions/0002-errors-sorted-by-outcome.md).",
        "",
        "```text",
        drawn,
        "```",
        "",
        *table(
            ("error", "is a", "means"),
            (
                (
                    f"`{kind.__name__}`",
                    ", ".join(f"`{base.__name__}`" for base in kind.__bases__),
                    (kind.__doc__ or "").strip(),
                )
                for kind in error_classes()
            ),
        ),
        "`argosy` prints any of these as one line on standard error and exits with 1",
        "(`ConfigError`: 2). The API answers `{error, detail, what_to_do}`.",
    ]
    return "\n".join(lines).rstrip() + "\n"


# --- venues ---------------------------------------------------------------------------------------


def venues() -> str:
    """docs/reference/venues.md."""
    rows = matrix()
    lines = [
        "# Venues",
        "",
        _MADE,
        "",
        "What each `venue.toml` declares; tests hold it against the code. `argosy venues` prints",
        "the same for what is installed. *native*: the venue has it and we send it;",
        "*emulated*: the desk works it ([how](../explanation/emulated_orders.md));",
        "*unsupported*: it is refused. The desk reaches the sandbox and *live*; other",
        "environments are listed for whoever sets endpoints. No test ever reached a live venue.",
        "",
        *_matrix("what", rows, _what(rows)),
        "## Order types",
        "",
        *_matrix(
            "type",
            rows,
            [(kind, [row.order_types[kind] for row in rows]) for kind in rows[0].order_types],
        ),
        "## Streams",
        "",
        *_matrix(
            "channel",
            rows,
            [
                (channel, ["yes" if channel in row.channels else "no" for row in rows])
                for channel in sorted({each for row in rows for each in row.channels})
            ],
        ),
    ]
    for info in catalog.venues().values():
        lines += [f"## {info.name}", "", f"Documents: <{info.docs}>.", ""]
        if info.kind == catalog.PROTOCOL:
            lines += [f"A protocol on chains: {', '.join(info.capabilities)}.", ""]
        if info.endpoints:
            lines += table(
                ("environment", "role", "URL"),
                (
                    (environment, role, ", ".join(f"`{url}`" for url in urls))
                    for environment, endpoints in info.endpoints.items()
                    for role, urls in endpoints.roles.items()
                ),
            )
        if info.buckets:
            lines += table(
                ("rate limit", "how it is counted", "per", "source"),
                (
                    (f"`{name}`", _limit(bucket), bucket.scope, bucket.source)
                    for name, bucket in info.buckets.items()
                ),
            )
        if info.formats:
            lines += table(
                ("book format", "in use until"),
                ((f"`{each.name}`", each.until or "today") for each in info.formats),
            )
        if info.contracts:
            lines += table(
                ("chain id", "contract", "address"),
                (
                    (str(chain), role, f"`{address}`")
                    for chain, roles in info.contracts.items()
                    for role, address in roles.items()
                ),
            )
    return "\n".join(lines).rstrip() + "\n"


def _what(rows: list[Support]) -> list[tuple[str, list[str]]]:
    names = {
        "kind": "kind",
        "status": "status",
        "instrument_kinds": "instruments",
        "capabilities": "capabilities",
        "environments": "environments besides the sandbox",
        "time_in_force": "time in force",
        "flags": "order flags",
        "triggers": "trigger prices",
        "self_trade": "self-trade prevention",
        "max_batch": "orders a request",
        "orders_over_stream": "orders over the stream",
        "maker_fee_bps": "maker fee, basis points, before any discount",
        "taker_fee_bps": "taker fee, basis points, before any discount",
        "jurisdictions": "licensed or registered in",
    }
    return [
        (told, [text(getattr(row, name)).replace("_", "\\_") for row in rows])
        for name, told in names.items()
    ]


def _matrix(corner: str, rows: list[Support], lines: list[tuple[str, list[str]]]) -> list[str]:
    return table((corner, *(row.name for row in rows)), ((what, *cells) for what, cells in lines))


def _limit(bucket: catalog.Bucket) -> str:
    if bucket.kind == "decay":
        return f"a counter up to {bucket.max:g} that falls by {bucket.decay_per_s:g} a second"
    kind = "any" if bucket.kind == "sliding" else "each"
    return f"{bucket.max:g} in {kind} {bucket.window_s:g} s"


PAGES = {"cli.md": cli, "settings.md": settings, "errors.md": error_pages, "venues.md": venues}


def main() -> int:
    """Write the pages, or with --check say which differ."""
    stale = []
    for name, make in PAGES.items():
        path = FOLDER / name
        page = make()
        if not path.is_file() or path.read_text(encoding="utf-8") != page:
            stale.append(name)
            if "--check" not in sys.argv[1:]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(page, encoding="utf-8")
    if stale and "--check" in sys.argv[1:]:
        sys.stderr.write(
            f"not as the code says: {', '.join(stale)}; make_reference.py makes them\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
