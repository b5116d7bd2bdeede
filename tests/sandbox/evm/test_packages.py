"""Packages: only what has the hash that we know is opened."""

import base64
import hashlib
import io
import tarfile

import msgspec
import pytest

from argosy.errors import ConfigError
from argosy.sandbox.evm import packages
from argosy.sandbox.evm.packages import NO_FETCH, Package, cache_folder, check, extract

PACKAGE = Package(registry="npm", name="@scope/thing", version="1.2.3", integrity="")


def archive(files: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return raw.getvalue()


def sealed(content: bytes) -> Package:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    return msgspec.structs.replace(PACKAGE, integrity=f"sha512-{digest}")


@pytest.fixture
def npm(monkeypatch, tmp_path):
    """An npm that packs what it is given, as the real one: a program on PATH."""
    monkeypatch.delenv(NO_FETCH, raising=False)

    def install(content: bytes, *, fails: bool = False) -> None:
        tgz = tmp_path / "made.tgz"
        tgz.write_bytes(content)
        program = tmp_path / "npm"
        if fails:
            program.write_text("#!/bin/sh\necho 'npm error code E404' >&2\nexit 1\n")
        else:
            program.write_text(
                f'#!/bin/sh\n[ "$1 $2" = "pack @scope/thing@1.2.3" ] && /bin/cp {tgz} .\n'
            )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return install


def test_the_files_asked_for_come_out(npm):
    content = archive({"package/a.json": b"1", "package/deep/b.json": b"2", "package/c": b"3"})
    npm(content)
    found = extract(sealed(content), ["a.json", "deep/b.json"])
    assert found == {"a.json": b"1", "deep/b.json": b"2"}


def test_another_archive_than_ours_is_not_opened(npm):
    npm(archive({"package/a.json": b"evil"}))
    with pytest.raises(ConfigError, match="is not what it was"):
        extract(sealed(archive({"package/a.json": b"1"})), ["a.json"])


def test_one_bit_makes_another_archive(tmp_path):
    content = archive({"package/a.json": b"1"})
    path = tmp_path / "x.tgz"
    path.write_bytes(content)
    check(sealed(content), path)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ConfigError, match="nothing of it is used"):
        check(sealed(content), path)


def test_a_file_that_is_not_there_is_named(npm):
    content = archive({"package/a.json": b"1"})
    npm(content)
    with pytest.raises(ConfigError, match=r"@scope/thing@1\.2\.3 has no 'z\.json'"):
        extract(sealed(content), ["z.json"])


def test_what_npm_says_is_passed_on(npm):
    npm(b"", fails=True)
    with pytest.raises(ConfigError, match="could not be fetched: npm error code E404"):
        extract(PACKAGE, ["a.json"])


def test_without_npm_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv(NO_FETCH, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"not on PATH; install Node\.js"):
        extract(PACKAGE, ["a.json"])


def test_offline_nothing_is_fetched(monkeypatch):
    monkeypatch.setenv(NO_FETCH, "1")
    monkeypatch.setattr(packages.subprocess, "run", lambda *_, **__: pytest.fail("it ran"))
    with pytest.raises(ConfigError, match=NO_FETCH):
        extract(PACKAGE, ["a.json"])


def test_the_cache_can_be_put_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("ARGOSY_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "chain"
