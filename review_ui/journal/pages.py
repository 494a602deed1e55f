"""The audit's pages: what was done, whether the chain holds, and changes of accounts that wait for a second person."""

import re
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
async def changes_page(
    request: HTMXRequest, review: NamedDependency[ReviewSite], fait: FromQuery[str] = ""
) -> Template:
    """List what waits for a second person, then every change of an account."""
    notice = translator_of(request).gettext("Le changement est confirmé : ce compte peut décider.") if fait else ""
    return await _changes_page(request, review, notice=notice)


@post("/changements/{person_id:str}/confirmer", guards=[requires(Action.CONFIRM_ACCOUNT)], status_code=200)
async def confirm(request: HTMXRequest, review: NamedDependency[ReviewSite], person_id: FromPath[str]) -> Response[Any]:
    """Confirm the changes of an account, unless it changed again after the page was shown."""
    seen = number_in(text_field(await read_form(request), "vu"), otherwise=0)
    desk, who, translator = review.office.desk, signed_in(request).person.id, translator_of(request)
    try:
        await review.line.run(desk.confirm_account, who, PersonId(person_id), seen)
    except NotAllowedNow as error:
        return await _changes_page(request, review, notice=why_not_now(translator, error.reason), status=409)
    except VersionConflict:
        notice = translator.gettext("Ce compte a encore changé depuis votre lecture : relisez avant de confirmer.")
        return await _changes_page(request, review, notice=notice, status=409)
    return redirect(request, "/changements", {"fait": "confirme"})


async def _changes_page(
    request: Request[Any, Any, Any], review: ReviewSite, *, notice: str = "", status: int = 200
) -> Template:
    control = await review.line.run(read_control, review.office, signed_in(request).person)
    return render(
        request, "review_ui/journal/changes.html", status=status, code=status, notice=notice, control=control, what=WHAT
    )


def read_control(office: Office, person: Person) -> AccountControl:
    """Return what the page of account changes shows to somebody."""
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


PAGE_LENGTH = 50
SHOWN_FINDINGS = 20  # one break makes every version behind it suspect
_HASH = re.compile(r"[0-9a-f]{64}")


ACTIONS = {
    "version_added": N_("Version publiée"),
    "fact_changed": N_("Chiffre changé"),
    "draft_prepared": N_("Brouillon préparé"),
    "draft_grown": N_("Questions ajoutées au brouillon"),
    "draft_shrunk": N_("Questions retirées du brouillon"),
    "draft_rebuilt": N_("Extraits du brouillon repris de la bibliothèque"),
    "draft_written": N_("Brouillon écrit"),
    "draft_amended": N_("Brouillon modifié"),
    "draft_approved": N_("Brouillon approuvé"),
    "draft_declined": N_("Brouillon refusé"),
    "draft_attached": N_("Questions rattachées"),
    "draft_handed_over": N_("Brouillon transmis"),
    "changes_requested": N_("Modifications demandées"),
    "verdict_undone": N_("Décision annulée"),
    "rechecked": NP_("action", "Questions reposées"),
    "rule_set": N_("Règle d'agence changée"),
    "group_dismissed": N_("Groupe écarté, hors champ"),
    "group_brought_back": N_("Groupe remis à traiter"),
    "group_split": N_("Groupe scindé"),
    "group_merged": N_("Groupes réunis"),
    "move_undone": N_("Rangement annulé"),
    "item_snoozed": N_("Dossier mis en sommeil"),
    "item_woken": N_("Dossier réveillé"),
    "item_assigned": N_("Dossier confié"),
    "item_commented": N_("Dossier commenté"),
    "agenda_decided": N_("Décision du comité"),
    "banner_on": N_("Bandeau affiché"),
    "banner_off": N_("Bandeau éteint"),
    "switch_on": N_("Partie du service rétablie"),
    "switch_off": N_("Partie du service suspendue"),
    "person_added": N_("Compte créé"),
    "person_disabled": NP_("action", "Compte fermé"),
    "person_enabled": N_("Compte rouvert"),
    "sign_in_failed": N_("Échecs de connexion"),
    "password_set": N_("Mot de passe changé"),
    "roles_set": N_("Rôles changés"),
    "email_set": N_("Adresse électronique changée"),
    "identity_linked": N_("Identité liée"),
    "second_factor_on": N_("Second facteur mis en service"),
    "second_factor_off": N_("Second facteur retiré"),
    "codes_off": N_("Codes d'une application retirés"),
    "security_key_added": N_("Clé de sécurité ajoutée"),
    "security_key_removed": N_("Clé de sécurité retirée"),
    "recovery_code_used": N_("Code de secours utilisé"),
    "recovery_codes_renewed": N_("Codes de secours renouvelés"),
    "account_confirmed": N_("Compte confirmé"),
    "password_hash_renewed": N_("Mot de passe chiffré de nouveau"),
    "published_alone": N_("Publié sans second regard"),
    "answer_marked": N_("Réponse notée"),
    "case_made": N_("Cas d'évaluation créé"),
    "case_removed": N_("Cas d'évaluation retiré"),
    "records_purged": N_("Données arrivées à échéance effacées"),
    "question_exported": N_("Question communiquée à son auteur"),
    "question_erased": N_("Question effacée à la demande"),
    "digest_on": N_("Résumé de la semaine demandé"),
    "digest_off": N_("Résumé de la semaine refusé"),
    "feed_renewed": N_("Flux à une nouvelle adresse"),
    "feed_revoked": N_("Flux fermé"),
    "client_key_created": N_("Clé de l'API donnée"),
    "client_key_revoked": N_("Clé de l'API révoquée"),
    "site_added": N_("Site inscrit"),
    "site_changed": N_("Site modifié"),
    "site_disabled": N_("Noa fermée sur un site"),
    "site_enabled": N_("Noa rouverte sur un site"),
}
VALUES = {
    "approved": N_("approuvée"),
    "withdrawn": N_("retirée"),
    "write": N_("à rédiger"),
    "attach": N_("à rattacher"),
    "out_of_remit": NP_("remit", "hors champ"),
    "later": N_("plus tard"),
    "information": N_("information"),
    "crisis": N_("crise"),
    "in_scope": N_("dans le champ"),
    "near_miss": N_("question voisine"),
    "out_of_scope": N_("hors champ"),
}


@get("/journal", guards=[requires(Action.READ_AUDIT)])
async def audit_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show a page of the audit; the chain is verified with the newest page, each time it is asked for."""
    subject, actor, noted, from_number = (
        request.query_params.get(name, "").strip() for name in ("objet", "acteur", "empreinte", "avant")
    )
    noted = noted.lower()
    before = int(from_number) if re.fullmatch(r"[0-9]{1,12}", from_number) else None
    entries = await review.line.run(
        lambda: review.office.audit.entries(
            limit=PAGE_LENGTH + 1, before=before, subject=subject or None, actor=actor or None
        )
    )
    noted_is_wrong = bool(noted) and not _HASH.fullmatch(noted)
    findings: list[str] | None = None
    if before is None:
        findings = await review.line.run(
            lambda: review.office.audit.verify(head=noted if noted and not noted_is_wrong else None)
        )
    return render(
        request,
        "review_ui/journal/audit.html",
        actions=ACTIONS,
        values=VALUES,
        entries=entries[:PAGE_LENGTH],
        older=entries[PAGE_LENGTH - 1].number if len(entries) > PAGE_LENGTH else None,
        is_newest=before is None,
        head=await review.line.run(review.office.audit.head),
        findings=findings,
        shown_findings=(findings or [])[:SHOWN_FINDINGS],
        subject=subject,
        actor=actor,
        noted=noted,
        noted_is_wrong=noted_is_wrong,
    )


HANDLERS = (audit_page, changes_page, confirm)
