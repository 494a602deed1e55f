"""One's own account: the second factor, its recovery codes, and what of them is left."""

import segno
from litestar import get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from markupsafe import Markup

from noa_rag.domain.errors import NotAllowedNow, SignInFailed
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
    **notices.SAID,
}


@get("/compte", guards=[requires(Action.OWN_ACCOUNT)])
async def account_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show one's own account, and whether it has a second factor."""
    return await _account(request, review)


@post("/compte/second-facteur", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def propose(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show a new secret, to be scanned or typed, and ask for its first code."""
    try:
        proposal = await review.line.run(review.office.second_factor.propose, signed_in(request).person)
    except NotAllowedNow:  # a page of before it was set up
        return await _account(request, review)
    return _proposal(request, proposal)


@post("/compte/second-facteur/confirmer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def confirm(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Put the secret into use where the code is right, and show the recovery codes once."""
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
    return _recovery(request, codes)


@post("/compte/codes", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def renew_codes(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show new recovery codes once; a code is asked for, and the old ones end."""
    code = text_field(await read_form(request), "code")
    renew = review.office.second_factor.renew_recovery
    try:
        codes = await review.line.run(renew, signed_in(request).person, code, origin_of(request))
    except SignInFailed as error:
        return await _account(request, review, error=error)
    return _recovery(request, codes)


@post("/compte/second-facteur/retirer", guards=[requires(Action.OWN_ACCOUNT)], status_code=200)
async def give_up(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template | Redirect:
    """Take one's own second factor away; a code is asked for."""
    code = text_field(await read_form(request), "code")
    remove = review.office.second_factor.give_up
    try:
        await review.line.run(remove, signed_in(request).person, code, origin_of(request))
    except (SignInFailed, NotAllowedNow) as error:
        return await _account(request, review, error=error)
    return redirect(request, "/compte", {"fait": "retire"})


HANDLERS = (account_page, propose, confirm, renew_codes, give_up)


async def _account(
    request: HTMXRequest, review: ReviewSite, *, error: SignInFailed | NotAllowedNow | None = None
) -> Template:
    who, factor = signed_in(request), review.office.second_factor
    status, said, headers = _refusal(request, error)
    return render(
        request,
        "review_ui/people/account.html",
        status=status,
        headers=headers,
        factor=await review.line.run(factor.of, who.person.id),
        is_required=factor.is_required(who.person),
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


def _recovery(request: HTMXRequest, codes: tuple[str, ...]) -> Template:
    return render(request, "review_ui/people/recovery.html", codes=codes)


def _refusal(request: HTMXRequest, error: SignInFailed | NotAllowedNow | None) -> tuple[int, str, dict[str, str]]:
    translator = translator_of(request)
    if error is None:
        return 200, "", {}
    if isinstance(error, NotAllowedNow):
        return 409, why_not_now(translator, error.reason), {}
    status, said, headers = too_early(translator, error)
    return (status if said else 422), said or translator.gettext(WRONG_CODE), headers


def qr_code(address: str) -> Markup:
    """Return an address as a QR code in SVG: attributes alone, since the content policy allows no inline style."""
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000", omitsize=True)
    return Markup(picture)  # squares alone, and nothing that anybody typed
