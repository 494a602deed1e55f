"""Rephrasing an answer that was already given and recorded: the page shows the official text first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from noa_rag.answering.pipeline import Step
from noa_rag.answering.steps.compose import cited_text, official_text_of, shown_text
from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import Answer, AnswerStatus, Citation
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.question import Ask, Language, Mode, Question


def given_answer(
    version: EntryVersion, *, language: Language, section_key: str | None, confidence: float, question_id: str
) -> Answer:
    """Return the official answer as it was given."""
    section = next((one for one in version.content.sections if one.key == section_key), None)
    text, translation = shown_text(version, section, language)
    return Answer(
        status=AnswerStatus.ANSWERED,
        mode=Mode.STRICT,
        language=language,
        text=text,
        confidence=confidence,
        official_text=official_text_of(version, section),
        entry=version,
        section_key=section_key,
        more_url=version.content.sources[0].url if version.content.sections else None,
        citations=(Citation(1, cited_text(version, section)),),
        question_id=question_id,
        translation=translation,
    )


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
