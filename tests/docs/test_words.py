"""Documents: links lead somewhere, sizes hold, and nothing is left out."""

import importlib.util
import re
from pathlib import Path

import pytest

from argosy.desk.settings import Settings, flatten
from argosy.venues import catalog
from docs.pages import ROOT, anchors, pages, snippets, text, without_code

_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?\)")
_MACHINE = re.compile(r"(?<![\w./:])/(?:work|home|root|Users|tmp)/[\w.-]+")


def make_reference():
    spec = importlib.util.spec_from_file_location(
        "make_reference", ROOT / "scripts" / "make_reference.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reference():
    return make_reference()


@pytest.mark.parametrize("name", ["cli.md", "settings.md", "errors.md", "venues.md"])
def test_the_reference_is_what_the_code_says(reference, name):
    page = ROOT / "docs" / "reference" / name
    assert text(page) == reference.PAGES[name](), "run: python scripts/make_reference.py"


def test_every_command_and_option_is_documented(reference):
    page = text(ROOT / "docs" / "reference" / "cli.md")
    for name, command in reference.commands():
        assert f"`{name}`" in page
        assert command.help, f"{name} says nothing about itself"
        for shown, _, _, meaning in reference.options(command):
            assert meaning, f"{name} {shown} says nothing about itself"


def test_every_setting_is_documented(reference):
    page = text(ROOT / "docs" / "reference" / "settings.md")
    for section, struct, _ in reference.sections():
        comments = reference.said(struct)
        for field in struct.__struct_fields__:
            assert comments.get(field), f"{section}.{field} has no comment beside it"
            assert f"`{section}.{field}`" in page
    for name in flatten(Settings()):
        parts = name.split(".")
        assert ".".join(parts[:2]) in page


def test_every_error_is_documented(reference):
    page = text(ROOT / "docs" / "reference" / "errors.md")
    for kind in reference.error_classes():
        assert f"`{kind.__name__}`" in page
        assert kind.__doc__, f"{kind.__name__} says nothing about itself"


@pytest.mark.parametrize("name", sorted(catalog.venues()))
def test_every_venue_is_documented(name):
    info = catalog.venue(name)
    assert f"## {info.name}" in text(ROOT / "docs" / "reference" / "venues.md")
    # A protocol is told of where people are shown how to use it.
    page = "docs/how_to/lend_stake_and_trade_nfts.md" if info.kind == "protocol" else "README.md"
    assert info.name in text(ROOT / page)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path):
    dead = []
    for target in _LINK.findall(without_code(text(page))):
        where, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", where):
            continue
        file = (page.parent / where).resolve() if where else page
        missing = not file.exists() or not file.is_relative_to(ROOT)
        if missing or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            dead.append(target)
    assert not dead, f"these lead nowhere: {dead}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_document_shows_a_path_of_a_machine(page: Path):
    assert not _MACHINE.findall(text(page))


def test_every_document_can_be_reached_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in _LINK.findall(without_code(text(page))):
            file = (page.parent / target.partition("#")[0]).resolve()
            if ":" not in target and file.suffix == ".md" and file.is_file():
                ahead.append(file)
    missed = [str(page.relative_to(ROOT)) for page in pages() if page not in reached]
    assert not missed, f"no way leads from README.md to {missed}"


def test_the_readme_names_both_commands_and_has_a_picture():
    readme = text(ROOT / "README.md")
    shell = "".join(each.body for each in snippets(ROOT / "README.md") if each.kind == "sh")
    assert "make run" in shell
    assert "make test" in shell
    assert "docs/images/terminal.png" in readme
    assert (ROOT / "docs" / "images" / "terminal.png").stat().st_size < 400_000


def test_long_documents_stay_short():
    assert text(ROOT / "docs" / "ARCHITECTURE.md").count("\n") < 300
    assert text(ROOT / "CONTRIBUTING.md").count("\n") <= 120


def test_decisions_are_numbered_once_and_say_what_they_must():
    numbers = []
    for page in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        numbers.append(page.name[:4])
        said = text(page)
        assert said.startswith("# "), page.name
        assert said.count("\n") < 70, f"{page.name}: a decision takes one page"
        if page.name.startswith("0010"):
            continue  # written before the others, in a form of its own
        for part in ("Status:", "## Context", "## Decision", "## Consequences"):
            assert part in said, f"{page.name} has no {part!r}"
    assert len(set(numbers)) == len(numbers)


def test_fragments_are_one_sentence_or_few():
    for page in (ROOT / "changes").glob("*.md"):
        if page.name != "README.md":
            assert re.fullmatch(r"[\w-]+\.(added|changed|fixed|removed)\.md", page.name), page.name
            assert 20 < len(text(page).strip()) < 400, page.name
