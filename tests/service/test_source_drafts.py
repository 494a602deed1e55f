"""Sources that entries cite, compared with newer publications: one draft for each entry whose source changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from noa_rag.domain.draft import Draft, DraftState, ProposedBy
from noa_rag.domain.entry import EntryContent, EntryId, Section, Source
from noa_rag.knowledge.importing import import_vosdroits
from noa_rag.knowledge.legi import read_legi
from noa_rag.knowledge.vosdroits import read_vosdroits
from noa_rag.review.source_drafts import Publication, SourcesChecked, check_sources, cited_fiche
from noa_rag.service.records import Records
from tests.factories import a_new_version, a_theme, an_agency, an_entry_content
from tests.knowledge.legi_code import DECLARING, PAYING, SECTION, an_article, in_milliseconds, write_code
from tests.knowledge.test_vosdroits import a_fiche

NOW = datetime(2026, 12, 15, 9, tzinfo=UTC)
HIRING, CASH, OTHER = EntryId("embaucher"), EntryId("caisse"), EntryId("autre")
FICHE = EntryId("F35211")
SITE = "https://entreprendre.service-public.gouv.fr/vosdroits/"
CITING = (Source("Ouvrir le dimanche", f"{SITE}{FICHE}"),)
LAW = "https://www.legifrance.gouv.fr/codes/"


def a_publication(answer: str, *, on: date = date(2026, 6, 1), is_whole: bool = False, **others: str) -> Publication:
    """Return an archive with a fiche that answers so; others by their numbers."""
    answers = {FICHE: answer, **others} if answer else others
    fiches = {
        EntryId(entry_id): an_entry_content(
            question="Peut-on ouvrir le dimanche ?",
            answer=text,
            sections=(Section("regles", "Règles", "Une règle."),),
            sources=(Source("Peut-on ouvrir le dimanche ?", f"{SITE}{entry_id}"),),
            validated_on=on,
        )
        for entry_id, text in answers.items()
    }
    return Publication(fiches, is_whole=is_whole)


def articles_in(folder: Path, *articles: dict[str, object]) -> Publication:
    read = read_legi(write_code(folder, *articles), today=date(2026, 11, 28), progress=lambda done, of: None)
    return Publication(articles=read)


@pytest.fixture
def cited(records: Records) -> Records:
    """Two entries that cite one fiche of the library, and one that cites nothing official."""
    records.save([an_agency()], [a_theme()], [])
    records.entries.add_versions(
        [
            a_new_version(HIRING, question="Puis-je employer le dimanche ?", sources=CITING),
            a_new_version(CASH, question="Qui tient la caisse ?", sources=CITING),
            a_new_version(OTHER, question="Comment déposer une marque ?"),
        ]
    )
    records.keep_library(a_publication("Oui, avec un accord.").fiches.items())
    return records


@pytest.fixture
def check(cited: Records) -> Callable[[Publication], SourcesChecked]:
    return lambda newer: check_sources(cited, newer, now=NOW)


Check = Callable[[Publication], SourcesChecked]
NEWER = a_publication("Oui, sans accord.", on=date(2026, 12, 1))


def test_a_fiche_that_changed_opens_one_draft_for_every_entry_that_cites_it(cited: Records, check: Check) -> None:
    outcome = check(NEWER)

    made = {draft.entry_id: draft for draft in outcome.drafts.made}
    assert set(made) == {HIRING, CASH}
    draft = made[HIRING]
    assert (draft.base_version, draft.proposed_by, draft.author) == (1, ProposedBy.SOURCE, "noa")
    assert draft.content == cited.current([HIRING])[HIRING].content
    assert draft.owner_reason.splitlines() == [
        "Source modifiée : « Ouvrir le dimanche », version du 01/12/2026 (avant : 01/06/2026), "
        "https://entreprendre.service-public.gouv.fr/vosdroits/F35211.",
        " Avant : « Oui, avec un accord. » Après : « Oui, sans accord. »",
    ]
    assert draft.changes == tuple(draft.owner_reason.splitlines()[:1])
    assert {made_draft.id for made_draft in cited.review.drafts()} == {draft_id.id for draft_id in outcome.drafts.made}
    assert [entry.detail["sources"] for entry in cited.audit.entries(actions=["draft_prepared"])] == [FICHE, FICHE]


def test_the_same_archive_twice_opens_nothing_twice_whatever_was_decided(cited: Records, check: Check) -> None:
    made = check(NEWER).drafts.made
    with cited.review.changing() as change:
        change.save_draft(replace(made[0], state=DraftState.DECLINED), expected_revision=made[0].revision)

    again = check(NEWER)

    assert (again.changed, again.drafts.made, len(cited.review.drafts())) == ((), (), 2)
    assert again.compared_count == 2


def test_a_draft_in_hand_is_left_alone_and_the_change_told_by_the_next_check(cited: Records, check: Check) -> None:
    (draft,) = [made_draft for made_draft in check(NEWER).drafts.made if made_draft.entry_id == HIRING]
    with cited.review.changing() as change:
        taken = change.save_draft(replace(draft, author="dominique"), expected_revision=1)  # type: ignore[arg-type]
    newest = a_publication("Non.", on=date(2026, 12, 10))

    assert check(newest).drafts.in_hand == (HIRING,)
    assert check(newest).drafts.in_hand == (HIRING,)
    with cited.review.changing() as change:
        change.save_draft(replace(taken, state=DraftState.DECLINED), expected_revision=taken.revision)

    assert [made_draft.entry_id for made_draft in check(newest).drafts.made] == [HIRING]


def test_a_dry_run_tells_the_same_and_writes_nothing(cited: Records) -> None:
    shown = check_sources(cited, NEWER, is_dry_run=True, now=NOW)

    assert (cited.review.drafts(), len(shown.drafts.made)) == ([], 2)
    assert cited.audit.entries(actions=["draft_prepared"]) == []
    assert len(check_sources(cited, NEWER, now=NOW).drafts.made) == 2


def test_an_older_archive_changes_nothing(cited: Records, check: Check) -> None:
    outcome = check(a_publication("Jadis.", on=date(2020, 1, 1)))

    assert (outcome.older, outcome.changed, cited.review.drafts()) == ((FICHE,), (), [])
    assert len(check(NEWER).changed) == 2


def test_what_a_part_of_an_archive_lacks_is_counted_and_what_a_whole_one_lacks_is_told(
    cited: Records, check: Check
) -> None:
    assert check(a_publication("", F2="Autre.")).missing == (FICHE,)
    assert cited.review.drafts() == []

    made = check(a_publication("", F2="Autre.", is_whole=True)).drafts.made

    assert {draft.entry_id for draft in made} == {HIRING, CASH}
    assert made[0].owner_reason.startswith("Source retirée : « Peut-on ouvrir le dimanche ? » (F35211)")
    assert check(a_publication("", F2="Autre.", is_whole=True)).changed == ()
    assert check(a_publication("Oui, avec un accord.")).changed == ()  # it is published again, as it was


def fiche_in(folder: Path, answer: str, day: str) -> Path:
    body = f"<Introduction><Texte><Paragraphe>{answer}</Paragraphe></Texte></Introduction>"
    folder.mkdir(exist_ok=True)
    (folder / "F1.xml").write_text(a_fiche(body, modified=f"modified {day}"), encoding="utf-8")
    return folder


def published_in(folder: Path) -> Publication:
    return Publication(dict(read_vosdroits(folder, progress=lambda done, of: None).entries))


def test_a_fiche_that_is_served_is_proposed_with_its_newer_text(records: Records, tmp_path: Path) -> None:
    import_vosdroits(records, fiche_in(tmp_path, "Un jour.", "2020-11-05"))
    newer = published_in(fiche_in(tmp_path, "Deux jours.", "2026-11-05"))

    (draft,) = check_sources(records, newer, now=NOW).drafts.made

    assert (draft.content.answer, draft.content.validated_on) == ("Deux jours.", date(2026, 11, 5))
    assert draft.owner_reason.splitlines()[1] == " Avant : « Un jour. » Après : « Deux jours. »"
    assert check_sources(records, newer, now=NOW).drafts.made == ()


def test_a_fiche_that_somebody_edited_keeps_her_text_and_is_compared_as_imported(
    records: Records, tmp_path: Path
) -> None:
    import_vosdroits(records, fiche_in(tmp_path, "Un jour.", "2020-11-05"))
    imported: EntryContent = records.current([EntryId("F1")])[EntryId("F1")].content
    edited = replace(imported, answer="Un jour, en clair.")
    version = replace(a_new_version("F1", expected_version=1), content=edited)
    records.entries.add_versions([version])

    same = check_sources(records, published_in(tmp_path), now=NOW)
    (draft,) = check_sources(records, published_in(fiche_in(tmp_path, "Deux.", "2026-01-02")), now=NOW).drafts.made

    assert same.changed == ()
    assert draft.content == edited


@pytest.fixture
def lawful(records: Records) -> Records:
    records.save([an_agency()], [a_theme()], [])
    article = Source("Code du travail, article L1221-10", f"{LAW}article_lc/{DECLARING}")
    section = Source("Code du travail, articles L1221-10 à L1221-11", f"{LAW}section_lc/LEGITEXT000006072050/{SECTION}")
    records.entries.add_versions([a_new_version(HIRING, sources=(article,)), a_new_version(CASH, sources=(section,))])
    return records


def drafts_of(found: SourcesChecked) -> dict[EntryId, Draft]:
    return {draft.entry_id: draft for draft in found.drafts.made}


def test_an_article_that_changed_is_told_with_both_texts(lawful: Records, tmp_path: Path) -> None:
    before = articles_in(tmp_path, an_article(), an_article(PAYING, "L1221-11"))
    began = in_milliseconds("2026-12-01")
    changed = an_article(
        "LEGIARTI000000000009", cid=DECLARING, dateDebut=began,
        texteHtml="<p>L'embauche est déclarée.</p><p>Elle l'est le premier jour.</p>",
    )  # fmt: skip

    first = check_sources(lawful, before, now=NOW)
    made = drafts_of(check_sources(lawful, articles_in(tmp_path, changed, an_article(PAYING, "L1221-11")), now=NOW))

    assert (first.begun_count, first.changed) == (3, ())
    assert set(made) == {HIRING, CASH}
    assert made[HIRING].owner_reason.splitlines() == [
        "Source modifiée : « Code du travail, article L1221-10 », version du 01/12/2026 (avant : 01/05/2008), "
        "https://www.legifrance.gouv.fr/codes/article_lc/LEGIARTI000000000009.",
        " Avant : « Elle l'est avant le premier jour. » Après : « Elle l'est le premier jour. »",
    ]
    assert "articles L1221-10 à L1221-11 : Article L1221-10 »" in made[CASH].owner_reason


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{SITE}F35211", "F35211"),
        ("https://www.service-public.fr/professionnels-entreprises/vosdroits/F35211?x=1", "F35211"),
        ("https://www.service-public.gouv.fr/particuliers/vosdroits/F7/0", "F7"),
        ("https://entreprendre.service-public.gouv.fr/actualites/A18802", None),
        ("https://www.example.org/vosdroits/F35211", None),
        ("mailto:F35211", None),
    ],
)
def test_an_address_leads_to_a_fiche_of_the_official_site_alone(url: str, expected: str | None) -> None:
    assert cited_fiche(url) == expected
