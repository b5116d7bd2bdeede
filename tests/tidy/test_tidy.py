"""What a linter cannot check: sizes, names, docstrings, and where things stand."""

import ast
import os
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "argosy"
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
# Tests that are about more than one package.
OTHER_TESTS = {
    "tidy",
    "benchmarks",
    "docs",
    "scripts",
    "desk",
    "thirdparty",
    "browser",
    "scenarios",
    "contract",
    "end_to_end",
}
CONTRACT = (
    "account", "market_feed", "private_feed", "reference", "rig", "signer", "trading",
    "trading_wire", "transfers", "twin", "lending", "nft_listings", "nft_market",
    "staking",
)  # fmt: skip

_WORDS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
_PATHS = re.compile(r"(?<![\w./])/(?:work|home|root|Users)/[\w.-]+")
_SKIPPED = {"node_modules", "static", "__pycache__", ".venv", "build", "dist"}


@cache
def files(*endings: str) -> tuple[Path, ...]:
    """Every file of ours with one of these endings."""
    found = []
    for folder in ("src", "tests", "benchmarks", "docs", "scripts", "changes", "web"):
        for where, folders, names in os.walk(ROOT / folder):
            folders[:] = [f for f in folders if f not in _SKIPPED and not f.endswith(".egg-info")]
            found += [Path(where, each) for each in names if Path(each).suffix in endings]
    found += [path for path in ROOT.iterdir() if path.suffix in endings and path.is_file()]
    return tuple(sorted(found))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), str(path))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_are_short():
    long = [
        f"{name(path)} has {lines} lines"
        for path in files(".py", ".pxd")
        if (lines := text(path).count("\n")) > MAX_FILE_LINES
    ]
    assert not long, f"at most {MAX_FILE_LINES} lines; split by what the parts are for: {long}"


def test_functions_are_short():
    long = [
        f"{name(path)}:{node.lineno} {node.name} has {lines} lines"
        for path in files(".py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not long, f"at most {MAX_FUNCTION_LINES} lines: {long}"


def test_every_module_says_what_it_is_for():
    silent = [
        name(path)
        for path in files(".py")
        if not path.is_relative_to(ROOT / "tests")  # a test's name says it
        and text(path).strip()
        and not ast.get_docstring(tree(path))
    ]
    assert not silent, f"no module docstring: {silent}"


def test_module_docstrings_in_source_begin_short():
    long = [
        name(path)
        for path in files(".py")
        if path.is_relative_to(SOURCE)
        and (said := ast.get_docstring(tree(path)))
        and len(said.split("\n\n")[0].splitlines()) > 4
    ]
    assert not long, f"the first paragraph says it in 1-3 lines: {long}"


def test_no_file_has_a_name_that_says_nothing():
    vague = [
        name(path)
        for path in files(".py", ".ts", ".tsx")
        if BANNED_NAMES.intersection(re.split(r"[_.\-]", path.stem.lower()))
    ]
    assert not vague, f"name it for what it does: {vague}"


def test_nothing_is_left_to_do():
    left = [
        f"{name(path)}:{number}"
        for path in files(".py", ".toml", ".md", ".ts", ".tsx", ".sh")
        for number, line in enumerate(text(path).splitlines(), 1)
        if _WORDS.search(line)
    ]
    assert not left, f"do it, or write it down as a limit where a reader will look: {left}"


def test_no_path_of_anyones_machine():
    paths = [
        f"{name(path)}:{number} {found[0]}"
        for path in files(".py", ".toml", ".md", ".ts", ".tsx", ".sh", ".txt")
        for number, line in enumerate(text(path).splitlines(), 1)
        if (found := _PATHS.search(line))
    ]
    assert not paths, f"paths are relative to the checkout or come from a setting: {paths}"


def venue_folders() -> list[Path]:
    return [
        path
        for path in sorted((SOURCE / "venues").iterdir())
        if path.is_dir() and any(path.glob("*.py"))
    ]


def test_every_venue_folder_is_its_own_registration():
    missing = [
        f"{name(folder)}/{file}"
        for folder in venue_folders()
        for file in ("venue.toml", "README.md", "adapter.py")
        if not (folder / file).is_file()
    ]
    assert not missing, f"a venue is a folder with these: {missing}"


def test_tests_mirror_the_source():
    stray = [
        name(path)
        for path in files(".py")
        if path.name.startswith("test_")
        and (parts := path.relative_to(ROOT / "tests").parts)[:-1]
        and parts[0] not in OTHER_TESTS
        and not SOURCE.joinpath(*parts[:-1]).is_dir()
    ]
    assert not stray, f"tests/x/test_y.py is about src/argosy/x: {stray}"
    packages = {
        path.relative_to(SOURCE).parts[0]
        for path in files(".py")
        if path.is_relative_to(SOURCE) and path.parent != SOURCE and text(path).strip()
    }
    untested = sorted(
        package for package in packages if not any((ROOT / "tests" / package).rglob("test_*.py"))
    )
    assert not untested, f"packages without tests/<package>: {untested}"


@pytest.mark.parametrize("package", ["net", "testing"])
def test_every_module_here_has_its_test(package: str):
    tests = {path.stem for path in (ROOT / "tests" / package).glob("test_*.py")}
    untested = [
        name(path)
        for path in (SOURCE / package).glob("*.py")
        if path.stem != "__init__" and f"test_{path.stem}" not in tests
    ]
    # A connection is driven by its feed, and tested there. The contract suites are run by every
    # venue, and tests/testing/test_suites.py shows that they notice what they are for.
    suites = {f"src/argosy/testing/{suite}.py" for suite in CONTRACT}
    assert set(untested) <= {"src/argosy/net/connection.py", *suites}
