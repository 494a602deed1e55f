"""The visitor's verdict on an answer."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.errors import InvalidRequest
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of, page_path, routes
from noa_rag.web.reading import read_feedback
from noa_rag.web.rendering import render_page
from noa_rag.web.schemas import FeedbackRequest
from noa_rag.web.site import Site


@post(routes("feedback"), include_in_schema=False, status_code=200)
async def give_feedback(request: HTMXRequest, site: NamedDependency[Site]) -> Template | Redirect:
    """Record the verdict; thank in place for htmx, otherwise on a page of its own."""
    form = await read_form(request)
    useful = text_field(form, "useful")
    if useful not in ("yes", "no"):
        raise InvalidRequest(f"{useful!r} is neither yes nor no.", field="useful")
    feedback = read_feedback(
        FeedbackRequest(
            question_id=text_field(form, "question_id"),
            is_useful=useful == "yes",
            reason=text_field(form, "reason"),
            comment=text_field(form, "comment"),
        )
    )
    await record(site, feedback)
    language = language_of(request.url.path)
    if request.htmx:
        return render_page(site, "chat/_thanks.html", language=language)
    return Redirect(page_path("thanks", language, host=site.host), status_code=303)


@get(routes("thanks"), include_in_schema=False)
async def thanks(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Thank, after a verdict given without JavaScript."""
    return render_page(site, "pages/thanks.html", language=language_of(request.url.path), page="thanks")


async def record(site: Site, feedback: FeedbackRequest) -> None:
    """Hand a checked verdict to the service."""
    await site.line.run(
        site.service.record_feedback,
        feedback.question_id,
        is_useful=feedback.is_useful,
        reason=feedback.reason,
        comment=feedback.comment,
    )
