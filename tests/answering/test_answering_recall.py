"""A question that leans on the one before is searched with it; one of its own never is."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from noa_rag.answering.conversation.remembered import Remembered, replayed
from noa_rag.answering.conversation.words import Leaning
from noa_rag.answering.pipeline import answer_path, run
from noa_rag.answering.steps.recall import REMEMBERED_FOR, Recall
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import EarlierTurn, Judgement, Match, Retrieved
from noa_rag.domain.question import Ask, Question
from noa_rag.french.places import BUILT_IN
from tests.answering.answering_helpers import TODAY, EntriesInMemory, JudgeSaying, a_turn, a_version, matches_of

HELD = "0f0c2b7e9a3d4c1b8e6f70a1b2c3d4e5"
MARK = a_version(
    "marque", question="Comment déposer une marque ?", answer="En ligne, à l'INPI.", related=(EntryId("prix-marque"),)
)
PRICE = a_version("prix-marque", question="Combien coûte une marque ?", answer="190 € pour une classe.")
FEE = a_version("cfe", question="Quand payer la CFE ?", answer="Avant le 15 décembre.", theme="impots")
REFUSES = Judgement(0.1, answers=False)
ASKED_MARK = EarlierTurn("Comment déposer une marque ?", "Comment déposer une marque ?", None, (MARK.id,))


class Held:
    """Holds the earlier questions of one conversation."""

    def __init__(self, *earlier: EarlierTurn) -> None:
        self._earlier = earlier
        self.since: list[datetime] = []

    def earlier(self, conversation_id: str, *, since: datetime) -> Sequence[EarlierTurn]:
        self.since.append(since)
        return self._earlier if conversation_id == HELD else ()


class ByWords:
    """Finds the entries whose question shares a word with what is asked, those that share most first."""

    def __init__(self, *versions: Any) -> None:
        self.versions = versions
        self.asked: list[str] = []

    def retrieve(self, question: Question, *, hidden: Collection[EntryId] = ()) -> Retrieved:
        self.asked.append(question.normalised)
        words = set(question.normalised.lower().split())
        shared = {version.id: len(words & set(version.content.question.lower().split())) for version in self.versions}
        nearest = sorted(
            (version for version in self.versions if shared[version.id] > 1), key=lambda version: -shared[version.id]
        )
        return Retrieved(matches_of(*nearest))


def ask(
    question: str, *earlier: EarlierTurn, judgement: Judgement = REFUSES, conversation_id: str | None = HELD
) -> Any:
    versions = (MARK, PRICE, FEE)
    path = answer_path(
        entries=EntriesInMemory(*versions),
        retriever=ByWords(*versions),
        judge=JudgeSaying(judgement),
        today=lambda: TODAY,
        conversations=Held(*earlier),
    )
    return run(path, Ask(question, conversation_id=conversation_id))


def test_a_question_that_names_nothing_is_searched_with_the_one_before() -> None:
    turn = ask("combien ça coûte ?", ASKED_MARK)

    assert turn.answer.understood_as == "Comment déposer une marque ? combien ça coûte ?"
    assert (turn.answer.status, turn.answer.entry) == (AnswerStatus.ANSWERED, PRICE)
    assert turn.understood.text == "combien ça coûte ?"


def test_a_question_that_is_answered_alone_is_one_of_its_own() -> None:
    turn = ask("Quand payer la CFE ?", ASKED_MARK, judgement=Judgement(0.97, answers=True, is_near=True))

    assert (turn.answer.entry, turn.answer.understood_as) == (FEE, None)


def test_a_question_that_says_what_it_is_about_is_not_dragged_along() -> None:
    turn = ask("Comment fonctionne le marché de Noël de Strasbourg ?", ASKED_MARK)

    assert (turn.answer.status, turn.answer.understood_as) == (AnswerStatus.ABSTAINED, None)


def test_a_place_alone_asks_the_question_before_again_there() -> None:
    turn = ask("je suis à Mayotte", ASKED_MARK, judgement=Judgement(0.97, answers=True, is_near=True))

    assert (turn.answer.entry, turn.answer.understood_as) == (MARK, "Comment déposer une marque ?")
    assert turn.understood.region == "FR-976"


def test_a_message_that_shows_as_much_alone_is_not_read_with_the_one_before() -> None:
    offers = Judgement(0.2, answers=False, offers=(FEE.id, MARK.id), is_near=True)

    turn = ask("Quand payer la CFE de ma boutique ?", ASKED_MARK, judgement=offers)

    assert (turn.answer.status, turn.answer.understood_as) == (AnswerStatus.CLARIFICATION, None)


def test_no_french_entry_is_shown_for_another_country_with_the_question_before() -> None:
    rate = EarlierTurn("Quel est le taux de la CFE ?", "Quel est le taux de la CFE ?", None, (FEE.id,))

    own, leaning = ask("ouvrir une boîte au Maroc", ASKED_MARK).answer, ask("et en Irlande ?", rate).answer

    assert (own.entry, own.reason, own.understood_as) == (None, Reason.OTHER_COUNTRY, None)
    assert (leaning.entry, leaning.reason) == (None, Reason.OTHER_COUNTRY)
    assert ask("combien ça coûte en Irlande ?", ASKED_MARK).answer.entry is None  # which may be offered


def test_without_a_conversation_nothing_is_recalled() -> None:
    assert ask("combien ça coûte ?", ASKED_MARK, conversation_id=None).answer.understood_as is None
    assert ask("combien ça coûte ?", ASKED_MARK, conversation_id="1" * 32).answer.understood_as is None


def test_a_choice_is_taken_by_its_place() -> None:
    offered = EarlierTurn("marque", "marque", None, (MARK.id, PRICE.id), (MARK.id, PRICE.id))

    turn = ask("la deuxième", offered)

    assert (turn.answer.entry, turn.answer.understood_as) == (PRICE, "Combien coûte une marque ?")


def test_a_withdrawn_entry_is_not_spoken_of() -> None:
    gone = EarlierTurn("une question", "une question", None, (EntryId("retirée"),), (EntryId("retirée"),))

    assert ask("la première", gone).answer.status is not AnswerStatus.ANSWERED


def test_the_same_question_asked_again_leans_on_what_came_before_it() -> None:
    again = EarlierTurn("combien ça coûte ?", "Comment déposer une marque ? combien ça coûte ?", "…", (PRICE.id,))

    assert ask("combien ça coûte ?", again, ASKED_MARK).answer.understood_as == (
        "Comment déposer une marque ? combien ça coûte ?"
    )


def test_a_conversation_is_remembered_for_half_an_hour() -> None:
    held = Held()
    recall = Recall(held, EntriesInMemory(MARK), lambda turn: turn, lambda question, matches: {}, BUILT_IN)
    turn = replace(a_turn(MARK, ask=Ask("combien ?", conversation_id=HELD)), judgement=REFUSES)

    recall(replace(turn, question=replace(turn.understood, normalised="combien ?", text="combien ?")))

    assert timedelta(0) <= datetime.now(UTC) - held.since[0] - REMEMBERED_FOR < timedelta(seconds=5)


def test_what_reading_tells_of_the_question_with_the_one_before_is_weighed() -> None:
    read: list[tuple[str, tuple[str, ...]]] = []

    def reading(question: Question, matches: Sequence[Match]) -> dict[EntryId, float]:
        read.append((question.normalised, tuple(match.entry_id for match in matches)))
        return {MARK.id: -1.0, PRICE.id: 2.5}

    recall = Recall(Held(ASKED_MARK), EntriesInMemory(MARK, PRICE), lambda turn: turn, reading, BUILT_IN)
    turn = replace(a_turn(MARK, PRICE, ask=Ask("combien ?", conversation_id=HELD)), judgement=REFUSES)
    turn = replace(turn, question=replace(turn.understood, normalised="combien ?", text="combien ?"))

    _, considered = recall.considered(turn, Leaning.PLAIN, [ASKED_MARK])

    assert read == [("Comment déposer une marque ? combien ?", (MARK.id, PRICE.id))]
    figures_by_entry = {
        entry_id: (figures["read"], figures["read_trailing"]) for entry_id, figures in considered.figures.items()
    }
    assert figures_by_entry == {MARK.id: (-1.0, -3.5), PRICE.id: (2.5, 0.0)}


def test_a_conversation_that_the_caller_keeps_is_answered_again_before_its_last_question() -> None:
    versions = (MARK, PRICE, FEE)
    memory = Remembered()
    # Each question is one of its entry's own: none is read with the one before.
    own = Judgement(0.1, answers=False, offers=(MARK.id, PRICE.id), is_near=True, is_restated=True)
    path = answer_path(
        entries=EntriesInMemory(*versions),
        retriever=ByWords(*versions),
        judge=JudgeSaying(own),
        today=lambda: TODAY,
        conversations=memory,
    )
    earlier = ("Comment payer la CFE ?", "Quand payer la CFE ?", "", "Comment déposer une marque ?")

    repeated = replayed(Ask("la deuxième", earlier=earlier), path, memory)
    answer = run(path, repeated).answer

    assert answer is not None
    assert (answer.entry, answer.understood_as) == (PRICE, PRICE.content.question)
    assert (repeated.text, repeated.earlier) == ("la deuxième", ())
    assert [turn.text for turn in memory.earlier(repeated.conversation_id or "", since=datetime.now(UTC))] == [
        "Comment déposer une marque ?",
        "Quand payer la CFE ?",
    ]  # three back, but for what is no question


def test_entries_that_were_shown_before_are_known_and_not_those_only_offered() -> None:
    offered = EarlierTurn("marque", "marque", None, (FEE.id, MARK.id), (FEE.id, MARK.id))

    turn = ask("combien ça coûte ?", ASKED_MARK, offered)

    assert (turn.read_before, turn.alone) == ((MARK.id,), "combien ça coûte")
    assert ask("la deuxième", offered, ASKED_MARK).read_before == ()  # what she picks is shown whole
