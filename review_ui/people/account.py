"""One's own account: its second factors and recovery codes, its weekly digest, and the feed at a secret address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import segno
from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from markupsafe import Markup

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.errors import InvalidRequest, NotAllowedNow, NotFound, SignInFailed
from noa_rag.domain.people import Notices, Person
from noa_rag.review.digest import DigestLine, gets_digest, lines_for, waiting_lines
from noa_rag.review.rights import Action
from noa_rag.review.second_factor import Proposal
from noa_rag.service.office import Office
from noa_rag.web.atom import Feed, FeedEntry, feed_response, whole_seconds
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import own_address
from review_ui.shell.lookups import WORDS, agency_name, why_not_now
from review_ui.shell.rendering import redirect, render, review_url
from review_ui.shell.session import Review, ReviewSite, open_to_all, origin_of, public_site, requires, signed_in
from review_ui.shell.sign_in import WRONG_CODE, too_early

SAID = {
    "retire": "Le second facteur est retiré. Votre mot de passe seul vous connecte de nouveau.",
    "sans-codes": "Les codes de votre application ne servent plus. Vos clés restent en service.",
    "codes": "Les codes de votre application sont en service, à côté de vos clés.",
    "cle": "La clé est enregistrée.",
    "cle-retiree": "La clé est retirée.",
    "resume-oui": "C'est noté : le résumé de la semaine vous sera envoyé.",
    "resume-non": "C'est noté : le résumé de la semaine ne vous sera plus envoyé.",
    "flux-retire": "Le flux est fermé : son adresse n'ouvre plus rien.",
}
WRONG_PROOF = (
    "Mot de passe ou code de secours incorrect. Si vous vous êtes connecté sans votre clé, reconnectez-vous d'abord "
    "avec elle."
)
WRONG_KEY = "La réponse de cette clé n'a pas été acceptée. Recommencez."
KEY_NAME = "Donnez à la clé un nom de 1 à 60 signes, sans signe invisible."


@get("/compte", guards=[requires(Action.OWN_ACCOUNT)])
async def account_page(request: HTMXRequest, review: Review) -> Template:
    """Show one's own account, and whether it has a second factor."""
    return await _account(request, review)


@post("/compte/second-facteur", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def propose(request: HTMXRequest, review: Review) -> Template:
    """Show a new secret to scan or type, and ask for its first code; somebody who has keys must give a proof first."""
    try:
        await _prove(request, review)
        proposal = await review.run(review.office.second_factor.propose, signed_in(request).person)
    except SignInFailed as error:
        return await _account(request, review, error=error)
    except NotAllowedNow:  # the page was loaded before the factor was set up
        return await _account(request, review)
    return _proposal(request, proposal)


@post("/compte/second-facteur/confirmer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def confirm(request: HTMXRequest, review: Review) -> Template | Redirect:
    """Put the secret into use where the code is right, and show the recovery codes once, if they are new."""
    who, code = signed_in(request), text_field(await read_form(request), "code")
    factor = review.office.second_factor
    proposal = await review.run(factor.proposed, who.person)
    if proposal is None:
        return await _account(request, review)
    try:
        codes = await review.run(factor.confirm, who.person, code, origin_of(request))
    except SignInFailed as error:
        return _proposal(request, proposal, error)
    await review.run(review.office.sign_in.strengthen, who.token)
    return _recovery(request, codes) if codes else redirect("/compte", {"fait": "codes"})


@post("/compte/codes", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def renew_codes(request: HTMXRequest, review: Review) -> Template:
    """Show new recovery codes once; a proof is asked for, and the old ones end."""
    try:
        await _prove(request, review)
    except SignInFailed as error:
        return await _account(request, review, error=error)
    renew = review.office.second_factor.renew_recovery
    return _recovery(request, await review.run(renew, signed_in(request).person))


@post("/compte/second-facteur/retirer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def give_up(request: HTMXRequest, review: Review) -> Template | Redirect:
    """Take one's own second factor away; a code is asked for."""
    code = text_field(await read_form(request), "code")
    remove = review.office.second_factor.give_up
    try:
        await review.run(remove, signed_in(request).person, code, origin_of(request))
    except (SignInFailed, NotAllowedNow) as error:
        return await _account(request, review, error=error)
    left = await review.run(review.office.second_factor.of, signed_in(request).person.id)
    return redirect("/compte", {"fait": "sans-codes" if left else "retire"})


@post("/compte/cles", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def propose_key(request: HTMXRequest, review: Review) -> Template:
    """Ask for a new key and its name; a proof is asked for first, unless it is the first factor."""
    try:
        await _prove(request, review)
        return await _key(request, review)
    except (SignInFailed, NotAllowedNow) as error:
        return await _account(request, review, error=error)


@post("/compte/cles/confirmer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def register_key(request: HTMXRequest, review: Review) -> Template | Redirect:
    """Store a key whose response is valid; show recovery codes if it is the first factor."""
    who, form = signed_in(request), await read_form(request)
    name, response = text_field(form, "name"), text_field(form, "response")
    try:
        codes = await review.run(review.office.security_keys.register, who.person, who.token, name, response)
    except NotAllowedNow as error:
        return await _account(request, review, error=error)
    except InvalidRequest:
        return await _key(request, review, problem=KEY_NAME, name=name)
    except SignInFailed:
        return await _key(request, review, problem=WRONG_KEY, name=name)
    await review.run(review.office.sign_in.strengthen, who.token)
    return _recovery(request, codes) if codes else redirect("/compte", {"fait": "cle"})


@post("/compte/cles/retirer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def remove_key(request: HTMXRequest, review: Review) -> Template | Redirect:
    """Take one of one's own keys away; a proof is asked for."""
    person, key_id = signed_in(request).person, text_field(await read_form(request), "key")
    try:
        await _prove(request, review)
        await review.run(review.office.security_keys.remove, person, key_id)
    except (SignInFailed, NotAllowedNow) as error:
        return await _account(request, review, error=error)
    left = await review.run(review.office.second_factor.of, person.id)
    return redirect("/compte", {"fait": "cle-retiree" if left else "retire"})


async def _prove(request: HTMXRequest, review: ReviewSite) -> None:
    """Check that the form's code or password allows a change of one's factors. Raises SignInFailed."""
    given, origin = text_field(await read_form(request), "code"), origin_of(request)
    prove, token = review.office.sign_in.prove, signed_in(request).token
    await review.run(prove, token, given, origin.address, origin.device)


async def _account(
    request: HTMXRequest, review: ReviewSite, *, error: SignInFailed | NotAllowedNow | None = None
) -> Template:
    who, factors = signed_in(request), review.office.second_factor
    factor = await review.run(factors.of, who.person.id)
    wrong = WRONG_PROOF if factor and not factor.is_confirmed else WRONG_CODE
    status, said, headers = _refusal(request, error, wrong)
    return render(
        request,
        "review_ui/people/account.html",
        status=status,
        headers=headers,
        factor=factor,
        offers_keys=review.office.security_keys.party is not None,
        is_required=factors.is_required(who.person),
        lacks_factor=who.lacks_factor,
        told=None if who.lacks_factor else await review.run(read_notices, review.office, who.person),
        problem=said,
        done="" if said else SAID.get(request.query_params.get("fait", ""), ""),
    )


def _proposal(request: HTMXRequest, proposal: Proposal, error: SignInFailed | None = None) -> Template:
    status, said, headers = _refusal(request, error)
    return render(
        request,
        "review_ui/people/factor_proposed.html",
        status=status,
        headers=headers,
        proposal=proposal,
        picture=qr_code(proposal.address),
        problem=said,
    )


async def _key(request: HTMXRequest, review: ReviewSite, *, problem: str = "", name: str = "") -> Template:
    """Ask for a key under a new challenge. Raises NotAllowedNow."""
    who, keys = signed_in(request), review.office.security_keys
    options = await review.run(keys.registration, who.person, who.token)
    return render(
        request,
        "review_ui/people/key_proposed.html",
        status=422 if problem else 200,
        options=options,
        key_origin=keys.party.origin if keys.party else "",
        key_name=name,
        problem=problem,
    )


def _recovery(request: HTMXRequest, codes: tuple[str, ...]) -> Template:
    return render(request, "review_ui/people/recovery.html", codes=codes)


def _refusal(
    request: HTMXRequest, error: SignInFailed | NotAllowedNow | None, wrong: str = WRONG_CODE
) -> tuple[int, str, dict[str, str]]:
    if error is None:
        return 200, "", {}
    if isinstance(error, NotAllowedNow):
        return 409, why_not_now(error.reason), {}
    status, said, headers = too_early(error)
    return (status if said else 422), said or wrong, headers


def qr_code(address: str) -> Markup:
    """Return an address as a QR code in SVG: attributes alone, since the content policy allows no inline style."""
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000", omitsize=True)
    return Markup(picture)  # squares alone, and nothing that anybody typed


FEED = "/flux.atom"
FEED_LENGTH = 50  # lines; the queue has the rest
FEED_HEADERS = {"cache-control": "private, no-cache", "x-robots-tag": "noindex", "referrer-policy": "no-referrer"}


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
async def set_digest(request: HTMXRequest, review: Review) -> Redirect:
    """Turn the weekly digest on or off."""
    wants = text_field(await read_form(request), "wants") == "on"
    await review.run(review.office.noa.records.notices.set_digest, signed_in(request).person.id, wants)
    return redirect("/compte", {"fait": "resume-oui" if wants else "resume-non"})


@post("/compte/flux", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def renew_feed(request: HTMXRequest, review: Review) -> Template:
    """Give the feed of one's queue a new address and show it once; the earlier one stops working."""
    person = signed_in(request).person
    secret = await review.run(review.office.noa.records.notices.renew_feed, person.id)
    base = own_address(request, public_site(request).base_url)
    address = base + review_url(FEED, {"cle": secret})
    return render(request, "review_ui/people/feed.html", address=address)


@post("/compte/flux/retirer", guards=[requires(Action.OWN_ACCOUNT)], status_code=303)
async def revoke_feed(request: HTMXRequest, review: Review) -> Redirect:
    """Close the feed of one's queue."""
    await review.run(review.office.noa.records.notices.revoke_feed, signed_in(request).person.id)
    return redirect("/compte", {"fait": "flux-retire"})


@get(FEED, guards=[open_to_all])
async def feed(request: HTMXRequest, review: Review, cle: FromQuery[str] = "") -> Response[bytes]:
    """Return the queue of the person with this secret as an Atom feed. Raises NotFound if it opens no feed.

    The secret stands in the query, which no log of ours holds.
    """
    queue = await review.run(_queue_of, review.office, cle)
    base = own_address(request, public_site(request).base_url)
    head = Feed(
        name=f"queue/{queue.reader.id}/fr",
        title="Noa, à traiter",
        language="fr",
        own_url=base + review_url(FEED, {"cle": cle}),
        page_url=base + review_url(),
        updated_at=whole_seconds(queue.lines[0].changed_at if queue.lines else queue.made_at),
    )
    entries = [_feed_entry(line, queue.agencies, base) for line in queue.lines]
    return feed_response(request, head, entries, headers=FEED_HEADERS)


HANDLERS = (
    *(account_page, propose, confirm, renew_codes, give_up, propose_key, register_key, remove_key),
    *(set_digest, renew_feed, revoke_feed, feed),
)


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
    newest = sorted(lines_for(reader, waiting), key=lambda line: (-line.changed_at.timestamp(), line.id))
    made_at = store.of(reader.id).feed_made_at or office.now()
    return _Queue(reader, newest[:FEED_LENGTH], office.noa.agencies(), made_at)


def _feed_entry(line: DigestLine, agencies: Mapping[AgencyId, Agency], base: str) -> FeedEntry:
    state = WORDS["draft_states"][line.state]
    volume = f"{line.volume} demandes" if line.volume > 1 else f"{line.volume} demande"
    owner = "Agence à trouver"
    if line.agency_id is not None:
        owner = agency_name(agencies.get(line.agency_id), line.agency_id)
    return FeedEntry(
        name=f"queue/{line.id}",
        title=line.question,
        language=line.language,
        at=line.changed_at,
        url=base + review_url(line.path),
        author=owner,
        author_url="",
        category=None,
        summary=f"{owner} · {state} · {volume}" if line.volume else f"{owner} · {state}",
    )
