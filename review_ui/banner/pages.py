"""The page of the banner above the public pages: written, previewed, switched on and off."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.days import PARIS
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.domain.switches import Banner, BannerLevel
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.storage.switches import TEXT_LIMIT
from noa_rag.translation import N_, Translator
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.rendering import view_banner
from review_ui.shell.labels import SEEN_LIMIT, problem_of_field
from review_ui.shell.rendering import redirect, render, translator_of
from review_ui.shell.session import ReviewSite, public_site, requires, signed_in

USUAL_LENGTH = timedelta(days=7)  # A week, after which somebody checks whether the banner still holds.


@dataclass(frozen=True, slots=True)
class BannerForm:
    """The fields as typed; times are those of Paris. `problems` are words for the page, by field."""

    level: str = BannerLevel.INFORMATION.value
    text_fr: str = ""
    text_en: str = ""
    url: str = ""
    theme_id: str = ""
    starts_at: str = ""
    ends_at: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: FormMultiDict) -> Self:
        return cls(
            level=text_field(form, "level"),
            text_fr=text_field(form, "text_fr").strip(),
            text_en=text_field(form, "text_en").strip(),
            url=text_field(form, "url").strip(),
            theme_id=text_field(form, "theme_id"),
            starts_at=text_field(form, "starts_at"),
            ends_at=text_field(form, "ends_at"),
        )

    @classmethod
    def of(cls, banner: Banner | None, now: datetime) -> Self:
        """Return the fields of the banner as it stands, or those of a new one of a week."""
        if banner is None or not banner.is_on or banner.ends_at <= now:
            return cls(starts_at=_typed(now), ends_at=_typed(now + USUAL_LENGTH))
        return cls(
            level=banner.level.value,
            text_fr=banner.text_fr,
            text_en=banner.text_en,
            url=banner.url,
            theme_id=banner.theme_id,
            starts_at=_typed(banner.starts_at),
            ends_at=_typed(banner.ends_at),
        )

    def banner(self) -> Banner:
        """Return what the fields describe, not checked yet. Raises InvalidRequest for what cannot be read."""
        if self.level not in tuple(BannerLevel):
            raise InvalidRequest(f"`{self.level}` is no level.", field="level")
        return Banner(
            level=BannerLevel(self.level),
            text_fr=self.text_fr,
            text_en=self.text_en,
            url=self.url,
            theme_id=self.theme_id,
            starts_at=_moment(self.starts_at, "starts_at"),
            ends_at=_moment(self.ends_at, "ends_at"),
        )

    def with_error(self, error: InvalidRequest, translator: Translator) -> Self:
        """Return the form with the problem of a field, in words."""
        return replace(self, problems={error.field: problem_of_field(translator, PROBLEMS, error)})


def _typed(moment: datetime) -> str:
    return moment.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def _moment(typed: str, name: str) -> datetime:
    """Return a moment typed as Paris's clocks show it; of an hour that autumn repeats, the first."""
    try:
        moment = datetime.fromisoformat(typed.strip())
        return moment.replace(tzinfo=PARIS).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{typed[:SEEN_LIMIT]!r} is no moment.", field=name, kind="unreadable") from error


LEVEL_NAMES = {
    "information": N_("Information"),
    "crisis": N_("Crise : le bandeau ressort davantage"),
}
PROBLEMS = {
    "missing": N_("Écrivez ce que dit le bandeau."),
    "text_fr_too_long": N_("Le texte français est trop long."),
    "text_en_too_long": N_("Le texte anglais est trop long."),
    "invisible_character": N_(
        "Le texte contient un signe invisible ou un retour à la ligne (%(seen)s). Tapez-le plutôt que de le coller."
    ),
    "url": N_("« %(seen)s » n'est pas une adresse qui commence par https://."),
    "both": N_("Choisissez un thème ou donnez une adresse, pas les deux."),
    "unknown": N_("Ce thème n'existe pas."),
    "level": N_("Choisissez un niveau."),
    "starts_at_unreadable": N_("L'heure de début est illisible."),
    "ends_at_unreadable": N_("L'heure de fin est illisible."),
    "order": N_("La fin doit venir après le début, et après maintenant."),
    "too_far": N_("Un bandeau dure 92 jours au plus."),
}
SAID = {
    "affiche": N_("Le bandeau est enregistré : le public le voit d'ici deux secondes, ou à l'heure prévue."),
    "eteint": N_("Le bandeau est éteint."),
}


@get("/bandeau", guards=[requires(Action.SET_BANNER)])
async def banner_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show the banner as it stands, and the form to change it."""
    banner = await review.line.run(review.office.noa.records.banners.newest)
    return await _page(request, review, BannerForm.of(banner, review.office.now()))


@post("/bandeau/apercu", guards=[requires(Action.SET_BANNER)], status_code=200)
async def preview_banner(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show the banner as the public would see it, in both languages; nothing is stored."""
    form = BannerForm.read(await read_form(request))
    try:
        return await _page(request, review, form, preview=form.banner())
    except InvalidRequest as error:
        return await _page(request, review, form.with_error(error, translator_of(request)))


@post("/bandeau", guards=[requires(Action.SET_BANNER)], status_code=200)
async def switch_on(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Show this banner: here at once, on other workers within a second."""
    form, actor = BannerForm.read(await read_form(request)), signed_in(request).person.id
    try:
        await review.line.run(_switch_on, review.office, form.banner(), actor)
    except InvalidRequest as error:
        return await _page(request, review, form.with_error(error, translator_of(request)))
    return _back(request, "affiche")


@post("/bandeau/eteindre", guards=[requires(Action.SET_BANNER)], status_code=303)
async def switch_off(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Switch the banner off."""
    await review.line.run(_switch_off, review.office, signed_in(request).person.id)
    return _back(request, "eteint")


HANDLERS = (banner_page, preview_banner, switch_on, switch_off)


async def _page(
    request: Request[Any, Any, Any], review: ReviewSite, form: BannerForm, *, preview: Banner | None = None
) -> Template:
    banner = await review.line.run(review.office.noa.records.banners.newest)
    now = review.office.now()
    return render(
        request,
        "review_ui/banner/banner.html",
        status=422 if form.problems else 200,
        form=form,
        levels=tuple(BannerLevel),
        level_names=LEVEL_NAMES,
        limit=TEXT_LIMIT,
        themes=await review.line.run(public_site(request).service.themes),
        shown=banner if banner and (banner.is_shown_at(now) or banner.is_to_come_at(now)) else None,
        is_to_come=banner is not None and banner.is_to_come_at(now),
        previews=[view_banner(preview, language) for language in Language] if preview else [],
        done="" if form.problems or preview else SAID.get(request.query_params.get("fait", ""), ""),
    )


def _switch_on(office: Office, banner: Banner, actor: PersonId) -> None:
    office.noa.records.banners.switch_on(banner, actor=actor)
    office.noa.refresh_banner()


def _switch_off(office: Office, actor: PersonId) -> None:
    office.noa.records.banners.switch_off(actor=actor)
    office.noa.refresh_banner()


def _back(request: Request[Any, Any, Any], done: str) -> Redirect:
    return redirect(request, "/bandeau", {"fait": done})
