"""The page of the families: which variants there are, and which are missing."""

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.regions import REGIONS
from noa_rag.review.rights import Action
from review_ui.entries.variant_views import covered, read_families
from review_ui.shell.rendering import render
from review_ui.shell.session import requires
from review_ui.shell.site import ReviewSite


@get("/variantes", guards=[requires(Action.READ)])
async def variants_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show each family with what was asked of its general entry for want of a variant."""
    families = await review.line.run(read_families, review.office)
    return render(request, "review_ui/entries/variants.html", families=families, covered=covered, region_names=REGIONS)


HANDLERS = (variants_page,)
