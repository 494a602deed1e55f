"""Reports: whole in themselves, safe against what questions contain, the same bytes each time."""

import re
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evals.metrics.figure import Figure
from evals.report.reports import write_comparison_report, write_report
from evals.runner.comparison import compare
from evals.runner.evaluate import FigureRow, FigureSection
from evals.runner.runs import CaseOutcome, read_run
from evals.suites.cases import CaseKind
from tests.evals.run_factory import BREVET, MARQUE, a_case, a_refusal, a_run_folder, an_answer_with, an_offer_of

HOSTILE = "</p><script>alert('€')</script><img src=https://example.org/x onerror=alert(1)>"
LOADING = ("src", "href", "srcset", "action", "formaction", "data", "poster", "xlink:href")
VOID = ("meta", "link", "input", "img", "br")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """The elements of a page, each with the text inside it."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]


def parsed(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    assert not page.open
    return page


def some_outcomes() -> dict[str, list[CaseOutcome]]:
    """Return at least one case of every sort that a chart or a list shows."""
    near = a_case("near", CaseKind.NEAR_MISS, contrast="start & end", pair="p")
    hostile = a_case("hostile", CaseKind.OUT_OF_SCOPE, question=HOSTILE, contrast="$injection$")
    english = a_case("english", question="How do I register a trade mark?", language="en", register="english")
    own = {"theme": "marques", "agency": "inpi"}
    return {
        "answering": [
            an_answer_with(MARQUE, **own),
            an_answer_with(BREVET, a_case("wrong", question="Et la fausse ?"), milliseconds=12_345.0, **own),
            an_offer_of(MARQUE, BREVET, case=english, **own),
            an_answer_with(MARQUE, near),
            a_refusal(hostile),
        ],
        "hidden": [
            a_refusal(a_case("a-hidden", CaseKind.NEAR_MISS, expected_entries=(), hides=(MARQUE,), tempting_entry=None))
        ],
    }


SECTIONS = [
    FigureSection(
        "answering",
        (
            FigureRow(
                Figure("answers shown that are right", 0.95, 20, 0.76, 0.99), "at least 90 %", True, "Promise 4."
            ),
            FigureRow(Figure("hit@1", 0.5, 4, 0.15, 0.85), "at least 80 %", False),
            FigureRow(Figure("median of an answer", 5.25, 6, 4.0, 6.5, "milliseconds")),
        ),
    )
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(a_run_folder(tmp_path_factory.mktemp("runs") / "after", **some_outcomes()), SECTIONS)


@pytest.fixture(scope="module")
def comparison_report(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    before = some_outcomes()
    hostile = before["answering"][4].case
    before["answering"][0] = a_refusal(before["answering"][0].case)
    before["answering"][4] = an_answer_with(BREVET, hostile, actual_text=HOSTILE)
    before["answering"][3] = a_refusal(before["answering"][3].case)
    before["gone"] = [a_refusal(a_case("gone", question=HOSTILE))]
    folder = a_run_folder(tmp_path_factory.mktemp("runs") / "before", {"model": HOSTILE}, **before)
    return write_comparison_report(report.parent, compare(read_run(folder), read_run(report.parent)))


@pytest.fixture(params=["report", "comparison_report"])
def page_path(request: pytest.FixtureRequest) -> Path:
    path = request.getfixturevalue(request.param)
    assert isinstance(path, Path)
    return path


def test_nothing_is_loaded_from_anywhere(page_path: Path) -> None:
    page = parsed(page_path)

    for element in page.elements:
        for name in LOADING:
            assert element.attributes.get(name, "#").startswith(("#", "data:")), element
        for value in element.attributes.values():
            assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)", value)), element
    assert not page.all("img") + page.all("iframe") + page.all("object")
    assert "url(" not in page.all("style")[0].text
    assert "@import" not in page.all("style")[0].text


def test_what_a_question_contains_is_only_text(page_path: Path) -> None:
    page = parsed(page_path)

    assert len(page.all("script")) == 1
    assert "alert" not in page.all("script")[0].text
    assert any(element.text == HOSTILE and element.tag in ("p", "span") for element in page.elements)


def test_the_policy_lets_only_this_style_and_this_script_work(page_path: Path) -> None:
    page = parsed(page_path)

    [policy] = [meta.attributes["content"] for meta in page.all("meta") if "http-equiv" in meta.attributes]
    for tag in ("style", "script"):
        [element] = page.all(tag)
        digest = b64encode(sha256(element.text.encode("utf-8")).digest()).decode("ascii")
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    # Such attributes would be refused by it, and be missing from the page.
    assert not [meta for meta in page.elements if any(name == "style" or name[:2] == "on" for name in meta.attributes)]


def test_each_chart_has_words_for_who_cannot_see_it_and_its_table(report: Path) -> None:
    page = parsed(report)
    charts = [element for element in page.all("section") if element.attributes.get("class") == "chart"]
    drawings = page.all("svg")
    captions = {element.attributes["id"] for element in page.all("caption")}

    assert charts
    assert len(drawings) == len(charts)
    assert all(
        drawing.attributes["role"] == "img" and len(drawing.attributes["aria-label"]) > 20 for drawing in drawings
    )
    for chart in charts:
        assert chart.attributes["id"].replace("chart-", "table-") + "-caption" in captions
    assert len(captions) == len(page.all("table"))
    assert all(element.attributes.get("scope") in ("row", "col") for element in page.all("th"))


def test_the_run_report_has_every_chart_that_the_outcomes_allow(report: Path) -> None:
    page = parsed(report)

    assert [
        element.attributes["id"] for element in page.all("section") if element.attributes.get("class") == "chart"
    ] == [
        "chart-reliability",
        "chart-risk-coverage",
    ]


def test_no_id_stands_twice(page_path: Path) -> None:
    ids = Counter(element.attributes["id"] for element in parsed(page_path).elements if "id" in element.attributes)

    assert ids.most_common(1)[0][1] == 1


def test_reports_are_the_same_bytes_each_time(report: Path, tmp_path: Path) -> None:
    again = write_report(a_run_folder(tmp_path / "after", **some_outcomes()), SECTIONS)

    assert again.read_bytes() == report.read_bytes()


def test_questions_and_answers_carry_the_language_of_the_case(report: Path) -> None:
    page = parsed(report)
    languages = {
        element.text: element.attributes["lang"]
        for element in page.elements
        if element.attributes.get("class") == "question"
    }

    assert page.all("html")[0].attributes["lang"] == "en"
    assert languages["How do I register a trade mark?"] == "en"
    assert languages["Et la fausse ?"] == "fr"
    assert {element.attributes["lang"] for element in page.all("blockquote")} == {"fr", "en"}


def test_wrong_answers_are_listed_first(report: Path) -> None:
    headings = [element.text for element in parsed(report).all("h4")]

    assert headings == [
        "wrong entry shown",
        "right entry among those offered",
        "refused, as nothing answers",
        "right entry shown",
        "refused, as nothing answers",
    ]


def test_figures_stand_beside_their_targets_and_missed_gates_are_named(report: Path) -> None:
    page = parsed(report)
    rows = [element.text.split("\n") for element in page.all("tr")]

    assert "✗ 1 of 2 gates missed: hit@1 (answering)." in [paragraph.text for paragraph in page.all("p")]
    assert ["answers shown that are rightPromise 4.", "95.0 %2076.0 to 99.0at least 90 %", "✓ met"] in rows
    assert ["hit@1", "50.0 %415.0 to 85.0at least 80 %", "✗ missed"] in rows
    assert ["median of an answer", "5.2 ms64.0 to 6.5", ""] in rows


def test_a_comparison_names_what_got_worse_before_what_got_better(comparison_report: Path) -> None:
    page = parsed(comparison_report)

    assert comparison_report.name == "compared-with-before.html"
    assert [element.text for element in page.all("summary")][:3] == ["worse 1", "better 2", "otherwise 0"]
    sides = [element.text for element in page.all("p") if element.attributes.get("class") == "side"]
    assert sides[:2] == [
        "before: refused, as nothing answers, confidence 0.20",
        "after: wrong entry shown, confidence 0.90",
    ]
    assert "gone: 1" in [element.text for element in page.all("summary")]


def test_a_question_whose_form_changed_its_outcome_stands_in_a_table(tmp_path: Path) -> None:
    outcome = an_answer_with(MARQUE, a_case("a", same_as="a", question="déposer une marque"))
    shouted = a_case("a-capitals", same_as="a", question="DÉPOSER UNE MARQUE", contrast="all capitals")

    differs = parsed(write_report(a_run_folder(tmp_path / "one", invariance=[outcome, a_refusal(shouted)]), []))
    same = parsed(
        write_report(a_run_folder(tmp_path / "two", invariance=[outcome, an_answer_with(MARQUE, shouted)]), [])
    )

    caption = "Changed questions with another outcome"
    assert [caption in [element.text for element in page.all("caption")] for page in (differs, same)] == [True, False]
    assert "DÉPOSER UNE MARQUE" in [heading.text for heading in differs.all("th")]
