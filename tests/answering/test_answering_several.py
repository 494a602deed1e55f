"""Questions with two needs, and broad ones: each entry in its approved bytes, or one answer as before."""

from dataclasses import replace
from typing import Any

from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.steps.divide import Divide
from noa_rag.answering.steps.gather import Gather
from noa_rag.answering.turn import Candidate, Need, Turn
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.entry import Branch, EntryVersion, Section
from noa_rag.domain.ports import Judgement
from noa_rag.french.places import BUILT_IN
from tests.answering.answering_helpers import CCI, INPI, EntriesInMemory, a_match, a_question, a_turn, a_version

MARK = a_version("marque", question="Comment déposer une marque ?")
HIRE = a_version("apprenti", question="Comment embaucher un apprenti ?")
SURE, UNSURE = Judgement(0.95, answers=True, is_near=True), Judgement(0.05, answers=False, is_near=True)
GATHER = Gather(lambda turn: turn, BUILT_IN)
AIDS = [a_version(f"aide-{n}", question="Quelles aides pour un restaurant ?") for n in range(4)]
BOTH = "je veux déposer ma marque et embaucher un apprenti"


def a_search(**found: tuple[EntryVersion, Judgement]) -> Any:
    """Return a search that finds an entry where the question holds a word."""

    def search(turn: Turn) -> Turn:
        for word, (version, judgement) in found.items():
            if word in turn.understood.normalised:
                return replace(turn, candidates=(Candidate(a_match(version), version),), judgement=judgement)
        return replace(turn, candidates=(), judgement=Judgement(0.0, answers=False))

    return search


def a_situation(question: str) -> EntryVersion:
    return a_version("situation", question=question, branches=(Branch("Marque", MARK.id), Branch("Apprenti", HIRE.id)))


def a_turn_about(text: str, judgement: Judgement = UNSURE, *versions: EntryVersion) -> Turn:
    return replace(a_turn(*(versions or (MARK, HIRE))), question=a_question(text), judgement=judgement)


def composed(turn: Turn) -> Answer:
    answer = Compose(EntriesInMemory())(turn).answer
    assert answer is not None
    return answer


def test_two_needs_are_given_both_entries() -> None:
    search = a_search(marque=(MARK, SURE), apprenti=(HIRE, SURE))

    answer = composed(Divide(search)(a_turn_about(BOTH)))

    assert answer.status is AnswerStatus.ANSWERED
    assert [part.entry for part in answer.parts] == [MARK, HIRE]
    assert [part.need for part in answer.parts] == ["je veux déposer ma marque", "embaucher un apprenti"]
    assert [part.official_text for part in answer.parts] == [MARK.content.answer, HIRE.content.answer]
    assert (answer.entry, answer.official_text) == (MARK, MARK.content.answer)


def test_a_question_that_one_entry_answers_whole_stays_one_answer() -> None:
    search = a_search(marque=(MARK, SURE), apprenti=(MARK, SURE))

    assert Divide(search)(a_turn_about(BOTH)).needs == ()


def test_an_entry_that_would_not_be_offered_for_its_half_is_shown_only_beside_a_sure_one() -> None:
    near = Judgement(0.65, answers=False, is_near=True)
    offered = replace(near, offers=(MARK.id,))

    def needs(first: Judgement) -> int:
        return len(Divide(a_search(marque=(MARK, first), apprenti=(HIRE, near)))(a_turn_about(BOTH)).needs)

    assert (needs(SURE), needs(offered), needs(near)) == (2, 0, 0)


def test_an_entry_s_own_question_is_not_cut() -> None:
    search = a_search(marque=(MARK, SURE), apprenti=(HIRE, SURE))

    assert Divide(search)(a_turn_about(BOTH, replace(SURE, is_restated=True))).needs == ()


def test_a_broad_question_gathers_the_entries_of_its_field() -> None:
    aids = [
        a_version(f"aide-{n}", question=f"Quelle aide numéro {n} pour un restaurant ?", agency_id=a)
        for n, a in enumerate([INPI.id, CCI.id, CCI.id, INPI.id])
    ]

    turn = GATHER(a_turn_about("quelles aides pour mon restaurant ?", UNSURE, *aids))
    answer = composed(turn)

    assert [part.entry.id for part in answer.parts if part.entry] == [aid.id for aid in aids]
    assert {part.need for part in answer.parts} == {""}
    assert answer.entry == aids[0]


def test_a_field_of_which_no_entry_holds_the_words_is_not_made_of_its_neighbours() -> None:
    aids = [a_version(f"aide-{n}", question=f"Quelle aide numéro {n} pour un restaurant ?") for n in range(4)]

    assert GATHER(a_turn_about("quelles aides pour ma licorne ?", UNSURE, *aids)).needs == ()


def test_a_field_that_an_entry_asks_for_itself_is_answered_by_it_alone() -> None:
    invoice = a_version("facture", question="Quelles mentions doivent figurer sur une facture ?")
    others = [a_version(f"devis-{n}", question=f"Quelles mentions sur un devis numéro {n} ?") for n in range(4)]

    def are_several(question: str, judgement: Judgement, *versions: EntryVersion) -> bool:
        return len(GATHER(a_turn_about(question, judgement, *versions)).needs) > 1

    own = "quelles mentions je dois mettre sur mes factures"
    assert not are_several(own, SURE, invoice, *others)
    assert are_several(own, UNSURE, invoice, *others)
    assert are_several("quelles mentions sur mon devis ?", SURE, invoice, *others)
    assert are_several("quelles aides pour un restaurant ?", SURE, *AIDS)


def test_a_place_is_no_word_of_the_field() -> None:
    aids = [a_version(f"aide-{n}", question=f"Quelle aide numéro {n} pour un restaurant ?") for n in range(4)]

    for question in ("quelles aides pour mon restaurant à Nantes ?", "quelles aides en Loire-Atlantique ?"):
        assert len(GATHER(a_turn_about(question, UNSURE, *aids)).needs) == 4, question


def test_a_part_shows_its_section_in_the_approved_bytes() -> None:
    long = a_version("long", answer="Introduction.", sections=(Section("prix", "Le prix", "190 €"),))
    candidate = Candidate(a_match(long, section_key="prix"), long)
    turn = replace(
        a_turn_about("x", SURE, long),
        candidates=(candidate,),
        needs=(Need("", candidate), Need("", Candidate(a_match(MARK), MARK))),
    )

    answer = composed(turn)

    assert answer.parts[0].official_text == "Introduction.\n\n### Le prix\n\n190 €"
    assert answer.parts[0].more_url == "https://example.fr/long"


def test_the_payload_carries_every_part_with_its_agency() -> None:
    search = a_search(marque=(MARK, SURE))
    answer = composed(Divide(search)(a_turn_about("comment déposer une marque et où trouver un dragon ?")))

    first, second = answer_as_json(answer, EntriesInMemory().agencies())["parts"]

    assert first["entry"] is not None
    assert (first["entry"]["id"], first["entry"]["agency"]["name"]) == ("marque", "INPI")
    assert first["official_text"] == MARK.content.answer
    assert (second["need"], second["entry"], second["official_text"]) == ("où trouver un dragon ?", None, None)


def test_a_situation_is_no_part_of_an_answer_of_several_entries() -> None:
    asks_back = a_situation("Quelles aides pour un restaurant ?")
    search = a_search(marque=(asks_back, SURE), apprenti=(HIRE, SURE))

    assert not Divide(search)(a_turn_about(BOTH, UNSURE)).needs
    assert not GATHER(a_turn_about("quelles aides pour un restaurant ?", SURE, asks_back, *AIDS)).needs
    gathered = GATHER(a_turn_about("quelles aides pour un restaurant ?", UNSURE, *AIDS, asks_back)).needs
    assert {need.candidate.version.id for need in gathered if need.candidate} == {aid.id for aid in AIDS}
