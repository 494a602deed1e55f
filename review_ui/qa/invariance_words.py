"""French for the figures of the suite `invariance`: what was done to a question, and what became of its outcome."""

from collections.abc import Mapping

from evals.metrics.invariance import Fate
from evals.suites.invariance import Change

_KINDS = {"changes of form": "questions écrites autrement", "slips": "questions avec une faute de frappe"}
_FATES = {
    Fate.SAME: "même issue",
    Fate.LOST: "refusées alors qu'elles ne l'étaient pas",
    Fate.OTHER_ENTRY: "une autre fiche s'affiche",
    Fate.BECAME_CHOICE: "la réponse devient un choix",
    Fate.OTHERWISE: "un refus ou un choix devient autre chose",
}
_CHANGES = {
    Change.LOWER_CASE: "tout en minuscules",
    Change.CAPITALS: "tout en majuscules",
    Change.FIRST_CAPITAL: "première lettre en majuscule",
    Change.NO_ACCENTS: "sans accents",
    Change.QUESTION_MARK: "point d'interrogation ajouté ou retiré",
    Change.FULL_STOP: "point final",
    Change.EXCLAMATION_MARKS: "points d'exclamation à la fin",
    Change.HELLO_THANKS: "« bonjour, … merci »",
    Change.HELLO_MADAM: "« bonjour madame, … svp »",
    Change.PLEASE: "« … s'il vous plaît »",
    Change.WOULD_LIKE_TO_KNOW: "« je voudrais savoir … »",
    Change.HOW_TO: "« comment faire pour … »",
    Change.DOUBLED: "une lettre doublée",
    Change.DROPPED: "une lettre oubliée",
    Change.SWAPPED: "deux lettres inversées",
    Change.NUMBER: "singulier ou pluriel d'un mot",
}
INVARIANCE: Mapping[str, str] = {
    **{f"invariance: {kind}, {fate}": f"{_KINDS[kind]} : {_FATES[fate]}" for kind in _KINDS for fate in _FATES},
    **{f"invariance: {kind}, answered still the same": f"{_KINDS[kind]} : répondues de même" for kind in _KINDS},
    **{f"{change}: {Fate.SAME}": f"{_CHANGES[change]} : {_FATES[Fate.SAME]}" for change in _CHANGES},
}
