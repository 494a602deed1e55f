"""A service in memory, with entries that bring out every state of the pages."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from noa_rag.answering.search import LEAST_LETTERS, Found, Hit
from noa_rag.answering.shown_again import ShownAgain
from noa_rag.domain.agency import Agency, AgencyId, SubTheme, Theme
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, Citation, Reason
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, Source
from noa_rag.domain.errors import DayOutOfRange, InvalidQuestion, NotFound
from noa_rag.domain.facts import Fact, FactId, OutdatedFact
from noa_rag.domain.integrations import ClientKey, HostSite, KeyId, Origin, SiteKey, UnknownKey
from noa_rag.domain.ports import EntryVerdict
from noa_rag.domain.question import Ask, Language, Mode, Reference, draw_reference
from noa_rag.domain.switches import Banner, SwitchesOff
from noa_rag.domain.timeline import News
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.french.words import stems
from noa_rag.review.following import Followed

INPI = Agency(
    AgencyId("inpi"),
    "Institut national de la propriété industrielle (INPI)",
    "https://www.inpi.fr",
    phone="01 56 65 89 98",
    hours="Mo-Fr 09:00-18:00",
)
URSSAF = Agency(AgencyId("urssaf-idf"), "Urssaf Île-de-France", "https://www.urssaf.fr", phone="3957")
MARQUE = EntryId("deposer-une-marque")
THEMES = (
    Theme(
        "propriete-intellectuelle",
        "Marques, brevets et créations",
        "Intellectual property",
        top=(MARQUE,),
        start=(MARQUE,),
        children=(
            SubTheme("marques", "Noms et marques", "Names and trade marks", (MARQUE, EntryId("marque-3"))),
            SubTheme("brevets", "Inventions et brevets", "Inventions and patents", (EntryId("brevet"),)),
        ),
    ),
    Theme("cotisations", "Cotisations sociales", "Social contributions"),
)


def an_entry(entry_id: str = "deposer-une-marque", **content: Any) -> EntryVersion:
    """Return an approved entry; keyword arguments replace parts of its content."""
    base = EntryContent(
        agency_id=INPI.id,
        question="Comment déposer une marque ?",
        answer="Le dépôt se fait **en ligne**, sur [le site de l'INPI](https://www.inpi.fr).\n\n- une classe",
        theme="propriete-intellectuelle",
        sources=(Source("Déposer une marque", "https://www.inpi.fr/proteger/marque"),),
        validated_on=date(2026, 11, 24),
    )
    return EntryVersion(
        id=EntryId(entry_id),
        version=3,
        content=replace(base, **content),
        status=EntryStatus.APPROVED,
        author="a",
        approver="b",
        approved_at=datetime(2026, 11, 24, tzinfo=UTC),
    )


def an_answer(entry: EntryVersion, **changes: Any) -> Answer:
    """Return the answer that serves this entry word for word."""
    answer = Answer(
        status=AnswerStatus.ANSWERED,
        mode=Mode.STRICT,
        language=Language.FRENCH,
        text=entry.content.answer,
        confidence=0.93,
        official_text=entry.content.answer,
        entry=entry,
        citations=(Citation(1, "Le dépôt se fait en ligne"),),
        question_id="q-1",
        conversation_id="c-1",
    )
    return replace(answer, **changes)


def a_clarification(*entries: EntryVersion) -> Answer:
    """Return a question back to the visitor: which of these entries?"""
    return Answer(
        status=AnswerStatus.CLARIFICATION,
        mode=Mode.STRICT,
        language=Language.FRENCH,
        text="Plusieurs fiches sont proches de votre question. Laquelle vous concerne ?",
        confidence=0.41,
        reason=Reason.CLOSE_ENTRIES,
        choices=tuple(Choice(entry.id, entry.content.question) for entry in entries),
        question_id="q-2",
        conversation_id="c-1",
    )


def an_abstention(*entries: EntryVersion, contact: Agency | None = INPI) -> Answer:
    """Return a refusal, with whom to ask and the closest questions."""
    return Answer(
        status=AnswerStatus.ABSTAINED,
        mode=Mode.STRICT,
        language=Language.FRENCH,
        text="Je n'ai pas de réponse validée à cette question.",
        confidence=0.12,
        reason=Reason.NOTHING_CLOSE,
        contact=contact,
        choices=tuple(Choice(entry.id, entry.content.question) for entry in entries),
        question_id="q-3",
        conversation_id="c-1",
    )


def a_host_site(**changes: Any) -> HostSite:
    """Return a site that shows the widget on its two addresses."""
    site = HostSite(
        key=SiteKey("portail-pme-7k3q9d"),
        name="Portail PME",
        origins=(Origin("https://www.pme.example"), Origin("http://127.0.0.1:8010")),
        greeting_fr="Bienvenue sur le portail des PME",
        greeting_en="Welcome to the SME portal",
    )
    return replace(site, **changes)


class FakeKeys:
    """Keys by their words, and what was counted of them."""

    def __init__(self) -> None:
        self.known: dict[str, ClientKey] = {}
        self.counted: list[tuple[KeyId, bool]] = []

    def find(self, token: str) -> ClientKey:
        if token not in self.known:
            raise UnknownKey("unknown")
        return self.known[token]

    def count(self, key_id: KeyId, *, is_refused: bool) -> None:
        self.counted.append((key_id, is_refused))


class FakeService:
    """Gives `answer` to every question, or raises `error`; keeps what it was asked and told."""

    def __init__(self, *entries: EntryVersion, answer: Answer | None = None) -> None:
        self.entries = {entry.id: entry for entry in entries or (an_entry(),)}
        self.answer = answer or an_answer(next(iter(self.entries.values())))
        self.error: Exception | None = None
        self.known_days = (date.min, date.max)
        self.client_keys = FakeKeys()
        self.rephrased: Answer | None = None
        self.rephrased_so_far: Sequence[Answer] = ()
        self.demonstration = False
        self.is_changed = False
        self.is_ready = True
        self.replacements: dict[EntryId, EntryId] = {}
        self.facts: dict[EntryId, tuple[Fact, ...]] = {}
        self.declared = "none"
        self.written_pages: dict[str, tuple[str, Language]] = {}
        self.outdated: tuple[OutdatedFact, ...] = ()
        self.asked: list[Ask] = []
        self.searched: list[tuple[str, str | None, Language | None]] = []
        self.typed_in_distress: str | None = None
        """What is typed into the search by somebody who cannot go on."""
        self.feedback: list[tuple[str, bool, str | None, str]] = []
        self.judged: list[EntryVerdict] = []
        self.days: list[date | None] = []
        self.taken: list[tuple[str, EntryId]] = []
        self.choice_error: Exception | None = None
        self.hosts = {site.key: site for site in (a_host_site(),)}
        self.shown_banner: Banner | None = None
        self.off = SwitchesOff()
        self.told: tuple[News, ...] = ()
        self.following: dict[Reference, Followed] = {}
        self.references: dict[str, Reference] = {}

    def check_day(self, day: date | None, *, field: str) -> None:
        first, last = self.known_days
        if day is not None and not first <= day <= last:
            raise DayOutOfRange(day, first=first, last=last, field=field)

    def ask(self, ask: Ask) -> Answer:
        self._fail()
        self.asked.append(ask)
        if not ask.text.strip() or len(ask.text) > 1000 or "\x00" in ask.text:
            raise InvalidQuestion(f"The question has {len(ask.text)} characters.")
        return self.answer

    def shown_again(self, question_id: str, *, page: Language | None = None) -> ShownAgain:
        self._fail()
        text = self.asked_text(question_id)
        if text is None:
            raise NotFound(f"No question bears the id {question_id!r}.")
        return ShownAgain(text, self.answer, self.is_changed)

    def asked_text(self, question_id: str) -> str | None:
        """Return the last question, as that of any number that answers bear here."""
        if re.fullmatch(r"q-\d", question_id) is None:
            return None
        return mask_personal_data(self.asked[-1].text) if self.asked else "une question"

    def has_assistant(self) -> bool:
        return self.rephrased is not None

    def can_rephrase(self, answer: Answer) -> bool:
        is_own_language = answer.entry is not None and answer.entry.content.language == answer.language.value
        return self.has_assistant() and is_own_language and not answer.parts

    def rephrase(
        self, question_id: str, *, is_cancelled: Callable[[], bool], show: Callable[[Answer], None] | None = None
    ) -> Answer | None:
        self._fail()
        if question_id != self.answer.question_id:
            return None
        for sentence in self.rephrased_so_far:
            if show is not None:
                show(sentence)
        return self.rephrased

    def entry(self, entry_id: EntryId, *, on: date | None = None) -> EntryVersion | None:
        self._fail()
        self.days.append(on)
        return self.entries.get(entry_id)

    def replacement_of(self, entry_id: EntryId) -> EntryId | None:
        return self.replacements.get(entry_id)

    def servable_among(self, entry_ids: Collection[EntryId]) -> dict[EntryId, EntryVersion]:
        return {entry_id: self.entries[entry_id] for entry_id in entry_ids if entry_id in self.entries}

    def outdated_facts(self, entry: EntryVersion, *, on: date | None = None) -> tuple[OutdatedFact, ...]:
        return self.outdated

    def facts_named(self, ids: Collection[str]) -> Mapping[FactId, Fact]:
        known = {fact.id: fact for facts in self.facts.values() for fact in facts}
        return {FactId(one): known[FactId(one)] for one in ids if one in known}

    def facts_of(self, entry_id: EntryId) -> Sequence[Fact]:
        return self.facts.get(entry_id, ())

    def chosen(self, question_id: str) -> Sequence[EntryVersion]:
        return [self.entries[entry_id] for answered_id, entry_id in self.taken if answered_id == question_id]

    def search(self, typed: str, *, region: str | None, language: Language | None) -> Found:
        """Return the entries whose question holds what was typed; the words typed are those that are marked."""
        self._fail()
        self.searched.append((typed, region, language))
        entries = [entry for entry in self.entries.values() if typed.casefold() in entry.content.question.casefold()]
        if len(typed) < LEAST_LETTERS:
            return Found(is_too_short=True)
        return Found(
            tuple(Hit(entry, None, frozenset(stems(typed))) for entry in entries),
            is_distress=typed == self.typed_in_distress,
        )

    def start_tasks(self) -> Sequence[EntryVersion]:
        self._fail()
        return [self.entries[name] for theme in THEMES for name in theme.start if name in self.entries]

    def theme_entries(self, theme_id: str) -> Sequence[EntryVersion]:
        return [entry for entry in self.entries.values() if entry.content.theme == theme_id]

    def servable(self) -> Sequence[EntryVersion]:
        self._fail()
        return list(self.entries.values())

    def journeys(self) -> Sequence[EntryVersion]:
        return [entry for entry in self.entries.values() if entry.content.steps]

    def operator_page(self, name: str, language: Language) -> tuple[str, Language] | None:
        return self.written_pages.get(name)

    def accessibility(self) -> str:
        return self.declared

    def kept_days(self) -> int:
        return 396

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return {INPI.id: INPI, URSSAF.id: URSSAF}

    def themes(self) -> tuple[Theme, ...]:
        return THEMES

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        if question_id != self.answer.question_id:
            raise NotFound(f"No question bears the id {question_id!r}.")
        self.feedback.append((question_id, is_useful, reason, comment))

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        if verdict.entry_id not in self.entries:
            raise NotFound(f"No entry has the id {verdict.entry_id!r}.")
        self.judged.append(verdict)

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        if self.choice_error:
            raise self.choice_error
        self.taken.append((question_id, entry_id))

    def host_site(self, key: SiteKey) -> HostSite | None:
        return self.hosts.get(key)

    def keep_reference(self, question_id: str) -> Reference:
        if question_id != self.answer.question_id:
            raise NotFound(f"No question bears the id {question_id!r}.")
        return self.references.setdefault(question_id, draw_reference())

    def followed(self, reference: Reference) -> Followed | None:
        self._fail()
        return self.following.get(reference)

    def news(self) -> tuple[News, ...]:
        self._fail()
        return self.told

    def banner(self) -> Banner | None:
        return self.shown_banner

    def switched_off(self) -> SwitchesOff:
        return self.off

    def is_demonstration(self) -> bool:
        return self.demonstration

    def health(self) -> Mapping[str, object]:
        self._fail()
        return {"entries": len(self.entries)}

    def readiness(self) -> Mapping[str, object]:
        self._fail()
        return {"ready": self.is_ready, "index_lag_seconds": 0.0 if self.is_ready else 7.5}

    def _fail(self) -> None:
        if self.error:
            raise self.error
