"""The two steps of assisted mode: one asks a language model, the other shows what the gate lets through of its words.

A base model only chooses: a grammar restricts it to the beginning of one of the official sentences; as soon as only one
begins so, the rest is known and need not be generated.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from noa_rag.answering.turn import Step, Turn
from noa_rag.domain.answer import Answer, Citation
from noa_rag.domain.passages import Passage, passages_of, readable, visible
from noa_rag.domain.ports import EntryReader, Nearness
from noa_rag.domain.question import Ask, Language, Mode, Question
from noa_rag.domain.rephrasing import (
    CheckedSentence,
    CheckFinding,
    GenerationFailed,
    Heard,
    LanguageModel,
    Prompt,
    Rephrasing,
    RephrasingOutcome,
    unheard,
)
from noa_rag.rephrasing.checker.checker import SentenceChecker
from noa_rag.rephrasing.english import differences
from noa_rag.rephrasing.gate.conditions import left_out
from noa_rag.rephrasing.gate.gate import Gate, Rephrased, check_rephrasing
from noa_rag.rephrasing.pointing_out import is_whole, pointed_out
from noa_rag.rephrasing.prompting import (
    PromptFile,
    Task,
    can_write,
    instructs,
    prompt_for,
    read_pairs,
    read_sentences,
    whole_pairs,
    whole_part,
)
from noa_rag.translation import translator_of

SHORT = 280  # characters: a text this short answers as quickly as anything said anew
PASSAGES_READ = 40  # of a long fiche, the first ones; a vector each costs some 15 ms
PASSAGES_TOLD_CHAT = 8
SURE_LIMIT = 2  # passages that stand out whatever the model chooses: it is right less often than vectors are
# Standard deviations. Of 118 questions what stands out holds the fact for 87 with the nearest block alone (29 % of the
# text), for 100 with the second one where it is as near as this (35 %), for 102 with the second one always (42 %);
# measured with the weights set by hand that the learned ones of `retrieval.extracts` replaced.
AS_NEAR = 1.0
PASSAGES_TOLD_BASE = 3  # what answers is among them for nine questions in ten
PASSAGE_LIMIT = 600  # characters of a passage that a model is told

WRITTEN_TOKENS = {Task.ANSWER: 220, Task.PLAIN: 220, Task.ENGLISH: 400}
AFTER_A_COMPLETION = ("\n\n", "\nPassages", "\nQuestion")  # a base model goes on with the next example
BASE_TOKENS = 24  # the beginning of a sentence

LEAST_WORDS = 1

LONGEST_SHARE = 0.9  # of the official text: what is hardly shorter is not worth another text


@dataclass(frozen=True, slots=True)
class Rephrase:
    """`deadline_seconds` counts from the call of the model on; `is_cancelled` tells that the visitor has left.

    With `in_english` English questions on French texts that nobody translated are answered in both languages.
    `heard` is called with the unchecked turn so far, each time that one more sentence is complete. Where nothing that
    is written can be checked, passages are pointed out by their nearness, and a model that can write is not called.
    """

    model: LanguageModel
    nearness: Nearness
    deadline_seconds: float
    is_cancelled: Callable[[], bool] = lambda: False
    task: Task = Task.ANSWER
    in_english: bool = False
    is_checked: bool = True
    heard: Callable[[Turn], None] = lambda _: None

    def __call__(self, turn: Turn) -> Turn:
        answer = turn.answer
        if turn.ask.mode is not Mode.ASSISTED or answer is None or answer.entry is None:
            return turn
        if not answer.official_text or answer.parts or answer.reason is not None:  # shown each as it is
            return turn
        is_own_language = answer.entry.content.language == answer.language.value
        task = self.task if is_own_language else Task.ENGLISH
        prompt = prompt_for(self.model, task)
        attempt = Rephrasing(self.model.name, prompt.name, RephrasingOutcome.SKIPPED)
        if not is_own_language and not (self.in_english and may_be_in_english(answer) and self._writes):
            return replace(turn, rephrasing=replace(attempt, reason="language"))
        if len(answer.official_text) < SHORT:
            return replace(turn, rephrasing=replace(attempt, reason="short"))
        if self._writes and (instructs(turn.ask.text) or instructs(answer.official_text)):
            return replace(turn, rephrasing=replace(attempt, reason="instructions"))
        start = time.perf_counter()
        try:
            attempt = self._attempted(turn, answer.official_text, prompt, task, attempt)
        except GenerationFailed as failed:
            attempt = replace(attempt, outcome=RephrasingOutcome.FAILED, reason=failed.fault.value)
        return replace(turn, rephrasing=replace(attempt, generation_seconds=time.perf_counter() - start))

    @property
    def _writes(self) -> bool:
        return self.is_checked and can_write(self.model)

    def written(self, question: str, text: str) -> tuple[CheckedSentence, ...]:
        """Return what a model that can write writes from a text, unchecked. Raises GenerationFailed."""
        passages = passages_of(text)[:PASSAGES_READ]
        near = [passage for _, passage in self._ranked(_as_asked(question), passages)[:PASSAGES_TOLD_CHAT]]
        return self._written(_as_asked(question), near, prompt_for(self.model, self.task), self.task, lambda _: None)

    def _attempted(
        self, turn: Turn, official_text: str, prompt: PromptFile, task: Task, attempt: Rephrasing
    ) -> Rephrasing:
        """Return the model's proposal, marked as refused until the gate has judged it, or why there is none."""
        passages = passages_of(official_text)
        question = _as_asked(turn.understood.text)
        proposed = replace(attempt, outcome=RephrasingOutcome.REFUSED, reason="nothing_said")
        if not passages:
            return proposed
        if self._writes:
            near = self._ranked(question, passages[:PASSAGES_READ])[:PASSAGES_TOLD_CHAT]

            def heard(sentences: tuple[CheckedSentence, ...]) -> None:
                self.heard(replace(turn, rephrasing=replace(proposed, sentences=sentences)))

            return replace(
                proposed, sentences=self._written(question, [passage for _, passage in near], prompt, task, heard)
            )
        ranked = self._ranked(question, passages[:PASSAGES_READ])
        nearest = [passage for _, passage in ranked]
        sure = [passage for score, passage in ranked[:SURE_LIMIT] if ranked[0][0] - score < AS_NEAR]
        whole = pointed_out(sure, official_text) or pointed_out(nearest[:1], official_text)
        if not whole:
            return replace(attempt, reason="nothing_to_point_out")
        is_asked = not can_write(self.model)
        chosen_one = self._chosen(question, nearest[:PASSAGES_TOLD_BASE], prompt) if is_asked else ()
        return replace(proposed, sentences=pointed_out((*sure, *chosen_one), official_text) or whole)

    def _written(
        self,
        question: str,
        nearest: Sequence[Passage],
        prompt: PromptFile,
        task: Task,
        heard: Callable[[tuple[CheckedSentence, ...]], None],
    ) -> tuple[CheckedSentence, ...]:
        passages_in_order = _in_order(nearest)
        plain = readable(passages_in_order)
        lines = "\n".join(f"[{number}] {text[:PASSAGE_LIMIT]}" for number, text in enumerate(plain.texts, start=1))
        filled = prompt.filled(passages=lines, question=question)
        stop = () if self.model.is_chat else AFTER_A_COMPLETION
        limit = WRITTEN_TOKENS[task]
        read, whole = (read_pairs, whole_pairs) if task is Task.ENGLISH else (read_sentences, whole_part)
        written, whole_count = "", 0

        def hear(piece: str) -> None:
            nonlocal written, whole_count
            written += piece
            sentences = read(whole(written), passages_in_order, plain.links)
            if len(sentences) > whole_count:
                whole_count = len(sentences)
                heard(sentences)

        request = Prompt(prompt.name, filled, system=prompt.system, stop=stop, token_limit=limit)
        return read(self._complete(request, hear), passages_in_order, plain.links)

    def _chosen(self, question: str, nearest: Sequence[Passage], prompt: PromptFile) -> tuple[Passage, ...]:
        """Return the passage that the model chose; nothing when it wrote something else."""
        passages_in_order = _in_order(nearest)
        texts = [text[:PASSAGE_LIMIT] for text in readable(passages_in_order).texts]
        starts = beginnings(texts)
        request = Prompt(
            prompt.name,
            prompt.filled(passages="\n".join(texts), question=question),
            system=prompt.system,
            grammar=choice_grammar(starts) if self.model.takes_grammar else None,
            stop=("\n",),
            token_limit=BASE_TOKENS,
        )
        place = chosen(self._complete(request), starts)
        return () if place is None else (passages_in_order[place],)

    def _complete(self, prompt: Prompt, heard: Heard = unheard) -> str:
        return self.model.complete(
            prompt, deadline_seconds=self.deadline_seconds, is_cancelled=self.is_cancelled, heard=heard
        ).text

    def _ranked(self, question: str, passages: Sequence[Passage]) -> list[tuple[float, Passage]]:
        """Return the passages with their scores, the nearest to the question first."""
        scores = self.nearness.similarities(question, readable(passages).texts)
        return sorted(zip(scores, passages, strict=True), key=lambda pair: (-pair[0], pair[1].number))


def _as_asked(question: str) -> str:
    """Return a question as a prompt quotes it, which it cannot end."""
    return " ".join(visible(question).replace("«", '"').replace("»", '"').split())


def may_be_in_english(answer: Answer) -> bool:
    """Tell whether an English question met a French text that nobody has translated."""
    is_french = answer.entry is not None and answer.entry.content.language == Language.FRENCH.value
    return is_french and answer.language is Language.ENGLISH and answer.translation is None


def _in_order(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    return tuple(sorted(passages, key=lambda passage: passage.number))


def beginnings(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the shortest beginning of each text, in words, that no other text has; all of it if it begins another."""
    split = [re.findall(r"\S+\s*", text) for text in texts]
    openings = []
    for own, words in enumerate(split):
        others = [other for number, other in enumerate(split) if number != own]
        count = LEAST_WORDS
        while count < len(words) and any(other[:count] == words[:count] for other in others):
            count += 1
        openings.append("".join(words[:count]).strip())
    return tuple(openings)


def choice_grammar(starts: Sequence[str]) -> str:
    """Return GBNF for "a space, then one of these"."""
    return 'root ::= " " (' + " | ".join(_literal(start) for start in starts) + ")"


def chosen(written: str, starts: Sequence[str]) -> int | None:
    """Return the place of the text whose beginning was written, the longest where several fit; None when none was."""
    fitting = [place for place, start in enumerate(starts) if written.strip().startswith(start)]
    return max(fitting, key=lambda place: len(starts[place]), default=None)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")
    return f'"{escaped}"'


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
    """`entries` gives the agencies that the gate knows by name, `checker` judges what the rules let through.

    Without a checker nothing is shown that was written: only the official text, where a passage of it is pointed out.
    Only a complete text shows what its sentences leave out: with `is_partial` nothing is added beneath them.
    """

    entries: EntryReader
    checker: SentenceChecker | None = None
    is_partial: bool = False

    def __call__(self, turn: Turn) -> Turn:
        answer, attempt = turn.answer, turn.rephrasing
        if answer is None or attempt is None or answer.official_text is None:
            return turn
        if attempt.sentences:
            start = time.perf_counter()
            attempt = self._checked(attempt, answer, turn.understood.text)
            attempt = replace(attempt, verification_seconds=time.perf_counter() - start)
        shown_answer = rephrased(answer, attempt) if attempt.shown else replace(answer, rephrasing=attempt)
        return replace(turn, rephrasing=attempt, answer=shown_answer)

    def _checked(self, attempt: Rephrasing, answer: Answer, question: str) -> Rephrasing:
        if answer.entry is None or answer.official_text is None:
            raise AssertionError("only an answered question is rephrased")
        if is_whole(attempt.sentences, answer.official_text):
            return replace(attempt, outcome=RephrasingOutcome.SHOWN, reason="")
        agencies = self.entries.agencies()
        gate = Gate(agencies=tuple(agencies.values()), owner=agencies.get(answer.entry.content.agency_id))
        if self.checker is None:
            return replace(attempt, reason="no_checker")
        gate = self.checker.behind(gate, answer.official_text, title=answer.entry.content.question)
        proposed = [Rephrased(sentence.text, sentence.quote) for sentence in attempt.sentences]
        verdict = check_rephrasing(proposed, answer.official_text, question=question, gate=gate)
        why = {id(refusal.sentence): refusal.findings for refusal in verdict.dropped}
        in_english = [
            tuple(differences(sentence, gate.agencies)) if may_be_in_english(answer) else ()
            for sentence in attempt.sentences
        ]
        sentences = tuple(
            CheckedSentence(
                sentence.text,
                sentence.quote,
                (
                    *(
                        CheckFinding(finding.check.value, finding.seen, finding.official)
                        for finding in why.get(id(sentence), ())
                    ),
                    *other,
                ),
                english="" if other else written.english,
            )
            for sentence, written, other in zip(proposed, attempt.sentences, in_english, strict=True)
        )
        if not self.is_partial:
            hidden = left_out([(sentence.text, sentence.quote) for sentence in verdict.kept], answer.official_text)
            sentences += tuple(CheckedSentence(quote, quote, is_added=True) for quote in hidden)
        checked = replace(attempt, sentences=sentences, reason=verdict.reason)
        if not verdict.stands or not verdict.kept:
            return checked
        if sum(len(sentence.text) for sentence in sentences if sentence.is_borne_out) > LONGEST_SHARE * len(
            answer.official_text
        ):
            return replace(checked, reason="no shorter than the official text")
        return replace(checked, outcome=RephrasingOutcome.SHOWN, reason="")


def rephrased(answer: Answer, attempt: Rephrasing) -> Answer:
    """Return the answer with the verified sentences as its text, each behind the marker of its citation.

    Passages of the approved text that were added beneath them stand under a heading that says so. Where the whole
    approved text is shown, it stays as it is, and what stands out in it is cited.
    """
    cited = [sentence for sentence in attempt.shown if sentence.stands_out] or attempt.shown
    quotes = list(dict.fromkeys(sentence.quote for sentence in cited))
    if attempt.is_pointed_out:
        text = "".join(sentence.text for sentence in attempt.shown)
    else:
        said = [f"{_in_both(sentence)} [{quotes.index(sentence.quote) + 1}]" for sentence in attempt.shown]
        added = next((place for place, sentence in enumerate(attempt.shown) if sentence.is_added), None)
        if added is not None:
            also = translator_of(answer.language).gettext("À savoir aussi, dans les mots du texte officiel")
            said.insert(added, f"**{also}**")
        text = "\n\n".join(said)
    return replace(
        answer,
        rephrasing=attempt,
        mode=Mode.ASSISTED,
        text=text,
        citations=tuple(Citation(marker, quote) for marker, quote in enumerate(quotes, start=1)),
    )


def _in_both(sentence: CheckedSentence) -> str:
    return f"{sentence.english} (« {sentence.text} »)" if sentence.english else sentence.text
