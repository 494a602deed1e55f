"""Exchanges as a page needs them: an answer with all that is shown around it, alone or after those before it.

The address of an answer names the questions that were asked before it on the same page, so that a conversation can be
loaded again: nothing is kept in the browser, and nobody is recognised.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from litestar.plugins.htmx import HTMXRequest

from noa_rag.answering.shown_again import ShownAgain
from noa_rag.domain.answer import Answer, Choice
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import NotFound
from noa_rag.domain.facts import OutdatedFact
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.domain.switches import SwitchName
from noa_rag.web.ask.note import note_of
from noa_rag.web.ask.refusals import contacts_of_themes
from noa_rag.web.ask.views import entries_of, view_answer
from noa_rag.web.entries.views import EntryViews, named_by
from noa_rag.web.site import Site
from noa_rag.web.widget import choices_in_link, chosen_audience, chosen_region

HEADING_IN_CONVERSATION = 3  # The visitor's question is a level 2 there; on its own page an entry is the level 1.
EARLIER = "earlier"
EARLIER_LIMIT = 9  # exchanges above the newest: each is read from the record at every load
_SEPARATOR = "."
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_ANSWER = re.compile(r"/(?:reponse|answer)/([^/]+)$")  # the end of PATHS["answer"], in a host site's frame or not


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer that was given, and the entries chosen among those it offered, each with the outdated facts in it."""

    shown: ShownAgain
    views: EntryViews
    chosen: tuple[tuple[EntryVersion, tuple[OutdatedFact, ...]], ...] = ()


def views_of(
    site: Site,
    entries: Sequence[EntryVersion],
    offered: Sequence[Choice] = (),
    *,
    level: int = HEADING_IN_CONVERSATION,
    region: str | None = None,
) -> EntryViews:
    """Return what makes views of these entries, with what is shown beside them and beside those that are offered."""
    service = site.service
    named = frozenset().union(*(named_by(entry) for entry in entries), (choice.entry_id for choice in offered))
    facts = {entry.id: service.facts_of(entry.id) for entry in entries}
    known = service.servable_among(named)
    used = {fact_id for entry in entries if entry.content.calculation for fact_id in entry.content.calculation.fact_ids}
    figures = service.facts_named(used) if used else {}
    return EntryViews(site.language, service.agencies(), level, site.host, known, facts, region, figures)


def exchange_now(site: Site, answer: Answer, asked: str) -> Exchange:
    """Return an answer that was just given, with what is shown around it."""
    return Exchange(ShownAgain(asked, answer), views_of(site, entries_of(answer), answer.choices, region=answer.region))


def exchanges_again(site: Site, question_id: str, earlier: Sequence[str]) -> tuple[list[Exchange], Exchange]:
    """Return the exchanges before a question, and its own. Raises NotFound when the question itself is unknown.

    Earlier questions that were erased meanwhile are left out.
    """
    newest = _exchange_again(site, question_id)
    before = []
    for earlier_id in earlier:
        with suppress(NotFound):
            before.append(_exchange_again(site, earlier_id))
    return before, newest


def _exchange_again(site: Site, question_id: str) -> Exchange:
    shown = site.service.shown_again(question_id, page=site.language)
    answer = shown.answer
    chosen = site.service.chosen(answer.question_id) if answer.choices else ()
    views = views_of(site, [*entries_of(answer), *chosen], answer.choices, region=answer.region)
    return Exchange(shown, views, tuple((entry, site.service.outdated_facts(entry)) for entry in chosen))


def read_earlier(text: str | None, *, but: str) -> tuple[str, ...]:
    """Return the ids of earlier questions that an address names, without `but`: the last few of them."""
    named = (text or "").split(_SEPARATOR)
    ids = dict.fromkeys(question_id for question_id in named if _ID.fullmatch(question_id) and question_id != but)
    return tuple(ids)[-EARLIER_LIMIT:]


def earlier_in_link(ids: Sequence[str]) -> dict[str, str]:
    """Return the part of a link's query that names the earlier questions; empty when there are none."""
    return {EARLIER: _SEPARATOR.join(ids)} if ids else {}


def asked_on(request: HTMXRequest, *, but: str) -> tuple[str, ...]:
    """Return the ids of the questions on the page that a form was sent from, as the page's address names them."""
    question_id, query = _sent_from(request)
    return read_earlier(_SEPARATOR.join((query.get(EARLIER, ""), question_id)), but=but)


def link_to_choice(request: HTMXRequest, site: Site, question_id: str, entry_id: EntryId) -> str:
    """Return the address at which an entry is shown that was just chosen for a question, under all that came before.

    It keeps what the visitor chose on the page that the form was sent from.
    """
    _, sent = _sent_from(request)
    region, audience = chosen_region(site.host, sent.get("region")), chosen_audience(site.host, sent.get("audience"))
    query = choices_in_link(site.host, region=region, audience=audience)
    query |= earlier_in_link(asked_on(request, but=question_id))
    return f"{site.path('answer', question_id, query)}#{choice_anchor(question_id, entry_id)}"


def choice_anchor(question_id: str, entry_id: str) -> str:
    """Return the id that a chosen entry has on the page of its question."""
    return f"{question_id}-{entry_id}"


def _sent_from(request: HTMXRequest) -> tuple[str, dict[str, str]]:
    """Return the question of the page that a form was sent from, and the page's query; empty for other pages."""
    try:
        address = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer") or "")
    except ValueError:
        return "", {}
    match = _ANSWER.search(address.path)
    if match is None:
        return "", {}
    return match[1], {name: values[0] for name, values in parse_qs(address.query).items()}


def exchange_context(site: Site, exchange: Exchange) -> dict[str, Any]:
    """Return the values that the template of an exchange needs."""
    answer, shown = exchange.shown.answer, exchange.shown
    view = view_answer(answer, exchange.views, asked=shown.asked)
    if view.refusal and view.refusal.asks_subject:
        subjects = contacts_of_themes(answer, site.service.servable(), exchange.views)
        view = replace(view, refusal=replace(view.refusal, subjects=subjects))
    is_settled = answer.rephrasing is not None and answer.rephrasing.outcome is not RephrasingOutcome.FAILED
    can_rephrase = not (answer.is_unrecorded or shown.is_changed or is_settled)
    can_rephrase = can_rephrase and not view.notice  # help is shown as it was approved
    return {
        "answer": replace(view, is_changed=shown.is_changed),
        "choice_anchor": choice_anchor,
        "chosen": [exchange.views.entry(entry, outdated=outdated) for entry, outdated in exchange.chosen],
        "can_rephrase": can_rephrase and site.service.can_rephrase(answer),
        "note": note_of(
            shown.asked, answer, [entry for entry, _ in exchange.chosen], exchange.views, base_url=site.base_url or ""
        ),
    }


def model_is_off(site: Site) -> bool:
    return SwitchName.MODEL in site.service.switched_off().names
