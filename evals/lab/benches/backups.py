"""`make backups` and `make restore`: backups of a service under load, and how soon a large base answers again.

`rounds` takes backups of `noa serve` while it is asked and entries are approved, restores each into an empty folder,
and compares answers: those that were given before the backup must come again byte for byte, and questions asked anew
must be answered as the running service answers them. `large` restores many synthetic entries and starts a service.
"""

import hashlib
import itertools
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import httpx
import numpy as np

from evals.lab.benches.served import Served, meanwhile, measured_service, percentile
from evals.runner.bases import served_base, share_prepared
from evals.runner.folders import WORK
from noa_rag.answering.payload import answer_as_json
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import EntryContent, EntryId, NewVersion, ValidityWindow
from noa_rag.domain.errors import NoaError, NotFound, NotReproducible
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Ask, Language
from noa_rag.knowledge.pack import read_pack
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import vector_cache_path
from noa_rag.retrieval.passages import searched_texts
from noa_rag.service.backups.archive import make_backup
from noa_rag.service.backups.restoring import restore_backup
from noa_rag.service.models import open_embedder
from noa_rag.service.noa import INDEX_FOLDER, open_noa
from noa_rag.service.records import Records, answer_again, open_records
from noa_rag.settings import Settings
from noa_rag.storage.question_tables import answers_given

QUESTIONS = (
    "Comment déposer une marque ?",
    "Combien coûte un brevet ?",
    "Quels droits de douane pour importer du vin ?",
    "je veux ouvrir un food truck",
    "C'est quoi la CFE ?",
    "Puis-je cumuler chômage et création d'entreprise ?",
    "tva",
    "Quelle est la recette du clafoutis ?",
)
ASKED_EVERY_SECONDS = 0.2
AGAIN_AT_MOST = 200  # recorded answers compared after a restore, the latest ones
READY_SECONDS = 300.0
VOLATILE = ("question_id", "conversation_id")


@dataclass(slots=True)
class BackupRounds:
    """Counts of the answers compared, the faults found, and the seconds of each backup and restore."""

    making: list[float] = field(default_factory=list)
    restoring: list[float] = field(default_factory=list)
    again: int = 0
    anew: int = 0
    asked_under_load: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{len(self.making)} backups under load ({self.asked_under_load} questions asked meanwhile), each restored:"
            f" {self.again} recorded answers given again and {self.anew} questions asked anew,"
            f" {len(self.faults)} differ or failed {self.faults[:5]}; a backup took {_spread(self.making)},"
            f" a restore {_spread(self.restoring)}"
        )


def measure_rounds(settings: Settings, count: int, progress: Progress) -> BackupRounds:
    """Return the results of `count` backups of a running service; each is deleted once restored and compared."""
    outcome = BackupRounds()
    embedder = open_embedder(settings)  # loaded once, so that a restore's time excludes loading the model
    with (
        patch("noa_rag.service.noa.open_embedder", return_value=embedder),
        Served(measured_service(settings.data_dir) | {"NOA_KNOWLEDGE": settings.knowledge}) as service,
        meanwhile(asking(service, outcome), every=ASKED_EVERY_SECONDS),
    ):
        records = open_records(settings)
        try:
            for number in range(count):
                progress("backing up and restoring (rounds)", number, count)
                _approve(service, records, number)
                with tempfile.TemporaryDirectory(dir=settings.data_dir.parent) as folder:
                    back_up_and_compare(service, settings, Path(folder), outcome)
        finally:
            records.close()
    return outcome


def back_up_and_compare(service: Served, settings: Settings, folder: Path, outcome: BackupRounds) -> None:
    """Back a running service up, restore it into a folder, and note where answers differ."""
    start = time.perf_counter()
    made = make_backup(settings, folder)
    outcome.making.append(time.perf_counter() - start)
    other = replace(settings, data_dir=folder / "data")
    _link_models(settings, other)
    start = time.perf_counter()
    restore_backup(other, made.path)
    outcome.restoring.append(time.perf_counter() - start)
    noa, live = open_noa(other), open_records(settings)
    try:
        for question_id in _recorded(noa.records):
            outcome.again += 1
            if _given(noa.records, question_id) != _given(live, question_id):
                outcome.faults.append(f"the answer to {question_id} is another one")
        answering = noa.answering(is_recorded=False)
        for question in QUESTIONS:
            outcome.anew += 1
            answer = answer_as_json(answering.ask(Ask(question, language=Language.FRENCH)), noa.agencies())
            if _lasting(json.loads(json.dumps(answer))) != _lasting(service.ask(question)):
                outcome.faults.append(f"{question!r} is answered otherwise")
    finally:
        live.close()
        noa.close()


def _approve(service: Served, records: Records, number: int) -> None:
    """Publish a new version of an entry, and wait until the service serves it."""
    versions = sorted(records.changed_since(-1)[1], key=lambda one: one.id)
    version = versions[number * 7 % len(versions)]
    content = replace(version.content, answer=f"{version.content.answer}\n\nMise à jour {number + 1}.")
    new = NewVersion(version.id, content, version.version, author="a", approver="b", approved_at=datetime.now(UTC))
    revision, until = records.entries.add_versions([new]), time.monotonic() + 60
    while service.health()["index_revision"] < revision:
        if time.monotonic() > until:
            raise NoaError(f"revision {revision} was not live after a minute")
        time.sleep(0.1)


def asking(service: Served, outcome: BackupRounds) -> Iterator[None]:
    """Ask question after question, and note those that fail."""
    for question in itertools.cycle(QUESTIONS):
        outcome.asked_under_load += 1
        try:
            service.ask(question)
        except httpx.HTTPError as error:
            outcome.faults.append(f"a question failed: {error!r}")
        yield


def _recorded(records: Records) -> list[str]:
    with records.database.reading() as connection:
        ids = list(connection.execute(answers_given.select()).scalars())
    return ids[-AGAIN_AT_MOST:]


def _given(records: Records, question_id: str) -> str:
    try:
        return json.dumps(answer_again(records, question_id), sort_keys=True)
    except (NotFound, NotReproducible) as error:
        return repr(error)


def _lasting(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in VOLATILE}


def _link_models(settings: Settings, other: Settings) -> None:
    other.data_dir.mkdir(parents=True)
    other.models_dir.symlink_to(settings.models_dir.resolve(), target_is_directory=True)


def _spread(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return f"{sum(seconds):.1f} s"
    return f"{percentile(seconds, 50):.1f} s (median; longest {max(seconds):.1f} s)"


@dataclass(frozen=True, slots=True)
class LargeRestored:
    """Seconds of each stage of backing up and restoring a large base, and its size."""

    entry_count: int
    text_count: int
    megabytes: float
    making: float
    restoring: float
    starting: float

    @property
    def ready_seconds(self) -> float:
        return self.restoring + self.starting

    def __str__(self) -> str:
        return (
            f"{self.entry_count} synthetic entries ({self.text_count} texts): a backup of {self.megabytes:.0f} MB taken"
            f" in {self.making:.0f} s, restored in {self.restoring:.0f} s, `noa serve` answers {self.starting:.0f} s"
            f" later: ready in {self.ready_seconds:.0f} s (target {READY_SECONDS:.0f})"
        )


def measure_large(count: int, progress: Progress) -> LargeRestored:
    """Return how long it takes to restore a base of many entries on an empty node.

    Its vectors are drawn at random, not embedded: a restored node should embed nothing.
    """
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        source, node = (Settings(data_dir=Path(folder) / name, reranker="none") for name in ("source", "node"))
        for one in (source, node):
            share_prepared(one)
        texts = _fill(source, count, progress)
        start = time.perf_counter()
        made = make_backup(source, Path(folder), progress)
        making = time.perf_counter() - start
        shutil.rmtree(source.data_dir)
        start = time.perf_counter()
        restored = restore_backup(node, made.path, progress)
        restoring = time.perf_counter() - start
        with Served(measured_service(node.data_dir) | {"NOA_RERANKER": "none"}) as service:
            asked = {"question": restored.asked, "lang": "fr"}
            start = time.perf_counter()
            reply = httpx.post(f"{service.address}/api/v1/ask", json=asked, timeout=READY_SECONDS)
            starting = service.start_seconds + time.perf_counter() - start
            if not reply.is_success or not service.says_ok("/ready"):
                raise NoaError(f"the restored service is not ready, or answers {reply.status_code}")
            return LargeRestored(count, texts, made.size / 1e6, making, restoring, starting)


def _fill(settings: Settings, count: int, progress: Progress) -> int:
    """Write entries of some five texts each and a vector for each text; return how many texts there are."""
    records = open_records(settings)
    pack = read_pack(settings.knowledge)
    models = [content for _, content in pack.entries]
    records.directory.save(pack.agencies, pack.themes)
    versions = [_synthetic(models[number % len(models)], number) for number in range(count)]
    for start in range(0, count, 500):
        progress("writing entries", start, count)
        records.entries.add_versions(versions[start : start + 500])
    embedder = open_embedder(settings)
    folder = settings.data_dir / INDEX_FOLDER
    cache = VectorCache(vector_cache_path(folder, embedder.fingerprint), embedder.dimension)
    hashes = [text.content_hash for one in records.changed_since(-1)[1] for text in searched_texts(one)]
    records.close()

    def drawn(positions: Sequence[int]) -> Any:
        seeds = (int(hashes[at][:12], 16) for at in positions)
        rows = np.stack([np.random.default_rng(seed).standard_normal(embedder.dimension) for seed in seeds])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    cache.vectors(hashes, drawn, lambda done, total: progress("drawing vectors", done, total))
    return len(hashes)


def _synthetic(model: EntryContent, number: int) -> NewVersion:
    word = hashlib.sha256(str(number).encode()).hexdigest()[:8].translate(str.maketrans("0123456789", "ghijklmnop"))
    content = replace(
        model,
        question=f"{model.question.rstrip(' ?')} pour {word} ?",
        alternate_questions=tuple(replace(one, text=f"{one.text} {word}") for one in model.alternate_questions[:2]),
        answer=f"Pour {word} : {model.answer[:400]}",
        sections=(),
        steps=(),
        related=(),
        translations=(),
        variant_of=None,
        regions=(),
        replaced_by=None,
        window=ValidityWindow(),
    )
    return NewVersion(EntryId(f"{word}-{number}"), content, 0, author="a", approver="b", approved_at=datetime.now(UTC))


@click.group()
def main() -> None:
    """Measure backups and their return."""


@main.command()
@click.option("--count", default=50, show_default=True, help="How many backups are taken and restored.")
def rounds(count: int) -> None:
    """Back a service under load up, restore, compare; fail where anything differs."""
    with reported_errors(), shown_progress() as progress:
        outcome = measure_rounds(served_base(progress), count, progress)
    click.echo(str(outcome))
    if outcome.faults:
        raise SystemExit(1)


@main.command()
@click.option("--entries", default=10_000, show_default=True, help="How many synthetic entries.")
def large(entries: int) -> None:
    """Restore a large base on an empty node; fail where it takes longer than five minutes."""
    with reported_errors(), shown_progress() as progress:
        measured = measure_large(entries, progress)
    click.echo(str(measured))
    if measured.ready_seconds > READY_SECONDS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
