"""What `noa doctor` looks at, part by part."""

import json
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.errors import MigrationPending, NoaError
from noa_rag.domain.question import Language
from noa_rag.knowledge.importing import missing_from
from noa_rag.retrieval.bundled_model import bundled_model_folder, find_damage
from noa_rag.retrieval.calibration import learned_here, own_calibration, read_calibration
from noa_rag.service.assistant import language_model_in_words, reachable_model_in_words
from noa_rag.service.browsing import OPERATOR_PAGES, PAGES_FOLDER, page_file
from noa_rag.service.data_folder import announced_address
from noa_rag.service.records import Records, check_contact, check_not_lost, open_records
from noa_rag.settings import BUNDLED, Settings

STRANGERS_AT_MOST = 0.1  # of the entries: a base grows by some twenty a month, and stays much the same
LOOK_SECONDS: float | None = 7.0  # until what is loaded apart is known, so that the command ends within ten
LEAST_SECONDS = 1.0  # at least, when importing this took nearly all of that
HEALTH_SECONDS = 3.0  # also after the look is over
SAMPLE = 500  # texts that are searched for; an index that lost one in fifty escapes in 4 of 100,000 cases
COUNTED_BY = {
    "postgresql": "all machines over the database together",
    "machine": "the workers of this machine together",
    "process": "one process",
}
LEAST_FREE_MEGABYTES = 500  # unpacking the model takes 350 MB for a moment
_OF_THE_BASE = {"bundled pack", "calibration", "index", "digest"}  # parts that are read from it
_APART = ("reranker", "index", "language model")


@dataclass(frozen=True, slots=True)
class PartExamined:
    """One part of the service, whether it is well (None: that is not known), and what to do otherwise."""

    part: str
    is_well: bool | None
    words: str


def examine(settings: Settings, *, whole: bool = False, began: float | None = None) -> Iterator[PartExamined]:
    """Yield a finding for each part as it comes; nothing is changed.

    What has to be loaded is looked at in processes of its own, which are ended when their time is over; `whole` takes
    all the time it needs. `began` is the moment of the monotonic clock from which that time counts.
    """
    now = time.monotonic()
    until = None if whole or LOOK_SECONDS is None else max((began or now) + LOOK_SECONDS, now + LEAST_SECONDS)
    yield _looked_at("data folder", lambda: _data_folder(settings))
    if not _is_accessible(settings.data_dir):
        return
    database = _looked_at("database", lambda: _database(settings))
    yield database
    is_served = announced_address(settings.data_dir) is not None
    parts: dict[str, Callable[[Settings], str]] = {
        "bundled pack": _bundled_pack,
        "embedding model": _model,
        "reranker": _reranker,
        "calibration": _calibration,
        "htmx": _htmx,
        "places": _places,
        "index": _served_index if is_served else _index,
        "limits": _limits,
        "pages": _pages,
        "digest": _digest,
        "language model": _language_model,
    }
    looks = {
        part: partial(look, settings)
        for part, look in parts.items()
        if database.is_well or part not in _OF_THE_BASE or look is _served_index
    }
    first = {"language model": partial(reachable_model_in_words, settings)} if settings.llm else {}
    apart = {part: _Apart(part, looks[part], until, first.get(part)) for part in _APART if part in looks and until}
    for part, look in looks.items():
        yield apart[part].finding() if part in apart else _looked_at(part, look)


class _Apart:
    """Examines one part in a process of its own.

    `first` is a quick look before the other: when it finds the part unwell, that is the finding, and when the time is
    over it is the finding as well.
    """

    def __init__(self, part: str, look: Callable[[], str], until: float, first: Callable[[], str] | None) -> None:
        self._part, self._until = part, until
        here, there = multiprocessing.Pipe(duplex=False)
        self._told = here
        self._scratch = tempfile.TemporaryDirectory(prefix="noa-doctor-")  # deleted also when the process is killed
        # A fork, before anything with threads is loaded: it needs no second import of what is loaded already.
        arguments = (part, look, first, there, self._scratch.name)
        self._process = multiprocessing.get_context("fork").Process(target=_look_apart, args=arguments)
        self._process.start()
        there.close()

    def finding(self) -> PartExamined:
        """Return the finding once it is known, or when the time is over."""
        finding = PartExamined(self._part, None, "not looked at: that takes too long here; run `noa doctor --whole`")
        try:
            while self._told.poll(max(self._until - time.monotonic(), 0)):
                finding, is_last = self._told.recv()
                if is_last:
                    break
        except EOFError:
            return PartExamined(self._part, False, "the process that looked at it died; run `noa doctor --whole`")
        finally:
            self._process.kill()
            self._process.join()
            self._scratch.cleanup()
        return finding


def _look_apart(
    part: str, look: Callable[[], str], first: Callable[[], str] | None, told: Connection, scratch: str
) -> None:
    tempfile.tempdir = scratch
    if first is not None:
        examined = _looked_at(part, first)
        told.send((examined, not examined.is_well))
        if not examined.is_well:
            return
    told.send((_looked_at(part, look), True))


def _looked_at(part: str, look: Callable[[], str]) -> PartExamined:
    try:
        return PartExamined(part, True, look())
    except MigrationPending as error:
        return PartExamined(part, None, str(error))
    except (NoaError, OSError) as error:
        return PartExamined(part, False, str(error))


def _is_accessible(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=True)


def _data_folder(settings: Settings) -> str:
    folder = settings.data_dir.absolute()
    if not _is_accessible(folder):
        is_missing = not os.path.lexists(folder)  # or lies where this account cannot look
        raise NoaError(
            f"The data folder {folder} is {'missing' if is_missing else 'no folder that this account may use'}:"
            " `noa setup` makes one, `noa restore FILE` brings a backup back. Otherwise run this as the account that"
            " runs Noa, or correct NOA_DATA_DIR."
        )
    free = shutil.disk_usage(settings.data_dir).free // 1_000_000
    if free < LEAST_FREE_MEGABYTES:
        raise NoaError(f"only {free} MB are free in {settings.data_dir.absolute()}; free {LEAST_FREE_MEGABYTES} MB")
    return f"{settings.data_dir.absolute()}, {free:,} MB free"


def _database(settings: Settings) -> str:
    with closing(_opened(settings)) as records:
        records.database.check()
        if records.revision() == 0:
            check_not_lost(settings)
        check_contact(settings, records)
        count, text_count = len(records.entries.ids()), records.library.count()
        return f"{count} entries, {text_count} library texts, revision {records.revision()}"


def _opened(settings: Settings) -> Records:
    return open_records(settings, is_read_only=True)


def _bundled_pack(settings: Settings) -> str:
    with closing(_opened(settings)) as records:
        is_filled, missing = records.revision() > 0, missing_from(settings.knowledge, records)
    if is_filled and missing:
        return f"{len(missing)} entries that the base lacks; `noa knowledge import {settings.knowledge}` brings them"
    return "nothing that the base lacks" if is_filled else "fills the base at the first question"


def _model(settings: Settings) -> str:
    if settings.embedding_model != BUNDLED:
        return settings.embedding_model
    folder = bundled_model_folder(settings.models_dir)
    if not folder.exists():
        raise NoaError(f"absent from {folder}: `noa setup` unpacks it")
    damage = find_damage(folder, thorough=True)
    if damage:
        raise NoaError(f"{'; '.join(damage)}. Delete {folder}: it is unpacked again at the next start.")
    return f"bundled, sound, in {folder}"


def _reranker(settings: Settings) -> str:
    from noa_rag.service.models import reranker_in_words  # and PyTorch with it, which takes seconds

    return reranker_in_words(settings)


def _calibration(settings: Settings) -> str:
    own, path = learned_here(settings.data_dir), own_calibration(settings.data_dir)
    calibration = own or read_calibration()
    if own is None and path.is_file():
        raise NoaError(
            f"{path} was learned by an earlier copy, and the bundled calibration is in use. Run `noa eval calibrate"
            " --own-base` to learn it anew, or delete the file."
        )
    with closing(_opened(settings)) as records:
        _, versions = records.changed_since(-1)
        # A variant stands where its family's general entry stands, and is as well known as that.
        entry_ids = [version.content.variant_of or version.id for version in versions]
    strangers = calibration.strangers(entry_ids)
    if len(strangers) > STRANGERS_AT_MOST * len(entry_ids):
        raise NoaError(
            f"{len(strangers)} of {len(entry_ids)} entries were not there when the confidence was calibrated (first: "
            f"{strangers[0]}); the bound it promises leaves them out. Run `noa eval run --own-base` to see how they do,"
            " and `noa eval calibrate --own-base` to calibrate on this base."
        )
    bound = calibration.figures.get("bound", "no bound")
    whose = f"your own ({path})" if own else "bundled"
    fitted_on = calibration.figures.get("fitted_on", "unknown questions")
    return f"{whose}; {bound}; fitted on {fitted_on}; {len(strangers)} new entries"


def _htmx(settings: Settings) -> str:
    from noa_rag.service.downloads import htmx_path

    path = htmx_path(settings)
    if not path.is_file():
        raise NoaError("absent: pages work, only less swiftly. `noa setup` fetches it")
    return str(path)


def _places(settings: Settings) -> str:
    from noa_rag.service.downloads import open_gazetteer

    count = open_gazetteer(settings).commune_count
    if not count:
        raise NoaError("regions, départements and larger towns only: `noa setup` fetches the communes with npm")
    return f"{count:,} names of communes (Etalab, code officiel géographique)"


def _served_index(settings: Settings) -> str:
    """Ask the running service, which looks at its index by itself every few minutes."""
    address, health = announced_address(settings.data_dir), _served_health(settings)
    if health:
        if health["status"] == "ok":
            return f"the running service at {address} looks after it: {health['entries']} entries, all is well"
        failing = "; ".join(
            f"{task['task']}: {task.get('error', '')} {task.get('advice', '')}" for task in health["failing"]
        )
        raise NoaError(
            f"the running service at {address} is {health['status']}. {failing} What failed is tried again"
            " by itself: look again in a minute."
        )
    raise NoaError(f"the running service at {address} does not say how it is; look at its log")


def _served_health(settings: Settings) -> dict[str, Any]:
    """Return what the running service says of itself, nothing where none runs or it does not say."""
    address = announced_address(settings.data_dir)
    if address is None:
        return {}
    with suppress(OSError, ValueError), urlopen(f"{address}/health", timeout=HEALTH_SECONDS) as reply:
        health: dict[str, Any] = json.loads(reply.read())
        return health
    return {}


def _limits(settings: Settings) -> str:
    """Say who counts the requests of an address together: what the running service says, else what one would do."""
    is_shared = not settings.effective_database_url.startswith("sqlite")
    expected = "postgresql" if is_shared else "machine" if settings.workers > 1 else "process"
    health = _served_health(settings)
    counting = health.get("limits", expected)
    if any(task["task"] == "limits" for task in health.get("failing", ())):
        raise NoaError(
            f"requests are counted for {COUNTED_BY[counting]}, because the {'database' if is_shared else 'file'} that"
            " should count them does not answer; it is tried again by itself, see the service's log"
        )
    rate = f"{settings.rate_limit} questions a minute from an address" if settings.rate_limit else "none by address"
    return f"{rate}, counted for {COUNTED_BY[counting]}"


def _pages(settings: Settings) -> str:
    files = {page_file(settings.data_dir, name, Language.FRENCH) for name in OPERATOR_PAGES}
    missing = sorted(file.name for file in files if not file.is_file())
    if missing:
        folder = settings.data_dir.absolute() / PAGES_FOLDER
        return f"{', '.join(missing)} to write in {folder}: visitors read that you have yet to (docs/operating.md)"
    return "legal notice, personal data and accessibility are yours"


def _digest(settings: Settings) -> str:
    server = settings.mail_server
    if server is None:
        return "off: NOA_SMTP_URL is empty, and nothing is sent by e-mail"
    from noa_rag.service.digests import Digests

    with closing(_opened(settings)) as records:
        state = Digests(settings, records, stopping=threading.Event()).state()
    if state.failing_count:
        raise NoaError(
            f"{state.failing_count} of {state.recipient_count} digests of this week could not be sent through "
            f"{server.host}:{server.port}; it is tried again by itself, and the service's log says why"
        )
    refused = f"; refused addresses: {', '.join(state.refused)} (`noa users email`)" if state.refused else ""
    return f"Mondays at 8:00 to {state.recipient_count} people through {server.host}{refused}"


def _language_model(settings: Settings) -> str:
    with closing(_opened(settings)) as records:
        return language_model_in_words(settings, len(records.entries.ids()))


def _index(settings: Settings) -> str:
    """Search texts with their own vectors in a copy of the index, since opening the index may change it."""
    from noa_rag.retrieval.chroma import ChromaIndex
    from noa_rag.service.models import open_embedder, open_index
    from noa_rag.service.noa import INDEX_FOLDER

    folder = settings.data_dir / INDEX_FOLDER
    _model(settings)  # or it would be unpacked here
    with closing(_opened(settings)) as records, tempfile.TemporaryDirectory(prefix="noa-doctor-") as scratch:
        if records.revision() == 0:
            return "empty base; it is filled at the first question"
        if not folder.is_dir():
            raise NoaError(f"absent from {folder}: `noa setup` makes it")
        embedder = open_embedder(settings)
        if settings.chroma_url:
            ChromaIndex(settings.chroma_url, embedder.fingerprint, embedder.dimension).connect()
        copy = shutil.copytree(folder, Path(scratch) / INDEX_FOLDER, ignore=shutil.ignore_patterns("tokens-*"))
        with closing(open_index(replace(settings, chroma_url=""), embedder, copy)) as index:
            index.refresh(records.changed_since, day=today_in_paris())
            missing, count = index.missing(sample=SAMPLE), len(index.snapshot.texts)
    looked = min(count, SAMPLE)
    if missing:
        raise NoaError(f"{len(missing)} of {looked} texts do not find themselves. Run `noa index rebuild`.")
    if looked < count:
        return f"{looked} of {count} texts, chosen by chance, find themselves; `noa index check` looks at all"
    return f"{count} texts find themselves"
