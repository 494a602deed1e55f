"""htmx, fetched by name and pinned version at set-up; nothing of it is kept in the project."""

from pathlib import Path

from noa_rag.service.fetched import PackageFile, from_pip, is_it
from noa_rag.settings import Settings, read_settings

# The package of Adam Johnson that carries htmx 2.0.10 for Django; only this one file of it is used.
HTMX = PackageFile(
    "django-htmx==1.29.0",
    "django_htmx/static/django_htmx/htmx-2.min.js",
    "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
)


def htmx_path(settings: Settings) -> Path:
    """Return where htmx lies; everything in that folder is public."""
    return settings.data_dir / "static" / "htmx.min.js"


def fetch_htmx(settings: Settings) -> Path:
    """Download the pinned package with pip, check the file and put it in place. Raises NoaError otherwise."""
    path = htmx_path(settings)
    if path.is_file() and is_it(path.read_bytes(), HTMX):
        return path
    content = from_pip(HTMX)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    fetch_htmx(read_settings())
