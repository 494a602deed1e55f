"""The cases that QA made: listed, handed out as a suite, taken away."""

from datetime import UTC, datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from evals.suites.recorded import as_lines, recorded_cases
from noa_rag.domain.entry import EntryId
from noa_rag.review.rights import Action
from noa_rag.storage.recorded_cases import RecordedCaseStore
from noa_rag.web.paths import language_of
from review_ui.paths import review_url
from review_ui.qa.common import qa_page, titles
from review_ui.qa.paging import pages
from review_ui.session import requires, signed_in
from review_ui.site import ReviewSite


@get("/qualite/cas", guards=[requires(Action.READ)])
async def recorded_list(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """List the cases, made last first."""
    noa = review.office.noa
    kept = await review.line.run(RecordedCaseStore(noa.records.database).all)
    kept.reverse()
    place = pages(request, len(kept))
    shown = place.of(kept)
    about = [EntryId(one) for case in shown for one in (*case.fields.get("expected_entries", ()),)]
    about += [EntryId(case.fields["tempting_entry"]) for case in shown if case.fields.get("tempting_entry")]
    named = await review.line.run(titles, noa, about)
    return qa_page(request, "recorded.html", cases=shown, pages=place, titles=named)


@get("/qualite/cas.jsonl", guards=[requires(Action.READ)])
async def recorded_file(review: NamedDependency[ReviewSite]) -> Response[str]:
    """Hand the cases out as a suite; questions in it are masked."""
    store = RecordedCaseStore(review.office.noa.records.database)
    cases = await review.line.run(recorded_cases, store)
    headers = {"content-disposition": 'attachment; filename="recorded.jsonl"', "cache-control": "no-store"}
    return Response("".join(as_lines(cases)), media_type="application/jsonl; charset=utf-8", headers=headers)


@post("/qualite/cas/{case_id:str}/retirer", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def remove_case(request: HTMXRequest, review: NamedDependency[ReviewSite], case_id: FromPath[str]) -> Redirect:
    """Take a case away; the audit keeps what it held."""
    store = RecordedCaseStore(review.office.noa.records.database)
    await review.line.run(store.remove, case_id, by=signed_in(request).person.id, at=datetime.now(UTC))
    return Redirect(review_url(language_of(request.url.path), "/qualite/cas"), status_code=303)
