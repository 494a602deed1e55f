"""The step of assisted mode that shows what the gate lets through in place of the official text."""

import time
from dataclasses import dataclass, replace
from typing import ClassVar

from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import Answer, Citation
from noa_rag.domain.ports import EntryReader
from noa_rag.domain.question import Mode
from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding, Rephrasing, RephrasingOutcome
from noa_rag.rephrasing.gate.gate import Gate, Rephrased, check_rephrasing
from noa_rag.rephrasing.passages import is_whole

LONGEST_SHARE = 0.9  # of the official text: what is hardly shorter is not worth another text


@dataclass(frozen=True, slots=True)
class Verify:
    """`entries` gives the agencies that the gate knows by name."""

    requires: ClassVar = frozenset({"question", "answer", "rephrasing"})
    sets: ClassVar = frozenset({"rephrasing", "answer"})

    entries: EntryReader

    def __call__(self, turn: Turn) -> Turn:
        answer, attempt = turn.answer, turn.rephrasing
        if answer is None or attempt is None or answer.official_text is None:
            return turn
        if attempt.sentences:
            start = time.perf_counter()
            attempt = self._checked(attempt, answer, turn.understood.text)
            attempt = replace(attempt, verification_seconds=time.perf_counter() - start)
        told = rephrased(answer, attempt) if attempt.shown else replace(answer, rephrasing=attempt)
        return replace(turn, rephrasing=attempt, answer=told)

    def _checked(self, attempt: Rephrasing, answer: Answer, question: str) -> Rephrasing:
        if answer.entry is None or answer.official_text is None:
            raise AssertionError("only an answered question is rephrased")
        if is_whole(attempt.sentences, answer.official_text):
            return replace(attempt, outcome=RephrasingOutcome.SHOWN, reason="")
        agencies = self.entries.agencies()
        gate = Gate(
            agencies=tuple(agencies.values()),
            owner=agencies.get(answer.entry.content.agency_id),
            takes_no_other_words=True,
        )
        proposed = [Rephrased(one.text, one.quote) for one in attempt.sentences]
        verdict = check_rephrasing(proposed, answer.official_text, question=question, gate=gate)
        why = {id(one.sentence): one.findings for one in verdict.dropped}
        sentences = tuple(
            CheckedSentence(
                one.text,
                one.quote,
                tuple(CheckFinding(found.check.value, found.seen, found.official) for found in why.get(id(one), ())),
            )
            for one in proposed
        )
        checked = replace(attempt, sentences=sentences, reason=verdict.reason)
        if not verdict.stands or not verdict.kept:
            return checked
        if sum(len(one.text) for one in verdict.kept) > LONGEST_SHARE * len(answer.official_text):
            return replace(checked, reason="no shorter than the official text")
        return replace(checked, outcome=RephrasingOutcome.SHOWN, reason="")


def rephrased(answer: Answer, attempt: Rephrasing) -> Answer:
    """Return the answer with the verified sentences as its text, each behind the marker of its citation.

    Where the whole approved text is shown, it stays as it is, and what stands out in it is cited.
    """
    cited = [one for one in attempt.shown if one.stands_out] or attempt.shown
    quotes = list(dict.fromkeys(one.quote for one in cited))
    if attempt.is_pointed_out:
        text = "".join(one.text for one in attempt.shown)
    else:
        text = "\n\n".join(f"{one.text} [{quotes.index(one.quote) + 1}]" for one in attempt.shown)
    return replace(
        answer,
        rephrasing=attempt,
        mode=Mode.ASSISTED,
        text=text,
        citations=tuple(Citation(marker, quote) for marker, quote in enumerate(quotes, start=1)),
    )
