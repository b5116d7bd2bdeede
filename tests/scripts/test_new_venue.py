"""A venue scaffolded into a copy of the checkout: clean, and failing strictly until written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "new_venue.py"


@pytest.fixture
def copy(tmp_path):
    """A checkout with what the scaffold needs."""
    skip = shutil.ignore_patterns("__pycache__", "*.so", "node_modules", "static")
    shutil.copytree(ROOT / "src" / "argosy", tmp_path / "src" / "argosy", ignore=skip)
    (tmp_path / "tests" / "venues").mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def scaffold(root, *arguments):
    command = [sys.executable, str(SCRIPT), *arguments, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def run(root, *command):
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "ARGOSY_INTERPRETED": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.timeout(180)
def test_a_new_venue_is_clean_and_fails_strictly(copy):
    made = scaffold(copy, "newhaven")
    assert made.returncode == 0, made.stderr
    assert "docs/how_to/add_a_venue.md" in made.stdout
    folder = copy / "src/argosy/venues/newhaven"
    assert {path.name for path in folder.iterdir()} == {
        "__init__.py", "venue.toml", "adapter.py", "wire.py", "market.py", "trading.py",
        "account.py", "sign.py", "errors.py", "README.md",
    }  # fmt: skip
    assert not [path for path in folder.iterdir() if "@" in path.read_text()]

    tests = copy / "tests/venues/newhaven"
    for what in (("check",), ("format", "--check")):
        ruff = run(copy, "-m", "ruff", *what, str(folder), str(tests))
        assert ruff.returncode == 0, ruff.stdout
    loaded = run(copy, "-c", "from argosy.venues.catalog import load; print(load('newhaven').info)")
    assert "newhaven" in loaded.stdout, loaded.stderr

    first = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests))
    assert first.returncode == 0, first.stdout
    assert " xfailed" in first.stdout
    assert "failed," not in first.stdout.replace("xfailed,", "")

    contract = tests / "test_contract.py"
    contract.write_text(contract.read_text().replace('DONE = ("RF-07",)', "DONE = ()"))
    again = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests))
    assert again.returncode == 1
    assert "test_kinds_are_known" in again.stdout
    assert "XPASS(strict)" in again.stdout


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "a name is missing"),
        ("Kraken", "no venue's name"),
        ("a-b", "no venue's name"),
        ("../x", "no venue's name"),
        ("class", "no venue's name"),
        ("kraken", "there already"),
        ("catalog", "there already"),
    ],
)
def test_bad_names_are_refused(tmp_path, name, why):
    for there in ("kraken/venue.toml", "catalog.py"):
        path = tmp_path / "src/argosy/venues" / there
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    before = sorted(tmp_path.rglob("*"))
    refused = scaffold(tmp_path, name)
    assert refused.returncode == 2
    assert why in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_elsewhere_is_refused(tmp_path):
    refused = scaffold(tmp_path, "newhaven")
    assert refused.returncode == 2
    assert "no checkout" in refused.stderr
