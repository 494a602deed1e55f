"""The control of accounts: what was given and waits for a second person, and every change, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.errors import NotAllowedNow, VersionConflict
from noa_rag.domain.people import Person, PersonId
from noa_rag.review.rights import Action, TwoPeopleRule, may_confirm
from noa_rag.service.office import Office
from noa_rag.storage.audit import AuditEntry
from noa_rag.storage.audited_accounts import ACCOUNT_ACTIONS
from noa_rag.translation import N_, NP_
from noa_rag.web.forms import read_form, text_field
from review_ui.shell.labels import why_not_now
from review_ui.shell.paths import number_in
from review_ui.shell.rendering import redirect, render, translator_of
from review_ui.shell.session import ReviewSite, requires, signed_in

SHOWN_CHANGES = 50
RULE_SET = "rule_set"
WHAT = {
    "person_added": N_("Compte créé"),
    "roles_set": N_("Rôles changés"),
    "password_set": N_("Mot de passe changé"),
    "person_disabled": NP_("action", "Compte fermé"),
    "person_enabled": N_("Compte rouvert"),
    "account_confirmed": N_("Compte confirmé"),
    RULE_SET: N_("Règle d'agence changée"),
}


@dataclass(frozen=True, slots=True)
class WaitingAccount:
    """An account that waits for a second person: who may be that, and whether the one who reads is among them."""

    account: Person
    changes: Sequence[AuditEntry]
    confirmers: Sequence[Person]
    can_confirm: bool


@dataclass(frozen=True, slots=True)
class AccountControl:
    """What the page shows; `names` are those of everybody who did something."""

    waiting: Sequence[WaitingAccount]
    changes: Sequence[AuditEntry]
    names: Mapping[str, str]


@get("/changements", guards=[requires(Action.CONFIRM_ACCOUNT)])
async def changes_page(
    request: HTMXRequest, review: NamedDependency[ReviewSite], fait: FromQuery[str] = ""
) -> Template:
    """List what waits for a second person, then every change of an account."""
    notice = translator_of(request).gettext("Le changement est confirmé : ce compte peut décider.") if fait else ""
    return await _page(request, review, notice=notice)


@post("/changements/{person_id:str}/confirmer", guards=[requires(Action.CONFIRM_ACCOUNT)], status_code=200)
async def confirm(request: HTMXRequest, review: NamedDependency[ReviewSite], person_id: FromPath[str]) -> Response[Any]:
    """Confirm what an account was given, as far as the page showed it."""
    seen = number_in(text_field(await read_form(request), "vu"), otherwise=0)
    desk, who, translator = review.office.desk, signed_in(request).person.id, translator_of(request)
    try:
        await review.line.run(desk.confirm_account, who, PersonId(person_id), seen)
    except NotAllowedNow as error:
        return await _page(request, review, notice=why_not_now(translator, error.reason), status=409)
    except VersionConflict:
        notice = translator.gettext("Ce compte a encore changé depuis votre lecture : relisez avant de confirmer.")
        return await _page(request, review, notice=notice, status=409)
    return redirect(request, "/changements", {"fait": "confirme"})


async def _page(
    request: Request[Any, Any, Any], review: ReviewSite, *, notice: str = "", status: int = 200
) -> Template:
    control = await review.line.run(read_control, review.office, signed_in(request).person)
    return render(
        request, "review_ui/people/changes.html", status=status, code=status, notice=notice, control=control, what=WHAT
    )


def read_control(office: Office, person: Person) -> AccountControl:
    """Return what the page shows to somebody."""
    rule = office.two_people_rule()
    changes = office.audit.entries(limit=SHOWN_CHANGES, actions=(*ACCOUNT_ACTIONS, RULE_SET))
    return AccountControl(
        waiting=[_waiting(office, rule, one, person) for one in rule.people if one.unconfirmed and one.is_active],
        changes=changes,
        names={one.id: one.name for one in rule.people},
    )


def _waiting(office: Office, rule: TwoPeopleRule, account: Person, person: Person) -> WaitingAccount:
    numbers = {one.number for one in account.unconfirmed}
    changes = office.audit.entries(subject=account.id, actions=ACCOUNT_ACTIONS)
    return WaitingAccount(
        account,
        [one for one in changes if one.number in numbers],
        rule.confirmers(account),
        may_confirm(person, account),
    )


HANDLERS = (changes_page, confirm)
