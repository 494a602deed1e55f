"""Each rule tells the fault that it is for, at its line, and leaves alone what only looks like it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import (
    AlternateQuestion,
    EntryContent,
    EntryId,
    JourneyStep,
    Source,
    Translation,
    ValidityWindow,
    fingerprint,
)
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from noa_rag.knowledge.rules.answers import sentences, sentences_of_year, unspecific
from noa_rag.knowledge.rules.finding import Level
from noa_rag.knowledge.rules.report import LEVELS, Report, examine, stamp, unchecked_contacts
from tests.factories import a_theme, an_agency, an_entry_content

TODAY = date(2026, 11, 27)
SOURCE = Source("Arrêté", "https://www.legifrance.gouv.fr/jorf/id/1")
ID = "deposer-une-marque"


def sound(**changes: Any) -> EntryContent:
    """Return an entry in which no rule finds anything."""
    content: dict[str, Any] = {
        "answer": "Le dépôt se fait en ligne.",
        "alternate_questions": (
            AlternateQuestion("dépôt marque"),
            AlternateQuestion("marque déposer"),
            AlternateQuestion("how to file a trade mark?", "en"),
        ),
        "validated_on": TODAY,
    }
    return an_entry_content(**content | changes)


def a_pack(folder: Path, *entries: tuple[str, EntryContent], facts: tuple[Fact, ...] = ()) -> Pack:
    listed = tuple((EntryId(name), content) for name, content in entries)
    write_pack(Pack((an_agency(phone=None),), (a_theme(),), listed, facts=facts), folder)
    return read_pack(folder)


def report_of(folder: Path, *entries: tuple[str, EntryContent], facts: tuple[Fact, ...] = ()) -> Report:
    return examine(a_pack(folder, *entries, facts=facts), today=TODAY)


def told(folder: Path, *entries: tuple[str, EntryContent], facts: tuple[Fact, ...] = ()) -> list[tuple[str, str, str]]:
    """Return what was found: the rule, the line of the file, and the message."""
    findings: list[tuple[str, str, str]] = []
    for finding in report_of(folder, *entries, facts=facts).findings:
        lines = (folder / finding.complaint.path).read_text(encoding="utf-8").splitlines()
        findings.append((finding.rule, lines[finding.complaint.line - 1].strip(), finding.complaint.message))
    return findings


def test_an_entry_of_a_region_wants_a_general_one_and_no_step_leads_to_another_region(tmp_path: Path) -> None:
    step = JourneyStep("Demandez-la.", EntryId("paris"))
    plain = {"alternate_questions": ()}
    general = sound(question="Licence ?", steps=(step,), **plain)
    alone = sound(question="Licence à Paris ?", regions=("FR-75",), **plain)
    family = {"variant_of": EntryId("general"), **plain}
    beside = sound(question="Licence en Île-de-France ?", regions=("FR-IDF",), **family)
    of_paris = sound(question="Bar à Paris ?", regions=("FR-75",), steps=(step,), **family)

    entries = (("general", general), ("paris", alone), ("idf", beside), ("bar", of_paris))
    findings = told(tmp_path, *entries)
    placed = [
        (rule, message) for rule, _, message in findings if rule in ("regional-without-general", "leads-elsewhere")
    ]

    assert placed == [
        ("leads-elsewhere", "leads to `paris`, which holds in FR-75 only: name its general entry"),
        ("regional-without-general", "holds in FR-75 only, and names no general entry in `variant_of`"),
    ]


def test_a_phone_that_nobody_checked_for_half_a_year_is_a_warning(tmp_path: Path) -> None:
    pack = a_pack(tmp_path, (ID, sound()))
    cards = {agency.id: (1, None) for agency in pack.agencies}
    called = replace(pack, agencies=(an_agency(phone="3957"),), cards=cards)

    def findings(checked_on: date | None) -> list[str]:
        checked = replace(called, cards={AgencyId("inpi"): (4, checked_on)})
        return [str(finding.complaint) for finding in unchecked_contacts(checked, TODAY)]

    assert findings(None) == [
        "agencies.yaml:4: the phone of `inpi` was never checked: call it, and write the day as `checked_on`"
    ]
    assert findings(date(2026, 6, 1)) == []
    assert "last checked on 2026-05-01" in findings(date(2026, 5, 1))[0]
    assert list(unchecked_contacts(replace(called, agencies=(an_agency(phone=None),)), TODAY)) == []


def rules_of(folder: Path, content: EntryContent, *facts: Fact) -> list[str]:
    return [rule for rule, _, _ in told(folder, (ID, content), facts=facts)]


def a_fact(value: str = "190", unit: str = "€", until: date | None = date(2026, 12, 31), **changes: Any) -> Fact:
    return Fact(FactId("cout"), "Coût", unit, (DatedValue(value, SOURCE, None, until),), (EntryId(ID),), **changes)


# --- sources -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://www.urssaf.fr", "a home page"),
        ("https://www.urssaf.fr/", "a home page"),
        ("https://www.inpi.fr/fr", "a home page"),
        ("https://www.urssaf.fr/accueil", "a home page"),
        ("https://www.legifrance.gouv.fr/codes/texte_lc/LEGITEXT000006069577/", "a whole code"),
        ("https://www.legifrance.gouv.fr/codes/id/LEGITEXT000006072050/2026-01-01/", "a whole code"),
        ("https://www.urssaf.fr/accueil/employeur.html", ""),
        ("https://www.legifrance.gouv.fr/codes/article_lc/LEGIARTI000042912701", ""),
        ("https://www.legifrance.gouv.fr/codes/section_lc/LEGITEXT000006072050/LEGISCTA000006177866/", ""),
        ("https://entreprendre.service-public.gouv.fr/vosdroits/F36240", ""),
        ("https://www.inpi.fr/?q=marque", ""),
    ],
)
def test_a_home_page_and_a_whole_code_are_no_source(url: str, kind: str) -> None:
    assert unspecific(url) == kind


def test_a_bare_source_is_told_at_its_line(tmp_path: Path) -> None:
    content = sound(sources=(SOURCE, Source("Urssaf", "https://www.urssaf.fr")))

    ((rule, line, _),) = told(tmp_path, (ID, content))

    assert (rule, line) == ("home-page-source", "- title: Urssaf")


# --- figures and years -------------------------------------------------------------------------------------------


def test_a_figure_of_this_year_belongs_to_a_fact(tmp_path: Path) -> None:
    content = sound(answer="Le dépôt est payant.\n\nEn 2026, il coûte **1\u202f190 €**, plus 20 %.")

    findings = told(tmp_path / "a", (ID, content), facts=(a_fact("1 190"),))

    assert [(rule, message.split(" belongs")[0]) for rule, _, message in findings] == [("figure-without-fact", "20 %")]
    assert findings[0][1] == "En 2026, il coûte **1\u202f190 €**, plus 20 %."


def test_a_figure_without_year_or_fact_is_told(tmp_path: Path) -> None:
    content = sound(answer="Le dépôt coûte 190 €.")

    assert rules_of(tmp_path / "a", content) == ["figure-without-year"]
    assert rules_of(tmp_path / "b", content, a_fact(until=None)) == []


def test_a_year_needs_an_end(tmp_path: Path) -> None:
    content = sound(answer="En 2026, le dépôt coûte 190 €.")
    ends = ValidityWindow(None, date(2026, 12, 31))

    assert rules_of(tmp_path / "a", content) == ["figure-without-fact", "year-without-end"]
    assert rules_of(tmp_path / "b", content, a_fact()) == []
    assert rules_of(tmp_path / "c", content, a_fact(until=None)) == ["year-without-end"]
    assert rules_of(tmp_path / "d", sound(answer="Depuis la loi du 3 mai 2026, le dépôt se fait en ligne.")) == []
    assert rules_of(tmp_path / "e", sound(answer=content.answer, window=ends), a_fact()) == ["hidden-by-window"]


@pytest.mark.parametrize(
    ("sentence", "is_of_this_year"),
    [
        ("En 2026, cela coûte 190 €.", True),
        ("Montants du 1er janvier 2026 : 190 €.", True),
        ("C'est 190 €, jusqu'au 31 décembre 2026.", True),
        ("À payer au plus tard le 15 décembre 2026.", True),
        ("Le dossier de 2026 se garde dix ans.", False),
        ("Depuis le 1er janvier 2026, cela coûte 190 €.", False),
        ("À partir du **1er mars 2026**, cela coûte 190 €.", False),
        ("La loi du 26 mai 2026 le fixe à 190 €.", False),
        ("La loi de finances pour 2026 le fixe à 190 €, contre 180 € en 2026 avant elle.", True),
        ("Plafond, de 2026 à 2028 : 190 €.", False),
        ("Du 1er janvier 2026 au 31 décembre 2027, c'est 190 €.", False),
    ],
)
def test_a_year_in_which_a_rule_begins_is_not_the_year_of_a_figure(sentence: str, is_of_this_year: bool) -> None:
    assert bool(list(sentences_of_year(sentence, 2026))) is is_of_this_year


def test_a_value_that_is_known_to_hold_longer_needs_no_end_with_the_year(tmp_path: Path) -> None:
    lasting = a_fact(until=date(2028, 12, 31))

    assert rules_of(tmp_path / "a", sound(answer="En 2026, le dépôt coûte 190 €."), lasting) == []
    assert rules_of(tmp_path / "b", sound(answer="Le dépôt coûte 190 €. En 2026, l'annuité coûte 20 €."), lasting) == [
        "figure-without-fact",
        "year-without-end",
    ]


def test_a_figure_of_a_past_year_and_an_expired_entry_are_told(tmp_path: Path) -> None:
    past = sound(answer="Le dépôt est payant : en 2025, il coûte 190 €. La loi de 2019 l'a voulu.")
    expired = sound(window=ValidityWindow(None, date(2026, 11, 26)))

    assert rules_of(tmp_path / "a", past) == ["past-year"]
    assert rules_of(tmp_path / "b", expired) == ["expired"]
    assert rules_of(tmp_path / "c", sound(answer="190 € en 2025, 195 € en 2026."), a_fact("195")) == [
        "figure-without-fact"
    ]


def test_a_value_that_has_ended_is_told(tmp_path: Path) -> None:
    content = sound(answer="Le dépôt coûte 190 €.")

    assert rules_of(tmp_path, content, a_fact(until=date(2026, 11, 26))) == ["ended-fact"]


def test_two_entries_that_say_the_same_with_other_figures_contradict_each_other(tmp_path: Path) -> None:
    def about(question: str, value: str) -> EntryContent:
        return sound(
            question=question,
            alternate_questions=(),
            answer=f"Bien sûr. L'employeur verse au stagiaire au moins {value} € par heure de présence.",
        )

    findings = told(
        tmp_path,
        ("a", about("Stage payé ?", "4,50")),
        ("b", about("Indemnités ?", "4,35")),
        ("c", about("Convention ?", "4,50")),
    )

    said = [message for rule, _, message in findings if rule == "contradictory-figures"]
    assert len(said) == 2
    assert said[0].startswith("says 4,50 € where `b` says 4,35 €: L'employeur verse")


# --- sentences ---------------------------------------------------------------------------------------------------


def test_sentences_are_read_as_a_reader_meets_them() -> None:
    read = list(
        sentences("Voyez l'art. L. 123 du code. **Puis** [déposez](https://a.fr).\n\n- un point\n- deux. Trois.")
    )

    assert [(sentence.text, sentence.line, sentence.is_item) for sentence in read] == [
        ("Voyez l'art. L. 123 du code.", 0, False),
        ("Puis déposez.", 0, False),
        ("un point", 2, True),
        ("deux.", 3, True),
        ("Trois.", 3, False),
    ]


@pytest.mark.parametrize(
    ("question", "answer", "is_told"),
    [
        ("Comment faire ?", "Tout dépend de votre statut.", True),
        ("Comment faire ?", "**Cela dépend** du client.", True),
        ("Comment faire ?", "- en ligne\n- sur place", True),
        ("Quelle différence entre l'un et l'autre ?", "Non : l'un n'est pas l'autre.", True),
        ("Dois-je le faire ?", "Oui, chaque année.", False),
        ("La mutuelle est-elle obligatoire, et combien coûte-t-elle ?", "Oui, et peu.", False),
        ("Pour une marque, combien payer ?", "Oui, on paie.", True),
        ("Peut-on savoir comment faire ?", "Oui, en ligne.", False),
        ("Comment faire ?", "En ligne, et cela dépend de vous.", False),
    ],
)
def test_a_first_sentence_answers(tmp_path: Path, question: str, answer: str, is_told: bool) -> None:
    assert (rules_of(tmp_path, sound(question=question, answer=answer)) == ["first-sentence"]) is is_told


def test_a_long_sentence_is_told_wherever_it_stands(tmp_path: Path) -> None:
    long, short = " ".join(["mot"] * 36) + ".", " ".join(["mot"] * 35) + "."
    step = JourneyStep(long)

    findings = told(tmp_path / "a", (ID, sound(answer=f"Un.\n\n{short} {long}", steps=(step,))))

    assert [(rule, line[:8]) for rule, line, _ in findings] == [
        ("long-sentence", "mot mot "),
        ("long-sentence", "- text: "),
    ]


# --- questions ---------------------------------------------------------------------------------------------------


def other(**changes: Any) -> EntryContent:
    """Return a sound entry of another subject."""
    told_of: dict[str, Any] = {
        "question": "Comment obtenir un brevet européen ?",
        "answer": "Auprès de l'office de Munich.",
        "alternate_questions": (
            AlternateQuestion("brevet européen"),
            AlternateQuestion("brevet Munich"),
            AlternateQuestion("european patent", "en"),
        ),
    }
    return sound(**told_of | changes)


def test_questions_that_are_nearly_the_same_are_told(tmp_path: Path) -> None:
    twin = other(question="comment deposer une marque")
    findings = told(tmp_path / "a", ("a", sound()), ("b", twin))
    alternates = (*other().alternate_questions, AlternateQuestion("depot, MARQUE !"))

    assert [rule for rule, _, _ in findings if rule == "near-duplicate"] == ["near-duplicate", "near-duplicate"]
    assert [
        (rule, line)
        for rule, line, _ in told(tmp_path / "b", ("a", sound()), ("b", other(alternate_questions=alternates)))
        if rule == "near-duplicate"
    ] == [("near-duplicate", "- depot, MARQUE !")]


def test_a_variant_may_ask_what_its_general_entry_asks(tmp_path: Path) -> None:
    variant = other(question="Comment déposer une marque à Paris ?", variant_of=EntryId("a"), regions=("FR-75",))

    assert [rule for rule, _, _ in told(tmp_path, ("a", sound()), ("b", variant)) if rule == "near-duplicate"] == []


def test_an_alternate_question_nearer_to_another_entry_is_told(tmp_path: Path) -> None:
    strayed = sound(alternate_questions=(*sound().alternate_questions, AlternateQuestion("obtenir un brevet européen")))

    findings = told(tmp_path, ("a", strayed), ("b", other()))

    assert [(rule, line) for rule, line, _ in findings] == [("nearer-to-another", "- obtenir un brevet européen")]
    assert "is nearer to `b`" in findings[0][2]


def test_an_alternate_question_that_gives_a_figure_away_is_told(tmp_path: Path) -> None:
    alternates = (*sound().alternate_questions, AlternateQuestion("marque 1190 euros 10 ans"))
    content = sound(answer="Comptez 1\u202f190 €.", alternate_questions=alternates)

    findings = told(tmp_path, (ID, content), facts=(a_fact("1 190"),))

    assert [(rule, line) for rule, line, _ in findings] == [("figure-given-away", "- marque 1190 euros 10 ans")]


def test_the_ways_in_which_people_ask_are_wanted(tmp_path: Path) -> None:
    long = (AlternateQuestion("comment est-ce que je dépose ma marque"), AlternateQuestion("dépôt marque"))

    assert rules_of(tmp_path / "a", sound(alternate_questions=long)) == ["alternate-profile", "alternate-profile"]
    assert rules_of(tmp_path / "b", sound(alternate_questions=long, question_en="How?")) == ["alternate-profile"]


# --- translations ------------------------------------------------------------------------------------------------


def test_a_translation_of_another_text_is_an_error_until_it_is_stamped(tmp_path: Path) -> None:
    english = Translation("en", "How?", "Online.\n\nFree.", (), "abc", TODAY, "INPI")
    content = sound(translations=(english,))
    report = report_of(tmp_path, (ID, content))

    ((rule, line, message),) = told(tmp_path, (ID, content))
    assert (rule, line) == ("stale-translation", "translations:")
    assert message.endswith(f"`of: '{fingerprint(content)}'`")
    assert report.errors == report.findings

    path = tmp_path / "entries" / "inpi" / f"{ID}.yaml"
    before = path.read_text(encoding="utf-8")
    assert stamp(read_pack(tmp_path), tmp_path) == [path]

    assert examine(read_pack(tmp_path), today=TODAY).findings == ()
    assert {*before.splitlines()} ^ {*path.read_text(encoding="utf-8").splitlines()} == {
        "    of: abc",
        f"    of: '{fingerprint(content)}'",
    }
    assert stamp(read_pack(tmp_path), tmp_path) == []


# --- the report --------------------------------------------------------------------------------------------------


def test_warnings_are_counted_and_become_errors_where_one_is_strict(tmp_path: Path) -> None:
    pack = a_pack(tmp_path, (ID, sound(answer="Tout dépend.")))

    lenient, strict = examine(pack, today=TODAY), examine(pack, today=TODAY, strict=LEVELS)

    assert lenient.errors == ()
    assert ("first-sentence", Level.WARNING, 1) in lenient.counts()
    assert [error.rule for error in strict.errors] == ["first-sentence"]
    assert examine(pack, today=TODAY, rules=["expired"]).counts() == [("expired", Level.WARNING, 0)]
