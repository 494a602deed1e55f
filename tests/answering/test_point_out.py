"""What answers is pointed out in the entry that is shown, and in those that are offered."""

from noa_rag.answering.answer_text import answer_text
from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.pipeline import answer_path, run
from noa_rag.domain.answer import Answer
from noa_rag.domain.entry import EntryContent, EntryVersion
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask
from tests.answering.answering_helpers import TODAY, EntriesInMemory, JudgeSaying, RetrieverOf, a_version

MARK = a_version("marque", answer="En ligne.\n\nLe dépôt coûte 190 €.")
PATENT = a_version("brevet", answer="Vingt ans.")


class LastPassage:
    """Finds that the last paragraph answers, unless it is the only one."""

    def extract(self, asked: str, content: EntryContent, shown: str) -> str | None:
        *others, last = shown.split("\n\n")
        return last if others else None


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
