"""The audit's pages: what was done, whether the chain holds, and changes of accounts that wait for a second person."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.errors import NotAllowedNow, VersionConflict
from noa_rag.domain.people import Person, PersonId
from noa_rag.review.rights import Action, TwoPeopleRule, may_confirm
from noa_rag.service.office import Office
from noa_rag.storage.audit import AuditEntry
from noa_rag.storage.audited_accounts import ACCOUNT_ACTIONS
from noa_rag.web.forms import read_form, text_field
from review_ui.shell.lookups import why_not_now
from review_ui.shell.rendering import number_in, redirect, render
from review_ui.shell.session import AnyRequest, Review, ReviewSite, requires, signed_in

SHOWN_CHANGES = 50
RULE_SET = "rule_set"


@dataclass(frozen=True, slots=True)
class WaitingAccount:
    """An account that waits for a second person to confirm it: who may do so, and whether the reader may."""

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
async def changes_page(request: HTMXRequest, review: Review, fait: FromQuery[str] = "") -> Template:
    """List what waits for a second person, then every change of an account."""
    notice = "Le changement est confirmé : ce compte peut décider." if fait else ""
    return await _changes_page(request, review, notice=notice)


@post("/changements/{person_id:str}/confirmer", guards=[requires(Action.CONFIRM_ACCOUNT)], status_code=200)
async def confirm(request: HTMXRequest, review: Review, person_id: FromPath[str]) -> Response[Any]:
    """Confirm the changes of an account, unless it changed again after the page was shown."""
    seen = number_in(text_field(await read_form(request), "vu"), otherwise=0)
    desk, who = review.office.desk, signed_in(request).person.id
    try:
        await review.run(desk.confirm_account, who, PersonId(person_id), seen)
    except NotAllowedNow as error:
        return await _changes_page(request, review, notice=why_not_now(error.reason), status=409)
    except VersionConflict:
        notice = "Ce compte a encore changé depuis votre lecture : relisez avant de confirmer."
        return await _changes_page(request, review, notice=notice, status=409)
    return redirect("/changements", {"fait": "confirme"})


async def _changes_page(request: AnyRequest, review: ReviewSite, *, notice: str = "", status: int = 200) -> Template:
    control = await review.run(read_control, review.office, signed_in(request).person)
    return render(request, "review_ui/journal/changes.html", status=status, code=status, notice=notice, control=control)


def read_control(office: Office, person: Person) -> AccountControl:
    """Return what the page of account changes shows to somebody."""
    rule = office.two_people_rule()
    changes = office.audit.entries(limit=SHOWN_CHANGES, actions=(*ACCOUNT_ACTIONS, RULE_SET))
    return AccountControl(
        waiting=[
            _waiting(office, rule, account, person)
            for account in rule.people
            if account.unconfirmed and account.is_active
        ],
        changes=changes,
        names={account.id: account.name for account in rule.people},
    )


def _waiting(office: Office, rule: TwoPeopleRule, account: Person, person: Person) -> WaitingAccount:
    numbers = {change.number for change in account.unconfirmed}
    changes = office.audit.entries(subject=account.id, actions=ACCOUNT_ACTIONS)
    return WaitingAccount(
        account,
        [change for change in changes if change.number in numbers],
        rule.confirmers(account),
        may_confirm(person, account),
    )


PAGE_LENGTH = 50
SHOWN_FINDINGS = 20  # one break makes every version behind it suspect
_HASH = re.compile(r"[0-9a-f]{64}")


@get("/journal", guards=[requires(Action.READ_AUDIT)])
async def audit_page(request: HTMXRequest, review: Review) -> Template:
    """Show a page of the audit; the chain is verified with the newest page, each time it is asked for."""
    subject, actor, noted, from_number = (
        request.query_params.get(name, "").strip() for name in ("objet", "acteur", "empreinte", "avant")
    )
    noted = noted.lower()
    before = int(from_number) if re.fullmatch(r"[0-9]{1,12}", from_number) else None
    entries = await review.run(
        lambda: review.office.audit.entries(
            limit=PAGE_LENGTH + 1, before=before, subject=subject or None, actor=actor or None
        )
    )
    noted_is_wrong = bool(noted) and not _HASH.fullmatch(noted)
    findings: list[str] | None = None
    if before is None:
        findings = await review.run(
            lambda: review.office.audit.verify(head=noted if noted and not noted_is_wrong else None)
        )
    return render(
        request,
        "review_ui/journal/audit.html",
        entries=entries[:PAGE_LENGTH],
        older=entries[PAGE_LENGTH - 1].number if len(entries) > PAGE_LENGTH else None,
        is_newest=before is None,
        head=await review.run(review.office.audit.head),
        findings=findings,
        shown_findings=(findings or [])[:SHOWN_FINDINGS],
        subject=subject,
        actor=actor,
        noted=noted,
        noted_is_wrong=noted_is_wrong,
    )


HANDLERS = (audit_page, changes_page, confirm)
