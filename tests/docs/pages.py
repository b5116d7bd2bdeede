"""The documents, and the parts of them that tests look at."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>run[^>]*?) -->\n)?^(?P<fence>```+)(?P<kind>\w*)\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


class Snippet(NamedTuple):
    """A fenced block. `mark` is what stands in the comment before it: "run", "run desk", ..."""

    page: Path
    line: int
    kind: str
    mark: str
    body: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every document for readers."""
    found = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "changes").glob("README.md"),
        *(ROOT / "src").rglob("README.md"),
    ]
    return sorted(found)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def snippets(page: Path) -> Iterator[Snippet]:
    """The fenced blocks of a page, in order."""
    whole = text(page)
    for found in _FENCE.finditer(whole):
        line = whole.count("\n", 0, found.start("fence")) + 1
        yield Snippet(page, line, found["kind"], found["mark"] or "", found["body"])


def without_code(whole: str) -> str:
    """A page's text without its fenced blocks and code spans."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", whole))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", _FENCE.sub("", text(page)), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.replace(" ", "-"))
    return found
