"""Assisted mode put together: a language model, what tells near passages, and the record of what it did.

In strict mode nothing of it is imported: the imports stand where they are needed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from noa_rag.answering.shown_again import official_answer
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.errors import NotFound, NotRecorded
from noa_rag.domain.ports import Nearness, Progress, no_progress
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import Rephrasing, RephrasingOutcome
from noa_rag.settings import Settings

if TYPE_CHECKING:
    from noa_rag.answering.pipeline import Step
    from noa_rag.domain.generation import LanguageModel
    from noa_rag.retrieval.embedding import Embedder
    from noa_rag.service.records import Records


class Assistant:
    """Rephrases answers, while a question is answered or afterwards."""

    def __init__(self, model: "LanguageModel", nearness: Nearness, records: "Records", deadline_seconds: float) -> None:
        self.model = model
        self._nearness = nearness
        self._records = records
        self._deadline_seconds = deadline_seconds

    def steps(self, is_cancelled: Callable[[], bool] = lambda: False) -> Sequence["Step"]:
        """Return the steps that the answer path ends with."""
        from noa_rag.rephrasing.rephrase import Rephrase
        from noa_rag.rephrasing.verify import Verify

        return (
            Rephrase(self.model, self._nearness, self._deadline_seconds, is_cancelled),
            Verify(self._records),
        )

    def as_known(self, answer: Answer) -> Answer:
        """Return the answer with the last recorded attempt at rephrasing it, in those words if they were shown."""
        from noa_rag.rephrasing.verify import rephrased
        from noa_rag.storage.rephrasings import RephrasingReader

        attempt = RephrasingReader(self._records.database).of_question(answer.question_id)
        if attempt is None:
            return answer
        return rephrased(answer, attempt) if attempt.shown else replace(answer, rephrasing=attempt)

    def rephrase(self, question_id: str, *, on: date, is_cancelled: Callable[[], bool]) -> Answer | None:
        """Return the answer to a recorded question, rephrased where the gate lets it; None when it may not be shown.

        None too for a question that nobody asked, that was not answered, or whose entry has changed since. What was
        once shown for a question is shown again without asking the model.
        """
        from noa_rag.rephrasing.afterwards import rephrase_given
        from noa_rag.storage.recorded_questions import RecordedQuestions

        try:
            recorded = RecordedQuestions(self._records.database).get(question_id)
        except NotFound:
            return None
        if recorded.status is not AnswerStatus.ANSWERED or recorded.entry_id is None:
            return None
        version = self._records.current([recorded.entry_id]).get(recorded.entry_id)
        if version is None or version.version != recorded.entry_version or not version.is_servable_on(on):
            return None
        answer = official_answer(
            version,
            language=Language(recorded.language),
            section_key=recorded.section_key,
            confidence=recorded.confidence,
            question_id=question_id,
        )
        known = self.as_known(answer)
        if known.rephrasing is not None and _is_settled(known.rephrasing, self.model.name):
            return known
        answer = rephrase_given(answer, asked=recorded.text, on=on, assistance=self.steps(is_cancelled))
        if answer.rephrasing is not None:
            with suppress(NotRecorded):  # it is what the visitor waits for; the model is asked again another time
                self._records.recorder.record_rephrasing(question_id, answer.rephrasing)
        return answer

    def close(self) -> None:
        self.model.close()


def _is_settled(attempt: Rephrasing, model: str) -> bool:
    """Tell whether asking again would only repeat what is known: a fault of the model's passes, a verdict stays."""
    return attempt.outcome is not RephrasingOutcome.FAILED and attempt.model == model


def open_assistant(
    settings: Settings, records: "Records", embedder: "Embedder", progress: Progress = no_progress
) -> Assistant | None:
    """Return the assistant that the settings ask for, None in strict mode."""
    if not settings.llm:
        return None
    from noa_rag.retrieval.nearness import VectorNearness
    from noa_rag.service.language_model import open_language_model

    model = open_language_model(settings, progress)
    if model is None:
        return None
    return Assistant(model, VectorNearness(embedder), records, settings.llm_deadline_seconds)
