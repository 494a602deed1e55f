"""One's own account: its second factors, codes of an application and keys, and the recovery codes."""

import segno
from litestar import get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from markupsafe import Markup

from noa_rag.domain.errors import InvalidRequest, NotAllowedNow, SignInFailed
from noa_rag.review.rights import Action
from noa_rag.review.second_factor import Proposal
from noa_rag.translation import N_
from noa_rag.web.forms import read_form, text_field
from review_ui.people import notices
from review_ui.shell.labels import why_not_now
from review_ui.shell.rendering import redirect, render, translator_of
from review_ui.shell.session import ReviewSite, origin_of, requires, signed_in
from review_ui.shell.sign_in import WRONG_CODE, too_early

SAID = {
    "retire": N_("Le second facteur est retiré. Votre mot de passe seul vous connecte de nouveau."),
    "sans-codes": N_("Les codes de votre application ne servent plus. Vos clés restent en service."),
    "codes": N_("Les codes de votre application sont en service, à côté de vos clés."),
    "cle": N_("La clé est enregistrée."),
    "cle-retiree": N_("La clé est retirée."),
    **notices.SAID,
}
WRONG_PROOF = N_(
    "Mot de passe ou code de secours incorrect. Si vous vous êtes connecté sans votre clé, reconnectez-vous d'abord "
    "avec elle."
)
WRONG_KEY = N_("La réponse de cette clé n'a pas été acceptée. Recommencez.")
KEY_NAME = N_("Donnez à la clé un nom de 1 à 60 signes, sans signe invisible.")


@get("/compte", guards=[requires(Action.OWN_ACCOUNT)])
async def account_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show one's own account, and whether it has a second factor."""
    return await _account(request, review)


@post("/compte/second-facteur", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def propose(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show a new secret to scan or type, and ask for its first code; somebody who has keys must give a proof first."""
    try:
        await _prove(request, review)
        proposal = await review.line.run(review.office.second_factor.propose, signed_in(request).person)
    except SignInFailed as error:
        return await _account(request, review, error=error)
    except NotAllowedNow:  # the page was loaded before the factor was set up
        return await _account(request, review)
    return _proposal(request, proposal)


@post("/compte/second-facteur/confirmer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def confirm(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template | Redirect:
    """Put the secret into use where the code is right, and show the recovery codes once, if they are new."""
    who, code = signed_in(request), text_field(await read_form(request), "code")
    factor = review.office.second_factor
    proposal = await review.line.run(factor.proposed, who.person)
    if proposal is None:
        return await _account(request, review)
    try:
        codes = await review.line.run(factor.confirm, who.person, code, origin_of(request))
    except SignInFailed as error:
        return _proposal(request, proposal, error)
    await review.line.run(review.office.sign_in.strengthen, who.token)
    return _recovery(request, codes) if codes else redirect(request, "/compte", {"fait": "codes"})


@post("/compte/codes", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def renew_codes(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show new recovery codes once; a proof is asked for, and the old ones end."""
    try:
        await _prove(request, review)
    except SignInFailed as error:
        return await _account(request, review, error=error)
    renew = review.office.second_factor.renew_recovery
    return _recovery(request, await review.line.run(renew, signed_in(request).person))


@post("/compte/second-facteur/retirer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def give_up(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template | Redirect:
    """Take one's own second factor away; a code is asked for."""
    code = text_field(await read_form(request), "code")
    remove = review.office.second_factor.give_up
    try:
        await review.line.run(remove, signed_in(request).person, code, origin_of(request))
    except (SignInFailed, NotAllowedNow) as error:
        return await _account(request, review, error=error)
    left = await review.line.run(review.office.second_factor.of, signed_in(request).person.id)
    return redirect(request, "/compte", {"fait": "sans-codes" if left else "retire"})


@post("/compte/cles", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def propose_key(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Ask for a new key and its name; a proof is asked for first, unless it is the first factor."""
    try:
        await _prove(request, review)
        return await _key(request, review)
    except (SignInFailed, NotAllowedNow) as error:
        return await _account(request, review, error=error)


@post("/compte/cles/confirmer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def register_key(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template | Redirect:
    """Store a key whose response is valid; show recovery codes if it is the first factor."""
    who, form = signed_in(request), await read_form(request)
    name, response = text_field(form, "name"), text_field(form, "response")
    try:
        codes = await review.line.run(review.office.security_keys.register, who.person, who.token, name, response)
    except NotAllowedNow as error:
        return await _account(request, review, error=error)
    except InvalidRequest:
        return await _key(request, review, problem=KEY_NAME, name=name)
    except SignInFailed:
        return await _key(request, review, problem=WRONG_KEY, name=name)
    await review.line.run(review.office.sign_in.strengthen, who.token)
    return _recovery(request, codes) if codes else redirect(request, "/compte", {"fait": "cle"})


@post("/compte/cles/retirer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def remove_key(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template | Redirect:
    """Take one of one's own keys away; a proof is asked for."""
    person, key_id = signed_in(request).person, text_field(await read_form(request), "key")
    try:
        await _prove(request, review)
        await review.line.run(review.office.security_keys.remove, person, key_id)
    except (SignInFailed, NotAllowedNow) as error:
        return await _account(request, review, error=error)
    left = await review.line.run(review.office.second_factor.of, person.id)
    return redirect(request, "/compte", {"fait": "cle-retiree" if left else "retire"})


HANDLERS = (account_page, propose, confirm, renew_codes, give_up, propose_key, register_key, remove_key)


async def _prove(request: HTMXRequest, review: ReviewSite) -> None:
    """Check that the form's code or password allows a change of one's factors. Raises SignInFailed."""
    given, origin = text_field(await read_form(request), "code"), origin_of(request)
    prove, token = review.office.sign_in.prove, signed_in(request).token
    await review.line.run(prove, token, given, origin.address, origin.device)


async def _account(
    request: HTMXRequest, review: ReviewSite, *, error: SignInFailed | NotAllowedNow | None = None
) -> Template:
    who, factors = signed_in(request), review.office.second_factor
    factor = await review.line.run(factors.of, who.person.id)
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
        told=None if who.lacks_factor else await review.line.run(notices.read_notices, review.office, who.person),
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
    options = await review.line.run(keys.registration, who.person, who.token)
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
    translator = translator_of(request)
    if error is None:
        return 200, "", {}
    if isinstance(error, NotAllowedNow):
        return 409, why_not_now(translator, error.reason), {}
    status, said, headers = too_early(translator, error)
    return (status if said else 422), said or translator.gettext(wrong), headers


def qr_code(address: str) -> Markup:
    """Return an address as a QR code in SVG: attributes alone, since the content policy allows no inline style."""
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000", omitsize=True)
    return Markup(picture)  # squares alone, and nothing that anybody typed
