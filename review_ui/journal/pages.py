"""The audit's page: what was done, newest first, and whether the chain holds."""

import re

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.review.rights import Action
from review_ui.shell.rendering import render
from review_ui.shell.session import requires
from review_ui.shell.site import ReviewSite

PAGE_LENGTH = 50
SHOWN_FINDINGS = 20  # one break makes every version behind it suspect
_HASH = re.compile(r"[0-9a-f]{64}")


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


HANDLERS = (audit_page,)
