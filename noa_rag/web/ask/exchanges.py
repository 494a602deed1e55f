"""Exchanges as a page needs them: an answer with all that is shown around it, alone or after those before it.

The address of an answer names the questions that were asked before it on the same page, so that a conversation can be
loaded again: nothing is kept in the browser, and nobody is recognised.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from litestar.plugins.htmx import HTMXRequest

from noa_rag.answering.shown_again import ShownAgain
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, Choice
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import NotFound
from noa_rag.domain.facts import Fact, OutdatedFact
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.domain.switches import SwitchName
from noa_rag.web.ask.views import HEADING_IN_CONVERSATION, AnswerView, entries_of, named_in, view_answer
from noa_rag.web.entries.views import EntryView, view_entry
from noa_rag.web.paths import language_of, page_path
from noa_rag.web.site import NoaService, Site
from noa_rag.web.widget import choices_in_link, chosen_audience, chosen_region

EARLIER = "earlier"
EARLIER_LIMIT = 9  # exchanges above the newest: each is read from the record at every load
_SEPARATOR = "."
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_ANSWER = re.compile(r"/(?:reponse|answer)/([^/]+)$")  # the end of PATHS["answer"], in a host site's frame or not


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown beside answers: their agencies, the entries that they may link, and the facts that they state.

    `known` are the entries that may be linked or are offered, and may be shown today.
    """

    agencies: Mapping[AgencyId, Agency]
    known: Mapping[EntryId, EntryVersion]
    facts: Mapping[EntryId, Sequence[Fact]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer that was given, what is shown around it, and the entries chosen among those it offered.

    Each chosen entry comes with the outdated facts that it states.
    """

    shown: ShownAgain
    around: Beside
    chosen: tuple[tuple[EntryVersion, tuple[OutdatedFact, ...]], ...] = ()


def around(service: NoaService, entries: Sequence[EntryVersion], offered: Sequence[Choice] = ()) -> Beside:
    """Return what is shown beside these entries, and beside those that are offered."""
    named = named_in(entries) | {one.entry_id for one in offered}
    facts = {entry.id: service.facts_of(entry.id) for entry in entries}
    return Beside(service.agencies(), service.servable_among(named), facts)


def tell_now(service: NoaService, answer: Answer, asked: str) -> Exchange:
    """Return an answer that was just given, with what is shown around it."""
    return Exchange(ShownAgain(asked, answer), around(service, entries_of(answer), answer.choices))


def tell(service: NoaService, shown: ShownAgain) -> Exchange:
    """Return a recorded answer with what is shown around it."""
    chosen = service.chosen(shown.answer.question_id) if shown.answer.choices else ()
    with_ended = tuple((entry, service.outdated_facts(entry)) for entry in chosen)
    beside = around(service, [*entries_of(shown.answer), *chosen], shown.answer.choices)
    return Exchange(shown, beside, with_ended)


def tell_again(
    service: NoaService, question_id: str, earlier: Sequence[str], language: Language
) -> tuple[list[Exchange], Exchange]:
    """Return the exchanges before a question, and its own. Raises NotFound when the question itself is unknown.

    Earlier questions that were erased meanwhile are left out.
    """
    newest = tell(service, service.shown_again(question_id, page=language))
    before = []
    for one in earlier:
        with suppress(NotFound):
            before.append(tell(service, service.shown_again(one, page=language)))
    return before, newest


def read_earlier(text: str | None, *, but: str) -> tuple[str, ...]:
    """Return the ids of earlier questions that an address names, without `but`: the last few of them."""
    ids = dict.fromkeys(one for one in (text or "").split(_SEPARATOR) if _ID.fullmatch(one) and one != but)
    return tuple(ids)[-EARLIER_LIMIT:]


def earlier_in_link(ids: Sequence[str]) -> dict[str, str]:
    """Return the part of a link's query that names the earlier questions; empty when there are none."""
    return {EARLIER: _SEPARATOR.join(ids)} if ids else {}


def asked_on(request: HTMXRequest, *, but: str) -> tuple[str, ...]:
    """Return the ids of the questions on the page that a form was sent from, as the page's address names them."""
    question_id, query = _sent_from(request)
    return read_earlier(_SEPARATOR.join((query.get(EARLIER, ""), question_id)), but=but)


def link_to_choice(request: HTMXRequest, host: HostSite | None, question_id: str, entry_id: EntryId) -> str:
    """Return the address at which an entry is shown that was just chosen for a question, under all that came before.

    It keeps what the visitor chose on the page that the form was sent from.
    """
    _, query = _sent_from(request)
    region, audience = chosen_region(host, query.get("region")), chosen_audience(host, query.get("audience"))
    kept = choices_in_link(host, region=region, audience=audience)
    kept |= earlier_in_link(asked_on(request, but=question_id))
    link = page_path("answer", language_of(request.url.path), question_id, kept, host=host)
    return f"{link}#{choice_anchor(question_id, entry_id)}"


def choice_anchor(question_id: str, entry_id: str) -> str:
    """Return the id that a chosen entry has on the page of its question."""
    return f"{question_id}-{entry_id}"


def _sent_from(request: HTMXRequest) -> tuple[str, dict[str, str]]:
    """Return the question of the page that a form was sent from, and the page's query; empty for other pages."""
    try:
        address = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer") or "")
    except ValueError:
        return "", {}
    found = _ANSWER.search(address.path)
    if found is None:
        return "", {}
    return found[1], {name: values[0] for name, values in parse_qs(address.query).items()}


def exchange(site: Site, told: Exchange, language: Language) -> dict[str, Any]:
    """Return the values that the template of an exchange needs."""
    answer, shown = told.shown.answer, told.shown
    view = view_told(told, language, site.host)
    is_settled = answer.rephrasing is not None and answer.rephrasing.outcome is not RephrasingOutcome.FAILED
    can_rephrase = not (answer.is_unrecorded or shown.is_changed or is_settled)
    can_rephrase = can_rephrase and not view.notice  # help is shown as it was approved
    return {
        "answer": replace(view, is_changed=shown.is_changed),
        "choice_anchor": choice_anchor,
        "chosen": [_chosen(entry, ended, told.around, language, site.host) for entry, ended in told.chosen],
        "can_rephrase": can_rephrase and site.service.can_rephrase(answer),
    }


def model_is_off(site: Site) -> bool:
    return SwitchName.MODEL in site.service.switched_off().names


def view_told(told: Exchange, language: Language, host: HostSite | None) -> AnswerView:
    """Return an answer as one exchange of a conversation."""
    return view_answer(
        told.shown.answer,
        asked=told.shown.asked,
        agencies=told.around.agencies,
        language=language,
        host=host,
        known=told.around.known,
        facts=told.around.facts,
    )


def _chosen(
    entry: EntryVersion, ended: Sequence[OutdatedFact], beside: Beside, language: Language, host: HostSite | None
) -> EntryView:
    return view_entry(
        entry,
        agencies=beside.agencies,
        language=language,
        heading_level=HEADING_IN_CONVERSATION,
        host=host,
        known=beside.known,
        outdated=ended,
        facts=beside.facts.get(entry.id, ()),
    )
