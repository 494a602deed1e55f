"""Pages that stand alone: one HTML file with its own style, script and drawings, which loads nothing."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.metrics.figure import as_row
from evals.runner.judging import judged
from evals.runner.runs import Outcome

TEMPLATES = Path(__file__).parent / "templates"
WEIGHTS_SHOWN = 4


def write_page(path: Path, template: str, *, title: str, **context: object) -> Path:
    """Write a page from its template; everything in it is escaped but our own drawings, style and script."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "filter.js").read_text(encoding="utf-8")
    page = _environment().get_template(template)
    text = page.render(
        title=title,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        **context,
    )
    # A question may hold half of a surrogate pair, which no encoding can write.
    path.write_bytes(text.encode("utf-8", errors="replace"))
    return path


def _policy(style: str, script: str) -> str:
    """Return a policy that lets this style and this script work, and nothing else, whatever a question contains."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(cells=as_row, drawing=Markup, judged=judged, weights=_weights, words=_words)
    return environment


def _weights(outcome: Outcome) -> str:
    """Return what weighed most in the decision, in log-odds."""
    largest = sorted(outcome.because.items(), key=lambda one: (-abs(one[1]), one[0]))[:WEIGHTS_SHOWN]
    return ", ".join(f"{name} {value:+.2f}" for name, value in largest)


def _words(name: str | None) -> str:
    return (name or "").replace("_", " ")
