"""What a measurement comes out as, and how it is shown: a table, and the same rows as JSON."""

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.ours import COMPILED, our_version


class Row(msgspec.Struct, kw_only=True, omit_defaults=False):
    """One comparison. `ratio` is peer / ours: above 1, ours takes less.

    A row that could not be measured has `skipped` set and no figures.
    """

    group: str
    name: str
    ours: float | None = None
    peer: str = ""
    peer_version: str = ""
    ratio: float | None = None
    unit: str = ""
    ours_value: float | None = None  # the same figure as `ours`, beside `peer_value`
    peer_value: float | None = None
    target: str = ""
    met: bool | None = None
    note: str = ""
    skipped: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a row is to reach: a least ratio, or a most of our own figure."""

    text: str
    least_ratio: float | None = None
    most_ours: float | None = None


def compared(
    group: str,
    name: str,
    unit: str,
    ours: float,
    peer: str = "",
    peer_version: str = "",
    peer_value: float | None = None,
    target: Target | None = None,
    note: str = "",
) -> Row:
    """A measured row."""
    ratio = peer_value / ours if peer_value is not None and ours else None
    met: bool | None = None
    if target is not None and target.most_ours is not None:
        met = ours <= target.most_ours
    elif target is not None and target.least_ratio is not None and ratio is not None:
        met = ratio >= target.least_ratio
    return Row(
        group=group,
        name=name,
        ours=_rounded(ours),
        peer=peer,
        peer_version=peer_version,
        ratio=_rounded(ratio),
        unit=unit,
        ours_value=_rounded(ours),
        peer_value=_rounded(peer_value),
        target=target.text if target else "",
        met=met,
        note=note,
    )


def skipped(group: str, name: str, peer: str, reason: str) -> Row:
    """A row that was not measured."""
    return Row(group=group, name=name, peer=peer, skipped=reason)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def machine() -> dict[str, object]:
    """Where and with what the figures were made."""
    cpu = platform.processor()
    cores = 0
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        cores += line.startswith("processor")
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
    return {
        "cpu": cpu,
        "cores": cores,
        "system": platform.system(),
        "python": platform.python_version(),
        "argosy": our_version(),
        "compiled": COMPILED,
    }


def write(rows: list[Row], path: Path, source: str) -> None:
    """All rows as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "frames": source,
        "rows": [msgspec.to_builtins(row) for row in rows],
    }
    path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def show(rows: list[Row], source: str) -> None:
    """All rows as one table, and below it what was skipped and why."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=118)
    about = machine()
    table = Table(
        title=f"argosy {about['argosy']} on {about['cpu']}, {about['cores']} cores; {source}",
        title_justify="left",
        caption="ratio = peer / ours; medians of interleaved repetitions, CPU time unless said",
        caption_justify="left",
    )
    table.add_column("what")
    for heading in ("ours", "peer's"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("peer", no_wrap=True)
    for heading in ("ratio", "to reach"):
        table.add_column(heading, justify="right", no_wrap=True)
    name = ""
    for row in rows:
        if row.skipped:
            continue
        if name and row.name != name:
            table.add_section()
        colour = {True: "green", False: "red", None: ""}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
        table.add_row(
            "" if row.name == name else row.name,
            _figure(row.ours),
            _figure(row.peer_value),
            row.unit,
            f"{row.peer} {row.peer_version}".strip(),
            f"[{colour}]{ratio}[/{colour}]" if colour else ratio,
            f"[{colour}]{row.target}[/{colour}]" if colour else row.target,
        )
        name = row.name
    console.print(table)
    for row in rows:
        if row.skipped:
            peer = f" vs {row.peer}" if row.peer else ""
            console.print(f"skipped: {row.name}{peer}: {row.skipped}", highlight=False)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
