"""Starts a new venue: its folder, and its tests with the contract suites, all expected to fail.

python scripts/new_venue.py NAME [--root CHECKOUT]. Changes no file that is there.
"""

import argparse
import keyword
import re
import sys
from pathlib import Path

TEMPLATES = Path(__file__).parent / "venue_template"
_NAME = re.compile(r"[a-z][a-z0-9]{1,29}")


class Refused(Exception):
    """Why nothing was made, for whoever typed the name."""


def checked(name: str, root: Path) -> str:
    """The name, if a venue may be called that."""
    if not name:
        raise Refused("a name is missing: make new-venue NAME=bybit")
    if _NAME.fullmatch(name) is None or keyword.iskeyword(name):
        raise Refused(
            f"{name!r} is no venue's name: 2 to 30 small letters and digits, a letter first"
        )
    for there in places(name, root):
        if there.exists() or there.with_suffix(".py").exists():
            raise Refused(f"{there.relative_to(root)} is there already: choose another name")
    return name


def places(name: str, root: Path) -> tuple[Path, Path]:
    """Where its code goes, and its tests."""
    return root / "src" / "argosy" / "venues" / name, root / "tests" / "venues" / name


def make(name: str, root: Path) -> list[Path]:
    """Write the files; returns their paths. Raises Refused and writes nothing for a bad name."""
    if not (root / "src" / "argosy" / "venues" / "catalog.py").is_file():
        raise Refused(f"{root} is no checkout of Argosy")
    source, tests = places(checked(name, root), root)
    made = []
    for template, target in (("venue", source), ("tests", tests)):
        target.mkdir(parents=True)
        for file in sorted((TEMPLATES / template).glob("*.txt")):
            text = file.read_text(encoding="utf-8")
            for word, value in (
                ("@NAME@", name),
                ("@TITLE@", name.capitalize()),
                ("@CLASS@", name.capitalize()),
            ):
                text = text.replace(word, value)
            path = target / file.name.removesuffix(".txt")
            path.write_text(text, encoding="utf-8")
            made.append(path)
    return made


def main() -> int:
    """Parse, make, and say what is next."""
    parser = argparse.ArgumentParser(description="Start a new venue.")
    parser.add_argument("name", nargs="?", default="", help="small letters and digits: bybit")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    given = parser.parse_args()
    try:
        made = make(given.name, given.root.resolve())
    except Refused as e:
        print(f"new-venue: {e}", file=sys.stderr)
        return 2
    for path in made:
        print(path.relative_to(given.root.resolve()))
    print(f"\nNext: docs/how_to/add_a_venue.md, and pytest tests/venues/{given.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
