"""The fluent writer plays what was written by hand as a model would write it; its suite says what is wrong in it."""

from evals.runner.rephrasing import NOT_TOLD, FluentWriter, Played, fluent_figures
from evals.suites.cases import SUITES, rows_of
from noa_rag.domain.entry import EntryId, official_text
from noa_rag.domain.passages import passages_of
from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding, Prompt, Rephrasing, RephrasingOutcome
from noa_rag.knowledge.pack import Pack

KINDS = {
    *("scope", "condition", "modality", "actor", "order", "mix"),
    *("negation", "added", "cause", "body", "amount", "date"),
}
FLUENT = SUITES / "rephrasing" / "fluent.jsonl"


def test_the_suite_holds_enough_for_known_questions_with_errors_at_a_known_rate(bundled_pack: Pack) -> None:
    cases = list(rows_of(FLUENT))
    entries = dict(bundled_pack.entries)
    rows = {row["id"]: row for name in ("assisted", "answering") for row in rows_of(SUITES / f"{name}.jsonl")}
    wrong = [[sentence["kind"] for sentence in case["sentences"] if not sentence["faithful"]] for case in cases]

    assert len(cases) >= 200
    assert len({case["id"] for case in cases}) == len(cases)
    assert all(len(kinds) <= 1 for kinds in wrong)
    assert 0.2 < sum(map(len, wrong)) / len(cases) < 0.3
    assert {kind for kinds in wrong for kind in kinds} == KINDS
    for case in cases:
        question = rows[case["question_id"]]
        assert (case["question"], case["entry"]) == (question["question"], question["expected_entries"][0])
        count = len(passages_of(official_text(entries[EntryId(case["entry"])])))
        assert all(1 <= sentence["passage"] <= count for sentence in case["sentences"]), case["id"]
        assert 1 <= len(case["sentences"]) <= 4


def test_passages_are_cited_and_links_named_as_the_prompt_numbers_them() -> None:
    texts = ["Le prix est affiché.", "Voir LIEN1.", "Écrivez sur LIEN2 ou LIEN3."]
    sentences = [{"text": "Écrivez sur LIEN2.", "passage": 3}, {"text": "Le prix est affiché.", "passage": 1}]
    writer, heard = FluentWriter(sentences, texts), list[str]()

    prompt = Prompt("p", "Passages :\n[1] Voir LIEN1.\n[2] Écrivez sur LIEN1 ou LIEN4.\n\nRéponse :")
    written = writer.complete(prompt, deadline_seconds=1.0, heard=heard.append)

    assert written.text == f"Écrivez sur LIEN1. [2] Le prix est affiché. [{NOT_TOLD}]"
    assert "".join(heard).strip() == written.text
    assert writer.untold_count == 1


def test_what_is_shown_and_what_is_wrong_of_it_is_counted() -> None:
    right, refused = CheckedSentence("Oui.", "q"), CheckedSentence("Non.", "q", (CheckFinding("negation", "non"),))

    def an_attempt(kind: str, wrong: int | None, *sentences: CheckedSentence, outcome: str = "shown") -> Played:
        rephrasing = Rephrasing("fluent", "p", RephrasingOutcome(outcome), sentences)
        return Played(kind, kind, wrong, len(sentences), 0, rephrasing)

    figures = fluent_figures(
        [
            an_attempt("", None, right, right),
            an_attempt("", None, right, refused),
            an_attempt("scope", 0, right, right),  # its wrong sentence passes
            an_attempt("scope", 1, right, refused),
            an_attempt("mix", 0, refused, outcome="refused"),
        ]
    )

    by_name = {figure.name: (figure.count, round(figure.value * figure.count)) for figure in figures}
    assert by_name["rephrasings shown, in whole or in part"] == (5, 4)
    assert by_name["of those without a wrong sentence"] == (2, 2)
    assert by_name["of those, shown whole"] == (2, 1)
    assert by_name["wrong sentences among the rephrasings shown"] == (4, 1)
    assert by_name["faithful sentences that passed"] == (6, 5)
    assert by_name["wrong sentences not shown"] == (3, 2)
    assert (by_name["scope"], by_name["mix"]) == ((2, 1), (1, 1))
