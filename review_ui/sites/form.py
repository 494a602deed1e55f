"""What is filled in about a host site, as typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from litestar.datastructures import FormMultiDict

from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.host_site import HostSite, Origin, SiteKey
from noa_rag.web.forms import text_field
from review_ui.texts import ReviewTexts

SEEN_LIMIT = 80  # of what is repeated from a field


@dataclass(frozen=True, slots=True)
class SiteForm:
    """The fields as typed; `origins` has one a line. `problems` are words for the page, by field."""

    name: str = ""
    origins: str = ""
    greeting_fr: str = ""
    greeting_en: str = ""
    themes: tuple[str, ...] = ()
    region: str = ""
    audience: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: FormMultiDict) -> Self:
        return cls(
            name=text_field(form, "name").strip(),
            origins=text_field(form, "origins").strip(),
            greeting_fr=text_field(form, "greeting_fr").strip(),
            greeting_en=text_field(form, "greeting_en").strip(),
            themes=tuple(value for value in form.getall("themes", []) if isinstance(value, str)),
            region=text_field(form, "region"),
            audience=text_field(form, "audience"),
        )

    @classmethod
    def of(cls, site: HostSite) -> Self:
        return cls(
            name=site.name,
            origins="\n".join(site.origins),
            greeting_fr=site.greeting_fr,
            greeting_en=site.greeting_en,
            themes=site.themes,
            region=site.region or "",
            audience=site.audience.value if site.audience else "",
        )

    def site(self, key: str = "") -> HostSite:
        """Return what the fields describe, not checked yet. Raises InvalidRequest for an unknown audience."""
        if self.audience and self.audience not in tuple(Audience):
            raise InvalidRequest(f"`{self.audience}` is no audience.", field="audience", seen=self.audience)
        return HostSite(
            key=SiteKey(key),
            name=self.name,
            origins=tuple(Origin(line) for line in self.origins.split()),
            greeting_fr=self.greeting_fr,
            greeting_en=self.greeting_en,
            themes=self.themes,
            region=self.region or None,
            audience=Audience(self.audience) if self.audience else None,
        )

    def with_error(self, error: InvalidRequest, texts: ReviewTexts) -> Self:
        """Return the form with what is wrong with a field, in words."""
        one = f"sites_problem_{error.field}_{error.kind}"
        key = one if texts.or_key(one, "") else f"sites_problem_{error.kind or error.field}"
        return replace(self, problems={error.field: texts(key, seen=error.seen[:SEEN_LIMIT])})
