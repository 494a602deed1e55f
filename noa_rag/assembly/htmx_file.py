"""htmx, fetched by name and pinned version at set-up; nothing of it is kept in the project."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from noa_rag.domain.errors import NoaError
from noa_rag.settings import Settings, read_settings

# The package of Adam Johnson that carries htmx 2.0.10 for Django; only this one file of it is used.
PACKAGE = "django-htmx==1.29.0"
MEMBER = "django_htmx/static/django_htmx/htmx-2.min.js"
SHA256 = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"


def htmx_path(settings: Settings) -> Path:
    """Return where htmx lies; everything in that folder is public."""
    return settings.data_dir / "static" / "htmx.min.js"


def fetch_htmx(settings: Settings) -> Path:
    """Download the pinned package with pip, check the file and put it in place. Raises NoaError otherwise."""
    path = htmx_path(settings)
    if path.is_file() and _digest(path.read_bytes()) == SHA256:
        return path
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if outcome.returncode or not wheels:
            raise NoaError(f"htmx could not be fetched: pip said {outcome.stderr.strip()[-300:]!r}.")
        content = zipfile.ZipFile(wheels[0]).read(MEMBER)
    if _digest(content) != SHA256:
        raise NoaError(f"The file {MEMBER} of {PACKAGE} is not the expected one; it was not installed.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    fetch_htmx(read_settings())
