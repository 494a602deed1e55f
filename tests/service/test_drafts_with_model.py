"""The whole way from visitors' questions to a draft, with the embedded model and real entries."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId, Source
from noa_rag.domain.question import Ask
from noa_rag.knowledge.content_rules import content_problems, refuse
from noa_rag.knowledge.pack import Pack
from noa_rag.retrieval.embedding import SentenceEmbedder
from noa_rag.review.draft_run import build_drafts
from noa_rag.service.noa import INDEX_FOLDER, Noa, open_noa
from noa_rag.settings import Settings
from tests.databases import copied_base
from tests.factories import an_entry_content
from tests.review_ui.running_service import other_texts

QUOTE = (
    "La franchise postale diplomatique permet à une ambassade de recevoir ses valises sans contrôle de la douane, à"
    " condition que chaque valise diplomatique porte des sceaux visibles."
)


@pytest.fixture
def noa(model_settings: Settings, tmp_path: Path) -> Iterator[Noa]:
    """A service over a base of its own."""
    data_dir = tmp_path / "data"
    shutil.copytree(model_settings.data_dir, data_dir, symlinks=True)
    with copied_base(model_settings.effective_database_url, data_dir) as url:
        noa = open_noa(replace(model_settings, data_dir=data_dir, database_url=url))
        yield noa
        noa.close()


@pytest.mark.model
def test_what_is_read_of_entries_outlives_the_service(noa: Noa, monkeypatch: pytest.MonkeyPatch) -> None:
    question = "comment déposer une marque à l'INPI"
    read: list[str] = []
    token_vectors = SentenceEmbedder.token_vectors
    monkeypatch.setattr(
        SentenceEmbedder,
        "token_vectors",
        lambda self, text, *, is_query: (read.append(text), token_vectors(self, text, is_query=is_query))[1],
    )

    noa.close()
    for path in (noa.settings.data_dir / INDEX_FOLDER).glob("tokens-*.db"):
        path.unlink()  # what other tests have read of this pack

    before = open_noa(noa.settings)
    first = before.ask(Ask(question))
    read_at_first = set(read)
    before.close()
    read.clear()
    again = open_noa(noa.settings)
    second = again.ask(Ask(question))
    again.close()

    assert (second.status, second.entry, second.confidence) == (first.status, first.entry, first.confidence)
    assert len(read_at_first) > 1
    assert set(read) == {question}


@pytest.mark.model
def test_what_two_visitors_asked_in_vain_becomes_a_draft_of_the_right_agency(noa: Noa, bundled_pack: Pack) -> None:
    source = Source("Valise diplomatique et douane", "https://www.service-public.fr/vosdroits/F1")
    fiche = an_entry_content(question=source.title, answer=QUOTE, sources=(source,))
    noa.records.library.save([(EntryId("F1"), fiche), *other_texts(bundled_pack)])
    answers = [
        noa.ask(Ask(text, site="https://www.example.fr"))
        for text in (
            "comment faire passer une valise diplomatique à la douane",
            "la douane peut elle controler une valise diplomatique ?",
            "va te faire foutre",
        )
    ]
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    report = build_drafts(noa, now=lambda: tomorrow)

    assert [answer.status for answer in answers[:2]] != [AnswerStatus.ANSWERED] * 2
    (draft,) = report.made
    refuse(list(content_problems(draft.content)))
    assert draft.agency_id == "douanes"
    assert QUOTE in draft.content.answer
    assert draft.content.sources == (source,)
    assert (report.noise_count, report.new_group_count) == (1, 1)
    assert build_drafts(noa, now=lambda: tomorrow).made == ()
