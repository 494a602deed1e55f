"""The database with its stores, opened in the data folder; and recorded questions answered again."""

import errno
import logging
import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import make_url

from noa_rag.answering.payload import AnswerPayload
from noa_rag.answering.recorder import Recorder, given_again
from noa_rag.answering.shown_again import ShownAgain, entries_named, shown_again
from noa_rag.domain.agency import Agency, Theme
from noa_rag.domain.entry import DEMONSTRATION, NewVersion
from noa_rag.domain.errors import InvalidSetting, NoaError, StorageUnavailable
from noa_rag.domain.facts import Fact
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.domain.question import Language
from noa_rag.knowledge.importing import import_pack
from noa_rag.knowledge.plan import IMPORT_AUTHOR
from noa_rag.service.data_folder import ADDRESS, FolderUse, announced_address
from noa_rag.settings import NO_KNOWLEDGE, Settings
from noa_rag.storage.audit import AuditStore, write_audit
from noa_rag.storage.credentials import IdentityStore, SecondFactorStore, SecretBox
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory, FactStore, LibraryStore, write_directory, write_facts
from noa_rag.storage.entries import EntryStore, NewsReader, write_versions
from noa_rag.storage.figures import FigureStore
from noa_rag.storage.integrations import ClientKeyStore, SiteStore
from noa_rag.storage.limits import ServerBuckets
from noa_rag.storage.notices import NoticeStore
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.question_log import QuestionStore, ReferenceStore
from noa_rag.storage.queue import SqlQueueStore
from noa_rag.storage.recorded_questions import RecordedAnswers
from noa_rag.storage.review_store import SqlReviewStore
from noa_rag.storage.sign_in import SecurityKeyStore, SessionStore, SignInAttempts
from noa_rag.storage.switches import BannerStore, SwitchStore

RESERVE = "reserve"
RESERVE_BYTES = 1_000_000  # SQLite needs 32 KB a database for its shared memory, or not even reading works
# What a service, a backup, a restoration and an audit leave in a data folder; models and vectors may be copied there.
SERVED = "index/served"
_OF_A_BASE = (SERVED, "*audit-heads*", "backups/*", "noa-*.zip", "before-restore-*")
_LOGGER = logging.getLogger("noa.records")


class Records:
    """The stores over one database.

    What the answer path, imports and the review read is at hand here under the names of their ports.
    """

    def __init__(self, database: Database, folder_use: FolderUse, *, secrets_key: str = "") -> None:
        self.database = database
        self._folder_use = folder_use
        self.entries = EntryStore(database)
        self.directory = Directory(database)
        self.fact_store = FactStore(database)
        self.library = LibraryStore(database)
        self.news = NewsReader(database)
        self.questions = QuestionStore(database)
        self.recorder = Recorder(self.questions)
        self.answers = RecordedAnswers(database)
        self.references = ReferenceStore(database)
        self.counts = FigureStore(database)
        self.review = SqlReviewStore(database)
        self.queue = SqlQueueStore(database)
        self.notices = NoticeStore(database)
        self.audit = AuditStore(database)
        self.passwords = Passwords()
        self.people = PeopleStore(database, self.passwords)
        self.identities = IdentityStore(database, self.passwords)
        self.sessions = SessionStore(database)
        self.sign_in_attempts = SignInAttempts(database)
        self.second_factors = SecondFactorStore(database, SecretBox(secrets_key))
        self.security_keys = SecurityKeyStore(database)
        self.sites = SiteStore(database)
        self.client_keys = ClientKeyStore(database)
        self.limits = None if database.is_sqlite else ServerBuckets(database, secrets_key.encode())
        self.banners = BannerStore(database)
        self.switches = SwitchStore(database)

        self.revision = self.entries.revision
        self.current = self.entries.current
        self.in_force = self.entries.in_force
        self.all_in_force = self.entries.all_in_force
        self.changed_since = self.entries.changed_since
        self.entry_ids = self.entries.ids
        self.history = self.entries.history
        self.agencies = self.directory.agencies
        self.themes = self.directory.themes
        self.facts = self.fact_store.book
        self.fact_authors = self.fact_store.authors
        self.keep_library = self.library.save
        self.library_texts = self.library.all

    def save(
        self,
        agencies: Iterable[Agency],
        themes: Iterable[Theme],
        versions: Collection[NewVersion],
        facts: Collection[Fact] = (),
    ) -> None:
        """Write all of it in one transaction or nothing: a base that has agencies alone would never be filled."""
        with self.database.writing() as connection:
            write_directory(connection, agencies, themes)
            write_facts(connection, facts, author=IMPORT_AUTHOR)
            if versions:
                write_versions(connection, versions)

    def change_facts(self, facts: Collection[Fact], *, actor: str, at: datetime) -> int:
        """Write facts that somebody changed, with who did it; an import then leaves them alone. Return how many."""
        with self.database.writing() as connection:
            changed = write_facts(connection, facts, author=actor)
            for fact in changed:
                newest = fact.newest
                detail = {"value": newest.value, "unit": fact.unit, "from": str(newest.valid_from or "")}
                write_audit(connection, actor=actor, action="fact_changed", subject=fact.id, detail=detail, at=at)
        return len(changed)

    def close(self) -> None:
        self.recorder.close()
        if self.limits is not None:
            self.limits.close()
        self.database.close()
        self._folder_use.close()


def open_records(settings: Settings, *, is_read_only: bool = False) -> Records:
    """Open the database, changing nothing on the disk where it `is_read_only`. Raises StorageUnavailable."""
    if not is_read_only:
        check_data_dir(settings.data_dir)
    folder_use = FolderUse(settings.data_dir, creates=not is_read_only)
    try:
        database = Database(
            settings.effective_database_url, is_read_only=is_read_only, if_new=lambda: check_not_lost(settings)
        )
    except NoaError:
        folder_use.close()
        raise
    return Records(database, folder_use, secrets_key=settings.secrets_key)


def check_data_dir(data_dir: Path) -> None:
    """Create the data folder and try to write in it. Raises StorageUnavailable with what to do.

    A full disk is no error: what can be read is served, and the reserve file leaves room for opening the database.
    """
    probe = data_dir / f".write-test-{os.getpid()}"
    try:
        data_dir.mkdir(0o700, parents=True, exist_ok=True)
        probe.write_bytes(b"noa")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _LOGGER.warning("the disk of %s is full: Noa serves what it can read", data_dir.absolute())
            (data_dir / RESERVE).unlink(missing_ok=True)
            return
        raise StorageUnavailable(
            f"The data folder {data_dir.absolute()} cannot be written: {error.strerror}."
            " Free space or grant rights there, or set NOA_DATA_DIR to another folder."
        ) from error
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    _keep_reserve(data_dir / RESERVE)


def _keep_reserve(reserve: Path) -> None:
    """Keep a file that makes room for a start on a full disk; none where there is no room for it now."""
    if reserve.exists():
        return
    try:
        reserve.write_bytes(os.urandom(RESERVE_BYTES))  # zeros would be compressed to nothing
    except OSError:
        with suppress(OSError):
            reserve.unlink(missing_ok=True)


def answer_again(records: Records, question_id: str) -> AnswerPayload:
    """Return the answer that was given to a recorded question, byte for byte.

    Raises NotFound for an unknown number, NotReproducible when what is kept does not give what was shown.
    """
    given, entry_id, number, section_key = records.questions.given(question_id)
    wanted = [(entry_id, number)] if entry_id is not None and number is not None else []
    version = next(iter(records.entries.numbered(wanted)), None)
    return given_again(given, version, section_key)


def answer_today(records: Records, question_id: str, *, on: date, page: Language | None = None) -> ShownAgain:
    """Return what may be shown of a recorded question's answer on a day, on a page of a language.

    Raises NotFound.
    """
    recorded = records.answers.get(question_id)
    versions = records.in_force(entries_named(recorded), on)
    return shown_again(
        recorded, versions, records.agencies(), records.facts(), on=on, themes=records.themes(), page=page
    )


def check_contact(settings: Settings, records: Records) -> None:
    """Raise InvalidSetting where the contact that was set, not the default one, is none of the base's agencies."""
    contact, agencies = settings.general_contact, records.agencies()
    if agencies and contact not in agencies and contact != Settings().general_contact:
        raise InvalidSetting(f"NOA_GENERAL_CONTACT is {contact!r}; use one of {', '.join(sorted(agencies))}.")


def note_base(settings: Settings) -> None:
    """Leave a trace of the base in the data folder, by which `check_not_lost` knows that there was one."""
    with suppress(OSError):  # on a full disk: the next start leaves it
        (settings.data_dir / SERVED).touch()


def check_not_lost(settings: Settings) -> None:
    """Raise StorageUnavailable where an empty base would stand in the place of a lost one, which the folder shows."""
    folder = settings.data_dir
    files = [path.relative_to(folder).as_posix() for pattern in _OF_A_BASE for path in folder.glob(pattern)]
    if (folder / ADDRESS).exists() and announced_address(folder) is None:
        files.append(ADDRESS)
    if files:
        where = make_url(settings.effective_database_url).render_as_string(hide_password=True)
        raise StorageUnavailable(
            f"The base is missing in {where}, and there was one: {', '.join(files[:3])} in {folder.absolute()} are left"
            " of it. Run `noa restore FILE` with a backup, or correct NOA_DATABASE_URL or NOA_DATA_DIR; to begin anew,"
            " set NOA_DATA_DIR to another folder. Nothing was filled in."
        )


def fill_empty_base(settings: Settings, records: Records, progress: Progress = no_progress) -> None:
    """Import the bundled pack into an empty base, once, however many processes start.

    Raises StorageUnavailable where there was another base before, InvalidSetting as `check_contact` does.
    """
    if records.revision() == 0 and settings.knowledge != NO_KNOWLEDGE:
        with records.database.alone("setup"):
            if records.revision() == 0:
                check_not_lost(settings)
                import_pack(records, settings.knowledge, origin=DEMONSTRATION, progress=progress)
    check_contact(settings, records)
