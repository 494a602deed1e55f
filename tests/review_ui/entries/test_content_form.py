"""The editor's form: what is shown comes back unchanged, and what was typed is read as it was meant."""

import re
from dataclasses import replace
from datetime import date

import pytest

from noa_rag.domain.calculation import (
    CALCULATION_PARTS,
    Calculation,
    Example,
    Figure,
    Input,
    Option,
    Outcome,
    Result,
)
from noa_rag.domain.entry import (
    AlternateQuestion,
    Branch,
    Contact,
    EntryContent,
    EntryId,
    JourneyStep,
    Section,
    Source,
    Translation,
    ValidityWindow,
    fingerprint,
    translation_of,
)
from noa_rag.domain.errors import InvalidContent
from noa_rag.knowledge.pack import Pack
from review_ui.entries.calculation_lines import calculation_of, calculation_texts
from review_ui.entries.content_form import ContentForm, content_of, form_of
from review_ui.entries.views import content_difference, text_difference
from tests.factories import a_calculation, an_entry_content

AGENCIES, THEMES = {"inpi"}, {"propriete-intellectuelle"}


def read(form: ContentForm, base: EntryContent | None = None) -> EntryContent:
    return content_of(form, base=base or an_entry_content(), agencies=AGENCIES, themes=THEMES)


def typed(**texts: str) -> ContentForm:
    form = form_of(an_entry_content())
    return replace(form, texts=form.texts | texts)


def test_every_bundled_entry_comes_back_from_the_editor_unchanged(bundled_pack: Pack) -> None:
    pack = bundled_pack
    agencies, themes = {agency.id for agency in pack.agencies}, {theme.id for theme in pack.themes}

    for entry_id, content in pack.entries:
        assert content_of(form_of(content), base=content, agencies=agencies, themes=themes) == content, entry_id


def test_a_text_whose_line_ends_alone_changed_is_untouched() -> None:
    content = an_entry_content(answer="Un.\n\nDeux.\n")
    form = form_of(content)

    back = read(replace(form, texts=form.texts | {"answer": "Un.\r\n\r\nDeux."}), content)

    assert back == content


def test_a_branch_a_line_is_read_and_a_line_without_its_three_parts_is_named() -> None:
    form = typed(sources="", branches="Seul | Alone | creer-seul\n\nÀ plusieurs | | creer-a-plusieurs")

    assert read(form).branches == (
        Branch("Seul", EntryId("creer-seul"), "Alone"),
        Branch("À plusieurs", EntryId("creer-a-plusieurs")),
    )
    for line in ("Seul | creer-seul", "Seul | Alone | pas une adresse"):
        with pytest.raises(InvalidContent, match="branches: not_a_branch"):
            read(typed(branches=f"{line}\n{line}"))
    with pytest.raises(InvalidContent, match="branches: not_two_to_six 1"):
        read(typed(branches="Seul | Alone | creer-seul"))


def test_every_bundled_calculation_is_read_from_its_lines_as_it_is_in_its_file(bundled_pack: Pack) -> None:
    for entry_id, content in bundled_pack.entries:
        if content.calculation:
            assert calculation_of(calculation_texts(content.calculation), None) == (content.calculation, []), entry_id


def test_a_calculation_is_read_as_a_referent_types_it() -> None:
    form = typed(
        inputs="ca | Chiffre d'affaires | Turnover | nombre | € | 1 | 50 000\nquoi | Activité | | choix\n"
        "- vente | Vente\n- service | Service | Service",
        figures="taux | taux | | selon quoi\n- vente | tva_bas\n- service | tva_haut",
        results="taxe | Taxe | Tax | ca * taux",
        outcomes="taxe > 0 | À payer.",
        examples="1/12/2026 | ca = 12 000,50 ; quoi = vente | taxe = 660",
    )

    assert read(form).calculation == Calculation(
        inputs=(
            Input("ca", "Chiffre d'affaires", "number", "Turnover", "€", at_least=1, at_most=50_000),
            Input(
                "quoi",
                "Activité",
                "choice",
                options=(Option("vente", "Vente"), Option("service", "Service", "Service")),
            ),
        ),
        figures=(Figure("taux", "taux", (("vente", "tva_bas"), ("service", "tva_haut")), by="quoi"),),
        results=(Result("taxe", "Taxe", "ca * taux", "Tax"),),
        outcomes=(Outcome("taxe > 0", "À payer."),),
        examples=(Example(date(2026, 12, 1), (("ca", "12 000,50"), ("quoi", "vente")), (("taxe", "660"),)),),
    )


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("inputs", "ca | Chiffre d'affaires"),
        ("inputs", "ca | Chiffre d'affaires | Turnover | entier"),
        ("inputs", "ca | Chiffre d'affaires | Turnover | nombre | € | un peu"),
        ("figures", "taux | taux | rate | selon quoi"),
        ("results", "taxe | Taxe | Tax | | €"),
        ("outcomes", "taxe > 0"),
        ("examples", "demain | ca = 1 | taxe = 1"),
        ("examples", "1/12/2026 | ca = 1 | taxe"),
    ],
)
def test_a_line_of_a_calculation_that_cannot_be_read_is_named_in_its_field(field: str, line: str) -> None:
    with pytest.raises(InvalidContent, match=re.escape(f"{field}: not_{field} {line}")):
        read(typed(**{field: line}))


def test_emptying_every_field_of_the_calculation_takes_it_away() -> None:
    base = an_entry_content(calculation=a_calculation())
    form = form_of(base)

    assert read(replace(form, texts=form.texts | dict.fromkeys(CALCULATION_PARTS, " ")), base).calculation is None


def test_lists_days_and_places_are_read_as_people_write_them() -> None:
    content = read(
        typed(
            alternate_questions="une marque\n\n trade mark | en \nA | B",
            sources="INPI | marques | https://www.inpi.fr",
            online_services="Déposer une marque | https://procedures.inpi.fr",
            contacts="Guichet | https://inpi.fr | 3430\nAccueil",
            valid_from="1/3/2027",
            valid_until="2027-03-31",
            departements="75, 2a 971",
        )
    )

    assert content.alternate_questions == (
        AlternateQuestion("une marque"),
        AlternateQuestion("trade mark", "en"),
        AlternateQuestion("A | B"),
    )
    assert content.sources == (Source("INPI | marques", "https://www.inpi.fr"),)
    assert content.online_services == (Source("Déposer une marque", "https://procedures.inpi.fr"),)
    assert content.contacts == (Contact("Guichet", "https://inpi.fr", "3430"), Contact("Accueil"))
    assert content.window == ValidityWindow(date(2027, 3, 1), date(2027, 3, 31))
    assert content.regions == ("FR-75", "FR-2A", "FR-971")


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidContent) as raised:
        read(typed(question="", theme="x", agency_id="y", review_by="demain", sources="sans adresse"))

    assert {(problem.field, problem.kind) for problem in raised.value.problems} == {
        ("question", "missing"),
        ("theme", "unknown_theme"),
        ("agency_id", "unknown_agency"),
        ("review_by", "not_a_day"),
        ("sources", "line_without_address"),
    }


def test_a_section_that_is_emptied_goes_and_one_that_was_not_sent_stays() -> None:
    sections = (Section("a", "A", "Un."), Section("b", "B", "Deux."), Section("c", "C", "Trois."))
    base = an_entry_content(sections=sections)
    sent = (Section("a", "", " "), Section("b", "B", "Deux, revu."))

    content = read(replace(form_of(base), sections=sent), base)

    assert content.sections == (Section("b", "B", "Deux, revu."), sections[2])


def test_two_texts_differ_word_by_word() -> None:
    before, after = text_difference("Le délai est de dix jours.\nFin.", "Le délai est de douze jours.\nFin.")

    assert [(piece.text, piece.has_changed) for piece in before] == [
        ("Le délai est de ", False),
        ("dix", True),
        (" jours.\nFin.", False),
    ]
    assert [piece.text for piece in after if piece.has_changed] == ["douze"]


def test_contents_that_are_equal_differ_in_nothing() -> None:
    content = an_entry_content()

    assert content_difference(content, content) == []
    assert [
        difference.field for difference in content_difference(content, replace(content, theme="x", regions=("FR-IDF",)))
    ] == [
        "theme",
        "regions",
    ]


def a_translated_content() -> EntryContent:
    content = an_entry_content(steps=(JourneyStep("Un.", EntryId("a-b")), JourneyStep("Deux | trois.")))
    english = Translation("en", "How?", "So.", ("One.", "Two."), fingerprint(content), date(2026, 11, 27), "INPI")
    return replace(content, question_en="How so?", translations=(english,))


def test_steps_and_translation_come_back_from_the_editor_unchanged() -> None:
    content = a_translated_content()

    assert read(form_of(content), content) == content


def test_an_edit_of_the_french_text_leaves_the_translation_with_the_text_it_was_made_from() -> None:
    content = a_translated_content()
    form = form_of(content)

    edited = read(replace(form, texts=form.texts | {"answer": "Autre."}), content)
    read_again = read(replace(form, texts=form.texts | {"answer": "Autre.", "translated_answer": "Other."}), content)

    assert edited.translations == content.translations
    assert translation_of(edited, "en") is None
    assert translation_of(read_again, "en") == replace(
        content.translations[0], answer="Other.", of=fingerprint(read_again), approver=""
    )


def test_steps_are_typed_one_a_line_with_the_entry_that_explains_them() -> None:
    content = read(typed(steps="Rédigez les statuts. | rediger-les-statuts\n\nDéposez | le capital.\n"))

    assert content.steps == (
        JourneyStep("Rédigez les statuts.", EntryId("rediger-les-statuts")),
        JourneyStep("Déposez | le capital."),
    )


def test_a_translation_that_lacks_a_step_or_a_day_is_told() -> None:
    content = a_translated_content()
    form = form_of(content)

    with pytest.raises(InvalidContent) as raised:
        read(replace(form, texts=form.texts | {"translated_steps": "One.", "translated_on": ""}), content)

    assert {(problem.field, problem.kind) for problem in raised.value.problems} == {
        ("translated_steps", "not_each_step"),
        ("translated_on", "missing"),
    }


def test_a_difference_names_steps_and_translations() -> None:
    content = a_translated_content()

    changed = content_difference(an_entry_content(), content)

    assert [difference.field for difference in changed] == ["question_en", "steps", "translations"]
