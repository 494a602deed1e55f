"""What an entry's fields do to other agencies' entries, each tried at the desk and by import, as the docs tell."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import DraftState
from noa_rag.domain.entry import (
    AlternateQuestion,
    Audience,
    Branch,
    EntryContent,
    EntryId,
    EntryStatus,
    JourneyStep,
    Translation,
    Urgency,
    fingerprint,
    most_specific,
)
from noa_rag.domain.errors import Forbidden, InvalidContent, InvalidKnowledge, NotAllowedNow
from noa_rag.domain.people import AccountChange, PersonId, TwoPeople
from noa_rag.domain.regions import REGIONS
from noa_rag.knowledge.importing import import_pack
from noa_rag.knowledge.pack import Pack, write_pack
from noa_rag.review.desk import ReviewDesk
from noa_rag.service.records import Records
from tests.factories import a_new_version, a_person, a_theme, an_agency, an_entry_content
from tests.review.desk_office import ADA, CAMILLE, CORA, DOMINIQUE, ENTRY, QUENTIN, ULYSSE, Office

DOCS = Path(__file__).parents[2] / "docs" / "review.md"
INPI, URSSAF = AgencyId("inpi"), AgencyId("urssaf")
GENERAL = EntryId("cotisations")  # the Urssaf's, for everybody in France
MINE = EntryId("cotisations-partout")
JULIE = PersonId("julie")  # a referent of the INPI and of the Urssaf
EVERYWHERE = tuple(REGIONS)
TRANSLATED = Translation("en", "How?", "So.", of="", translated_on=date(2026, 11, 24), approver="Urssaf")
TAKING_OVER: Mapping[str, Any] = {"variant_of": GENERAL, "regions": EVERYWHERE, "question": "Quelles cotisations ?"}


@dataclass(frozen=True)
class Reaching:
    """A field that may reach beyond one's own agency: a text that uses it, and what it does to others' entries."""

    does: str
    changes: Mapping[str, Any]


REACHING = {
    "variant_of": Reaching("takes the general entry's place for its regions and audiences", TAKING_OVER),
    "regions": Reaching("of an entry that is no variant: where it is shown itself", {"regions": EVERYWHERE}),
    "audiences": Reaching("of an entry that is no variant: for whom it is written", {"audiences": tuple(Audience)}),
    "alternate_questions": Reaching(
        "lead to the entry itself; answers that this changes are acknowledged first",
        {"alternate_questions": (AlternateQuestion("Et mes cotisations ?"),)},
    ),
    "related": Reaching("links on its own page, in the other entry's words", {"related": (GENERAL,)}),
    "steps": Reaching(
        "links on its own page, in the other entry's words", {"steps": (JourneyStep("Payer.", GENERAL),)}
    ),
    "branches": Reaching(
        "offers the other entry under a label of its own, where it asks back and on its page",
        {"branches": (Branch("Payer", GENERAL), Branch("Les taux", GENERAL))},
    ),
    "contributors": Reaching("nothing: no page and no interface shows them", {"contributors": (URSSAF,)}),
    "translations": Reaching("says who approved the English text", {"translations": (TRANSLATED,)}),
    "urgent": Reaching("is shown to everybody in distress, before any search", {"urgent": Urgency.FIRST}),
    "replaced_by": Reaching("where visitors are led once the entry is withdrawn", {"replaced_by": GENERAL}),
}
# Fields whose text stands under the entry's own agency and is shown with this entry alone. A field that is new belongs
# into one of the two lists: what could a referent of another agency do with it?
ITS_OWN = {
    *("agency_id", "question", "question_en", "answer", "sections", "theme", "language", "window", "validated_on"),
    *("review_by", "sources", "legal_references", "online_services", "contacts", "origin"),
    "calculation",
}


@pytest.fixture
def office(office: Office) -> Office:
    office.publish(GENERAL, agency_id=URSSAF, question="Quelles cotisations ?", answer="De l'Urssaf.")
    office.employ(a_person(JULIE, "inpi", "urssaf"))
    return office


def a_text(**changes: Any) -> EntryContent:
    content = an_entry_content(**{"answer": "De l'INPI.", **changes})
    same = tuple(replace(translation, of=fingerprint(content)) for translation in content.translations)
    return replace(content, translations=same)


def shown_in(office: Office, region: str) -> str:
    """Return the answer that a visitor of a region is given to the Urssaf's question."""
    family = [versions[-1] for versions in office.store.state.histories.values()]
    shown = [entry for entry in family if GENERAL in (entry.id, entry.content.variant_of)]
    entry = most_specific([entry for entry in shown if entry.status is EntryStatus.APPROVED], region, None)
    assert entry is not None
    return entry.content.answer


def test_a_new_field_is_thought_through_before_it_ships() -> None:
    assert {field.name for field in fields(EntryContent)} == REACHING.keys() | ITS_OWN
    assert not REACHING.keys() & ITS_OWN


# --- the family's owner ------------------------------------------------------------------------------------------


def test_the_familys_owner_approves_a_variant_that_was_passed_on_and_it_keeps_its_agency(office: Office) -> None:
    draft = office.desk.propose(CAMILLE, MINE, a_text(**TAKING_OVER))
    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.approve(CAMILLE, draft.id, 1)
    assert shown_in(office, "FR-BRE") == "De l'Urssaf."

    passed = office.desk.hand_over(CAMILLE, draft.id, 1, URSSAF, "Pour votre fiche.")
    assert (passed.owner, passed.content.agency_id, passed.note) == (URSSAF, INPI, "Pour votre fiche.")
    approved = office.desk.approve(ULYSSE, draft.id, passed.revision)

    version = office.entry(MINE)
    assert (version.content.agency_id, version.approver, version.author) == (INPI, ULYSSE, CAMILLE)
    assert shown_in(office, "FR-BRE") == "De l'INPI."
    office.desk.undo(ULYSSE, draft.id, approved.revision)
    assert shown_in(office, "FR-BRE") == "De l'Urssaf."


def test_what_she_asks_to_change_goes_back_to_the_agency_of_the_text(office: Office) -> None:
    draft = office.desk.propose(CAMILLE, MINE, a_text(**TAKING_OVER))
    passed = office.desk.hand_over(CAMILLE, draft.id, 1, URSSAF)

    returned = office.desk.ask_changes(ULYSSE, draft.id, passed.revision, "La Bretagne seule.")

    assert (returned.owner, returned.state) == (INPI, DraftState.CHANGES_REQUESTED)
    saved = office.desk.save(CAMILLE, draft.id, returned.revision, a_text(**{**TAKING_OVER, "regions": ("FR-BRE",)}))
    again = office.desk.hand_over(CAMILLE, draft.id, saved.revision, URSSAF)
    office.desk.approve(ULYSSE, draft.id, again.revision)
    assert (shown_in(office, "FR-BRE"), shown_in(office, "FR-IDF")) == ("De l'INPI.", "De l'Urssaf.")


def test_who_wrote_a_part_of_it_does_not_approve_it_for_the_other_agency_either(office: Office) -> None:
    desk = ReviewDesk(office.store, lambda: office.moment, TwoPeople.WHERE_POSSIBLE)
    draft = desk.propose(JULIE, MINE, a_text(**TAKING_OVER))
    passed = desk.hand_over(JULIE, draft.id, 1, URSSAF)

    with pytest.raises(NotAllowedNow, match="ulysse"):
        desk.approve(JULIE, draft.id, passed.revision)


def test_only_a_confirmed_referent_of_the_texts_agency_passes_it_on_in_her_agencys_name(office: Office) -> None:
    """What anybody else gives to another agency becomes that agency's text."""
    first = office.desk.propose(CAMILLE, MINE, a_text(**TAKING_OVER))
    assert office.desk.hand_over(CORA, first.id, 1, URSSAF).content.agency_id == URSSAF

    second = office.desk.propose(CAMILLE, EntryId("autre"), a_text(**TAKING_OVER))
    office.employ(replace(a_person(CAMILLE, "inpi"), unconfirmed=(AccountChange(ADA, 1),)))
    assert office.desk.hand_over(CAMILLE, second.id, 1, URSSAF).content.agency_id == URSSAF


def test_the_familys_owner_of_that_day_approves_and_changes_nothing(office: Office) -> None:
    draft = office.desk.propose(CAMILLE, MINE, a_text(**TAKING_OVER))
    passed = office.desk.hand_over(CAMILLE, draft.id, 1, URSSAF)

    for deed in (office.desk.approve, office.desk.save):
        with pytest.raises(Forbidden, match="inpi"):
            deed(ULYSSE, draft.id, passed.revision, content=a_text(**TAKING_OVER, theme="autre"))
    office.publish(GENERAL, agency_id=AgencyId("douanes"))
    with pytest.raises(Forbidden, match="douanes"):
        office.desk.approve(ULYSSE, draft.id, passed.revision)


def test_every_change_of_a_variant_waits_for_the_familys_owner_too(office: Office) -> None:
    office.publish(MINE, **{**TAKING_OVER, "regions": ("FR-BRE",)}, answer="De l'INPI.")
    changed = replace(office.entry(MINE).content, answer="Autrement.", regions=("FR-IDF",))
    draft = office.desk.propose(CAMILLE, MINE, changed)
    other = office.desk.propose(CAMILLE, ENTRY, a_text())

    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.approve(CAMILLE, draft.id, 1)
    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.attach(CAMILLE, other.id, 1, MINE, (AlternateQuestion("Combien ?"),))
    passed = office.desk.hand_over(CAMILLE, draft.id, 1, URSSAF)
    office.desk.approve(ULYSSE, draft.id, passed.revision)

    assert office.entry(MINE).content == changed
    office.publish(MINE, question="Quelles cotisations ?")  # no variant any more
    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.roll_back(CAMILLE, MINE, 3, 2)
    office.desk.roll_back(JULIE, MINE, 3, 2)


def test_an_own_entry_made_a_variant_later_waits_for_the_familys_owner(office: Office) -> None:
    office.publish(MINE, question="Quelles cotisations ?")
    draft = office.desk.propose(CAMILLE, MINE, a_text(**TAKING_OVER))

    with pytest.raises(Forbidden, match="urssaf"):
        office.desk.approve(CAMILLE, draft.id, 1)


def test_a_step_does_not_name_an_entry_that_somebody_else_may_still_create(office: Office) -> None:
    with pytest.raises(InvalidContent, match="steps: unknown_entry a-venir"):
        office.desk.propose(CAMILLE, MINE, a_text(steps=(JourneyStep("Déposer.", EntryId("a-venir")),)))


# --- translations and help in distress ---------------------------------------------------------------------------


def test_a_translation_names_who_approves_it_whatever_was_typed(office: Office) -> None:
    draft = office.desk.propose(CAMILLE, MINE, a_text(translations=(TRANSLATED,)))

    office.desk.approve(DOMINIQUE, draft.id, 1)
    first = office.entry(MINE).content
    assert [translation.approver for translation in first.translations] == ["Dominique"]

    later = office.desk.propose(DOMINIQUE, MINE, replace(first, review_by=date(2027, 1, 1)))
    office.desk.approve(CAMILLE, later.id, 1)
    assert [translation.approver for translation in office.entry(MINE).content.translations] == [
        "Dominique"
    ]  # nobody changed it


def test_help_in_distress_stays_what_the_operator_made_of_it(office: Office) -> None:
    office.publish(MINE, urgent=Urgency.BESIDE)
    office.publish(MINE, answer="Plus rien d'urgent.")

    office.desk.roll_back(CAMILLE, MINE, 2, 1)

    assert office.entry(MINE).content.urgent is None


# --- import ------------------------------------------------------------------------------------------------------


def pack_of(folder: Path, content: EntryContent) -> Path:
    listed = ((MINE, content),)
    write_pack(Pack((an_agency(), an_agency("urssaf")), (a_theme(),), listed), folder)
    return folder


def base_with_the_general(records: Records) -> None:
    records.save([an_agency(), an_agency("urssaf")], [a_theme()], [a_new_version(GENERAL, agency_id=URSSAF)])


def imported(records: Records, folder: Path, name: str) -> str:
    """Return what an import does with the field; InvalidKnowledge where it is refused."""
    try:
        import_pack(records, pack_of(folder, a_text(**REACHING[name].changes)))
    except InvalidKnowledge:
        return "refused"
    return "sets it"


# --- the table ---------------------------------------------------------------------------------------------------


def tried(office: Office, who: PersonId, name: str, *, via: PersonId | None = None) -> str:
    """Return what becomes of the field when somebody writes an entry with it and approves it, or `via` another."""
    text = a_text(**REACHING[name].changes)
    entry_id = EntryId(f"entry-{len(office.store.state.drafts)}")
    try:
        draft = office.desk.propose(who, entry_id, text)
    except Forbidden:
        return "—"
    try:
        if via is not None:
            draft = office.desk.hand_over(who, draft.id, draft.revision, URSSAF)
        office.desk.approve(via or who, draft.id, draft.revision)
    except Forbidden:
        return "proposes it"
    published = office.entry(entry_id).content
    if published.agency_id != INPI:
        return "—"  # what is handed over becomes the other agency's own text
    if getattr(published, name) == getattr(text, name):
        return "sets it" if via is None else "approves it"
    return "her own name" if published.translations else "no effect"


def rows(office: Office, records: Records, folder: Path) -> list[str]:
    base_with_the_general(records)
    return [
        "| "
        + " | ".join(
            (
                f"`{name}`",
                field.does,
                tried(office, CAMILLE, name),
                tried(office, CAMILLE, name, via=ULYSSE),
                "/".join(dict.fromkeys(tried(office, who, name) for who in (CORA, QUENTIN, ADA))),
                imported(records, folder / name, name),
            )
        )
        + " |"
        for name, field in REACHING.items()
    ]


def test_the_documentation_shows_who_may_set_what_reaches_other_agencies(
    office: Office, records: Records, tmp_path: Path
) -> None:
    section = DOCS.read_text(encoding="utf-8").partition("## What reaches beyond one's own agency")[2]
    shown = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]

    assert shown == rows(office, records, tmp_path)
