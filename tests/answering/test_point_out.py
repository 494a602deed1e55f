"""What answers is pointed out in the entry that is shown, and in those that are offered.

A follow-up that leads to an entry read before is answered by its passage, and not by the whole text again.
"""

from dataclasses import replace
from typing import Any

from noa_rag.answering.answer_text import answer_text
from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.pipeline import answer_path, run
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.steps.point_out import PointOut
from noa_rag.domain.answer import Answer, AnswerStatus, Reason
from noa_rag.domain.entry import EntryContent, EntryVersion
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask
from tests.answering.answering_helpers import INPI, TODAY, EntriesInMemory, JudgeSaying, RetrieverOf, a_turn, a_version

MARK = a_version("marque", answer="En ligne.\n\nLe dépôt coûte 190 €.")
PATENT = a_version("brevet", answer="Vingt ans.")


class LastPassage:
    """Finds that the last paragraph answers, unless it is the only one; `chance` is the probability that it does."""

    def __init__(self, chance: float = 0.9) -> None:
        self.chance = chance
        self.asked: list[str] = []

    def extract(self, asked: str, content: EntryContent, shown: str) -> str | None:
        self.asked.append(asked)
        *others, last = shown.split("\n\n")
        return last if others and self.chance > 0.5 else None

    def nearest(self, asked: str, content: EntryContent, shown: str) -> tuple[str, float] | None:
        last = self.extract(asked, content, shown) or shown.rsplit("\n\n", maxsplit=1)[-1]
        return (last, self.chance) if "\n\n" in shown else None


def answered(*versions: EntryVersion, judgement: Judgement) -> Answer:
    path = answer_path(
        entries=EntriesInMemory(*versions),
        retriever=RetrieverOf(*versions),
        judge=JudgeSaying(judgement),
        today=lambda: TODAY,
        extracts=LastPassage(),
    )
    answer = run(path, Ask("combien coûte une marque ?")).answer
    assert answer is not None
    return answer


def test_an_answer_carries_the_passage_that_answers() -> None:
    answer = answered(MARK, PATENT, judgement=Judgement(0.9, answers=True))

    payload = answer_as_json(answer, {})
    assert (payload["extract"], payload["text"]) == ("Le dépôt coûte 190 €.", MARK.content.answer)
    assert answer_text(payload).startswith("Au plus près de votre question :\n\n> Le dépôt coûte 190 €.\n\n")


def test_nothing_is_pointed_out_for_one_of_the_entrys_own_questions() -> None:
    assert answered(MARK, PATENT, judgement=Judgement(1.0, answers=True, is_restated=True)).extract is None


def test_each_entry_offered_carries_its_own_where_one_answers() -> None:
    offers = Judgement(0.4, answers=False, offers=(MARK.id, PATENT.id), is_near=True)

    payload = answer_as_json(answered(MARK, PATENT, judgement=offers), {})

    assert [choice.get("extract") for choice in payload["choices"]] == ["Le dépôt coûte 190 €.", None]
    assert payload["extract"] is None


READ = (MARK.id,)
SURE, UNSURE = Judgement(0.9, answers=True), Judgement(0.3, answers=False)


def followed_up(
    extracts: LastPassage, judgement: Judgement = SURE, *, asked: str = "et combien ?", **turn: Any
) -> Answer:
    """Return the answer to a message in a conversation that showed the entry on marks before."""
    path = Compose(EntriesInMemory(MARK, PATENT, agencies=(INPI,)))
    earlier = {"read_before": READ, "alone": asked, "understood_as": f"déposer une marque {asked}"} | turn
    composed = path(replace(a_turn(MARK, PATENT, judgement=judgement), **earlier))
    answer = PointOut(extracts, path.entries)(composed).answer
    assert answer is not None
    return answer


def test_a_follow_up_on_an_entry_read_before_is_answered_by_the_passage_alone() -> None:
    extracts = LastPassage(0.3)

    answer = followed_up(extracts)

    payload = answer_as_json(answer, {})
    assert (payload["extract"], payload["read_before"]) == ("Le dépôt coûte 190 €.", True)
    assert payload["text"] == MARK.content.answer
    assert extracts.asked[0] == "et combien ?"  # not with the question before, which another passage answers
    text = answer_text(payload)
    assert text.startswith(
        "Suite de\u00a0: déposer une marque et combien ?\n\nAu plus près de votre question :\n\n> Le dépôt"
    )
    assert "En ligne." not in text


def test_an_entry_read_before_that_does_not_say_it_stays_first_of_a_choice_with_whom_to_ask() -> None:
    answer = followed_up(LastPassage(0.1))

    assert (answer.status, answer.reason, answer.entry) == (AnswerStatus.CLARIFICATION, Reason.NOT_SAID, None)
    assert [(choice.entry_id, choice.extract) for choice in answer.choices] == [
        (MARK.id, "Le dépôt coûte 190 €."),
        (PATENT.id, None),
    ]
    assert answer.contact == INPI
    text = answer_text(answer_as_json(answer, {}))
    assert "Cette fiche ne le dit pas clairement." in text
    assert "1. Question de marque ?\n\n   > Le dépôt coûte 190 €.\n\n2. Question de brevet ?" in text
    assert "- INPI : https://www.inpi.fr 01 56 65 89 98" in text


def test_the_surer_the_entry_the_less_sure_its_passage_may_be() -> None:
    # 0.9 × 0.25 and 0.6 × 0.25, on either side of 0.2
    assert followed_up(LastPassage(0.25)).is_read
    assert followed_up(LastPassage(0.25), Judgement(0.6, answers=True)).reason is Reason.NOT_SAID


def test_a_follow_up_that_only_the_entry_before_makes_sense_of_is_not_refused_without_it() -> None:
    refused = followed_up(LastPassage(0.1), UNSURE)
    of_its_own = followed_up(LastPassage(0.1), UNSURE, asked="Comment fonctionne le marché de Noël de Strasbourg ?")

    assert (refused.reason, [choice.entry_id for choice in refused.choices]) == (Reason.NOT_SAID, [MARK.id])
    assert (of_its_own.status, of_its_own.reason) == (AnswerStatus.ABSTAINED, Reason.NOTHING_CLOSE)


def test_a_question_of_its_own_that_leads_to_an_entry_read_before_shows_it_whole_unless_a_passage_surely_answers() -> (
    None
):
    alone: dict[str, Any] = {"alone": None, "understood_as": None}

    assert (followed_up(LastPassage(0.9), **alone).is_read, followed_up(LastPassage(0.3), **alone).is_read) == (
        True,
        False,
    )


def test_where_no_passages_can_be_compared_the_entry_is_shown_again() -> None:
    class ComparesNothing(LastPassage):
        def nearest(self, asked: str, content: EntryContent, shown: str) -> None:
            return None

    answer = followed_up(ComparesNothing())

    assert (answer.entry, answer.is_read) == (MARK, False)
