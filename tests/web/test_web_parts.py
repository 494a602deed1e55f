"""The small parts: Markdown, days, addresses, the waiting line."""

import asyncio
import threading
from datetime import date

import pytest

from noa_rag.domain.question import Language
from noa_rag.web.in_words import day_in_words
from noa_rag.web.limits import Saturated, WaitingLine
from noa_rag.web.paths import PATHS, language_of, page_path
from noa_rag.web.rendering import render_markdown


def rendered(text: str, heading_level: int = 4) -> str:
    return render_markdown(text, heading_level=heading_level, table_label="Tableau")


def test_headings_fit_under_those_of_the_page_without_skipping_a_level() -> None:
    html = rendered("## A\n\n#### B\n\n## C")

    assert "<h4>A</h4>" in html
    assert "<h5>B</h5>" in html
    assert "<h4>C</h4>" in html


@pytest.mark.parametrize(
    "text",
    ["[x](javascript:alert(1))", "[x](data:text/html,x)", "[x](//evil.example)", "[x](/x)"],
)
def test_only_web_mail_and_telephone_addresses_become_links(text: str) -> None:
    html = rendered(text)

    assert "<a" not in html


def test_an_image_becomes_a_link_so_that_nothing_loads_from_elsewhere() -> None:
    assert "<img" not in rendered("![x](https://a.example/p)")


@pytest.mark.parametrize("url", ["https://a.example", "mailto:a@a.example", "tel:3957"])
def test_links_say_nothing_of_where_they_come_from(url: str) -> None:
    assert f'<a href="{url}" rel="noopener nofollow">x</a>' in rendered(f"[x]({url})")


def test_no_line_begins_with_a_sign_or_with_the_rest_of_a_number() -> None:
    french = rendered("« Oui » : **190 €** ; 15 000 € à 1,5 %, [le tarif](https://www.inpi.fr/a?b=1) ? `a : b`")

    assert french.replace("&nbsp;", "_") == (
        "<p>«_Oui_»_: <strong>190_€</strong>_; 15_000_€ à 1,5_%, "
        '<a href="https://www.inpi.fr/a?b=1" rel="noopener nofollow">le tarif</a>_? <code>a : b</code></p>\n'
    )
    assert rendered("It costs €190: in 2026, too.") == "<p>It costs €190: in 2026, too.</p>\n"


def test_html_in_markdown_is_text() -> None:
    assert rendered("<b onclick=x>a</b>") == "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>\n"


def test_a_table_scrolls_in_its_own_box() -> None:
    html = rendered("| a |\n|---|\n| b |")

    assert html.startswith('<div class="table" role="group" tabindex="0" aria-label="Tableau"><table>')
    assert html.rstrip().endswith("</table></div>")


def test_days_are_written_out() -> None:
    assert day_in_words(date(2026, 8, 1), Language.FRENCH).split("\N{NO-BREAK SPACE}") == ["1er", "août", "2026"]
    assert day_in_words(date(2026, 8, 1), Language.ENGLISH).split("\N{NO-BREAK SPACE}") == ["1", "August", "2026"]


def test_addresses_escape_ids_and_leave_out_what_is_empty() -> None:
    assert page_path("entry", Language.FRENCH, "a/b c", {"question": ""}) == "/entrees/a%2Fb%20c"
    assert page_path("home", Language.ENGLISH, query={"q": "é", "region": ""}) == "/en/?q=%C3%A9"
    assert [language_of(path) for path in ("/en", "/en/x", "/entrees/x", "/")] == ["en", "en", "fr", "fr"]
    assert all(paths.keys() == set(Language) for paths in PATHS.values())


def test_the_line_turns_callers_away_when_it_is_full_and_recovers() -> None:
    async def crowd() -> list[str]:
        line, gate = WaitingLine(max_waiting=1, thread_count=1), threading.Event()
        held = [asyncio.ensure_future(line.run(gate.wait)) for _ in range(2)]  # one runs, one waits
        await asyncio.sleep(0)
        outcomes = []
        try:
            await line.run(gate.is_set)
        except Saturated:
            outcomes.append("turned away")
        gate.set()
        await asyncio.gather(*held)
        outcomes.append(str(await line.run(gate.is_set)))
        line.close()
        return outcomes

    assert asyncio.run(crowd()) == ["turned away", "True"]


def test_the_line_passes_errors_on_and_frees_the_place() -> None:
    async def fail_often() -> None:
        line = WaitingLine(max_waiting=0, thread_count=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await line.run(divmod, 1, 0)
        line.close()

    asyncio.run(fail_often())
