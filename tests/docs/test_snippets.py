"""Every block of a document that is marked to run does run, as a reader would run it."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

from argosy.desk.settings import Settings, load
from docs.pages import ROOT, Snippet, pages, snippets
from docs.running import Page

MARKS = {"run", "desk", "own", "sandbox", "ccxt", "chain"}


def marked(page: Path) -> list[Snippet]:
    return [each for each in snippets(page) if each.mark]


RUNNABLE = [page for page in pages() if marked(page)]


def test_marks_are_known_and_stand_before_what_can_run():
    for page in RUNNABLE:
        for each in marked(page):
            assert set(each.mark.split()) <= MARKS, f"{each}: {each.mark}"
            assert each.kind in {"sh", "python"}, f"{each}: {each.kind} cannot run"


def test_no_mark_is_lost():
    for page in pages():
        lines = page.read_text(encoding="utf-8").splitlines()
        marks = sum(1 for line in lines if line.startswith("<!-- run"))
        assert marks == len(marked(page)), f"{page.name}: a mark stands right above its block"


SETTINGS = [
    each
    for page in pages()
    for each in snippets(page)
    if each.kind == "toml" and set(tomllib.loads(each.body)) <= set(Settings.__struct_fields__)
]


def test_settings_shown_in_documents_are_settings(tmp_path):
    assert SETTINGS
    for each in SETTINGS:
        file = tmp_path / "desk.toml"
        file.write_text(each.body)
        load(file, environment={})


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_run(page: Path, tmp_path: Path):
    blocks = marked(page)
    here = Page(tmp_path)
    missing = 0
    shown = next((each.body for each in SETTINGS if each.page == page), "")
    with here.given({mark for each in blocks for mark in each.mark.split()}, shown):
        for each in blocks:
            words = each.mark.split()
            lacks_ccxt = "ccxt" in words and importlib.util.find_spec("ccxt") is None
            if lacks_ccxt or ("chain" in words and here.lacks_chain):
                missing += 1
                continue
            here.run(each)
    if missing == len(blocks):
        pytest.skip("all of its blocks need ccxt, or a chain, which are not here")
