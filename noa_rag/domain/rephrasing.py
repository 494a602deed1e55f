"""A rephrasing: its prompt, its outcome, the gate's findings on each sentence; the port of language models."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from noa_rag.domain.errors import NoaError

OLLAMA_PREFIX = "ollama+"  # before the http(s) address of an Ollama server


class RephrasingOutcome(StrEnum):
    """The outcome of a rephrasing; unless it is `shown`, the visitor reads the approved text."""

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
    """A sentence of the model with the passage it cites; where a check found anything, its passage is shown instead."""

    text: str
    quote: str
    findings: tuple[CheckFinding, ...] = ()

    @property
    def is_borne_out(self) -> bool:
        return not self.findings

    @property
    def is_official(self) -> bool:
        """Whether it is shown in the words of the approved text."""
        return self.text == self.quote


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
        """What a visitor reads, in its order: each sentence that is borne out, and the passages of the others once."""
        if self.outcome is not RephrasingOutcome.SHOWN:
            return ()
        said = [
            sentence if sentence.is_borne_out else CheckedSentence(sentence.quote, sentence.quote)
            for sentence in self.sentences
            if sentence.is_borne_out or sentence.quote
        ]
        return tuple(dict.fromkeys(said))


class GenerationFault(StrEnum):
    """Why a model gave nothing: a closed vocabulary, which is recorded."""

    BUSY = "busy"
    """As many calls run and wait as are allowed."""
    RESTING = "resting"
    """The breaker is open: the model failed again and again, and is left alone for a while."""
    TIMED_OUT = "timed_out"
    """The deadline passed."""
    UNREACHABLE = "unreachable"
    """Nobody answers at the address, or the connection broke."""
    REFUSED = "refused"
    """The server answered with an error (HTTP 4xx or 5xx)."""
    UNREADABLE = "unreadable"
    """What came back is not what the protocol says, or far too long."""
    EMPTY = "empty"
    """The model wrote nothing."""
    LIMITED = "limited"
    """The client has used up the tokens that one may use in a minute; the model was not asked."""
    CANCELLED = "cancelled"
    """The visitor left."""


class GenerationFailed(NoaError):
    """A model gave nothing that can be used; the approved text is shown instead."""

    def __init__(self, fault: GenerationFault, evidence: str = "") -> None:
        super().__init__(f"{fault.value}: {evidence}" if evidence else fault.value)
        self.fault = fault
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a model.

    `system` and `text` are sent as two messages. `token_limit` counts generated tokens. `name` says which prompt file,
    in which version, this was made from.
    """

    name: str
    text: str
    system: str = ""
    token_limit: int = 200


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens a model read and wrote."""

    prompt: int
    generated: int

    @property
    def count(self) -> int:
        return self.prompt + self.generated


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote, and how long it took from the call on, waiting included.

    `tokens` is None where a server does not tell how many it read and wrote.
    """

    text: str
    seconds: float
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence with the passage that is to bear it out; `question` is what the passage answers."""

    passage: str
    question: str
    sentence: str


class Judge(Protocol):
    """Says how likely passages bear sentences out; safe to call from several threads."""

    @property
    def name(self) -> str:
        """The model as it is recorded."""

    def bears_out(
        self,
        claims: Sequence[Claim],
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Sequence[float]:
        """Return a probability for each claim, all asked together. Raises GenerationFailed."""

    def close(self) -> None:
        """Let go of threads, connections and memory."""


Heard = Callable[[str], None]


def unheard(_piece: str) -> None:
    """Ignore the piece: the caller waits for the whole text."""


class LanguageModel(Protocol):
    """A model behind one total deadline; safe to call from several threads."""

    @property
    def name(self) -> str:
        """The model as it is recorded, the name that the server is asked for."""

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        """Return what the model writes. Raises GenerationFailed, at the latest when the deadline has passed.

        `heard` is given the pieces as they come, in the caller's thread; the last may come only with the whole text.
        """

    def close(self) -> None:
        """Let go of threads, connections and memory."""
