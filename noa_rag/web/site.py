"""What every handler needs: the service, the line in front of it, where things are; and parts that others add."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from noa_rag.answering.distress.recognise import is_in_distress
from noa_rag.answering.search import Found
from noa_rag.answering.shown_again import ShownAgain
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Answer
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.facts import Fact, FactId, OutdatedFact
from noa_rag.domain.integrations import HostSite, KnownKeys, SiteKey
from noa_rag.domain.ports import EntryVerdict
from noa_rag.domain.question import Ask, Language, Reference
from noa_rag.domain.switches import Banner, SwitchedOff, SwitchesOff, SwitchName
from noa_rag.domain.timeline import News
from noa_rag.review.following import Followed
from noa_rag.web.limits import Draining, Saturated, WaitingLine, is_cry_for_help
from noa_rag.web.operations.observing import ignored
from noa_rag.web.paths import Assets, page_path

P = ParamSpec("P")
T = TypeVar("T")


class NoaService(Protocol):
    """Every method is synchronous and may raise a NoaError; the web runs them off its event loop.

    `client_keys` are looked at and counted in memory, for each request.
    """

    @property
    def client_keys(self) -> KnownKeys: ...

    def ask(self, ask: Ask) -> Answer:
        """Answer and record; the answer says where it could not be. Raises InvalidQuestion and InvalidRequest."""

    def check_day(self, day: date | None, *, field: str) -> None:
        """Raise DayOutOfRange, naming the field, for a day that the base does not know; None passes."""

    def has_assistant(self) -> bool:
        """Whether a language model is set up to rephrase answers."""

    def can_rephrase(self, answer: Answer) -> bool:
        """Whether a language model may be asked for this answer: one entry, in its own language or also in English."""

    def rephrase(
        self, question_id: str, *, is_cancelled: Callable[[], bool], show: Callable[[Answer], None] | None = None
    ) -> Answer | None:
        """Return the answer to a recorded question, rephrased where that is borne out; None when there is none.

        `show` is given the answer with the sentences that were borne out so far, each time that there are more.
        """

    def shown_again(self, question_id: str, *, page: Language | None = None) -> ShownAgain:
        """Return a recorded question with what may be shown of its answer today, on a page of a language.

        Raises NotFound.
        """

    def asked_text(self, question_id: str) -> str | None:
        """Return the text of a recorded question, masked; None for an unknown one."""

    def entry(self, entry_id: EntryId, *, on: date | None = None) -> EntryVersion | None:
        """Return the entry if it may be shown that day, today unless told otherwise."""

    def replacement_of(self, entry_id: EntryId) -> EntryId | None:
        """Return the entry that took the place of a withdrawn one, if that may be shown today."""

    def servable_among(self, entry_ids: Collection[EntryId]) -> Mapping[EntryId, EntryVersion]:
        """Return those of these entries that may be shown today."""

    def outdated_facts(self, entry: EntryVersion, *, on: date | None = None) -> tuple[OutdatedFact, ...]:
        """Return the figures that an entry states but that have ended by that day (by default today)."""

    def facts_of(self, entry_id: EntryId) -> Sequence[Fact]:
        """Return the figures and days that an entry states, as the base keeps them apart from its text."""

    def facts_named(self, ids: Collection[str]) -> Mapping[FactId, Fact]:
        """Return the facts of these ids that the base knows."""

    def chosen(self, question_id: str) -> Sequence[EntryVersion]:
        """Return the entries that the visitor opened among those offered for a question, if they may be shown today."""

    def search(self, typed: str, *, region: str | None, language: Language | None) -> Found:
        """Return the entries to show for what was typed; nothing is recorded. Raises InvalidQuestion, InvalidRequest.

        `language` None means "find out from the words".
        """

    def start_tasks(self) -> Sequence[EntryVersion]:
        """Return the entries that the start page begins with, in the order of the themes."""

    def theme_entries(self, theme_id: str) -> Sequence[EntryVersion]:
        """Return the entries of a theme that may be shown today."""

    def servable(self) -> Sequence[EntryVersion]:
        """Return all entries that may be shown today."""

    def journeys(self) -> Sequence[EntryVersion]:
        """Return the entries that take their reader through a procedure step by step, by theme."""

    def operator_page(self, name: str, language: Language) -> tuple[str, Language] | None:
        """Return a page that the operator wrote, in Markdown, and its language; None where there is none."""

    def accessibility(self) -> str:
        """Return how far the operator declares the pages to conform to the RGAA: `none`, `partial` or `full`."""

    def kept_days(self) -> int:
        """Return for how many days a question is kept."""

    def agencies(self) -> Mapping[AgencyId, Agency]: ...

    def themes(self) -> tuple[Theme, ...]: ...

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        """Keep a visitor's verdict. Raises NotFound for an unknown question, NotRecorded where nothing can be kept."""

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        """Keep a visitor's verdict on an entry. Raises NotFound for an unknown entry or question, NotRecorded."""

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        """Keep that the visitor opened an entry that this question's answer offered; anything else is passed over."""

    def host_site(self, key: SiteKey) -> HostSite | None:
        """Return the site that bears this key, active or not."""

    def keep_reference(self, question_id: str) -> Reference:
        """Return the number by which this question is followed. Raises NotFound for an unknown one, NotRecorded."""

    def followed(self, reference: Reference) -> Followed | None:
        """Return what became of a question today; None for a number that nobody was given."""

    def news(self) -> tuple[News, ...]:
        """Return the entries that an agency approved or changed in the last days, the latest first."""

    def banner(self) -> Banner | None:
        """Return the banner as last switched on or off, from memory: every page asks, errors too."""

    def switched_off(self) -> SwitchesOff:
        """Return which parts are switched off, from memory: every page asks."""

    def is_demonstration(self) -> bool:
        """Whether the base holds demonstration entries: pages then say so."""

    def health(self) -> Mapping[str, object]:
        """Return figures for whoever watches over the service, and what fails; raises NoaError if it cannot answer."""

    def readiness(self) -> Mapping[str, object]:
        """Return whether visitors should be sent here, as `ready`; raises NoaError when the base cannot be read."""


@dataclass(frozen=True, slots=True)
class Site:
    """The dependency `site` of handlers; `host` is the site whose widget shows the page, if any.

    `language` is that of the page.
    """

    service: NoaService
    line: WaitingLine
    assistant_line: WaitingLine
    """Where calls wait that a language model takes seconds for: they must not keep answers waiting."""
    urgent_line: WaitingLine
    """Where messages of distress wait once `line` is full."""
    assets: Assets
    base_url: str | None
    host: HostSite | None = None
    language: Language = Language.FRENCH
    on_answer: Callable[[Answer, float], None] = ignored

    def path(self, page: str, item_id: str = "", query: Mapping[str, str] | None = None) -> str:
        """Return the address of a page in the language and the frame of this one."""
        return page_path(page, self.language, item_id, query, host=self.host)

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, bool]:
        """Run a call once its turn has come; return its result, and whether the base holds demonstration entries."""
        return await self.line.run(lambda: (call(*args, **kwargs), self.service.is_demonstration()))

    async def run_for(self, message: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call for this message and return its result; one of distress is answered even if the line is full."""
        try:
            return await self.line.run(call, *args, **kwargs)
        except (Draining, Saturated):
            if not is_in_distress(message):
                raise
            return await self.urgent_line.run(call, *args, **kwargs)

    def ask(self, ask: Ask) -> Answer:
        """Ask the service, and report the answer and its duration in seconds to `on_answer`."""
        self.service.check_day(ask.as_of, field="as_of")
        start = time.perf_counter()
        answer = self.service.ask(ask)
        self.on_answer(answer, time.perf_counter() - start)
        return answer


async def api_is_on(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse requests to the API while it is switched off, except for a message of distress."""
    site: Site = connection.app.state.site
    try:
        site.service.switched_off().require(SwitchName.API)
    except SwitchedOff:
        if not await is_cry_for_help(connection):
            raise


if TYPE_CHECKING:
    from noa_rag.service.noa import Noa

PLUG_INS = "noa.web"


@dataclass(frozen=True, slots=True)
class Part:
    """Routes with their folders of templates and static files.

    `state` is added to the application's; `lines` are closed when it stops.
    """

    handlers: Sequence[ControllerRouterHandler]
    templates: Path
    static: Path
    state: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[WaitingLine] = ()


def installed_parts(noa: "Noa") -> list[Part]:
    """Return every part that is installed, opened over this Noa."""
    plug_ins = sorted(entry_points(group=PLUG_INS), key=lambda plug_in: (plug_in.name, plug_in.value))
    return [plug_in.load()(noa) for plug_in in plug_ins]
