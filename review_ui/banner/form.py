"""What is filled in about the banner, as typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from litestar.datastructures import FormMultiDict

from noa_rag.domain.banner import Banner, BannerLevel
from noa_rag.domain.days import PARIS
from noa_rag.domain.errors import InvalidRequest
from noa_rag.web.forms import text_field
from review_ui.texts import ReviewTexts

USUAL_LENGTH = timedelta(days=7)  # A week: somebody then looks again whether it is still true.
SEEN_LIMIT = 80  # of what is repeated from a field


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

    def with_error(self, error: InvalidRequest, texts: ReviewTexts) -> Self:
        """Return the form with what is wrong with a field, in words."""
        one = f"banner_problem_{error.field}_{error.kind}"
        key = one if texts.or_key(one, "") else f"banner_problem_{error.kind or error.field}"
        return replace(self, problems={error.field: texts(key, seen=error.seen[:SEEN_LIMIT])})


def _typed(moment: datetime) -> str:
    return moment.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def _moment(typed: str, name: str) -> datetime:
    """Return a moment typed as Paris's clocks show it; of an hour that autumn repeats, the first."""
    try:
        moment = datetime.fromisoformat(typed.strip())
        return moment.replace(tzinfo=PARIS).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{typed[:SEEN_LIMIT]!r} is no moment.", field=name, kind="unreadable") from error
