"""A figure that changes: drafts for every entry that states it, a notice on answers that state the old one."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.draft import Draft, ProposedBy
from noa_rag.domain.entry import EntryId, Source
from noa_rag.domain.facts import DatedValue, Fact, FactBook, FactId, states, whole_text
from noa_rag.domain.question import Ask
from noa_rag.knowledge.facts_file import write_facts
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.rules.answers import known_after, sentences_of_year
from noa_rag.review.rereading import apply_file, set_value
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from tests.factories import a_new_version, a_theme, an_agency

NOW = datetime(2026, 12, 15, 9, tzinfo=UTC)
END = date(2026, 12, 31)
SOURCE = Source("Décret de 2025", "https://www.legifrance.gouv.fr/jorf/id/1")
PAY, INTERNS, OTHER = EntryId("paie"), EntryId("stagiaires"), EntryId("autre")
MONTHLY = Fact(
    FactId("smic_mensuel"), "Smic mensuel", "€", (DatedValue("1 867,02", SOURCE, None, END),), (PAY, INTERNS)
)
HOURLY = Fact(FactId("smic_horaire"), "Smic horaire", "€", (DatedValue("12,31", SOURCE, None, END),), (PAY,))


@pytest.fixture
def paid(records: Records) -> Records:
    records.save([an_agency()], [a_theme()], [], [MONTHLY, HOURLY])
    records.entries.add_versions(
        [
            a_new_version(
                PAY, question="Quel est le Smic ?", answer="Le Smic est de 12,31 €, soit **1\u202f867,02\u00a0€**."
            ),
            a_new_version(INTERNS, question="Combien payer un stagiaire ?", answer="Moins que 1 867,02 €."),
            a_new_version(OTHER, question="Comment déposer une marque ?", answer="Pour 190 €."),
        ]
    )
    return records


def set_monthly(records: Records, value: str = "1 890,00") -> tuple[Draft, ...]:
    source = Source("Décret de 2026", "https://www.legifrance.gouv.fr/jorf/id/2")
    day = date(2027, 1, 1)
    return set_value(records, MONTHLY.id, value, valid_from=day, source=source, actor="camille", now=lambda: NOW).made


def test_a_change_prepares_a_draft_for_every_entry_that_states_the_value(paid: Records) -> None:
    made = {draft.entry_id: draft for draft in set_monthly(paid)}

    assert set(made) == {PAY, INTERNS}
    draft = made[PAY]
    assert draft.content.answer == "Le Smic est de 12,31 €, soit **1\u202f890,00\u00a0€**."
    assert (draft.base_version, draft.proposed_by, draft.author) == (1, ProposedBy.FACT, "noa")
    assert draft.owner_reason == (
        "Smic mensuel : 1 867,02 € devient 1 890,00 € à partir du 01/01/2027 (source : Décret de 2026,"
        " https://www.legifrance.gouv.fr/jorf/id/2). Relisez aussi les dates du texte."
    )
    assert {made_draft.id for made_draft in paid.review.drafts()} == {made_draft.id for made_draft in made.values()}
    assert [entry.actor for entry in paid.audit.entries(actions=["fact_changed"])] == ["camille"]


def test_a_second_change_completes_the_draft_that_noa_prepared(paid: Records) -> None:
    set_monthly(paid)

    made = set_value(paid, HOURLY.id, "12,47", valid_from=date(2027, 1, 1), actor="camille", now=lambda: NOW).made

    (draft,) = made
    assert draft.content.answer == "Le Smic est de 12,47 €, soit **1\u202f890,00\u00a0€**."
    assert len(draft.owner_reason.splitlines()) == 2
    assert len(paid.review.drafts()) == 2


def test_a_draft_that_a_person_has_in_hand_is_left_alone(paid: Records) -> None:
    (draft,) = [entry for entry in set_monthly(paid) if entry.entry_id == PAY]
    with paid.review.changing() as change:
        change.save_draft(replace(draft, author="dominique"), expected_revision=draft.revision)  # type: ignore[arg-type]

    report = set_value(paid, HOURLY.id, "12,47", valid_from=date(2027, 1, 1), actor="camille", now=lambda: NOW)

    assert (report.made, report.in_hand) == ((), (PAY,))


def test_a_file_of_facts_is_applied(paid: Records, tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    new = DatedValue("12,47", SOURCE, date(2027, 1, 1))
    path.write_text(write_facts([replace(HOURLY, periods=(HOURLY.newest, new))]), encoding="utf-8")

    made = apply_file(paid, path, actor="camille", now=lambda: NOW).made

    assert [draft.entry_id for draft in made] == [PAY]
    assert paid.facts().facts[HOURLY.id].newest == new
    assert paid.fact_store.authors() == {MONTHLY.id: "import", HOURLY.id: "camille"}


# --- answers in the new year ---------------------------------------------------------------------------------------


@pytest.fixture
def serving(paid: Records, noa: Noa) -> Noa:
    noa.refresh()
    return noa


def ask(noa: Noa, text: str, day: date) -> AnswerStatus:
    return noa.ask(Ask(text, as_of=day)).status


def test_an_answer_whose_figures_have_ended_is_given_with_a_notice(serving: Noa) -> None:
    before = serving.ask(Ask("Quel est le Smic ?", as_of=END))
    after = serving.ask(Ask("Quel est le Smic ?", as_of=date(2027, 1, 2)))

    assert (before.status, before.outdated) == (AnswerStatus.ANSWERED, ())
    assert after.status is AnswerStatus.ANSWERED
    assert after.text == before.text
    assert [(fact.id, fact.value, fact.ended_on) for fact in after.outdated] == [
        (HOURLY.id, "12,31", END),
        (MONTHLY.id, "1 867,02", END),
    ]


def test_a_question_that_names_a_year_is_told_what_is_known_of_it(serving: Noa) -> None:
    set_monthly(serving.records)
    serving.refresh()

    now = serving.ask(Ask("smic 2026", as_of=END))
    later = serving.ask(Ask("Quel est le Smic 2027 ?", as_of=END))

    assert now.year_note == ""
    assert (later.status, later.entry and later.entry.id) == (AnswerStatus.ANSWERED, PAY)
    assert later.year_note == (
        "En 2027 : Smic mensuel (1 890,00 €)."
        " 2027 n'est pas encore publié. Derniers chiffres connus : Smic horaire (12,31 €)."
    )


def test_a_value_that_stays_the_same_ends_the_notice_without_a_draft(serving: Noa) -> None:
    day = date(2027, 1, 2)
    assert [fact.id for fact in serving.ask(Ask("Combien payer un stagiaire ?", as_of=day)).outdated] == [MONTHLY.id]

    drafts = set_monthly(serving.records, "1 867,02")
    serving.refresh()

    assert drafts == ()
    assert serving.ask(Ask("Combien payer un stagiaire ?", as_of=day)).outdated == ()


def test_on_2_january_no_bundled_entry_states_a_figure_of_an_ended_fact_as_current(bundled_pack: Pack) -> None:
    book, day, looked_at = FactBook(bundled_pack.facts), date(2027, 1, 2), 0

    for entry_id, content in bundled_pack.entries:
        ended = [fact for fact in book.of(entry_id) if fact.ends_on is not None and fact.ends_on < day]
        if ended and content.window.contains(day):
            assert {fact.id for fact in book.outdated(entry_id, content, day)} == {fact.id for fact in ended}, entry_id
            looked_at += 1
    assert looked_at >= 80


def test_on_2_january_no_bundled_entry_that_gives_2026_as_the_year_of_a_figure_is_served_without_a_notice(
    bundled_pack: Pack,
) -> None:
    book, day, looked_at = FactBook(bundled_pack.facts), date(2027, 1, 2), 0

    for entry_id, content in bundled_pack.entries:
        of_2026 = [] if not content.window.contains(day) else list(sentences_of_year(whole_text(content), 2026))
        looked_at += bool(of_2026)
        if of_2026 and not book.outdated(entry_id, content, day):
            lasting = [fact for fact in book.of(entry_id) if known_after(fact, 2026)]
            for sentence in of_2026:  # a value that is known to hold longer needs no notice
                assert any(states(sentence.text, fact.newest.value, fact.unit) for fact in lasting), (
                    entry_id,
                    sentence.text,
                )
    assert looked_at >= 60
