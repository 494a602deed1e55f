"""Noa as a whole: what the command line, the web and the evaluations call."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date

from noa_rag.answering.conversation.remembered import Remembered, replayed
from noa_rag.answering.pipeline import Answering, answer_path
from noa_rag.answering.search import FOUND_LIMIT, Found, search_entries, searched_words
from noa_rag.answering.shown_again import ShownAgain
from noa_rag.answering.turn import Step
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Answer
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import Audience, EntryId, EntryVersion
from noa_rag.domain.errors import InvalidQuestion, InvalidRequest, NoaError
from noa_rag.domain.failure import Asked
from noa_rag.domain.limits import IS_BEYOND_LIMIT, Buckets
from noa_rag.domain.ports import Conversations, EntryReader, EntryVerdict, Judge, Progress, no_progress
from noa_rag.domain.question import Ask, Language, Mode, Reference
from noa_rag.domain.switches import Banner, SwitchesOff, SwitchName
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.retrieval.calibration import Calibration, calibration_in_use
from noa_rag.retrieval.confidence import CalibratedJudge
from noa_rag.retrieval.days import Days, OfTheDay, SearchedDays, Searcher, WhateverWindow
from noa_rag.retrieval.extracts import Extracts
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.review.following import Followed, follow
from noa_rag.service.assistant import Assistant, models_in_use, open_assistant
from noa_rag.service.background import Background
from noa_rag.service.browsing import Browsing
from noa_rag.service.downloads import open_gazetteer
from noa_rag.service.limits import ClientKeys, HelpBeyondLimit, OwnBuckets, buckets_over
from noa_rag.service.models import open_embedder, open_index, open_reranker
from noa_rag.service.records import Records, answer_today, fill_empty_base, note_base, open_records
from noa_rag.service.upkeep import IndexLag, Visitors, begin_upkeep, give_back_memory, health_of, readiness_of
from noa_rag.settings import Settings
from noa_rag.storage.limits import SharedFile

INDEX_FOLDER = "index"  # of the data folder; all in it can be made again
LARGE_CHANGE = 50  # entries; giving memory back stops every visitor for a quarter of a second


class Noa(Browsing):
    """Answers, entries and feedback over one base; implements the web's NoaService."""

    def __init__(
        self,
        settings: Settings,
        records: Records,
        index: SearchIndex,
        calibration: Calibration,
        assistant: Assistant | None = None,
        *,
        limits: Buckets | None = None,
    ) -> None:
        super().__init__(settings, records)
        self.assistant = assistant
        self.limits = limits or OwnBuckets()
        self.client_keys = ClientKeys(records.client_keys)
        self.host_site = records.sites.find
        self.asked_text = records.answers.asked_text
        self.index = index
        self.calibration = calibration
        self._general_contact = AgencyId(settings.general_contact)
        self.gazetteer = open_gazetteer(settings)
        self.verifier = open_reranker(
            settings, index, calibration, gazetteer=self.gazetteer, kept_in=settings.data_dir / INDEX_FOLDER
        )
        self.extracts = Extracts(index.embedder, index.vectors_of)
        self.judge: Judge = CalibratedJudge(calibration, self.verifier)
        self.retriever = HybridRetriever(index, calibration.ranking, calibration.subject)
        self.days = Days(
            records.entries,
            index,
            live_searcher=lambda: Searcher(self.retriever, self.judge, self.index),
            searcher_over=self.searcher_over,
        )
        self._answering = self.answering()
        self._help_beyond_limit = HelpBeyondLimit(self.path(), self._answering)
        self._banner = records.banners.newest()
        self.refresh_switches()
        self._visitors = Visitors()
        self.background = Background()
        self.lag = IndexLag(self)

    def answering(self, *, hidden: Collection[EntryId] = (), is_recorded: bool = True) -> Answering:
        """Return an answer path over this base; evaluations hide entries and do not record."""
        log = self.records.recorder if is_recorded else None
        return Answering(self.path(hidden=hidden), log, self.records.agencies)

    def path(
        self,
        *,
        hidden: Collection[EntryId] = (),
        conversations: Conversations | None = None,
        entries: EntryReader | None = None,
        days: SearchedDays | None = None,
        today: date | None = None,
    ) -> tuple[Step, ...]:
        """Return the steps of an answer path over this base, for callers that need the whole turn.

        With `entries` and `days`, it reads and searches those instead, and takes `today` for the day, so that previews
        answer on the public's own path.
        """
        searched_days = days or self.days
        of_the_day, whatever_window = OfTheDay(searched_days), WhateverWindow(searched_days)
        return answer_path(
            entries=entries or self.records,
            retriever=of_the_day,
            judge=of_the_day,
            today=lambda: today or today_in_paris(),
            general_contact=self._general_contact,
            hidden=hidden,
            aside=(whatever_window, whatever_window),
            gazetteer=self.gazetteer,
            urgent=lambda: [entry_id for entry_id in self._urgent() if entry_id not in hidden],
            extracts=self.extracts,
            assistance=self.assistant.steps() if self.assistant else (),
            conversations=conversations or self.records.questions,
            written=self.written,
            is_borrowed=self.index.is_borrowed,
            searched=lambda question: searched_words(
                question, searched_days.searcher(question.as_of).index.snapshot.lexical
            ),
        )

    def written(self, text: str, *, is_french: bool) -> str:
        """Return a question as today's base would spell it; names of places are kept as they are."""
        return self.index.written(text, is_french=is_french, kept=self.gazetteer.words_of_places(text))

    def searcher_over(self, index: SearchIndex) -> Searcher:
        """Return the retriever and the judge over another index."""
        judge = self.judge
        if isinstance(judge, CalibratedJudge):
            judge = CalibratedJudge(self.calibration, self.verifier.over(index) if self.verifier else None)
        return Searcher(HybridRetriever(index, self.calibration.ranking, self.calibration.subject), judge, index)

    def ask(self, ask: Ask) -> Answer:
        if ask.mode is Mode.ASSISTED and not self.has_assistant():
            ask = replace(ask, mode=Mode.STRICT)
        with self._visitors.one_more():
            if IS_BEYOND_LIMIT.get():
                return self._help_beyond_limit.ask(ask)
            if ask.earlier and ask.conversation_id is None:
                path = self.path(conversations=(memory := Remembered()))
                ask = replayed(ask, path, memory)
                return Answering(path, self.records.recorder, self.records.agencies).ask(ask)
            return self._answering.ask(ask)

    def check_day(self, day: date | None, *, field: str) -> None:
        if day is not None:
            self.days.check(day, today=today_in_paris(), field=field)

    def read_ahead(self, pause: Callable[[float], bool] = lambda seconds: False) -> None:
        """Read entries ahead, so that visitors need not wait; see `Verifier.warm`."""
        if self.verifier is not None:
            self.verifier.warm(pause)
        self.extracts.warm(self.servable(), pause)

    def give_way(self, rest_seconds: float) -> bool:
        """Pause background work, so that visitors who are being answered go first; return whether to stop."""
        return self._visitors.let_go_first(rest_seconds, self.background.stopping)

    def can_rephrase(self, answer: Answer) -> bool:
        return self.assistant is not None and self.has_assistant() and self.assistant.can_rephrase(answer)

    def has_assistant(self) -> bool:
        is_on = SwitchName.MODEL not in self._switched_off.names
        return self.assistant is not None and is_on and self.assistant.may_speak()

    def rephrase(
        self,
        question_id: str,
        *,
        is_cancelled: Callable[[], bool] = lambda: False,
        show: Callable[[Answer], None] | None = None,
    ) -> Answer | None:
        if self.assistant is None or not self.has_assistant():
            return None
        return self.assistant.rephrase(question_id, on=today_in_paris(), is_cancelled=is_cancelled, show=show)

    def shown_again(self, question_id: str, *, page: Language | None = None) -> ShownAgain:
        shown = answer_today(self.records, question_id, on=today_in_paris(), page=page)
        if self.assistant is None or shown.is_changed or not self.can_rephrase(shown.answer):
            return shown
        return replace(shown, answer=self.assistant.as_known(shown.answer))

    def search(self, typed: str, *, region: str | None, language: Language | None) -> Found:
        day = today_in_paris()
        with self._visitors.one_more():
            return search_entries(
                typed,
                retriever=self.search_retriever(self.days.searcher(day).index),
                entries=self.records,
                day=day,
                region=region,
                language=language,
                gazetteer=self.gazetteer,
                urgent=self._urgent,
            )

    def _urgent(self) -> list[EntryId]:
        return [entry.id for entry in self.servable() if entry.content.urgent]

    def search_retriever(self, index: SearchIndex) -> HybridRetriever:
        """Return a retriever that finds many entries at once in an index, and keeps nothing of what was typed."""
        return HybridRetriever(index, self.calibration.ranking, self.calibration.subject, limit=FOUND_LIMIT)

    def accessibility(self) -> str:
        return self.settings.accessibility

    def kept_days(self) -> int:
        return self.settings.keep_questions_days

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        self.records.recorder.record_feedback(
            question_id, is_useful=is_useful, reason=reason, comment=mask_personal_data(comment)
        )

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        self.records.recorder.record_entry_verdict(replace(verdict, comment=mask_personal_data(verdict.comment)))

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        self.records.recorder.record_choice(question_id, entry_id)

    def keep_reference(self, question_id: str) -> Reference:
        return self.records.recorder.attempt(lambda: self.records.references.keep(question_id))

    def followed(self, reference: Reference) -> Followed | None:
        record, today = self.records.references.find(reference), today_in_paris()
        if record is None:
            return None
        question, drafts, pile = record
        return follow(
            question,
            drafts,
            in_force=lambda entry_id: self.records.in_force([entry_id], today).get(entry_id),
            asked_again=lambda: self._answer_to(question),
            today=today,
            pile=pile,
            general_contact=self._general_contact,
        )

    def _answer_to(self, asked: Asked) -> tuple[EntryVersion, str | None] | None:
        """Return the entry that answers a recorded question now, with its section; nothing is recorded."""
        audience = Audience(asked.audience) if asked.audience in set(Audience) else None
        try:
            answer = self.answering(is_recorded=False).ask(
                Ask(asked.text, asked.region, audience, language=asked.language)
            )
        except (InvalidQuestion, InvalidRequest):  # a question masked as a whole, or a region that no longer exists
            return None
        return (answer.entry, answer.section_key) if answer.entry else None

    def banner(self) -> Banner | None:
        return self._banner

    def refresh_banner(self) -> None:
        """Read the banner again; a service does so twice a second."""
        self._banner = self.records.banners.newest()

    def switched_off(self) -> SwitchesOff:
        return self._switched_off

    def refresh_switches(self) -> None:
        """Read the switches again; a service does so twice a second."""
        names = frozenset(switch.name for switch in self.records.switches.all() if not switch.is_on)
        if self.assistant is None:
            names -= {SwitchName.MODEL}
        contact = self.records.agencies().get(self._general_contact) if names else None
        self._switched_off = SwitchesOff(names, contact and contact.serving(None))

    def health(self) -> Mapping[str, object]:
        return health_of(self)

    def readiness(self) -> Mapping[str, object]:
        return readiness_of(self)

    def newest(self) -> tuple[int, date]:
        """Return the base's revision and the day, which the index follows."""
        return self.records.revision(), today_in_paris()

    def refresh(self, progress: Progress = no_progress) -> int:
        """Bring the index in step with the database; return how many entries changed."""
        day = today_in_paris()
        count = self.index.refresh(
            lambda known: self.records.entries.standing_since(known, day), day=day, progress=progress
        )
        if count >= LARGE_CHANGE:
            give_back_memory()
        return count

    def forget_questions(self) -> None:
        """Empty the caches of questions asked before, so that timings are those of wordings never met."""
        self.days.forget_questions()
        if self.verifier is not None:
            self.verifier.forget_questions()

    def follow(self) -> None:
        """Keep the index in step, and do a service's other background work, until `close`."""
        begin_upkeep(self)

    def close(self) -> None:
        self.background.stop()
        if self.assistant is not None:
            self.assistant.close()
        if self.verifier is not None:
            self.verifier.close()
        self.index.close()
        self.records.close()


def open_noa(
    settings: Settings,
    progress: Progress = no_progress,
    *,
    records: Records | None = None,
    calibration: Calibration | None = None,
    shared_file: SharedFile | None = None,
) -> Noa:
    """Return Noa ready to answer: an empty base is filled, the model prepared, the index brought up to date.

    `shared_file` is where the workers of this machine count their clients' requests.
    """
    records = records or open_records(settings)
    try:
        fill_empty_base(settings, records, progress)
    except NoaError:
        records.close()
        raise
    embedder = open_embedder(settings, progress)
    index = open_index(settings, embedder, settings.data_dir / INDEX_FOLDER)
    limits = buckets_over(records.limits, shared_file)
    assistant = open_assistant(settings, records, index, limits=limits)
    learned = calibration or calibration_in_use(settings.data_dir, embedder.fingerprint)
    noa = Noa(settings, records, index, learned, assistant, limits=limits)
    noa.refresh(progress)
    if assistant is not None:
        assistant.check(models_in_use(settings), len(index.snapshot.versions))
    note_base(settings)
    return noa
