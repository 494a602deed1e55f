"""The page of the agencies' rules: where author and approver must be two people."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import Role
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.shell.paths import review_url
from review_ui.shell.rendering import render
from review_ui.shell.session import requires, signed_in
from review_ui.shell.site import ReviewSite, public_site


@get("/regles", guards=[requires(Action.SET_RULES)])
async def rules_page(request: HTMXRequest, review: NamedDependency[ReviewSite], fait: FromQuery[str] = "") -> Template:
    """List the agencies with their rules, and say where a rule would leave nobody to approve."""
    agencies = await review.line.run(public_site(request).service.agencies)
    people = await review.line.run(review.office.people.everyone)
    referents = [person for person in people if person.is_active and Role.REFERENT in person.roles]
    return render(
        request,
        "review_ui/people/rules.html",
        agencies=sorted(agencies.values(), key=lambda agency: (agency.name, agency.id)),
        two_people=await review.line.run(review.office.rules.two_people_agencies),
        referent_counts={
            agency_id: sum(agency_id in person.agencies for person in referents) for agency_id in agencies
        },
        done=fait,
    )


@post("/regles/{agency_id:str}", guards=[requires(Action.SET_RULES)], status_code=303)
async def set_rule(request: HTMXRequest, review: NamedDependency[ReviewSite], agency_id: FromPath[str]) -> Redirect:
    """Demand two people for an agency's entries, or no longer."""
    demands = text_field(await read_form(request), "deux") == "oui"
    person_id = signed_in(request).person.id
    await review.line.run(review.office.desk.set_needs_two_people, person_id, AgencyId(agency_id), demands)
    there = review_url(language_of(request.url.path), "/regles", {"fait": agency_id})
    return Redirect(f"{there}#agence-{agency_id}", status_code=303)


HANDLERS = (rules_page, set_rule)
