"""The judge of meaning: a language model says whether a passage bears a sentence out, in one token.

The probability is that of "oui" among "oui" and "non" where the server tells log probabilities, else the share of a few
votes. Whether a model is fit to judge is measured before it may (`noa eval certify`).
"""

import time
from collections.abc import Callable, Mapping, Sequence

from noa_rag.cache import Cache
from noa_rag.domain.passages import Passage, passages_of, readable
from noa_rag.domain.rephrasing import Claim, GenerationFailed, GenerationFault, Prompt
from noa_rag.french.words import fold
from noa_rag.rephrasing.clients.streaming import Clock, LoopThread, SaysFirstWords
from noa_rag.rephrasing.prompting import JUDGE_PROMPT, prompt_file

YES, NO = ("oui", "yes"), ("non", "no")
LEAST_MASS = 0.5  # of the first token; a model that says something else judges nothing
LONGEST_PREMISE = 1_600  # characters
CLAIMS_KEPT = 500  # while a text is written its sentences are checked each time that one more is whole


class ModelJudge:
    """Implements the domain's Judge over a server's model. Raises GenerationFailed as a model that writes does."""

    def __init__(self, speaker: SaysFirstWords, *, name: str, clock: Clock = time.monotonic) -> None:
        self.name = name
        self._speaker = speaker
        self._clock = clock
        self._loop = LoopThread("judge")
        self._known: Cache[Claim, float] = Cache(CLAIMS_KEPT)

    def bears_out(
        self,
        claims: Sequence[Claim],
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Sequence[float]:
        known = {claim: self._known.get(claim) for claim in claims}
        if new := [claim for claim, score in known.items() if score is None]:
            said = self._loop.run(
                self._speaker.first_words([prompt_of(claim) for claim in new]),
                deadline_at=self._clock() + deadline_seconds,
                is_cancelled=is_cancelled,
            )
            for claim, words in zip(new, said, strict=True):
                known[claim] = self._known.keep(claim, probability(words))
        return [known[claim] or 0.0 for claim in claims]

    def close(self) -> None:
        self._loop.close(self._speaker.aclose)


def prompt_of(claim: Claim) -> Prompt:
    """Return the request of one claim; what it quotes cannot end its quotation."""
    file = prompt_file(JUDGE_PROMPT)
    lines = readable(passages_of(claim.passage)).texts
    sentence = readable([Passage(1, claim.sentence)]).texts[0]
    filled = file.filled(
        passages=_quoted("\n".join(lines)[:LONGEST_PREMISE]),
        question=_quoted(claim.question),
        sentence=_quoted(sentence),
    )
    return Prompt(JUDGE_PROMPT, filled, system=file.system, token_limit=1)


def _quoted(text: str) -> str:
    return text.replace("«", '"').replace("»", '"')


def probability(words: Mapping[str, float]) -> float:
    """Return how likely "oui" is among "oui" and "non". Raises GenerationFailed where the model says neither."""
    yes = sum(share for word, share in words.items() if _begins(word, YES))
    no = sum(share for word, share in words.items() if _begins(word, NO))
    if yes + no < LEAST_MASS:
        said = max(words, key=words.__getitem__, default="")
        raise GenerationFailed(GenerationFault.UNREADABLE, f"the judge says {said!r}")
    return yes / (yes + no)


def _begins(word: str, answers: Sequence[str]) -> bool:
    """Tell whether a token, of which a server may give the first letters only, is one of the answers."""
    said = "".join(filter(str.isalpha, fold(word)))
    return bool(said) and any(said.startswith(answer) or answer.startswith(said) for answer in answers)
