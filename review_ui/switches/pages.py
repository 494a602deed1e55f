"""What coordinators switch on and off at once: parts of the service, and the banner above the public pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.days import PARIS
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.domain.switches import Banner, BannerLevel, SwitchName
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.storage.switches import REASON_LIMIT, TEXT_LIMIT
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.rendering import view_banner
from review_ui.shell.lookups import SEEN_LIMIT, WORDS, problem_of_field
from review_ui.shell.rendering import redirect, render
from review_ui.shell.session import AnyRequest, Review, ReviewSite, public_site, requires, signed_in

PARTS = {
    SwitchName.CHAT: (
        "Les questions du public",
        "Sur le site et dans les widgets. Les fiches restent à lire ; un message de détresse reçoit toujours l'aide.",
    ),
    SwitchName.API: ("L'API", "Les programmes reçoivent une erreur 503 qui nomme l'administration à joindre."),
    SwitchName.WIDGET: ("Le widget", "Sur tous les sites inscrits. Le site de Noa n'est pas touché."),
    SwitchName.MODEL: (
        "Le modèle de langage",
        "Les réponses sont les textes officiels, y compris celles qui ont été reformulées auparavant.",
    ),
}
DONE = {
    "suspendu": "C'est suspendu : le public le voit d'ici deux secondes.",
    "retabli": "C'est rétabli : le public le voit d'ici deux secondes.",
    "affiche": "Le bandeau est enregistré : le public le voit d'ici deux secondes, ou à l'heure prévue.",
    "eteint": "Le bandeau est éteint.",
}


@get("/interrupteurs", guards=[requires(Action.SWITCH_PARTS)])
async def switches_page(request: HTMXRequest, review: Review) -> Template:
    """Show how each part stands."""
    return await _switches(request, review)


@post("/interrupteurs/{name:str}/suspendre", guards=[requires(Action.SWITCH_PARTS)], status_code=200)
async def suspend(request: HTMXRequest, review: Review, name: FromPath[str]) -> Response[Any]:
    """Suspend a part: here at once, on other workers within a second."""
    return await _turned(request, review, name, on=False)


@post("/interrupteurs/{name:str}/retablir", guards=[requires(Action.SWITCH_PARTS)], status_code=200)
async def restore(request: HTMXRequest, review: Review, name: FromPath[str]) -> Response[Any]:
    """Restore a part."""
    return await _turned(request, review, name, on=True)


async def _turned(request: HTMXRequest, review: ReviewSite, name: str, *, on: bool) -> Response[Any]:
    if name not in tuple(SwitchName):
        raise NotFound(f"No part is called `{name}`.")
    reason, actor = text_field(await read_form(request), "reason"), signed_in(request).person.id
    try:
        await review.run(_turn, review.office, SwitchName(name), on, reason, actor)
    except InvalidRequest as error:
        return await _switches(request, review, wrong=name, problem=error.kind, typed=reason)
    return redirect("/interrupteurs", {"fait": "retabli" if on else "suspendu"})


def _turn(office: Office, name: SwitchName, on: bool, reason: str, actor: PersonId) -> None:
    office.noa.records.switches.turn(name, on=on, reason=reason, actor=actor)
    office.noa.refresh_switches()


async def _switches(
    request: AnyRequest, review: ReviewSite, *, wrong: str = "", problem: str = "", typed: str = ""
) -> Template:
    return render(
        request,
        "review_ui/switches/switches.html",
        status=422 if problem else 200,
        switches=await review.run(review.office.noa.records.switches.all),
        parts=PARTS,
        limit=REASON_LIMIT,
        wrong=wrong,
        problem=WORDS["switch_problems"].get(problem, ""),
        typed=typed,
        done="" if problem else DONE.get(request.query_params.get("fait", ""), ""),
    )


USUAL_LENGTH = timedelta(days=7)  # A week, after which somebody checks whether the banner still holds.
TEXTS = ("level", "text_fr", "text_en", "url", "theme_id", "starts_at", "ends_at")
LEVEL_NAMES = {
    "information": "Information",
    "crisis": "Crise : le bandeau ressort davantage",
}


@dataclass(frozen=True, slots=True)
class BannerForm:
    """The fields as typed, by name; times are those of Paris. `problems` are words for the page, by field."""

    texts: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: FormMultiDict) -> Self:
        return cls({name: text_field(form, name).strip() for name in TEXTS})

    @classmethod
    def of(cls, banner: Banner | None, now: datetime) -> Self:
        """Return the fields of the banner as it stands, or those of a new one of a week."""
        if banner is None or not banner.is_on or banner.ends_at <= now:
            times = {"starts_at": _typed(now), "ends_at": _typed(now + USUAL_LENGTH)}
            return cls(dict.fromkeys(TEXTS, "") | {"level": BannerLevel.INFORMATION.value} | times)
        times = {"starts_at": _typed(banner.starts_at), "ends_at": _typed(banner.ends_at)}
        return cls({name: str(getattr(banner, name)) for name in TEXTS} | times)

    def banner(self) -> Banner:
        """Return what the fields describe, not checked yet. Raises InvalidRequest for what cannot be read."""
        level = self.texts["level"]
        if level not in tuple(BannerLevel):
            raise InvalidRequest(f"`{level}` is no level.", field="level")
        return Banner(
            level=BannerLevel(level),
            text_fr=self.texts["text_fr"],
            text_en=self.texts["text_en"],
            url=self.texts["url"],
            theme_id=self.texts["theme_id"],
            starts_at=_moment(self.texts["starts_at"], "starts_at"),
            ends_at=_moment(self.texts["ends_at"], "ends_at"),
        )

    def with_error(self, error: InvalidRequest) -> "BannerForm":
        """Return the form with the problem of a field, in words."""
        return BannerForm(self.texts, {error.field: problem_of_field("banner_problems", error)})


def _typed(moment: datetime) -> str:
    return moment.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def _moment(typed: str, name: str) -> datetime:
    """Return a moment typed as Paris's clocks show it; of an hour that autumn repeats, the first."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=PARIS).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{typed[:SEEN_LIMIT]!r} is no moment.", field=name, kind="unreadable") from error


@get("/bandeau", guards=[requires(Action.SET_BANNER)])
async def banner_page(request: HTMXRequest, review: Review) -> Template:
    """Show the banner as it stands, and the form to change it."""
    banner = await review.run(review.office.noa.records.banners.newest)
    return await _banner(request, review, BannerForm.of(banner, review.office.now()))


@post("/bandeau/apercu", guards=[requires(Action.SET_BANNER)], status_code=200)
async def preview_banner(request: HTMXRequest, review: Review) -> Template:
    """Show the banner as the public would see it, in both languages; nothing is stored."""
    form = BannerForm.read(await read_form(request))
    try:
        return await _banner(request, review, form, preview=form.banner())
    except InvalidRequest as error:
        return await _banner(request, review, form.with_error(error))


@post("/bandeau", guards=[requires(Action.SET_BANNER)], status_code=200)
async def show_banner(request: HTMXRequest, review: Review) -> Response[Any]:
    """Show this banner: here at once, on other workers within a second."""
    form, actor = BannerForm.read(await read_form(request)), signed_in(request).person.id
    try:
        await review.run(_show_banner, review.office, form.banner(), actor)
    except InvalidRequest as error:
        return await _banner(request, review, form.with_error(error))
    return redirect("/bandeau", {"fait": "affiche"})


@post("/bandeau/eteindre", guards=[requires(Action.SET_BANNER)], status_code=303)
async def hide_banner(request: HTMXRequest, review: Review) -> Redirect:
    """Switch the banner off."""
    await review.run(_hide_banner, review.office, signed_in(request).person.id)
    return redirect("/bandeau", {"fait": "eteint"})


HANDLERS = (switches_page, suspend, restore, banner_page, preview_banner, show_banner, hide_banner)


async def _banner(
    request: AnyRequest, review: ReviewSite, form: BannerForm, *, preview: Banner | None = None
) -> Template:
    banner = await review.run(review.office.noa.records.banners.newest)
    now = review.office.now()
    return render(
        request,
        "review_ui/switches/banner.html",
        status=422 if form.problems else 200,
        form=form,
        levels=LEVEL_NAMES,
        limit=TEXT_LIMIT,
        themes=await review.run(public_site(request).service.themes),
        shown=banner if banner and (banner.is_shown_at(now) or banner.is_to_come_at(now)) else None,
        is_to_come=banner is not None and banner.is_to_come_at(now),
        previews=[view_banner(preview, language) for language in Language] if preview else [],
        done="" if form.problems or preview else DONE.get(request.query_params.get("fait", ""), ""),
    )


def _show_banner(office: Office, banner: Banner, actor: PersonId) -> None:
    office.noa.records.banners.switch_on(banner, actor=actor)
    office.noa.refresh_banner()


def _hide_banner(office: Office, actor: PersonId) -> None:
    office.noa.records.banners.switch_off(actor=actor)
    office.noa.refresh_banner()
