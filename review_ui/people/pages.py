"""The administrator's pages: accounts with their roles and agencies, and the rules of agencies."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import InvalidRequest, NotAllowedNow, NotFound
from noa_rag.domain.people import Person, PersonId, Role, TwoPeople
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from review_ui.shell.lookups import problem_of_field, why_not_now
from review_ui.shell.rendering import redirect, render, texts_in
from review_ui.shell.session import AnyRequest, Review, ReviewSite, public_site, requires, signed_in

PASSWORD_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # without signs that are confused when read out
PASSWORD_GROUPS, GROUP_LENGTH = 4, 5  # 31 ** 20, some 99 bits


@dataclass(frozen=True, slots=True)
class PersonForm:
    """The fields as typed; `problems` are words for the page, by field."""

    id: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: FormMultiDict) -> Self:
        return cls(
            id=text_field(form, "id").strip(),
            name=text_field(form, "name").strip(),
            roles=texts_in(form, "roles"),
            agencies=texts_in(form, "agencies"),
        )

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(person.id, person.name, tuple(person.roles), tuple(person.agencies))

    def person(self) -> Person:
        """Return the person that the fields describe. Raises InvalidRequest for an unknown role."""
        return Person(PersonId(self.id), self.name, self.held_roles(), frozenset(map(AgencyId, self.agencies)))

    def held_roles(self) -> frozenset[Role]:
        unknown = set(self.roles) - set(Role)
        if unknown:
            seen = ", ".join(sorted(unknown))
            raise InvalidRequest(f"No role is called {seen}.", field="roles", kind="unknown", seen=seen)
        return frozenset(map(Role, self.roles))

    def with_error(self, error: InvalidRequest) -> Self:
        """Return the form with the problem of a field, in words."""
        return self.with_problem(error.field, problem_of_field("account_problems", error))

    def with_problem(self, name: str, told: str) -> Self:
        """Return the form with a sentence about one field."""
        return replace(self, problems={**self.problems, name: told})


def new_password() -> str:
    """Return a password that can be read out: four groups of five letters and digits."""
    groups = ("".join(secrets.choice(PASSWORD_SIGNS) for _ in range(GROUP_LENGTH)) for _ in range(PASSWORD_GROUPS))
    return "-".join(groups)


SAID = {
    "roles": "Les rôles sont enregistrés ; ils comptent dès la prochaine page demandée.",
    "fermer": "Le compte est fermé et ses sessions sont finies.",
    "courriel": "L'adresse est enregistrée.",
    "adresse": "L'adresse est enregistrée ; la prochaine connexion avec elle sera liée à ce compte.",
    "second-facteur": "Le second facteur est retiré, clés comprises, et les sessions sont finies.",
    "rouvrir": "Le compte est rouvert, avec son mot de passe d'avant.",
}


@get("/personnes", guards=[requires(Action.MANAGE_PEOPLE)])
async def people_page(request: HTMXRequest, review: Review) -> Template:
    """List every account, and offer to open one."""
    return await _people(request, review, PersonForm())


@post("/personnes", guards=[requires(Action.MANAGE_PEOPLE)], status_code=200)
async def add_person(request: HTMXRequest, review: Review) -> Template:
    """Open an account and show its password once."""
    form = PersonForm.read(await read_form(request))
    password, actor = new_password(), signed_in(request).person.id
    try:
        person = form.person()
        await review.run(lambda: review.office.people.add(person, password, actor=actor))
    except InvalidRequest as error:
        return await _people(request, review, form.with_error(error))
    return _password(request, await _known(review, person.id), password)


@get("/personnes/{person_id:str}", guards=[requires(Action.MANAGE_PEOPLE)])
async def person_page(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Template:
    """Show an account, and what can be changed of it."""
    person = await _known(review, person_id)
    return await _person(request, review, person, PersonForm.of(person))


@post("/personnes/{person_id:str}/roles", guards=[requires(Action.MANAGE_PEOPLE)], status_code=200)
async def set_roles(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Response[Any]:
    """Replace somebody's roles and agencies, in force from her next request."""
    person = await _known(review, person_id)
    form, actor = PersonForm.read(await read_form(request)), signed_in(request).person.id
    agencies = [AgencyId(agency) for agency in form.agencies]
    try:
        roles = form.held_roles()
        await review.run(lambda: review.office.people.set_roles(person.id, roles, agencies, actor=actor))
    except InvalidRequest as error:
        return await _person(request, review, person, form.with_error(error))
    except NotAllowedNow as error:
        shown = form.with_problem("roles", why_not_now(error.reason))
        return await _person(request, review, person, shown)
    return _back(request, person.id, "roles")


@post("/personnes/{person_id:str}/fermer", guards=[requires(Action.MANAGE_PEOPLE)], status_code=303)
async def disable(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Redirect:
    """Close an account, and end its sessions."""
    actor = signed_in(request).person.id
    await review.run(lambda: review.office.people.disable(PersonId(person_id), actor=actor))
    return _back(request, PersonId(person_id), "fermer")


@post("/personnes/{person_id:str}/rouvrir", guards=[requires(Action.MANAGE_PEOPLE)], status_code=303)
async def enable(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Redirect:
    """Open a closed account again."""
    actor = signed_in(request).person.id
    await review.run(lambda: review.office.people.enable(PersonId(person_id), actor=actor))
    return _back(request, PersonId(person_id), "rouvrir")


@post("/personnes/{person_id:str}/mot-de-passe", guards=[requires(Action.MANAGE_PEOPLE)], status_code=200)
async def reset_password(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Template:
    """Give somebody a new password and show it once."""
    person = await _known(review, person_id)
    password, actor = new_password(), signed_in(request).person.id
    await review.run(lambda: review.office.people.set_password(person.id, password, actor=actor))
    return _password(request, await _known(review, person.id), password)


@post("/personnes/{person_id:str}/second-facteur", guards=[requires(Action.MANAGE_PEOPLE)], status_code=303)
async def reset_factor(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Redirect:
    """Remove the second factor of somebody who has lost it."""
    actor, reset = signed_in(request).person.id, review.office.second_factor.reset
    await review.run(lambda: reset(PersonId(person_id), actor=actor))
    return _back(request, PersonId(person_id), "second-facteur")


@post("/personnes/{person_id:str}/adresse", guards=[requires(Action.MANAGE_PEOPLE)], status_code=200)
async def set_email(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Response[Any]:
    """Set somebody's e-mail address: the digest goes there, and the provider knows her by it.

    An identity linked earlier is unlinked.
    """
    person = await _known(review, person_id)
    email, actor = text_field(await read_form(request), "email"), signed_in(request).person.id
    links, now = review.office.noa.records.identities, review.office.now
    try:
        await review.run(lambda: links.set_email(person.id, email, actor=actor, at=now()))
    except InvalidRequest as error:
        form = PersonForm.of(person).with_error(error)
        return await _person(request, review, person, form, email=email)
    return _back(request, person.id, "adresse" if review.office.provider else "courriel")


_ACCOUNT_HANDLERS = (
    people_page,
    add_person,
    person_page,
    set_roles,
    disable,
    enable,
    reset_password,
    reset_factor,
    set_email,
)


async def _known(review: ReviewSite, person_id: str) -> Person:
    person = await review.run(review.office.people.person, PersonId(person_id))
    if person is None:
        raise NotFound(f"Nobody has the account `{person_id}`.")
    return person


async def _people(request: AnyRequest, review: ReviewSite, form: PersonForm) -> Template:
    return render(
        request,
        "review_ui/people/people.html",
        status=422 if form.problems else 200,
        people=await review.run(review.office.people.everyone),
        factors=await review.run(review.office.noa.records.second_factors.kinds),
        form=form,
        **await _choices(request, review),
    )


async def _person(
    request: AnyRequest, review: ReviewSite, person: Person, form: PersonForm, *, email: str | None = None
) -> Template:
    done = SAID.get(request.query_params.get("fait", ""), "")
    return render(
        request,
        "review_ui/people/person.html",
        status=422 if form.problems else 200,
        shown=person,
        factor=await review.run(review.office.second_factor.of, person.id),
        provider=review.office.noa.settings.provider_name,
        is_mailed=bool(review.office.noa.settings.smtp_url),
        link=await review.run(review.office.noa.records.identities.of_person, person.id),
        email=email,
        form=form,
        done="" if form.problems else done,
        **await _choices(request, review),
    )


async def _choices(request: AnyRequest, review: ReviewSite) -> dict[str, Any]:
    agencies = await review.run(public_site(request).service.agencies)
    return {
        "all_roles": tuple(Role),
        "agencies": sorted(agencies.values(), key=lambda agency: (agency.name, agency.id)),
    }


def _password(request: AnyRequest, person: Person, password: str) -> Template:
    return render(request, "review_ui/people/password.html", shown=person, password=password)


def _back(request: AnyRequest, person_id: PersonId, done: str) -> Redirect:
    return redirect(f"/personnes/{person_id}", {"fait": done})


SETTING_WORDS = {
    TwoPeople.WHERE_POSSIBLE: (
        "Qui écrit un texte ne l'approuve pas : un autre référent le fait. Le seul référent d'une agence "
        "approuve seul ce qu'il écrit, et le journal le note."
    ),
    TwoPeople.ALWAYS: "Qui écrit un texte ne l'approuve jamais : un autre référent le fait, dans toutes les agences.",
    TwoPeople.ON_REQUEST: (
        "Qui écrit un texte peut l'approuver, et le journal le note, sauf dans les agences à qui deux "
        "personnes sont demandées."
    ),
}


@get("/regles", guards=[requires(Action.SET_RULES)])
async def rules_page(request: HTMXRequest, review: Review, fait: FromQuery[str] = "") -> Template:
    """List the agencies with their rules, and say where two people are required but there are too few."""
    agencies = await review.run(public_site(request).service.agencies)
    rule = await review.run(review.office.two_people_rule)
    return render(
        request,
        "review_ui/people/rules.html",
        agencies=sorted(agencies.values(), key=lambda agency: (agency.name, agency.id)),
        two_people=rule.asking,
        setting_words=SETTING_WORDS[rule.setting],
        always=rule.setting is TwoPeople.ALWAYS,
        where_possible=rule.setting is TwoPeople.WHERE_POSSIBLE,
        referent_counts={agency_id: len(rule.approvers([agency_id], ())) for agency_id in agencies},
        done=fait,
    )


@post("/regles/{agency_id:str}", guards=[requires(Action.SET_RULES)], status_code=303)
async def set_rule(request: HTMXRequest, review: Review, agency_id: FromPath[str]) -> Redirect:
    """Require two people for an agency's entries, or stop requiring them."""
    demands = text_field(await read_form(request), "deux") == "oui"
    person_id = signed_in(request).person.id
    await review.run(review.office.desk.set_needs_two_people, person_id, AgencyId(agency_id), demands)
    return redirect("/regles", {"fait": agency_id}, anchor=f"agence-{agency_id}")


_RULE_HANDLERS = (rules_page, set_rule)
HANDLERS = (*_ACCOUNT_HANDLERS, *_RULE_HANDLERS)
