"""Assisted mode put together: the language model, the nearness of passages, the recorded attempts.

In strict mode nothing of it is imported: imports are inside the functions that need them.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from noa_rag.answering.steps.compose import official_answer
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.errors import InvalidSetting, ModelUnavailable, NoaError, NotFound, NotRecorded
from noa_rag.domain.limits import Buckets
from noa_rag.domain.ports import Nearness, Progress, no_progress
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import GenerationFailed, LanguageModel, Prompt, Rephrasing, RephrasingOutcome
from noa_rag.service.limits import MeteredModel, OwnBuckets
from noa_rag.settings import BUNDLED, OLLAMA_PREFIX, Settings

if TYPE_CHECKING:
    from noa_rag.answering.turn import Step, Turn
    from noa_rag.rephrasing.checker.checker import SentenceChecker
    from noa_rag.rephrasing.prompting import Task
    from noa_rag.retrieval.index import SearchIndex
    from noa_rag.service.records import Records


TRIAL = Prompt(name="trial", text="La capitale de la France est", token_limit=16)
POINTS_OUT = "only points out paragraphs of the official text, and writes nothing of its own"
CONCURRENCY = 1  # rephrasings written at once, per process
WAITING_LIMIT = 4  # rephrasings that may wait for their turn; the next is given up at once
THREADS = 2  # of the bundled model
CONNECT_SECONDS = 3.0
TRIAL_SECONDS = 60.0  # loading included, on a machine that is busy


class Assistant:
    """Rephrases answers, while a question is answered or afterwards."""

    def __init__(
        self,
        model: MeteredModel,
        nearness: Nearness,
        records: "Records",
        deadline_seconds: float,
        *,
        task: "Task",
        in_english: bool = False,
        checker: "SentenceChecker | None" = None,
    ) -> None:
        self.model = model
        self._nearness = nearness
        self._records = records
        self._deadline_seconds = deadline_seconds
        self._task = task
        self._in_english = in_english
        self.checker = checker

    def steps(
        self, is_cancelled: Callable[[], bool] = lambda: False, show: Callable[[Answer], None] | None = None
    ) -> Sequence["Step"]:
        """Return the last steps of the answer path.

        `show` is called with the part of the answer that is verified, each time that more sentences have passed.
        """
        from noa_rag.rephrasing.steps import Rephrase, Verify

        so_far = Verify(self._records, self.checker, is_partial=True)
        shown_count = 0

        def heard(turn: "Turn") -> None:
            nonlocal shown_count
            if show is None or (answer := so_far(turn).answer) is None or answer.rephrasing is None:
                return
            if len(answer.rephrasing.shown) > shown_count:
                shown_count = len(answer.rephrasing.shown)
                show(answer)

        return (
            Rephrase(
                self.model,
                self._nearness,
                self._deadline_seconds,
                is_cancelled,
                self._task,
                in_english=self._in_english,
                is_checked=self.checker is not None,
                heard=heard,
            ),
            Verify(self._records, self.checker),
        )

    def can_rephrase(self, answer: Answer) -> bool:
        """Whether the model may rephrase an answer: in its entry's language, or also in English where that is set."""
        from noa_rag.rephrasing.steps import may_be_in_english

        if answer.entry is None or answer.parts or answer.reason is not None:
            return False
        is_own_language = answer.entry.content.language == answer.language.value
        return is_own_language or (self._in_english and self.can_write and may_be_in_english(answer))

    @property
    def can_write(self) -> bool:
        """Whether the model writes, and what it writes can be checked."""
        from noa_rag.rephrasing.prompting import can_write

        return self.checker is not None and can_write(self.model)

    def write(self, question: str, text: str) -> Sequence[str]:
        """Return the sentences that the model writes for a question from a text, unchecked. Raises GenerationFailed."""
        from noa_rag.rephrasing.steps import Rephrase

        rephrase = Rephrase(self.model, self._nearness, self._deadline_seconds, task=self._task)
        return [sentence.text for sentence in rephrase.written(question, text)]

    def as_known(self, answer: Answer) -> Answer:
        """Return the answer with the last recorded attempt at rephrasing it, in its words if they were shown."""
        from noa_rag.rephrasing.steps import rephrased
        from noa_rag.storage.rephrasings import RephrasingReader

        attempt = RephrasingReader(self._records.database).of_question(answer.question_id)
        if attempt is None:
            return answer
        return rephrased(answer, attempt) if attempt.shown else replace(answer, rephrasing=attempt)

    def rephrase(
        self,
        question_id: str,
        *,
        on: date,
        is_cancelled: Callable[[], bool],
        show: Callable[[Answer], None] | None = None,
    ) -> Answer | None:
        """Return the answer to a recorded question, rephrased if the gate allows; None when it may not be shown.

        `show` is given what has passed the gate so far; what is returned may still be the official text.
        None is also returned for an unknown question, one that was not answered surely, or whose entry has changed
        since. A rephrasing that was shown before is shown again without asking the model.
        """
        from noa_rag.rephrasing.steps import rephrase_given
        from noa_rag.storage.recorded_questions import RecordedQuestions

        try:
            recorded = RecordedQuestions(self._records.database).get(question_id)
        except NotFound:
            return None
        if recorded.status is not AnswerStatus.ANSWERED or recorded.reason or recorded.entry_id is None:
            return None
        version = self._records.in_force([recorded.entry_id], on).get(recorded.entry_id)
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
        answer = rephrase_given(answer, asked=recorded.text, on=on, assistance=self.steps(is_cancelled, show))
        if answer.rephrasing is not None:
            with suppress(NotRecorded):  # the visitor waits for the answer; the model is asked again next time
                self._records.recorder.record_rephrasing(question_id, answer.rephrasing)
        return answer

    def close(self) -> None:
        self.model.close()


def _is_settled(attempt: Rephrasing, model: str) -> bool:
    """Return whether this model need not be asked again: its attempt got a verdict rather than failing."""
    return attempt.outcome is not RephrasingOutcome.FAILED and attempt.model == model


def open_assistant(
    settings: Settings,
    records: "Records",
    index: "SearchIndex",
    progress: Progress = no_progress,
    *,
    limits: Buckets | None = None,
) -> Assistant | None:
    """Return the assistant that the settings ask for, None in strict mode; `limits` count its tokens by client."""
    if not settings.llm:
        return None
    from noa_rag.rephrasing.checker.checker import read_checker
    from noa_rag.rephrasing.prompting import Task
    from noa_rag.retrieval.extracts import Extracts

    model = open_language_model(settings, progress)
    if model is None:
        return None
    metered = MeteredModel(model, limits or OwnBuckets(), per_minute=settings.llm_tokens_per_minute)
    return Assistant(
        metered,
        Extracts(index.embedder, index.vectors_of),
        records,
        settings.llm_deadline_seconds,
        task=Task(settings.llm_task),
        in_english=settings.llm_english == "on",
        checker=read_checker(index.embedder, index.embedder.fingerprint),
    )


def open_language_model(settings: Settings, progress: Progress = no_progress) -> LanguageModel | None:
    """Return the model that may rephrase, behind its line and its breaker; None when NOA_LLM is empty.

    The bundled model's file is made here and loaded at the first call; a server is not called before that either.
    """
    if not settings.llm:
        return None
    try:
        from noa_rag.rephrasing.clients.streaming import RestingModel, WaitingModel

        model = RestingModel(_open(settings, progress))
        return WaitingModel(model, concurrency=CONCURRENCY, waiting_limit=WAITING_LIMIT)
    except ImportError as error:
        raise ModelUnavailable(
            f"NOA_LLM needs {error.name or error}, which is not installed: pip install 'noa[assistant]', "
            "or leave NOA_LLM empty."
        ) from error


def _open(settings: Settings, progress: Progress) -> LanguageModel:
    if settings.llm == BUNDLED:
        from noa_rag.rephrasing.clients.bundled.files import prepare_bundled
        from noa_rag.rephrasing.clients.bundled.llama_cpp import open_bundled

        path = prepare_bundled(settings.models_dir, progress=lambda message: progress(message, 0, 0))
        return open_bundled(path, thread_count=THREADS)
    if not settings.llm_model:
        raise InvalidSetting("NOA_LLM_MODEL is empty; give the name of the model that the server at NOA_LLM offers.")
    if settings.llm.startswith(OLLAMA_PREFIX):
        from noa_rag.rephrasing.clients.servers import open_ollama

        return open_ollama(settings.llm.removeprefix(OLLAMA_PREFIX), model=settings.llm_model, key=settings.llm_key)
    from noa_rag.rephrasing.clients.servers import open_openai_like

    return open_openai_like(settings.llm, model=settings.llm_model, key=settings.llm_key)


def reachable_model_in_words(settings: Settings) -> str:
    """Describe a model on a server without trying it; no library for language models is loaded.

    Raises NoaError when the server takes no connection.
    """
    address = urlsplit(settings.llm.removeprefix(OLLAMA_PREFIX))
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), CONNECT_SECONDS).close()
    except OSError as error:
        raise NoaError(
            f"{settings.llm_model} cannot be reached ({error}); answers stay the approved texts. Look at the server at "
            "NOA_LLM, or leave NOA_LLM empty."
        ) from error
    where = f"{settings.llm_model} at {settings.llm}"
    return f"{where} takes connections; a trial takes too long here: run `noa doctor --whole`"


def language_model_in_words(settings: Settings) -> str:
    """Describe the model, its licence if it is bundled, and the result of a trial. Raises NoaError if that fails."""
    model = open_language_model(settings)
    if model is None:
        return "none; NOA_LLM is empty, answers are the approved texts"
    try:
        written = model.complete(TRIAL, deadline_seconds=TRIAL_SECONDS)
    except GenerationFailed as failed:
        raise NoaError(
            f"{model.name} gave nothing ({failed}); answers stay the approved texts. "
            f"Look at {'the server at NOA_LLM' if settings.llm != BUNDLED else 'NOA_LLM'}, or leave NOA_LLM empty."
        ) from failed
    finally:
        model.close()
    from noa_rag.rephrasing.prompting import Task, can_write, prompt_for

    is_checked = settings.embedding_model == BUNDLED
    does = "writes sentences, shown where the gate lets them pass" if can_write(model) and is_checked else POINTS_OUT
    if can_write(model) and not is_checked:
        does += f", for the checker belongs to another embedding model than {settings.embedding_model}"
    prompt = prompt_for(model, Task(settings.llm_task)).name
    tried = f"{model.name} at {settings.llm}, a trial took {written.seconds:.1f} s; it {does} ({prompt})"
    if settings.llm != BUNDLED:
        return tried
    from noa_rag.rephrasing.clients.bundled.files import read_licence

    return f"{tried}; under the {read_licence()}"
