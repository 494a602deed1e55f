"""The whole archive of fiches for professionals, where it stands beside the repository."""

from pathlib import Path
from statistics import fmean

import pytest
from markdown_it import MarkdownIt

from noa_rag.knowledge.vosdroits import VosdroitsReading, read_vosdroits
from tests.knowledge.kept_text import kept_of

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "data" / "vosdroits-professionnels.tar.xz"
KEPT_SHARE_WANTED = 0.93
NO_THEME = "none"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not ARCHIVE.exists(), reason=f"the shared archive is absent ({ARCHIVE.name})"),
]


@pytest.fixture(scope="module")
def reading() -> VosdroitsReading:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("noa_rag.knowledge.vosdroits.fiche.DEFAULT_THEME", NO_THEME)  # else it could be the fiche's own
        return read_vosdroits(ARCHIVE, progress=lambda done, total: None)


def test_reads_every_fiche_with_its_date_and_its_theme(reading: VosdroitsReading) -> None:
    assert len(reading.entries) == 706
    assert [entry_id for entry_id, content in reading.entries if content.validated_on is None] == []
    assert [entry_id for entry_id, content in reading.entries if content.theme == NO_THEME] == []


def test_keeps_the_text_of_each_fiche() -> None:
    shares = {entry_id: text_kept.share for entry_id, text_kept in kept_of(ARCHIVE).items()}

    assert {entry_id: share for entry_id, share in shares.items() if share < KEPT_SHARE_WANTED} == {}
    assert fmean(shares.values()) > 0.999


def test_relates_entries_to_entries_and_agencies_that_exist(reading: VosdroitsReading) -> None:
    entry_ids = {entry_id for entry_id, _ in reading.entries}
    agency_ids = {agency.id for agency in reading.agencies}

    for entry_id, content in reading.entries:
        assert entry_ids.issuperset(content.related), entry_id
        assert agency_ids.issuperset({content.agency_id, *content.contributors}), entry_id
        assert content.validated_on is not None, entry_id


def test_writes_markdown_that_shows_no_marks(reading: VosdroitsReading) -> None:
    parser = MarkdownIt("commonmark").enable("table")

    for entry_id, content in reading.entries:
        for text in (content.answer, *(section.text for section in content.sections)):
            tokens = parser.parse(text)
            shown = [leaf.content for token in tokens for leaf in token.children or [] if leaf.type == "text"]
            assert not any("](" in line or "| --- |" in line for line in shown), entry_id
            assert not any(token.type in {"code_block", "fence", "html_block"} for token in tokens), entry_id
