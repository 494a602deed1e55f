"""What `noa eval certify` found out about the models of assisted mode, and whether it still holds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from noa_rag.domain.rephrasing import Claim, Judge
from noa_rag.rephrasing.prompting import JUDGE_PROMPT, Task, prompt_file, prompt_for

FILE = "certificate.json"
GROWTH = 2.0  # a base that has more or fewer entries by this factor is another one
SPOT_DEADLINE_SECONDS = 60.0
SPOT_DIFFERENT = 3  # of the pairs asked again; a model gives most of them the same verdict on another day
HARDLY_WORTH = 0.5  # of faithful sentences shown


@dataclass(frozen=True, slots=True)
class SpotPair:
    """A sentence that the judge was asked about, and whether it let it pass."""

    claim: Claim
    passed: bool


@dataclass(frozen=True, slots=True)
class Models:
    """Who writes and who judges: names, digests of their weights where their server tells them, their prompts."""

    writer: str
    judge: str
    writer_digest: str = ""
    judge_digest: str = ""
    prompts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """`threshold` is the least probability with which a sentence passes; shares are from 0 to 1.

    `english` tells that English may be written over French texts.
    """

    models: Models
    entries: int
    threshold: float
    faithful_shown: float
    wrong_caught: float
    made_at: str
    figures: Mapping[str, str]
    spot: tuple[SpotPair, ...] = ()
    english: bool = False

    @property
    def in_words(self) -> str:
        english = "" if self.english else "; English questions are answered with the official text"
        hardly = "; hardly worth switching on" if self.faithful_shown < HARDLY_WORTH else ""
        return (
            f"certified on {self.made_at[:10]}: {100 * self.wrong_caught:.1f} % of wrong sentences caught, "
            f"{100 * self.faithful_shown:.1f} % of faithful ones shown{english}{hardly}"
        )


def prompts_in_use(task: Task) -> tuple[tuple[str, str], ...]:
    """Return the names and digests of the prompts that a certificate holds for."""
    files = (prompt_for(task), prompt_for(Task.ENGLISH), prompt_file(JUDGE_PROMPT))
    return tuple(sorted((file.name, file.digest) for file in files))


def read_certificate(data_dir: Path) -> Certificate | None:
    """Return the certificate of a data folder; None without one, or where it cannot be read."""
    try:
        return _certificate(json.loads((data_dir / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_certificate(certificate: Certificate, data_dir: Path) -> Path:
    """Store the certificate in the data folder, and return its file."""
    path = data_dir / FILE
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(certificate), ensure_ascii=False, indent=1), encoding="utf-8")
    partial.replace(path)
    return path


def _certificate(kept: dict[str, Any]) -> Certificate:
    models = kept["models"] | {"prompts": tuple(tuple(pair) for pair in kept["models"]["prompts"])}
    spot = tuple(SpotPair(Claim(**pair["claim"]), bool(pair["passed"])) for pair in kept["spot"])
    return Certificate(**kept | {"models": Models(**models), "spot": spot})


def why_not(certificate: Certificate | None, models: Models, entries: int) -> str:
    """Return why these models may not speak over a base of so many entries; "" when they may."""
    if certificate is None:
        return "these models were not certified"
    held = certificate.models
    for does, then, now in (("writes", held.writer, models.writer), ("judges", held.judge, models.judge)):
        if then != now:
            return f"the model that {does} is {now}, certified was {then}"
    digests = ((held.writer_digest, models.writer_digest), (held.judge_digest, models.judge_digest))
    for name, (then, now) in zip((held.writer, held.judge), digests, strict=True):
        if then and now and then != now:
            return f"another model answers to the name {name}: its weights changed since it was certified"
    if held.prompts != models.prompts:
        return "the prompts changed since the models were certified"
    if not certificate.entries / GROWTH <= entries <= certificate.entries * GROWTH:
        return f"the base has {entries} entries, it had {certificate.entries} when the models were certified"
    return ""


def judges_otherwise(judge: Judge, certificate: Certificate) -> bool:
    """Tell whether the judge gives the pairs of a certificate other verdicts than when it was certified.

    Raises GenerationFailed.
    """
    scores = judge.bears_out([pair.claim for pair in certificate.spot], deadline_seconds=SPOT_DEADLINE_SECONDS)
    different = sum(
        (score >= certificate.threshold) != pair.passed for score, pair in zip(scores, certificate.spot, strict=True)
    )
    return different > SPOT_DIFFERENT
