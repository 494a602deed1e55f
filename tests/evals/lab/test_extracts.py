"""Learning which passage answers: what tells the right one weighs most, and the threshold is silent often enough."""

import random

from evals.lab.extracts import SILENT, Lesson, learn
from noa_rag.domain.passages import Passage
from noa_rag.retrieval.extracts import Compared, chances_of


def a_lesson(number: int, drawn_by: random.Random) -> Lesson:
    """Return a lesson whose right passage has the largest `tells`; every fourth has none, and `tells` less."""
    has_answer = bool(number % 4)
    tells = [drawn_by.random() + (place == 1 and has_answer) for place in range(3)]
    figures = tuple({"tells": value, "noise": drawn_by.random()} for value in tells)
    passages = tuple(Passage(place, str(place)) for place in range(1, 4))
    compared = Compared(passages, figures, {"always": 1.0, "most": max(tells)})
    return Lesson(compared, (tells.index(max(tells)),) if has_answer else (), is_apart=False)


def test_the_right_passage_comes_first_and_messages_without_answer_mostly_get_none() -> None:
    drawn_by = random.Random(0)
    lessons = [a_lesson(number, drawn_by) for number in range(400)]

    learned = learn(lessons, "model")

    assert learned.passage["tells"] > 5 * abs(learned.passage["noise"])
    ranked = [(lesson.right, chances_of(lesson.compared, learned)) for lesson in lessons]
    assert sum(int(chances.argmax()) in right for right, chances in ranked if right) > 0.9 * 300
    silent = [chances.max() < learned.show_from for right, chances in ranked if not right]
    assert SILENT - 0.02 <= sum(silent) / len(silent) <= SILENT + 0.02
