"""Drafts of entries whose source changed: owners see why in the queue, and both texts of the source on the draft."""

from datetime import UTC, date, datetime
from html import unescape

import pytest

from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId, Source
from noa_rag.review.source_drafts import Publication, check_sources
from noa_rag.service.office import Office
from tests.factories import a_new_version, an_entry_content
from tests.review_ui.review_people import SignIn

SUNDAY = EntryId("dimanche")
FICHE = EntryId("F1")
URL = "https://entreprendre.service-public.gouv.fr/vosdroits/F1"
HEAD = f"Source modifiée : « Ouvrir », version du 01/12/2026, {URL}."


@pytest.fixture
def draft(office: Office) -> Draft:
    """What a newer fiche asks of the entry that cites it; the text is hostile."""
    records = office.noa.records
    records.entries.add_versions([a_new_version(SUNDAY, question="Ouvrir ?", sources=(Source("Ouvrir", URL),))])
    records.keep_library([(FICHE, an_entry_content(answer="Oui.", validated_on=None))])
    newer = an_entry_content(
        answer="<script>alert(1)</script>", sources=(Source("F", URL),), validated_on=date(2026, 12, 1)
    )
    (made,) = check_sources(records, Publication({FICHE: newer}), now=datetime(2026, 12, 15, tzinfo=UTC)).drafts.made
    return made


def test_the_queue_names_the_source_without_its_quotes(sign_in: SignIn, draft: Draft) -> None:
    page = unescape(sign_in("ines").get("/revue").text)

    assert HEAD in page
    assert "Avant :" not in page


def test_the_draft_quotes_both_texts_and_is_approved_like_any_other(
    sign_in: SignIn, office: Office, draft: Draft
) -> None:
    raw = sign_in("ines").get(f"/revue/brouillons/{draft.id}").text
    page = unescape(raw)

    assert "Pourquoi relire cette fiche : une source change" in page
    assert HEAD in page
    assert "Avant : « Oui. » Après : « <script>alert(1)</script> »" in page
    assert "<script>alert(1)" not in raw
    assert "Une source de la fiche a changé : relisez ce texte" in page

    ines = next(person for person in office.people.everyone() if person.id == "ines")
    office.approve(ines.id, draft.id, draft.revision)
    assert office.current(SUNDAY).version == 2
