"""What a language model made of an approved text, and what the gate said of each sentence."""

from dataclasses import dataclass
from enum import StrEnum


class RephrasingOutcome(StrEnum):
    """What became of a rephrasing; whatever it is not `shown`, the visitor reads the approved text."""

    SHOWN = "shown"
    """The sentences that the gate let through are shown, each with its citation."""
    REFUSED = "refused"
    """The gate left nothing that stands."""
    FAILED = "failed"
    """The model gave nothing that can be used."""
    SKIPPED = "skipped"
    """Not tried: the text is short enough, or in another language than the question."""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What a check saw in a sentence, and what stands in the passage instead; either may be empty."""

    check: str
    seen: str
    official: str = ""


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of the model with the passage it cites; it may be shown when no check found anything.

    Or a stretch of the approved text, which is its own quote and `stands_out` where it comes nearest to the question.
    """

    text: str
    quote: str
    findings: tuple[CheckFinding, ...] = ()
    stands_out: bool = False

    @property
    def is_borne_out(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Rephrasing:
    """One attempt, as it is recorded: model, prompt file with its version, verdicts, and seconds spent.

    `reason` says why nothing is shown: a fault of the model's, or the gate's word on the whole.
    """

    model: str
    prompt: str
    outcome: RephrasingOutcome
    sentences: tuple[CheckedSentence, ...] = ()
    reason: str = ""
    generation_seconds: float = 0.0
    verification_seconds: float = 0.0

    @property
    def shown(self) -> tuple[CheckedSentence, ...]:
        """The sentences a visitor reads, in their order."""
        if self.outcome is not RephrasingOutcome.SHOWN:
            return ()
        return tuple(one for one in self.sentences if one.is_borne_out)

    @property
    def is_pointed_out(self) -> bool:
        """Whether the whole approved text is shown, with the nearest passages standing out in it."""
        return any(one.stands_out for one in self.shown)
