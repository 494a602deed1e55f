"""The banner as a page shows it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from noa_rag.domain.banner import Banner
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language
from noa_rag.web.paths import page_path
from noa_rag.web.texts import Texts


@dataclass(frozen=True, slots=True)
class BannerView:
    """Everything in words; `url` is empty where there is no link."""

    level: str
    label: str
    text: str
    text_language: str
    url: str
    link_text: str


def view_banner(banner: Banner, language: Language, *, host: HostSite | None = None) -> BannerView:
    """Return a banner in the language of a page."""
    texts = Texts(language)
    text, text_language = banner.text_in(language)
    url, link_text = "", ""
    if banner.url:
        url, link_text = banner.url, texts("banner_link", site=urlsplit(banner.url).netloc)
    elif banner.theme_id:
        url, link_text = page_path("theme", language, banner.theme_id, host=host), texts("banner_theme_link")
    label = texts(f"banner_{banner.level.value}")
    return BannerView(banner.level.value, label, text, text_language.value, url, link_text)
