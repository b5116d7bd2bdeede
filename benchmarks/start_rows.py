"""Import time and memory, and how long the command line takes to start: fresh processes."""

import importlib.util
import statistics
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version

from benchmarks.rows import Row, Target, compared, skipped

GROUP = "start"
CLI = Target(text="< 0.3 s", most_ours=0.3)
SAY_MEMORY = """
import atexit
def _say():
    import sys
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            sys.stderr.write("peak " + line.split()[1] + "\\n")
atexit.register(_say)
"""
IMPORTS = {
    "argosy": "import argosy, argosy.model, argosy.books",
    "ccxt.pro": "import ccxt.pro",
    "cryptofeed": "import cryptofeed, cryptofeed.exchanges",
    "nautilus_trader": "import nautilus_trader.live.node",
}
HELP = "import sys; sys.argv = ['argosy', '--help']\nfrom argosy.cli.main import main\nmain()"


def _once(code: str) -> tuple[float, float]:
    """(seconds of wall time, peak resident MB) of a fresh interpreter."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", SAY_MEMORY + code], capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1][:200])
    peak = [line for line in done.stderr.splitlines() if line.startswith("peak ")]
    return took, int(peak[-1].split()[1]) / 1024 if peak else 0.0


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def measure(repeats: int) -> list[Row]:
    """Imports of ours and of each peer, and `argosy --help`."""
    codes = dict(IMPORTS)
    rows: list[Row] = []
    if importlib.util.find_spec("argosy.cli.main"):
        codes["--help"] = HELP
    else:
        rows.append(skipped(GROUP, "argosy --help", "", "the command line is not built yet"))
    found: dict[str, list[tuple[float, float]]] = {who: [] for who in codes}
    failed: dict[str, str] = {}
    for turn in range(repeats + 1):  # the first round fills the file cache
        for who, code in codes.items():
            if who in failed:
                continue
            try:
                figures = _once(code)
            except RuntimeError as e:
                failed[who] = str(e)
                continue
            if turn:
                found[who].append(figures)
    if "argosy" in failed:
        return [skipped(GROUP, "import argosy", "", failed["argosy"])]
    wall = {who: statistics.median(x[0] for x in got) for who, got in found.items() if got}
    peak = {who: statistics.median(x[1] for x in got) for who, got in found.items() if got}
    for name, unit, figures in (
        ("import: interpreter start to exit", "s wall", wall),
        ("import: peak memory of the process", "MB", peak),
    ):
        rows += [
            compared(
                GROUP,
                name,
                unit,
                figures["argosy"],
                who,
                _version("ccxt" if who == "ccxt.pro" else who),
                figures[who],
                note=f"{IMPORTS['argosy']}; {IMPORTS[who]}",
            )
            for who in list(IMPORTS)[1:]
            if who in figures
        ]
    rows += [
        skipped(GROUP, "import", who, failed[who]) for who in list(IMPORTS)[1:] if who in failed
    ]
    if "--help" in wall:
        rows.append(compared(GROUP, "argosy --help", "s wall", wall["--help"], target=CLI))
        rows.append(compared(GROUP, "argosy --help, memory", "MB", peak["--help"]))
    elif "--help" in failed:
        rows.append(skipped(GROUP, "argosy --help", "", failed["--help"]))
    return rows
