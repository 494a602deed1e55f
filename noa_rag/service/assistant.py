"""Assisted mode put together: the language model, the nearness of passages, the recorded attempts.

In strict mode nothing of it is imported: imports are inside the functions that need them.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from noa_rag.answering.steps.compose import official_answer
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.errors import ModelUnavailable, NoaError, NotFound, NotRecorded
from noa_rag.domain.limits import Buckets
from noa_rag.domain.ports import Nearness
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import (
    OLLAMA_PREFIX,
    CheckedSentence,
    GenerationFailed,
    Judge,
    LanguageModel,
    Prompt,
    RephrasingOutcome,
)
from noa_rag.service.limits import MeteredModel, OwnBuckets
from noa_rag.settings import Settings

if TYPE_CHECKING:
    from noa_rag.answering.turn import Step, Turn
    from noa_rag.rephrasing.certificate import Certificate, Models
    from noa_rag.rephrasing.prompting import Task
    from noa_rag.rephrasing.steps import Verify
    from noa_rag.retrieval.index import SearchIndex
    from noa_rag.service.records import Records


TRIAL = Prompt(name="trial", text="Écrivez seulement le mot « bonjour ».", token_limit=16)
CONCURRENCY = 1  # rephrasings written at once, per process
WAITING_LIMIT = 4  # rephrasings that may wait for their turn; the next is given up at once
CONNECT_SECONDS = 3.0
TRIAL_SECONDS = 60.0  # loading included, on a machine that is busy
HOUR_SECONDS, DAY_SECONDS = 3_600.0, 86_400.0
NEVER = 1.01  # a threshold that no probability reaches

_LOGGER = logging.getLogger("noa.assistant")


class Assistant:
    """Rephrases answers, while a question is answered or afterwards, once its models are certified for this base.

    Once a day the judge is asked again about some of its sentences: one exchanged behind the same name is silent too.
    """

    def __init__(
        self,
        model: MeteredModel,
        judge: Judge,
        nearness: Nearness,
        records: "Records",
        deadline_seconds: float,
        *,
        task: "Task",
        certificate: "Certificate | None" = None,
    ) -> None:
        self.model = model
        self.judge = judge
        self.certificate = certificate
        self.silence = "these models were not certified"
        self._nearness = nearness
        self._records = records
        self._deadline_seconds = deadline_seconds
        self._task = task
        self._in_english = certificate is not None and certificate.english
        self._spot_check_due = 0.0  # at the first question
        self._turn = threading.Lock()

    def check(self, models: "Models", entries: int) -> None:
        """Note why the models may not speak over a base of so many entries, in `silence`; "" when they may."""
        from noa_rag.rephrasing.certificate import why_not

        self.silence = why_not(self.certificate, models, entries)
        if self.silence:
            _LOGGER.warning("answers stay the approved texts: %s; run `noa eval certify`", self.silence)

    def may_speak(self) -> bool:
        """Whether the models are certified; once a day this starts a spot check in the background."""
        if self.silence or self.certificate is None:
            return False
        with self._turn:
            if time.monotonic() >= self._spot_check_due:
                self._spot_check_due = time.monotonic() + DAY_SECONDS
                threading.Thread(target=self.spot_check, name="spot-check", daemon=True).start()
        return True

    def spot_check(self) -> None:
        """Ask the judge again about sentences of the certificate; where it says otherwise now, it is silent."""
        from noa_rag.rephrasing.certificate import judges_otherwise

        if self.certificate is None:
            return
        try:
            if judges_otherwise(self.judge, self.certificate):
                self.silence = "the model that judges says otherwise than when it was certified"
                _LOGGER.warning("answers stay the approved texts: %s; run `noa eval certify`", self.silence)
        except GenerationFailed as failed:
            self._spot_check_due = time.monotonic() + HOUR_SECONDS
            _LOGGER.info("no spot check of %s, tried again in an hour: %s", self.judge.name, failed)

    def _verify(self, is_cancelled: Callable[[], bool] = lambda: False) -> "Verify":
        from noa_rag.rephrasing.steps import Verify

        threshold = self.certificate.threshold if self.certificate else NEVER
        return Verify(self._records, self.judge, threshold, self._deadline_seconds, is_cancelled)

    def steps(
        self, is_cancelled: Callable[[], bool] = lambda: False, show: Callable[[Answer], None] | None = None
    ) -> Sequence["Step"]:
        """Return the last steps of the answer path; `show` is called each time that more sentences are verified."""
        from noa_rag.rephrasing.steps import Rephrase

        verify = self._verify(is_cancelled)
        shown_count = 0

        is_judge_silent = False  # then it is asked once more, about the whole, and not waited for at each sentence

        def heard(turn: "Turn") -> None:
            nonlocal shown_count, is_judge_silent
            if show is None or is_judge_silent or (answer := verify(turn).answer) is None or answer.rephrasing is None:
                return
            is_judge_silent = answer.rephrasing.outcome is RephrasingOutcome.FAILED
            if len(answer.rephrasing.shown) > shown_count:
                shown_count = len(answer.rephrasing.shown)
                show(answer)

        rephrase = Rephrase(
            self.model,
            self._nearness,
            self._deadline_seconds,
            is_cancelled,
            self._task,
            in_english=self._in_english,
            heard=heard,
        )
        return (rephrase, verify)

    def can_rephrase(self, answer: Answer) -> bool:
        """Whether the model may rephrase an answer: in its entry's language, or in English where certified for it."""
        from noa_rag.rephrasing.steps import may_be_in_english

        if answer.entry is None or answer.parts or answer.reason is not None:
            return False
        is_own_language = answer.entry.content.language == answer.language.value
        return is_own_language or (self._in_english and may_be_in_english(answer))

    def write(self, question: str, text: str) -> Sequence[str]:
        """Return the sentences that the model writes for a question from a text, unchecked. Raises GenerationFailed."""
        from noa_rag.rephrasing.steps import Rephrase

        rephrase = Rephrase(self.model, self._nearness, self._deadline_seconds, task=self._task)
        return [sentence.text for sentence in rephrase.written(question, text)]

    def bears_out(self, sentences: Sequence[CheckedSentence], text: str, *, title: str, owner_id: str) -> list[bool]:
        """Return whether each sentence is borne out by the passage that it cites of a text. Raises GenerationFailed."""
        checked = self._verify().checked(sentences, text, title=title, question=title, owner_id=owner_id)
        return [sentence.is_borne_out for sentence in checked]

    def as_known(self, answer: Answer) -> Answer:
        """Return the answer with this model's recorded attempt at rephrasing it, in its words if they were shown."""
        from noa_rag.rephrasing.steps import rephrased
        from noa_rag.storage.rephrasings import RephrasingReader

        attempt = RephrasingReader(self._records.database).of_question(answer.question_id)
        if attempt is None or attempt.model != self.model.name:
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
        if known.rephrasing is not None and known.rephrasing.outcome is not RephrasingOutcome.FAILED:
            return known
        answer = rephrase_given(answer, asked=recorded.text, on=on, assistance=self.steps(is_cancelled, show))
        if answer.rephrasing is not None:
            with suppress(NotRecorded):  # the visitor waits for the answer; the model is asked again next time
                self._records.recorder.record_rephrasing(question_id, answer.rephrasing)
        return answer

    def close(self) -> None:
        self.model.close()
        self.judge.close()


def open_assistant(
    settings: Settings,
    records: "Records",
    index: "SearchIndex",
    *,
    limits: Buckets | None = None,
) -> Assistant | None:
    """Return the assistant that the settings ask for, None in strict mode; `limits` count its tokens by client."""
    if not settings.llm:
        return None
    from noa_rag.rephrasing.certificate import read_certificate
    from noa_rag.rephrasing.prompting import Task
    from noa_rag.retrieval.extracts import Extracts

    model, judge = open_models(settings)
    return Assistant(
        MeteredModel(model, limits or OwnBuckets(), per_minute=settings.llm_tokens_per_minute),
        judge,
        Extracts(index.embedder, index.vectors_of),
        records,
        settings.llm_deadline_seconds,
        task=Task(settings.llm_task),
        certificate=read_certificate(settings.data_dir),
    )


def open_models(settings: Settings) -> tuple[LanguageModel, Judge]:
    """Return the model that writes, behind its line and its breaker, and the one that judges; no server is called yet.

    Raises ModelUnavailable when the libraries for it are not installed.
    """
    try:
        from noa_rag.rephrasing.clients.servers import open_server
        from noa_rag.rephrasing.clients.streaming import RestingModel, StreamedModel, WaitingModel
        from noa_rag.rephrasing.judge import ModelJudge
    except ImportError as error:
        raise ModelUnavailable(
            f"NOA_LLM needs {error.name or error}, which is not installed: pip install 'noa[assistant]', "
            "or leave NOA_LLM empty."
        ) from error
    server = open_server(settings.llm, model=settings.llm_model, key=settings.llm_key)
    model = RestingModel(StreamedModel(server, name=settings.llm_model))
    address, name = settings.judge
    key = settings.llm_key if address == settings.llm else ""  # a key belongs to one server
    judge = ModelJudge(open_server(address, model=name, key=key), name=name)
    return WaitingModel(model, concurrency=CONCURRENCY, waiting_limit=WAITING_LIMIT), judge


def models_in_use(settings: Settings) -> "Models":
    """Return who writes and who judges, with the digests of their weights where a server tells them."""
    from noa_rag.rephrasing.certificate import Models, prompts_in_use
    from noa_rag.rephrasing.prompting import Task

    address, name = settings.judge
    writer_digest = _digest(settings.llm, settings.llm_model, settings.llm_key)
    is_same = (address, name) == (settings.llm, settings.llm_model)
    judge_digest = writer_digest if is_same else _digest(address, name, "")
    return Models(settings.llm_model, name, writer_digest, judge_digest, prompts_in_use(Task(settings.llm_task)))


def _digest(address: str, model: str, key: str) -> str:
    """Return the digest of a model's weights; "" where its server tells none, or cannot be reached."""
    from noa_rag.rephrasing.clients.servers import open_server
    from noa_rag.rephrasing.clients.streaming import LoopThread

    loop, server = LoopThread("digest"), open_server(address, model=model, key=key)
    try:
        deadline = time.monotonic() + CONNECT_SECONDS
        return loop.run(server.digest(), deadline_at=deadline, is_cancelled=lambda: False)
    except GenerationFailed:
        return ""
    finally:
        loop.close(server.aclose)


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


def language_model_in_words(settings: Settings, entries: int) -> str:
    """Describe the model, the result of a trial and its certificate. Raises NoaError if it may not speak, and why."""
    if not settings.llm:
        return "none; NOA_LLM is empty, answers are the approved texts"
    from noa_rag.rephrasing.certificate import read_certificate, why_not

    model, judge = open_models(settings)
    try:
        written = model.complete(TRIAL, deadline_seconds=TRIAL_SECONDS)
    except GenerationFailed as failed:
        raise NoaError(
            f"{model.name} gave nothing ({failed}); answers stay the approved texts. "
            "Look at the server at NOA_LLM, or leave NOA_LLM empty."
        ) from failed
    finally:
        model.close()
        judge.close()
    tried = f"{model.name} at {settings.llm}, a trial took {written.seconds:.1f} s"
    certificate = read_certificate(settings.data_dir)
    if certificate is None or (reason := why_not(certificate, models_in_use(settings), entries)):
        why = reason if certificate else "these models were not certified"
        raise NoaError(f"{tried}; answers stay the approved texts: {why}. Run `noa eval certify`.")
    return f"{tried}; {certificate.in_words}"
