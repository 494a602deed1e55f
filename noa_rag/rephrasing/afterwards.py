"""Rephrasing an answer that was already given and recorded: the page shows the official text first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from noa_rag.answering.pipeline import Step
from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import Answer
from noa_rag.domain.question import Ask, Mode, Question


def rephrase_given(answer: Answer, *, asked: str, on: date, assistance: Sequence[Step]) -> Answer:
    """Return the answer after the steps of assistance; its text is the official one where nothing else stands."""
    turn = Turn(
        Ask(asked, mode=Mode.ASSISTED),
        question=Question(asked, asked, answer.language, on),
        answer=answer,
    )
    for step in assistance:
        turn = step(turn)
    return turn.answer or replace(answer)
