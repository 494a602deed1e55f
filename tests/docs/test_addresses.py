"""Every address that a document names is served; those of the workspace stand in the table of docs/review.md."""

import re
from pathlib import Path

import pytest

from noa_rag.web.app import create_app
from tests.docs.test_documents import OF_TODAY, code_of, name_of
from tests.shared_model import REPOSITORY
from tests.web.fake_service import FakeService

WORKSPACE = re.compile(r"^(?:/en)?/revue(?=/|$)")
# Files of a server, and what servers of language models and collectors are asked for.
ELSEWHERE = ("/etc/", "/opt/", "/var/", "/chat/completions", "/completions", "/api/chat", "/v1")
WITH_A_SETTING = {"/metrics"}  # NOA_METRICS_TOKEN
PLACEHOLDER = re.compile(r"\{[^}]*\}|(?<=/)[A-Z]\w*")


@pytest.fixture(scope="module")
def served(htmx_alone: Path) -> set[str]:
    """The public paths of the application, and those of the workspace that its table names."""
    application = create_app(FakeService(), static_dir=htmx_alone)
    table = (REPOSITORY / "docs" / "review.md").read_text(encoding="utf-8")
    workspace = re.findall(r"^\| `(?:GET|POST) (/\S*)` \|", table, re.MULTILINE)
    public = [route.path for route in application.routes]
    paths = [*public, *WITH_A_SETTING, *(f"/revue{path}" for path in workspace)]
    return {PLACEHOLDER.sub("{}", path).rstrip("/") for path in paths}


@pytest.mark.parametrize("document", OF_TODAY, ids=name_of)
def test_every_address_that_a_document_names_is_served(document: Path, served: set[str]) -> None:
    if document.name == "review.md":
        return  # its table is compared with the routes themselves
    named = [path for code in code_of(document) for path in re.findall(r"^(?:(?:GET|POST) )?(/[a-z][^\s`\"']*)", code)]
    paths = [re.split(r"[?#]", path)[0].rstrip("/") for path in named if not f"{path}/".startswith(ELSEWHERE)]

    forms = {path: PLACEHOLDER.sub("{}", WORKSPACE.sub("/revue", path)) for path in paths}
    if document.parent.name == "review_ui":  # speaks of paths below /revue
        forms |= {served_path: f"/revue{form}" for served_path, form in forms.items() if form != "/revue"}

    # An address may stand for all that lie beneath it.
    assert [
        served_path
        for served_path, form in forms.items()
        if not any(f"{path}/".startswith(f"{form}/") for path in served)
    ] == []
