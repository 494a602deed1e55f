"""The routes of the follow-up: a period's page, and its figures as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.errors import NotFound
from noa_rag.domain.figures import OWN_PAGES, Chosen
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.review.rights import Action, agencies_for, require
from noa_rag.statistics.follow_up import FollowUp
from noa_rag.statistics.period import Period
from noa_rag.statistics.sheet import csv_text, table
from noa_rag.statistics.tally import WeekOfWork, weeks_of_work
from noa_rag.translation import translator_of
from noa_rag.web.paths import file_address
from review_ui.shell.lookups import theme_options
from review_ui.shell.rendering import STATIC, file_response, redirect, render
from review_ui.shell.session import ReviewSite, requires, signed_in
from review_ui.statistics import tables
from review_ui.statistics.charts import charts, growth_chart, work_charts
from review_ui.statistics.formats import EMPTY, FILE, KIND_NAMES, NAME_OF_KIND, PERIODS, Formats

NOA = "noa"  # stands for Noa's own pages in addresses, where an empty site means all of them


@get("/suivi", guards=[requires(Action.READ_FIGURES)], status_code=303)
async def today(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Go to the figures of today."""
    day = review.office.follow_ups.current(KIND_NAMES["jour"])
    return redirect(f"/suivi/jour/{day}")


@get("/suivi/{kind:str}/{when:str}", guards=[requires(Action.READ_FIGURES)])
async def follow_up_page(
    request: HTMXRequest,
    review: NamedDependency[ReviewSite],
    kind: FromPath[str],
    when: FromPath[str],
) -> Template:
    """Show the figures of a period, of all agencies or of one, of all sites or of one."""
    query = _Asked.of(request, kind, when)
    context = await review.line.run(_context, review, query)
    return render(request, "review_ui/statistics/follow_up.html", periods=PERIODS, empty=EMPTY, **context)


@get("/suivi/{kind:str}/{when:str}/chiffres.csv", guards=[requires(Action.READ_FIGURES)])
async def as_csv(
    request: HTMXRequest,
    review: NamedDependency[ReviewSite],
    kind: FromPath[str],
    when: FromPath[str],
) -> Response[bytes]:
    """Return every figure of a period as a table for a spreadsheet."""
    query = _Asked.of(request, kind, when)
    text = await review.line.run(_csv, review, query)
    name = f"noa-suivi-{kind}-{query.period}.csv"
    return file_response(text, media_type="text/csv", name=name)


HANDLERS = (today, follow_up_page, as_csv)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A period, an agency and a site, as the address names them, and who asks for them."""

    person: Person
    period: Period
    agency: str
    site: str

    @classmethod
    def of(cls, request: HTMXRequest, kind: str, when: str) -> "_Asked":
        agency, site = (request.query_params.get(name, "") for name in ("agence", "site"))
        return cls(signed_in(request).person, _period(kind, when), agency, site)

    def chosen(self, known: Mapping[AgencyId, Agency]) -> Chosen:
        """Return the selection, limited to what the person may see. Raises Forbidden for an agency that is not hers."""
        allowed = agencies_for(self.person, Action.READ_FIGURES)
        if self.agency:
            if self.agency not in known:
                raise NotFound(f"No agency has the id {self.agency!r}.")
            require(self.person, Action.READ_FIGURES, AgencyId(self.agency))
            allowed = frozenset({AgencyId(self.agency)})
        site = OWN_PAGES if self.site == NOA else self.site or None
        return Chosen(allowed, site)


def _period(kind: str, when: str) -> Period:
    if kind not in KIND_NAMES:
        raise NotFound(f"{kind!r} is not one of {', '.join(KIND_NAMES)}.")
    return Period.parse(KIND_NAMES[kind], when)


def _figures(review: ReviewSite, asked: _Asked) -> tuple[FollowUp, Formats]:
    office = review.office
    agencies = office.noa.agencies()
    figures = office.follow_ups.of(asked.period, asked.chosen(agencies))
    names: dict[str, Mapping[str, str]] = {
        "agencies": {agency.id: agency.short_name or agency.name for agency in agencies.values()},
        "sites": office.follow_ups.sites(),
        "themes": theme_options(office.noa.themes()),
        "served": {entry.id: entry.question for entry in office.follow_ups.entries().values()},
    }
    return figures, Formats(translator_of(Language.FRENCH), names)


def _csv(review: ReviewSite, asked: _Asked) -> str:
    figures, formats = _figures(review, asked)
    rows = table(figures, formats.name, lambda key: formats.translator.gettext(FILE[key]))
    return csv_text(rows, decimal_mark=",")


def _context(review: ReviewSite, asked: _Asked) -> dict[str, Any]:
    figures, formats = _figures(review, asked)
    agencies = review.office.noa.agencies()
    allowed = agencies_for(asked.person, Action.READ_FIGURES)
    choices = sorted(
        (agency.name, agency.id) for agency in agencies.values() if allowed is None or agency.id in allowed
    )
    period, base = figures.period, figures.base
    now = review.office.follow_ups.now()
    after = period.after()
    return {
        "title": formats.translator.gettext("Suivi : %(period)s", period=formats.period(period)),
        "figures": figures,
        "kinds": [
            (name, Period.of(kind, _day_within(period, now)), kind is period.kind) for name, kind in KIND_NAMES.items()
        ],
        "kind": NAME_OF_KIND[period.kind],
        "name_of": formats.period,
        "after": after if after.span().begins_at <= now else None,
        "compared": _compared(figures, formats),
        "tiles": tables.tiles(figures, formats),
        "charts": list(charts(figures, formats)),
        "reasons": list(tables.reasons(figures, formats)),
        "rises": list(tables.rises(figures, formats)),
        "rephrasings": list(tables.rephrasings(figures, formats)),
        "breakdowns": list(tables.breakdowns(figures, formats)),
        "slowest": tables.questions("slowest", figures.slowest, formats),
        "not_useful": tables.questions("not_useful", figures.not_useful, formats),
        "marks": tables.marks(figures, formats) if any(figures.marks.values()) else None,
        "served": tables.served(figures, formats),
        "never_served": tables.entries("never_served", base.never_served, formats),
        "due": tables.entries("due", base.due, formats),
        "growth": growth_chart(figures, formats),
        "work": list(work_charts(_weeks(review, asked, figures, agencies), formats)),
        "agencies": choices,
        "every_agency": allowed is None,
        "sites": sorted(formats.names["sites"].items(), key=lambda name: (name[1], name[0])),
        "own_pages": NOA,
        "wanted": {"agence": asked.agency, "site": asked.site},
        "follow_css": file_address(STATIC / "follow.css"),
    }


def _weeks(
    review: ReviewSite, asked: _Asked, figures: FollowUp, agencies: Mapping[AgencyId, Agency]
) -> tuple[WeekOfWork, ...]:
    """Return the last weeks of work up to the period's end, of the agencies that were chosen."""
    chosen = asked.chosen(agencies).agencies
    store = review.office.store
    drafts = [draft for draft in store.drafts() if chosen is None or draft.agency_id in chosen]
    until = min(figures.period.span().ends_at, review.office.follow_ups.now())
    return weeks_of_work(drafts, store.first_failed(), until=until)


def _compared(figures: FollowUp, formats: Formats) -> str:
    before = formats.period(figures.period.before())
    if figures.compared == figures.period.before().span():
        return formats.translator.gettext("Comparé à : %(before)s.", before=before)
    return formats.translator.gettext(
        "Comparé à : %(before)s, jusqu'à la même heure (%(until)s).",
        before=before,
        until=formats.moment(figures.compared.ends_at),
    )


def _day_within(period: Period, now: datetime) -> date:
    """Return the day whose week and month are offered beside a period: today where the period is running."""
    return paris_day(now) if period.is_running(now) else period.first_day
