"""What somebody is told without opening the workspace: her weekly digest, and a feed at a secret address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.people import Notices, Person
from noa_rag.review.digest import DigestLine, gets_digest, lines_for, waiting_lines
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.translation import N_, Translator
from noa_rag.web.atom import Feed, FeedEntry, feed_response, whole_seconds
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of, own_address
from review_ui.shell.labels import DRAFT_STATES
from review_ui.shell.lookups import agency_name
from review_ui.shell.paths import review_url
from review_ui.shell.rendering import redirect, render, translator_of
from review_ui.shell.session import ReviewSite, open_to_all, public_site, requires, signed_in

FEED = "/flux.atom"
FEED_LENGTH = 50  # lines; the queue has the rest
FEED_HEADERS = {"cache-control": "private, no-cache", "x-robots-tag": "noindex", "referrer-policy": "no-referrer"}
SAID = {
    "resume-oui": N_("C'est noté : le résumé de la semaine vous sera envoyé."),
    "resume-non": N_("C'est noté : le résumé de la semaine ne vous sera plus envoyé."),
    "flux-retire": N_("Le flux est fermé : son adresse n'ouvre plus rien."),
}


@dataclass(frozen=True, slots=True)
class NoticesView:
    """What the account page says of digest and feed."""

    notices: Notices
    email: str
    is_mailed: bool
    """Whether the operator set a mail server."""


def read_notices(office: Office, person: Person) -> NoticesView | None:
    """Return what somebody is told and how, None for whoever does not work on the queue."""
    if not gets_digest(person):
        return None
    records = office.noa.records
    link = records.identities.of_person(person.id)
    return NoticesView(
        records.notices.of(person.id), link.email if link else "", is_mailed=bool(office.noa.settings.smtp_url)
    )


@post("/compte/resume", guards=[requires(Action.OWN_ACCOUNT)], status_code=303)
async def set_digest(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Turn the weekly digest on or off."""
    wants = text_field(await read_form(request), "wants") == "on"
    await review.line.run(review.office.noa.records.notices.set_digest, signed_in(request).person.id, wants)
    return redirect(request, "/compte", {"fait": "resume-oui" if wants else "resume-non"})


@post("/compte/flux", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def renew_feed(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Give the feed of one's queue a new address and show it once; the earlier one stops working."""
    person = signed_in(request).person
    secret = await review.line.run(review.office.noa.records.notices.renew_feed, person.id)
    base = own_address(request, public_site(request).base_url)
    address = base + review_url(language_of(request.url.path), FEED, {"cle": secret})
    return render(request, "review_ui/people/feed.html", address=address)


@post("/compte/flux/retirer", guards=[requires(Action.OWN_ACCOUNT)], status_code=303)
async def revoke_feed(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Close the feed of one's queue."""
    await review.line.run(review.office.noa.records.notices.revoke_feed, signed_in(request).person.id)
    return redirect(request, "/compte", {"fait": "flux-retire"})


@get(FEED, guards=[open_to_all])
async def feed(request: HTMXRequest, review: NamedDependency[ReviewSite], cle: FromQuery[str] = "") -> Response[bytes]:
    """Return the queue of the person with this secret as an Atom feed. Raises NotFound if it opens no feed.

    The secret stands in the query, which no log of ours holds.
    """
    queue = await review.line.run(_queue_of, review.office, cle)
    language, translator = language_of(request.url.path), translator_of(request)
    base = own_address(request, public_site(request).base_url)
    head = Feed(
        name=f"queue/{queue.reader.id}/{language.value}",
        title=translator.gettext("Noa, à traiter"),
        language=language.value,
        own_url=base + review_url(language, FEED, {"cle": cle}),
        page_url=base + review_url(language),
        updated_at=whole_seconds(queue.lines[0].changed_at if queue.lines else queue.made_at),
    )
    entries = [_feed_entry(one, queue.agencies, translator, base) for one in queue.lines]
    return feed_response(request, head, entries, headers=FEED_HEADERS)


HANDLERS = (set_digest, renew_feed, revoke_feed, feed)


@dataclass(frozen=True, slots=True)
class _Queue:
    """The lines of a feed, those that changed last first; `made_at` is when its address was made."""

    reader: Person
    lines: Sequence[DigestLine]
    agencies: Mapping[AgencyId, Agency]
    made_at: datetime


def _queue_of(office: Office, secret: str) -> _Queue:
    store = office.noa.records.notices
    reader = store.reader_of(secret)
    if reader is None or not gets_digest(reader):
        raise NotFound("This address opens no feed.")
    waiting = waiting_lines(office.store.drafts(), office.store.groups(), office.queue.items(), office.now())
    newest = sorted(lines_for(reader, waiting), key=lambda one: (-one.changed_at.timestamp(), one.id))
    made_at = store.of(reader.id).feed_made_at or office.now()
    return _Queue(reader, newest[:FEED_LENGTH], office.noa.agencies(), made_at)


def _feed_entry(line: DigestLine, agencies: Mapping[AgencyId, Agency], translator: Translator, base: str) -> FeedEntry:
    state = translator.gettext(DRAFT_STATES[line.state])
    asked = translator.ngettext("%(num)s demande", "%(num)s demandes", line.volume)
    owner = translator.gettext("Agence à trouver")
    if line.agency_id is not None:
        owner = agency_name(agencies.get(line.agency_id), line.agency_id)
    return FeedEntry(
        name=f"queue/{line.id}",
        title=line.question,
        language=line.language,
        at=line.changed_at,
        url=base + review_url(translator.language, line.path),
        author=owner,
        author_url="",
        category=None,
        summary=f"{owner} · {state} · {asked}" if line.volume else f"{owner} · {state}",
    )
