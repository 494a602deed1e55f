"""Which groups are worth a draft, and the draft that is made of one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftState, NearEntry, ProposedBy
from noa_rag.domain.entry import Audience, EntryId, Source
from noa_rag.domain.errors import ContentProblem
from noa_rag.domain.failure import FailureKind
from noa_rag.domain.people import PersonId
from noa_rag.knowledge.content_rules import content_problems, draft_problems, refuse
from noa_rag.review.draft_run import may_grow, still_fails, wants_draft
from noa_rag.review.drafting import ALIKE_FROM, NOA, THIN_BELOW, DraftMaker, grown
from noa_rag.review.evidence import FoundPassage
from noa_rag.review.ownership import Around, RetrievedEntry
from tests.factories import APPROVED_AT, a_draft, an_abstention, an_answer, an_entry_content, an_entry_version
from tests.review.drafting_helpers import FakeKnowledge, FakeLibrary, a_group, a_passage, failed
from tests.review.test_reaching_fields import REACHING

COST = "Le dépôt d'une marque coûte 190 € pour une classe de produits."
DELAY = "La marque est enregistrée au bout de cinq mois environ."


def _maker(
    *passages: FoundPassage,
    knowledge: FakeKnowledge | None = None,
    drafts: Sequence[Draft] = (),
) -> DraftMaker:
    library = FakeLibrary(*passages)
    return DraftMaker(knowledge or FakeKnowledge(), library, lambda: drafts, lambda: APPROVED_AT)


def test_a_draft_is_ready_for_a_verdict() -> None:
    group = a_group("combien coute une marque", "prix d'un dépôt de marque", "tarif inpi")

    draft = _maker(a_passage(COST)).draft_of(group)

    refuse(list(content_problems(draft.content)))
    assert draft.content.question == "Combien coute une marque ?"
    assert {question.text for question in draft.content.alternate_questions} == {
        "prix d'un dépôt de marque",
        "tarif inpi",
    }
    assert (draft.author, draft.group_id, draft.base_version) == (NOA, group.id, 0)
    assert (draft.state, draft.proposed_by) == (DraftState.OPEN, ProposedBy.EXTRACT)
    assert draft.entry_id == "coute-marque"


def test_a_prepared_draft_sets_nothing_that_reaches_other_agencies_entries() -> None:
    empty = an_entry_content()  # of the factory: no field is set but those of its own text
    asked_from = {"regions", "audiences", "alternate_questions"}

    content = _maker(a_passage(COST)).draft_of(a_group("combien coute une marque")).content

    assert [
        field for field in REACHING if field not in asked_from and getattr(content, field) != getattr(empty, field)
    ] == []


def test_quotes_the_library_word_for_word_under_its_link() -> None:
    passages = (a_passage(DELAY, heading="Délai", position=4), a_passage(COST, worth=0.94))  # in the order of the text
    draft = _maker(*passages).draft_of(a_group("x marque"))

    assert draft.content.answer == (
        "Selon la fiche [Déposer une marque](https://www.service-public.fr/vosdroits/F1), « Coût » :\n\n"
        f"{COST}\n\n"
        "Selon la fiche [Déposer une marque](https://www.service-public.fr/vosdroits/F1), « Délai » :\n\n"
        f"{DELAY}"
    )
    assert draft.content.sources == (Source("Déposer une marque", "https://www.service-public.fr/vosdroits/F1"),)
    assert [evidence.quote for evidence in draft.evidence] == [COST, DELAY]


def test_leaves_out_what_is_worth_much_less_and_what_was_said_already() -> None:
    passages = (a_passage(COST), a_passage(f"{COST} ", position=9), a_passage(DELAY, position=3, worth=0.8))

    assert [evidence.quote for evidence in _maker(*passages).draft_of(a_group("x marque")).evidence] == [COST]


def test_leaves_out_a_passage_that_no_entry_may_hold() -> None:
    unsafe = a_passage("Voir <script>alert(1)</script> et la suite de ce long passage.")

    draft = _maker(unsafe, a_passage(DELAY, worth=0.94)).draft_of(a_group("x marque"))

    assert [evidence.quote for evidence in draft.evidence] == [DELAY]


def test_a_draft_without_evidence_has_no_answer_and_may_be_kept_so() -> None:
    draft = _maker().draft_of(a_group("déposer une marque"))

    refuse(list(draft_problems(draft.content)))
    assert draft.content.answer == ""
    assert draft.content.sources == ()  # the agency's home page says nothing of the matter
    assert ContentProblem("sources", "missing") in list(content_problems(draft.content))
    assert draft.is_thin
    assert draft.evidence == ()


@pytest.mark.parametrize(("bearing", "quoted"), [(THIN_BELOW - 0.01, []), (THIN_BELOW, [COST])])
def test_quotes_nothing_where_the_library_hardly_speaks_of_the_question(bearing: float, quoted: list[str]) -> None:
    draft = _maker(a_passage(COST, bearing=bearing)).draft_of(a_group("x marque"))

    assert [evidence.quote for evidence in draft.evidence] == quoted
    assert (draft.is_thin, COST in draft.content.answer) == (not quoted, bool(quoted))


def test_a_draft_that_is_quoted_anew_keeps_all_but_what_the_library_says() -> None:
    group = a_group("x marque", "prix inpi")
    before = _maker().draft_of(group)
    handed_over = replace(
        before, agency_id=AgencyId("urssaf-idf"), content=replace(before.content, agency_id=AgencyId("urssaf-idf"))
    )

    rebuilt = _maker(a_passage(COST)).requoted(handed_over, group)

    assert COST in rebuilt.content.answer
    assert ([evidence.quote for evidence in rebuilt.evidence], rebuilt.is_thin) == ([COST], False)
    assert _maker().requoted(rebuilt, group).is_thin
    assert rebuilt.content.sources == (Source("Déposer une marque", "https://www.service-public.fr/vosdroits/F1"),)
    same = replace(rebuilt.content, answer="", sources=handed_over.content.sources)
    assert (rebuilt.agency_id, same) == (handed_over.agency_id, handed_over.content)


def test_shows_entries_and_pending_drafts_that_may_say_it_already() -> None:
    near = NearEntry(EntryId("deposer-une-marque"), "Comment déposer une marque ?", 0.61)
    pending = a_draft("1" * 32, content=an_entry_content(question="Prix d'une marque ?"))
    declined = a_draft("2" * 32, content=an_entry_content(question="Prix d'une marque ?"), state=DraftState.DECLINED)
    unlike = a_draft("3" * 32, content=an_entry_content(question="Autre ?"))
    far = NearEntry(EntryId("autre"), "Autre chose ?", 0.02)
    likenesses = {"Prix d'une marque ?": ALIKE_FROM + 0.1, "Autre ?": ALIKE_FROM - 0.01}
    knowledge = FakeKnowledge(near=[near, far], likenesses=likenesses)

    draft = _maker(knowledge=knowledge, drafts=[pending, declined, unlike]).draft_of(a_group("coût d'une marque"))

    assert draft.near == (near, far)
    assert [(duplicate.kind, duplicate.id) for duplicate in draft.duplicates] == [
        ("entry", near.entry_id),
        ("draft", pending.id),
    ]


def test_takes_the_theme_of_the_nearest_entry_of_the_owner() -> None:
    entries = (
        RetrievedEntry(an_entry_version("a", agency_id=AgencyId("urssaf-idf"), theme="inconnu"), 5.0),
        RetrievedEntry(an_entry_version("b", agency_id=AgencyId("urssaf-idf"), theme="propriete-intellectuelle"), 1.0),
    )

    draft = _maker(knowledge=FakeKnowledge(Around(entries, {}, {}))).draft_of(a_group("déposer une marque"))

    assert draft.content.theme == "propriete-intellectuelle"


def test_is_for_the_region_and_the_public_that_nearly_all_shared_and_else_for_all() -> None:
    shared = a_group(*(f"marque numéro {n}" for n in range(10)), region="FR-IDF", audience="tpe")
    mixed = a_group("marque a", "marque b", region=None)

    assert (_maker().draft_of(shared).content.regions, _maker().draft_of(shared).content.audiences) == (
        ("FR-IDF",),
        (Audience.TPE,),
    )
    assert (_maker().draft_of(mixed).content.regions, _maker().draft_of(mixed).content.audiences) == ((), ())


def test_a_draft_grows_by_the_phrasings_that_its_group_gained() -> None:
    draft = _maker().draft_of(a_group("prix d'une marque"))
    later = APPROVED_AT + timedelta(days=1)

    larger = grown(draft, a_group("prix d'une marque", "tarif inpi"), at=later)

    assert larger is not None
    assert [question.text for question in larger.content.alternate_questions] == ["tarif inpi"]
    assert (larger.updated_at, larger.content.answer) == (later, draft.content.answer)
    assert grown(larger, a_group("prix d'une marque", "tarif inpi"), at=later) is None


def test_searches_with_the_question_first_and_not_with_one_that_is_all_politeness() -> None:
    knowledge = FakeKnowledge()

    draft = _maker(knowledge=knowledge).draft_of(a_group("bonjour", "déposer une marque", "prix inpi"))

    assert draft.content.question == "Déposer une marque ?"
    assert knowledge.asked == [("Déposer une marque ?", "prix inpi")]


AFTER_TWO = APPROVED_AT + timedelta(minutes=2)  # helpers ask question n in minute n


def test_wants_a_draft_once_two_visitors_asked() -> None:
    assert not wants_draft(a_group("une seule"), None)
    assert wants_draft(a_group("une", "deux"), None)
    assert not wants_draft(a_group("une", "deux", conversation_id="the same"), None)


def test_one_visitor_who_says_that_an_answer_was_not_useful_is_enough() -> None:
    group = a_group("une")
    said = type(group)(group.id, group.canonical, group.created_at, (failed("une", kind=FailureKind.NOT_USEFUL),))

    assert wants_draft(said, None)


@pytest.mark.parametrize("state", [DraftState.OPEN, DraftState.CHANGES_REQUESTED])
def test_wants_no_second_draft_while_one_waits(state: DraftState) -> None:
    assert not wants_draft(a_group("une", "deux", "trois", "quatre"), a_draft(state=state))


@pytest.mark.parametrize("state", [DraftState.DECLINED, DraftState.APPROVED, DraftState.ATTACHED])
def test_wants_another_draft_only_once_its_volume_doubled_since_the_verdict(state: DraftState) -> None:
    decided = a_draft(state=state, decided_at=AFTER_TWO)

    assert not wants_draft(a_group("une", "deux", "trois"), decided)
    assert wants_draft(a_group("une", "deux", "trois", "quatre"), decided)


def test_only_a_draft_that_nobody_touched_may_grow() -> None:
    assert may_grow(a_draft())
    assert not may_grow(a_draft(author=PersonId("camille")))
    assert not may_grow(a_draft(state=DraftState.CHANGES_REQUESTED))
    assert not may_grow(a_draft(state=DraftState.DECLINED))


def test_an_answer_that_was_not_useful_fails_until_another_text_answers() -> None:
    entry = an_entry_version(version=1)
    said = failed("une", kind=FailureKind.NOT_USEFUL, entry_id=entry.id, entry_version=1)

    assert still_fails(failed("une"), an_abstention())
    assert not still_fails(failed("une"), an_answer())
    assert still_fails(said, an_answer(entry))
    assert not still_fails(said, an_answer(an_entry_version(version=2)))
