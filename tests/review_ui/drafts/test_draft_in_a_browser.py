"""A draft as a referent meets it, in a real browser: two panes, the verdict in sight, keys, and the next draft."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from noa_rag.domain.draft import Draft, Evidence
from noa_rag.domain.entry import EntryId
from noa_rag.domain.question import Ask
from noa_rag.service.office import Office
from tests.chromium import NEEDS_CHROMIUM
from tests.review_ui.browsing import ENLARGED, PHONE, SCRIPTS, WIDE, findings, signed_in
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, a_kept_group, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = NEEDS_CHROMIUM
MARQUE = EntryId("deposer-une-marque")


@pytest.fixture
def three(office: Office) -> list[Draft]:
    """Three drafts in the order of the queue; the first has long evidence, the second changes an entry."""
    evidence = Evidence(EntryId("f1"), "Marque", "https://www.service-public.fr/f1", "", "Dix ans. " * 300, 0.9)
    entry = office.current(MARQUE)
    edit = {"entry_id": MARQUE, "content": replace(entry.content, answer="Autrement, en ligne."), "base_version": 1}
    changes: list[dict[str, object]] = [{"evidence": (evidence,)}, edit, {"entry_id": "fiche-2"}]
    drafts = []
    for at, more in enumerate(changes):
        group = a_kept_group(office, [f"question {at} {number}" for number in range(4 - at)])
        content = replace(CONTENT, question=f"Question {at} ?")
        drafts.append(a_kept_draft(office, **({"group_id": group.id, "content": content} | more)))  # type: ignore[arg-type]
    return drafts


def in_sight(page: "Page", selector: str) -> bool:
    """Whether an element stands whole within the window."""
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    assert box is not None
    assert size is not None
    return box["y"] >= 0 and box["y"] + box["height"] <= size["height"] and box["x"] + box["width"] <= size["width"]


@SCRIPTS
@pytest.mark.parametrize("size", [WIDE, PHONE, ENLARGED])
def test_the_verdict_is_in_sight_wherever_one_reads(
    browser: "Browser", address: str, three: list[Draft], size: tuple[int, int], scripts: bool
) -> None:
    page = signed_in(browser, address, scripts=scripts, size=size)

    for draft in three[:2]:
        page.goto(f"{address}{page_of(draft)}")
        evidence, editor = page.locator(".pane").first.bounding_box(), page.locator(".pane").last.bounding_box()
        assert evidence is not None
        assert editor is not None
        if size == WIDE:
            assert evidence["x"] + evidence["width"] <= editor["x"]
        else:
            assert evidence["y"] + evidence["height"] <= editor["y"]
        for place in ("h1", "#history-title", "#editor-title", "#field-sources", "#decide"):
            page.locator(place).scroll_into_view_if_needed()
            assert in_sight(page, ".verdict-bar"), place
            assert page.get_by_role("button", name="Approuver et publier").is_visible()
        bar = page.locator(".verdict-bar").bounding_box()
        assert bar is not None
        assert bar["height"] <= size[1] / 3
        if scripts:
            assert findings(page) == []
    page.context.close()


def test_what_has_the_focus_is_not_hidden_by_the_verdict(browser: "Browser", address: str, three: list[Draft]) -> None:
    page = signed_in(browser, address, size=ENLARGED)
    page.goto(f"{address}{page_of(three[1])}")
    page.locator("#field-theme").focus()

    for _ in range(12):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
              const box = document.activeElement.getBoundingClientRect();
              const bar = document.querySelector(".verdict-bar").getBoundingClientRect();
              return !document.activeElement.closest(".verdict-bar") && box.top >= bar.top;
            }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    page.context.close()


def test_keys_lead_through_the_drafts_and_to_text_and_verdict(
    browser: "Browser", address: str, three: list[Draft]
) -> None:
    page = signed_in(browser, address)
    page.goto(f"{address}{page_of(three[0])}")
    focused = "document.activeElement.name || document.activeElement.dataset.key"

    page.keyboard.press("s")
    page.wait_for_url(f"**{page_of(three[1])}")
    page.keyboard.press("p")
    page.wait_for_url(f"**{page_of(three[0])}")
    page.keyboard.press("a")
    assert page.evaluate(focused) == "a"
    page.keyboard.press("e")
    page.wait_for_function("document.activeElement.name === 'answer'")
    page.keyboard.type("spa? ")
    assert page.url.partition("#")[0] == f"{address}{page_of(three[0])}"
    assert page.locator("#field-answer").input_value().find("spa? ") >= 0
    assert not page.locator("#keys").is_visible()
    page.context.close()


def test_the_list_of_keys_opens_with_a_key_and_the_keys_can_be_switched_off(
    browser: "Browser", address: str, three: list[Draft]
) -> None:
    page = signed_in(browser, address)
    page.goto(f"{address}{page_of(three[0])}")

    page.keyboard.press("?")
    page.get_by_role("dialog", name="Touches du clavier").wait_for()
    assert findings(page) == []
    page.get_by_role("button", name="Touches actives sur cet appareil", pressed=True).press("Enter")
    page.get_by_role("button", name="Touches actives sur cet appareil", pressed=False).wait_for()
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")

    page.reload()
    for key in ("s", "a", "?"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.url == f"{address}{page_of(three[0])}"
    assert page.evaluate("document.activeElement === document.body")
    assert not page.locator("#keys").is_visible()
    page.goto(f"{address}/revue/touches")
    page.get_by_role("button", name="Touches actives sur cet appareil", pressed=False).press("Enter")
    page.goto(f"{address}{page_of(three[0])}")
    page.keyboard.press("s")
    page.wait_for_url(f"**{page_of(three[1])}")
    page.context.close()


def test_the_list_of_keys_is_a_page_without_javascript(browser: "Browser", address: str, three: list[Draft]) -> None:
    page = signed_in(browser, address, scripts=False)
    page.goto(f"{address}{page_of(three[0])}")

    page.get_by_role("link", name="Touches du clavier").click()

    page.get_by_role("heading", name="Touches du clavier").wait_for()
    assert page.get_by_text("Sans JavaScript, aucune de ces touches n'agit").is_visible()
    assert page.get_by_role("button", name="Touches actives sur cet appareil").count() == 0
    page.context.close()


@SCRIPTS
def test_what_is_spoilt_is_ticked_by_name_and_then_the_next_draft_opens(
    browser: "Browser", address: str, office: Office, three: list[Draft], scripts: bool
) -> None:
    office.gate = None
    assert office.noa.ask(Ask("Comment déposer une marque ?")).entry is not None
    page = signed_in(browser, address, scripts=scripts)
    page.goto(f"{address}{page_of(three[1])}")
    page.get_by_label("Question", exact=True).fill("Cuire une tarte ?")
    page.locator("#field-answer").fill("Au four.")
    page.locator("#field-alternate_questions").fill("")

    page.get_by_role("button", name="Approuver et publier").click()
    box = page.get_by_role("checkbox", name="« Comment déposer une marque ? » ne répondra plus")
    box.wait_for()
    assert office.current(MARQUE).version == 1
    assert page.locator("#field-answer").input_value() == "Au four."
    box.check()
    page.get_by_role("button", name="Approuver et publier").click()

    page.wait_for_url(f"**{page_of(three[2])}?apres={three[1].id}")
    page.get_by_text("Publié : la fiche est en ligne, version 2.").wait_for()
    assert office.current(MARQUE).version == 2
    if scripts:
        assert page.evaluate("'arrived' in document.activeElement.dataset")
    page.context.close()


def test_the_editor_is_one_link_away_on_a_phone(browser: "Browser", address: str, office: Office) -> None:
    draft = a_kept_draft(office)
    page = signed_in(browser, address, size=PHONE)
    page.goto(f"{address}{page_of(draft)}")

    page.get_by_role("link", name="Écrire").click()

    assert page.evaluate("location.hash") == "#field-answer"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.context.close()
