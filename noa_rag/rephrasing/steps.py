"""The two steps of assisted mode: one asks a language model, the other shows what of its words is borne out."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from noa_rag.answering.turn import Step, Turn
from noa_rag.domain.answer import Answer, Citation
from noa_rag.domain.passages import passages_of, readable, visible
from noa_rag.domain.ports import EntryReader, Nearness
from noa_rag.domain.question import Ask, Language, Mode, Question
from noa_rag.domain.rephrasing import (
    CheckedSentence,
    CheckFinding,
    Claim,
    GenerationFailed,
    Judge,
    LanguageModel,
    Prompt,
    Rephrasing,
    RephrasingOutcome,
)
from noa_rag.french.words import is_english
from noa_rag.rephrasing.finding import Check, Finding
from noa_rag.rephrasing.letters import before_quote, letters
from noa_rag.rephrasing.plain_text import folded_words
from noa_rag.rephrasing.prompting import Task, instructs, prompt_for, read_sentences, whole_part

SHORT = 280  # characters: a text this short answers as quickly as anything said anew
PASSAGES_READ = 40  # of a long fiche, the first ones; a vector each costs some 15 ms
PASSAGES_TOLD = 8
PASSAGE_LIMIT = 600  # characters of a passage that a model is told
WRITTEN_TOKENS = 260
LEAST_BORNE_OUT = 0.5  # of the sentences; with more passages in between, the official text alone reads better


@dataclass(frozen=True, slots=True)
class Rephrase:
    """`deadline_seconds` counts from the call of the model on; `is_cancelled` tells that the visitor has left.

    With `in_english` English questions on French texts that nobody translated are answered in English.
    `heard` is called with the unchecked turn so far, each time that one more sentence is complete.
    """

    model: LanguageModel
    nearness: Nearness
    deadline_seconds: float
    is_cancelled: Callable[[], bool] = lambda: False
    task: Task = Task.ANSWER
    in_english: bool = False
    heard: Callable[[Turn], None] = lambda _: None

    def __call__(self, turn: Turn) -> Turn:
        answer = turn.answer
        if turn.ask.mode is not Mode.ASSISTED or answer is None or answer.entry is None:
            return turn
        if not answer.official_text or answer.parts or answer.reason is not None:  # shown each as it is
            return turn
        is_own_language = answer.entry.content.language == answer.language.value
        task = self.task if is_own_language else Task.ENGLISH
        attempt = Rephrasing(self.model.name, prompt_for(task).name, RephrasingOutcome.SKIPPED)
        if not is_own_language and not (self.in_english and may_be_in_english(answer)):
            return replace(turn, rephrasing=replace(attempt, reason="language"))
        if len(answer.official_text) < SHORT:
            return replace(turn, rephrasing=replace(attempt, reason="short"))
        if instructs(turn.ask.text) or instructs(answer.official_text):
            return replace(turn, rephrasing=replace(attempt, reason="instructions"))
        proposed = replace(attempt, outcome=RephrasingOutcome.REFUSED, reason="nothing_said")

        def heard(sentences: tuple[CheckedSentence, ...]) -> None:
            self.heard(replace(turn, rephrasing=replace(proposed, sentences=sentences)))

        start = time.perf_counter()
        try:
            sentences = self.written(turn.understood.text, answer.official_text, task, heard)
            attempt = replace(proposed, sentences=sentences)
        except GenerationFailed as failed:
            attempt = replace(attempt, outcome=RephrasingOutcome.FAILED, reason=failed.fault.value)
        return replace(turn, rephrasing=replace(attempt, generation_seconds=time.perf_counter() - start))

    def written(
        self,
        question: str,
        text: str,
        task: Task | None = None,
        heard: Callable[[tuple[CheckedSentence, ...]], None] = lambda _: None,
    ) -> tuple[CheckedSentence, ...]:
        """Return what the model writes from a text, unchecked. Raises GenerationFailed."""
        passages = passages_of(text)[:PASSAGES_READ]
        if not passages:
            return ()
        question = _as_asked(question)
        scores = self.nearness.similarities(question, readable(passages).texts)
        ranked = sorted(zip(scores, passages, strict=True), key=lambda pair: (-pair[0], pair[1].number))
        told = sorted((passage for _, passage in ranked[:PASSAGES_TOLD]), key=lambda passage: passage.number)
        plain = readable(told)
        lines = "\n".join(f"[{number}] {line[:PASSAGE_LIMIT]}" for number, line in enumerate(plain.texts, start=1))
        prompt = prompt_for(task or self.task)
        so_far, whole_count = "", 0

        def hear(piece: str) -> None:
            nonlocal so_far, whole_count
            so_far += piece
            sentences = read_sentences(whole_part(so_far), told, plain.links)
            if len(sentences) > whole_count:
                whole_count = len(sentences)
                heard(sentences)

        request = Prompt(
            prompt.name,
            prompt.filled(passages=lines, question=question),
            system=prompt.system,
            token_limit=WRITTEN_TOKENS,
        )
        written = self.model.complete(
            request, deadline_seconds=self.deadline_seconds, is_cancelled=self.is_cancelled, heard=hear
        )
        return read_sentences(written.text, told, plain.links)


def _as_asked(question: str) -> str:
    """Return a question as a prompt quotes it, which it cannot end."""
    return " ".join(visible(question).replace("«", '"').replace("»", '"').split())


def may_be_in_english(answer: Answer) -> bool:
    """Tell whether an English question met a French text that nobody has translated."""
    is_french = answer.entry is not None and answer.entry.content.language == Language.FRENCH.value
    return is_french and answer.language is Language.ENGLISH and answer.translation is None


def rephrase_given(answer: Answer, *, asked: str, on: date, assistance: Sequence[Step]) -> Answer:
    """Return the answer after the steps of assistance; its text stays the official one where no rephrasing stands."""
    turn = Turn(
        Ask(asked, mode=Mode.ASSISTED),
        question=Question(asked, asked, answer.language, on),
        answer=answer,
    )
    for step in assistance:
        turn = step(turn)
    return turn.answer or replace(answer)


@dataclass(frozen=True, slots=True)
class Verify:
    """Checks letters by rules and meaning by the judge; a sentence that fails is replaced by the passage it cites.

    `entries` gives the agencies that are known by name. A probability below `threshold` fails.
    """

    entries: EntryReader
    judge: Judge
    threshold: float
    deadline_seconds: float = 20.0
    is_cancelled: Callable[[], bool] = lambda: False

    def __call__(self, turn: Turn) -> Turn:
        answer, attempt = turn.answer, turn.rephrasing
        if answer is None or attempt is None or answer.official_text is None:
            return turn
        if attempt.sentences:
            start = time.perf_counter()
            try:
                attempt = self._checked(attempt, answer, turn.understood.text)
            except GenerationFailed as failed:
                attempt = replace(attempt, outcome=RephrasingOutcome.FAILED, reason=failed.fault.value)
            attempt = replace(attempt, verification_seconds=time.perf_counter() - start)
        shown = rephrased(answer, attempt) if attempt.shown else replace(answer, rephrasing=attempt)
        return replace(turn, rephrasing=attempt, answer=shown)

    def _checked(self, attempt: Rephrasing, answer: Answer, question: str) -> Rephrasing:
        if answer.entry is None or answer.official_text is None:
            raise AssertionError("only an answered question is rephrased")
        sentences = self.checked(
            attempt.sentences,
            answer.official_text,
            title=answer.entry.content.question,
            question=question,
            owner_id=answer.entry.content.agency_id,
            in_english=answer.language is Language.ENGLISH,
        )
        checked = replace(attempt, sentences=sentences)
        borne_out = sum(sentence.is_borne_out for sentence in sentences)
        if not borne_out:
            return replace(checked, reason="nothing is left")
        if borne_out < LEAST_BORNE_OUT * len(sentences):
            return replace(checked, reason="too little is left")
        return replace(checked, outcome=RephrasingOutcome.SHOWN, reason="")

    def checked(
        self,
        sentences: Sequence[CheckedSentence],
        official_text: str,
        *,
        title: str,
        question: str,
        owner_id: str,
        in_english: bool = False,
    ) -> tuple[CheckedSentence, ...]:
        """Return the sentences with what was found in each; the judge is asked about those whose letters agree.

        Raises GenerationFailed.
        """
        agencies = self.entries.agencies()
        owner = next((agency for agency in agencies.values() if agency.id == owner_id), None)
        known = tuple(agencies.values())

        def found(place: int, sentence: CheckedSentence) -> Iterator[Finding]:
            if not sentence.quote.strip() or sentence.quote not in official_text:
                yield Finding(Check.QUOTE, sentence.text[:80])
            elif any(folded_words(sentence.text) == folded_words(other.text) for other in sentences[:place]):
                yield Finding(Check.FORM, sentence.text)  # a small model may loop
            elif is_english(sentence.text) and not in_english:
                yield Finding(Check.FORM, sentence.text)
            else:
                before = f"{title}\n{before_quote(sentence.quote, official_text)}"
                yield from letters(
                    sentence.text, sentence.quote, question=question, agencies=known, owner=owner, before=before
                )

        checked = [
            replace(
                sentence,
                quote=sentence.quote if sentence.quote in official_text else "",
                findings=tuple(
                    CheckFinding(each.check.value, each.seen, each.official) for each in found(at, sentence)
                ),
            )
            for at, sentence in enumerate(sentences)
        ]
        asked = [sentence for sentence in checked if sentence.is_borne_out]
        claims = [Claim(paragraphs_around(sentence.quote, official_text), title, sentence.text) for sentence in asked]
        scores: Sequence[float] = ()
        if claims:
            deadline = self.deadline_seconds
            scores = self.judge.bears_out(claims, deadline_seconds=deadline, is_cancelled=self.is_cancelled)
        judged = dict(zip(asked, scores, strict=True))
        return tuple(self._judged(sentence, judged.get(sentence, 1.0)) for sentence in checked)

    def _judged(self, sentence: CheckedSentence, score: float) -> CheckedSentence:
        if score >= self.threshold:
            return sentence
        return replace(sentence, findings=(CheckFinding(Check.MEANING.value, f"{score:.2f}", f"{self.threshold:.2f}"),))


def paragraphs_around(quote: str, official_text: str) -> str:
    """Return the whole paragraphs that a quote stands in: a condition may stand before or after it."""
    start = official_text.find(quote)
    if start < 0 or not quote:
        return quote
    before = official_text.rfind("\n\n", 0, start)
    after = official_text.find("\n\n", start + len(quote))
    return official_text[before + 2 if before >= 0 else 0 : after if after >= 0 else len(official_text)].strip()


def rephrased(answer: Answer, attempt: Rephrasing) -> Answer:
    """Return the answer with the checked sentences as its text, each behind the marker of its citation."""
    quotes = list(dict.fromkeys(sentence.quote for sentence in attempt.shown))
    said = [f"{sentence.text} [{quotes.index(sentence.quote) + 1}]" for sentence in attempt.shown]
    return replace(
        answer,
        rephrasing=attempt,
        mode=Mode.ASSISTED,
        text="\n\n".join(said),
        citations=tuple(Citation(marker, quote) for marker, quote in enumerate(quotes, start=1)),
    )
