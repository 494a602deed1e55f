"""Each step says what it reads and sets of a turn, truly; a path in which one stands too early is refused."""

from dataclasses import fields, replace
from datetime import date
from typing import Any, NoReturn

import pytest

from noa_rag.answering.pipeline import GIVEN, Step, answer_path, in_order, parted
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.entry import EntryId, Urgency
from noa_rag.domain.ports import EarlierTurn, Judgement, Retrieved
from noa_rag.domain.question import Ask, Question
from noa_rag.rephrasing.steps import Rephrase, Verify
from tests.answering.answering_helpers import TODAY, EntriesInMemory, JudgeSaying, RetrieverOf, a_version
from tests.answering.test_answering_recall import HELD, ByWords, Held

BRETAGNE = EntryId("aides-bretagne")
VERSIONS = (
    a_version("marque", question="Comment déposer une marque ?"),
    a_version("apprenti", question="Comment embaucher un apprenti ?"),
    a_version("prix", question="Combien coûte le dépôt d'une marque ?"),
    a_version("ancienne", question="Comment déposer une marque en 2020 ?", valid_until=date(2020, 12, 31)),
    a_version("aide", urgent=Urgency.FIRST),
)
SURE = Judgement(0.9, answers=True, is_near=True)
OFFERS = Judgement(0.4, answers=False, offers=(EntryId("marque"), EntryId("prix")), is_near=True)
UNSURE = Judgement(0.05, answers=False, is_near=True)
BEFORE = EarlierTurn("Comment déposer une marque ?", "Comment déposer une marque ?", None, (EntryId("marque"),))
ASKED = ("Comment déposer une marque à Rennes ?", "et combien ça coûte ?", "la deuxième", "je veux mourir")
TWO_NEEDS = "je veux déposer ma marque et embaucher un apprenti"


class Judging(JudgeSaying):
    """Gives the same judgement where anything was found."""

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        return super().judge(question, retrieved) if retrieved.matches else Judgement(0.0, answers=False)


def a_path(judgement: Judgement = SURE) -> tuple[Step, ...]:
    found = ByWords(*VERSIONS)
    aside = (RetrieverOf(*VERSIONS[3:]), JudgeSaying(UNSURE))
    return answer_path(
        entries=EntriesInMemory(*VERSIONS),
        retriever=found,
        judge=Judging(judgement),
        today=lambda: TODAY,
        aside=aside,
        conversations=Held(BEFORE),
        urgent=lambda: [EntryId("aide")],
    )


class Unusable:
    """Stands where a field that a step does not read has its value; whatever is done with it fails."""

    def _fail(self, *_: Any) -> NoReturn:
        raise AssertionError("a step read a field that it does not require")

    __getattr__ = __bool__ = __iter__ = __len__ = __eq__ = __getitem__ = __contains__ = _fail  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


def through(step: Step, turn: Turn) -> Turn:
    """Return what a step makes of a turn of which it can read nothing but what it requires."""
    hidden = {one.name: Unusable() for one in fields(Turn)}
    readable = {"answer", *(one.split(".")[0] for one in step.requires)}  # whoever walks a path looks for the answer
    left = step(replace(turn, **{name: one for name, one in hidden.items() if name not in readable}))
    untouched = [name for name, one in hidden.items() if getattr(left, name) is one]
    return replace(left, **{name: getattr(turn, name) for name in untouched})


def changed(before: Turn, after: Turn) -> set[str]:
    """Return the fields in which two turns differ; of the question and the candidates, which of their own fields."""
    names = {one.name for one in fields(Turn) if getattr(before, one.name) != getattr(after, one.name)}
    if before.question is not None and after.question is not None:
        names -= {"question"}
        names |= _differing("question", before.question, after.question)
    if "ask" in names:
        names = names - {"ask"} | _differing("ask", before.ask, after.ask)
    return names


def _differing(name: str, before: Any, after: Any) -> set[str]:
    return {f"{name}.{one.name}" for one in fields(before) if getattr(before, one.name) != getattr(after, one.name)}


@pytest.mark.parametrize("judgement", [SURE, OFFERS, UNSURE], ids=["answers", "offers", "refuses"])
@pytest.mark.parametrize("text", [*ASKED, TWO_NEEDS])
def test_a_step_reads_and_sets_only_what_it_says(text: str, judgement: Judgement) -> None:
    turn = Turn(Ask(text, conversation_id=HELD))

    for step in a_path(judgement):
        before, turn = turn, through(step, turn)
        assert changed(before, turn) <= step.sets, step
        if turn.is_settled:
            break

    assert turn.answer is not None


def test_what_steps_speak_of_are_fields_of_the_turn() -> None:
    of_turn = {one.name for one in fields(Turn)}
    parts = {"ask": Ask, "question": Question, "candidates": Candidate}
    known = of_turn | {f"{name}.{one.name}" for name, part in parts.items() for one in fields(part)}

    spoken_of = {name for step in (*a_path(), Rephrase, Verify) for name in step.requires | step.sets}

    assert spoken_of <= known
    assert spoken_of >= of_turn  # and no field is left that nobody sets or reads


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("Screen", "Understand"),
        ("Understand", "HelpFirst"),
        ("Situate", "Retrieve"),
        ("Retrieve", "CheckValidity"),
        ("CheckValidity", "Weigh"),
        ("Weigh", "LeaveOutPlaces"),
        ("Weigh", "Recall"),
        ("Recall", "Divide"),
        ("Divide", "Gather"),
        ("ChooseVariant", "Compose"),
    ],
)
def test_a_path_with_two_steps_in_the_wrong_order_is_refused(early: str, late: str) -> None:
    path = list(a_path())
    names = [type(step).__name__ for step in path]
    one, other = names.index(early), names.index(late)
    path[one], path[other] = path[other], path[one]

    with pytest.raises(ValueError, match=rf"{late} requires .*: put what sets it before it"):
        in_order(*path)


def test_assistance_comes_after_the_answer() -> None:
    assert Rephrase.requires <= GIVEN.union(*(step.sets for step in a_path()))
    assert "rephrasing" in Verify.requires & Rephrase.sets


def test_a_path_is_parted_by_what_a_step_sets() -> None:
    path = a_path()

    first, rest = parted(path, after="question")

    assert [type(step).__name__ for step in first] == ["Screen", "Understand"]
    assert (*first, *rest) == path
