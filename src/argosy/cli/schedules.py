"""`argosy schedule`: orders, algorithms, routes and baskets that begin by themselves."""

from pathlib import Path
from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk
from argosy.cli.works import ask_work

app = typer.Typer(
    help="Things that begin by themselves, by the time or on a price.", no_args_is_help=True
)

ScheduleId = Annotated[str, typer.Argument(help="Its id; `argosy schedule list` lists them.")]


@app.command("start")
def start(
    what: Annotated[str, typer.Argument(help="order, algo, route or basket.")],
    terms: Annotated[
        str,
        typer.Argument(help="Its terms as JSON, by the names its own command has, or a JSON file."),
    ],
    at: Annotated[str, typer.Option(help='Once, like "2026-12-01T16:00:00Z".')] = "",
    in_s: Annotated[float | None, typer.Option("--in", help="Once, so many seconds on.")] = None,
    every_s: Annotated[int | None, typer.Option("--every", help="Every so many seconds.")] = None,
    cron: Annotated[str, typer.Option(help='"30 16 * * 1-5": 16:30 on working days.')] = "",
    zone: Annotated[str, typer.Option(help='Of --cron, like "America/New_York".')] = "UTC",
    not_on: Annotated[
        list[str] | None, typer.Option(help="Of --cron: a date to leave out; may be repeated.")
    ] = None,
    instrument: Annotated[str, typer.Option("--when", help="A condition's instrument.")] = "",
    watch: Annotated[
        str, typer.Option(help="last, bid, ask, mid, mark, index or spread_bps.")
    ] = "last",
    at_least: Annotated[str, typer.Option(help="The condition holds from here up.")] = "",
    at_most: Annotated[str, typer.Option(help="The condition holds from here down.")] = "",
    for_s: Annotated[int, typer.Option("--for", help="Seconds that it must have held.")] = 0,
    times: Annotated[int | None, typer.Option(help="Runs at most.")] = None,
    until: Annotated[str, typer.Option(help="No run from this moment on.")] = "",
    late_s: Annotated[
        int, typer.Option("--late", help="A time missed by more seconds is skipped.")
    ] = 300,
    window_s: Annotated[
        int, typer.Option("--window", help="With a time and a condition: seconds to wait for it.")
    ] = 60,
    name: Annotated[str, typer.Option(help="For people.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say when it would run; begin nothing.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Begin a schedule: at a time, by a calendar in a zone's own time, on a price, or both.

    It lives in the journal. Each run happens once: not again after a crash or when a clock steps
    back; what was missed while the desk was down is skipped, not caught up.
    """
    request = {
        "what": what,
        "ask": _terms(terms),
        "name": name,
        "at": at,
        "in_s": in_s,
        "every_s": every_s,
        "cron": cron,
        "zone": zone,
        "not_on": not_on or [],
        "instrument": instrument,
        "watch": watch,
        "at_least": at_least,
        "at_most": at_most,
        "for_s": for_s,
        "times": times,
        "until": until,
        "late_s": late_s,
        "window_s": window_s,
        "dry_run": dry_run,
    }
    _show([ask_desk("/api/schedules", config, request)], as_json=as_json, single=True)


@app.command("list")
def list_schedules(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List schedules: when they run next, and what became of their latest runs."""
    path = "/api/schedules?everything=true" if everything else "/api/schedules"
    _show(ask_desk(path, config), as_json=as_json)


@app.command("pause")
def pause(schedule: ScheduleId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Begin nothing until told to continue; times that pass meanwhile are skipped."""
    ask_work(schedule, "pause", as_json=as_json, config=config)


@app.command("continue")
def go_on(schedule: ScheduleId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Go on after a pause."""
    ask_work(schedule, "continue", as_json=as_json, config=config)


@app.command("stop")
def stop(schedule: ScheduleId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """End it. What it has begun goes on."""
    ask_work(schedule, "stop", as_json=as_json, config=config)


def _terms(text: str) -> Any:
    import msgspec

    from argosy.errors import ConfigError

    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).read_text()
        except (OSError, UnicodeDecodeError) as e:
            raise ConfigError(f"{text} cannot be read: {e}") from None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as e:
        raise ConfigError(f"the terms are not JSON: {e}") from None


def _show(rows: list[Any], *, as_json: bool, single: bool = False) -> None:
    from argosy.cli.output import moment, print_json

    if as_json:
        print_json(rows[0] if single else rows)
        return
    if not rows:
        typer.echo("no schedules")
    for row in rows:
        state = row["phase"] if row["status"] in {"filled", "accepted"} else row["status"]
        if row["dry_run"]:
            typer.echo(f"would begin {row['what']}; nothing was begun")
        else:
            typer.echo(f"{row['id']}  {row['name']}".rstrip() + f"  {row['what']}, {state}")
        for at_ns in row["upcoming"]:
            typer.echo(f"  next {moment(at_ns)}")
        condition = row.get("condition")
        if condition:
            bounds = [
                f"{word} {condition[key]}"
                for key, word in (("at_least", "at least"), ("at_most", "at most"))
                if key in condition
            ]
            watched = condition.get("watch", "last").replace("_", " ")
            typer.echo(f"  when {condition['instrument']} {watched} is {' and '.join(bounds)}")
        for run in row["runs"][-5:]:
            became = run.get("problem") or ("begun" if run.get("begun") else "beginning")
            typer.echo(f"  {moment(run['at_ns'])}  {run['run']}: {became}")
        if row.get("skipped"):
            typer.echo(f"  {row['skipped']} times skipped: too late")
        if row.get("detail"):
            typer.echo(f"  {row['detail']}")
