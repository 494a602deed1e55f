"""Files of packages: what comes is checked, and what cannot be had is said."""

import hashlib
import io
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.errors import InvalidSetting, NoaError
from noa_rag.service import downloads as fetched
from noa_rag.service.downloads import (
    DSFR_FILES,
    HTMX,
    PackageFile,
    check_theme,
    dsfr_folder,
    fetch_dsfr,
    fetch_missing,
    fetch_places,
    from_npm,
    from_pypi,
    htmx_path,
    is_it,
    open_gazetteer,
    places_path,
)
from noa_rag.settings import Settings
from noa_rag.web.paths import OWN_FILES

HELLO = PackageFile("hello@1.0.0", "package/hello.txt", hashlib.sha256(b"hello").hexdigest())


def npm_that_brings(content: bytes) -> Any:
    """Return a stand-in for `subprocess.run` that puts an archive where `npm pack` was told to."""

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        with tarfile.open(Path(command[-1]) / "hello-1.0.0.tgz", "w:gz") as archive:
            member = tarfile.TarInfo("package/hello.txt")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        return subprocess.CompletedProcess(command, 0, "", "")

    return run


@pytest.fixture(autouse=True)
def _npm_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched.shutil, "which", lambda name: f"/usr/bin/{name}")


def test_the_expected_file_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched.subprocess, "run", npm_that_brings(b"hello"))

    assert from_npm(HELLO) == b"hello"
    assert is_it(b"hello", HELLO)


def test_another_file_of_that_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched.subprocess, "run", npm_that_brings(b"other"))

    with pytest.raises(NoaError, match="not the expected one"):
        from_npm(HELLO)


def test_without_npm_the_places_are_those_that_noa_knows(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched.shutil, "which", lambda name: None)

    with pytest.raises(NoaError, match="npm is not installed"):
        fetch_places(settings)

    assert not places_path(settings).exists()
    assert open_gazetteer(settings).where("à Lyon").code == "FR-ARA"


def installer_that_brings(content: bytes, commands: list[list[str]]) -> Any:
    """Return a stand-in for `subprocess.run` that puts a file where pip or uv was told to install."""

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        target = Path(command[command.index("--target") + 1]) / HELLO.member
        target.parent.mkdir(parents=True)
        target.write_bytes(content)
        return subprocess.CompletedProcess(command, 0, "", "")

    return run


@pytest.mark.parametrize(("has_pip", "said"), [(True, "-m pip install"), (False, "/usr/bin/uv pip install --python")])
def test_a_file_of_a_wheel_comes_by_pip_or_where_there_is_none_by_uv(
    monkeypatch: pytest.MonkeyPatch, has_pip: bool, said: str
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(fetched, "find_spec", lambda name: name if has_pip else None)
    monkeypatch.setattr(fetched.subprocess, "run", installer_that_brings(b"hello", commands))

    assert from_pypi(HELLO) == b"hello"
    assert said in " ".join(commands[0])
    assert commands[0][-1] == HELLO.package


def test_what_cannot_be_had_is_told_with_what_noa_does_without_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = subprocess.CompletedProcess([], 1, "", "no network")
    monkeypatch.setattr(fetched.subprocess, "run", lambda *_, **__: refused)

    htmx, places = fetch_missing(settings)

    assert htmx.startswith(HTMX.package)
    assert "less swiftly" in htmx
    assert "larger towns only" in places
    assert not htmx_path(settings).exists()


def npm_that_brings_the_design_system(brought: list[bytes]) -> Any:
    """Return a stand-in for `npm pack` of a package with the files that pages load, and others; keeps its archive."""

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        path = Path(command[-1]) / "dsfr.tgz"
        with tarfile.open(path, "w:gz") as archive:
            for name in (*DSFR_FILES, "dsfr.module.js"):
                member = tarfile.TarInfo(f"package/dist/{name}")
                member.size = len(name)
                archive.addfile(member, io.BytesIO(name.encode()))
        brought.append(path.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    return run


def test_the_design_system_is_fetched_where_it_is_worn_and_its_archive_checked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought: list[bytes] = []
    monkeypatch.setattr(fetched.subprocess, "run", npm_that_brings_the_design_system(brought))
    worn = replace(settings, theme="dsfr")
    check_theme(settings)
    with pytest.raises(InvalidSetting, match=r"lacks dsfr\.main\.min\.css, .*Run `noa setup` with NOA_THEME=dsfr set"):
        check_theme(worn)

    with pytest.raises(NoaError, match="not the expected one"):
        fetch_dsfr(worn)
    monkeypatch.setattr(fetched, "_checked", lambda content, wanted: content)
    fetch_dsfr(worn)

    check_theme(worn)
    kept = {str(path.relative_to(dsfr_folder(worn))) for path in dsfr_folder(worn).rglob("*") if path.is_file()}
    assert kept == set(DSFR_FILES)
    assert (dsfr_folder(worn) / DSFR_FILES[0]).read_text() == DSFR_FILES[0]
    fetch_dsfr(worn)
    assert len(brought) == 2  # nothing is fetched again


def test_the_style_names_the_version_of_the_design_system_that_is_fetched(settings: Settings) -> None:
    style = (OWN_FILES / "dsfr.css").read_text(encoding="utf-8")

    assert f'@import url("{dsfr_folder(settings).name}/{DSFR_FILES[0]}")' in style
