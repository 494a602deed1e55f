"""Every state of the public pages and of the widget, light and dark, wide, on a phone and at 400 %, through axe."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from noa_rag.cli.integrations import DEMONSTRATION_PAGE
from noa_rag.domain.integrations import Origin
from noa_rag.web.app import create_app
from noa_rag.web.paths import OWN_FILES
from tests.browser.conftest import NOTING_VIOLATIONS, page_with_widget, served, widget_frame
from tests.browser.states import LONG, OTHER, PAGES, SHORT, WIDGETS, State
from tests.web.fake_service import FakeService, a_host_site, an_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

axe = pytest.importorskip("axe_playwright_python.base")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]
SIZES = {"wide": (1280, 900), "phone": (320, 800), "at 400 %": (320, 256)}  # 1280 x 1024 seen at 400 % is 320 x 256
LEAST_STATES = 115
RUN = f"""(are_colours_alone) => {{
  const others = are_colours_alone ? axe.getRules().filter((one) => !one.tags.includes("cat.color")) : [];
  const rules = Object.fromEntries(others.map((one) => [one.ruleId, {{ enabled: false }}]));
  return axe.run(document, {{ iframes: false, resultTypes: ["violations"], runOnly: {json.dumps(TAGS)}, rules }});
}}"""
# Where what is pinned at the foot of the screen lies in its own place, and half covers nothing that could be scrolled.
TO_THE_END = "scrollTo(0, document.documentElement.scrollHeight)"
# Nothing but colours may change in the dark, where axe looks at nothing else.
IN_THE_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{((?:[^{}]*\{[^{}]*\})*)\s*\}")
DECLARATION = re.compile(r"([-a-z0-9]+): ([^;{}]+)[;\n]")
STYLES = (OWN_FILES / "noa.css", OWN_FILES / "widget.js", DEMONSTRATION_PAGE / "page.css")
COLOUR = re.compile(r"#[0-9a-f]{3,6}|none")


@dataclass
class Stage:
    """A service that says what a state wants, and a page of another origin with its widget."""

    service: FakeService
    noa: str
    host: str

    def prepare(self, state: State) -> None:
        """Make the service what this state is about, and nothing that an earlier one was."""
        service = vars(self.service)
        service.update(vars(FakeService(SHORT, LONG, OTHER, answer=state.answer)))
        for name, value in state.holds.items():
            service[name] = service[name] | value if isinstance(value, dict) else value
        origins = (Origin(self.host.rstrip("/")),)
        self.service.hosts = {key: replace(site, origins=origins) for key, site in self.service.hosts.items()}


@pytest.fixture(scope="module")
def stage(htmx_folder: Path) -> Iterator[Stage]:
    service = FakeService(SHORT, LONG, OTHER, answer=an_answer(SHORT))
    with (
        served(create_app(service, static_dir=htmx_folder)) as noa,
        page_with_widget(noa, a_host_site().key) as host,
    ):
        yield Stage(service, noa, host)


@pytest.fixture
def page(browser: "Browser", stage: Stage) -> "Iterator[Page]":
    stage.prepare(PAGES[0])  # whatever the test before left
    context = browser.new_context(locale="fr-FR", reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    context.add_init_script(NOTING_VIOLATIONS)
    yield context.new_page()
    context.close()


def findings(page: "Page", *parts: "Page | Frame") -> list[str]:
    """Return what breaks the content policy, what axe finds, and what is wider than the screen, by theme and size."""
    problems = [f"content policy: {violation}" for part in parts for violation in part.evaluate("window.violations")]
    for part in parts:
        part.evaluate(axe.AXE_SCRIPT)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for part in parts:
            over = part.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            problems += [f"{size}: {over} pixels wider than the screen"] if over > 0 else []
            part.evaluate(TO_THE_END)
        page.emulate_media(color_scheme="light")
        problems += [f"{size}, light: {violation}" for part in parts for violation in _violations(part)]
        page.emulate_media(color_scheme="dark")
        problems += [
            f"{size}, dark: {violation}" for part in parts for violation in _violations(part, are_colours_alone=True)
        ]
    return problems


def _violations(part: "Page | Frame", *, are_colours_alone: bool = False) -> list[str]:
    result: dict[str, Any] = part.evaluate(RUN, are_colours_alone)
    assert result["passes"], "axe looked at nothing"
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


def test_there_are_as_many_states_as_promised() -> None:
    names = [state.name for state in (*PAGES, *WIDGETS)]

    assert len(names) >= LEAST_STATES
    assert len(set(names)) == len(names)
    assert "RGAAv4" in axe.AXE_SCRIPT


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_nothing_but_colours_changes_in_the_dark(style: Path) -> None:
    text = style.read_text(encoding="utf-8")

    (changed,) = IN_THE_DARK.findall(text)

    assert text.count("prefers-color-scheme") == 1
    assert changed.count(": ") == len(declared := DECLARATION.findall(changed)) > 1
    assert {name for name, value in declared if not COLOUR.fullmatch(value)} == set()
    assert {name for name, _ in declared if not name.startswith("--")} <= {"color", "background"}


def some_slow(states: Sequence[State]) -> list[Any]:
    """Return the states as parameters, all but every seventh marked as slow."""
    return [
        pytest.param(state, id=state.name, marks=[pytest.mark.slow] if number % 7 else [])
        for number, state in enumerate(states)
    ]


@pytest.mark.parametrize("state", some_slow(PAGES))
def test_a_page_has_no_violation_in_this_state(stage: Stage, page: "Page", state: State) -> None:
    stage.prepare(state)
    page.goto(stage.noa + state.path)
    state.steps(page)

    assert findings(page, page) == []


@pytest.mark.parametrize("state", some_slow(WIDGETS))
def test_the_widget_has_no_violation_in_this_state(stage: Stage, page: "Page", state: State) -> None:
    stage.prepare(state)
    page.goto(stage.host)
    page.get_by_role("button", name="Une question").click()
    frame = widget_frame(page)
    state.steps(frame)

    assert findings(page, page, frame) == []


def test_the_page_that_carries_the_closed_widget_has_no_violation(stage: Stage, page: "Page") -> None:
    page.goto(stage.host)
    page.get_by_role("button", name="Une question").wait_for()

    assert findings(page, page) == []


def test_a_frame_that_the_browser_refused_leaves_no_violation(stage: Stage, page: "Page") -> None:
    stage.service.hosts = {site.key: site for site in (a_host_site(),)}
    page.goto(stage.host)
    page.get_by_role("button", name="Une question").click()
    page.get_by_role("alert").wait_for(timeout=15_000)

    assert findings(page, page) == []


def test_what_axe_would_find_is_found(stage: Stage, page: "Page") -> None:
    page.goto(stage.noa)
    page.evaluate("document.querySelector('#question').labels.forEach((label) => label.remove())")
    page.evaluate("document.querySelector('#question').removeAttribute('placeholder')")  # which may name it too
    page.evaluate("document.querySelector('.lead').style.color = '#999'")
    page.evaluate("document.querySelector('.lead').style.width = '2000px'")

    report = "\n".join(findings(page, page))

    assert "label (critical)" in report
    assert "color-contrast (serious)" in report
    assert "pixels wider than the screen" in report
