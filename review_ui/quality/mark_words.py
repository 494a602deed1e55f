"""Words of the form with which QA marks an answer."""

WORDS: dict[str, tuple[str, str]] = {
    "qa_marks": ("Juger cette réponse", "Mark this answer"),
    "qa_whole_answer": ("La réponse entière", "The answer as a whole"),
    "qa_mark_right": ("juste", "right"),
    "qa_mark_partly": ("en partie", "partly right"),
    "qa_mark_wrong": ("fausse", "wrong"),
    "qa_note": ("Remarque", "Note"),
    "qa_marked_by": ("par {name}, {moment}", "by {name}, {moment}"),
    "qa_if_wrong": ("Si la réponse est fausse", "If the answer is wrong"),
    "qa_no_entry_answers": ("Aucune fiche ne répond : il faut refuser", "No entry answers: it must be refused"),
    "qa_marks_become_case": (
        "Vos avis font de cette question un cas de la série « recorded ». L'avis sur la réponse entière l'emporte.",
        "Your marks make this question a case of the suite “recorded”. The mark on the whole answer wins.",
    ),
    "qa_keep_marks": ("Garder ces avis", "Keep these marks"),
    "qa_marks_kept": ("Avis gardés : {count}", "Marks kept: {count}"),
    "qa_marks_not_kept": ("Aucun avis n'est gardé", "No mark is kept"),
    "qa_on_whole": ("sur la réponse entière", "on the answer as a whole"),
    "qa_on_sentence": ("sur la phrase {number}", "on sentence {number}"),
    "qa_note_too_long": (
        "La remarque {where} compte {seen} signes ; raccourcissez-la à {limit}.",
        "The note {where} has {seen} characters; shorten it to {limit}.",
    ),
    "qa_note_without_mark": (
        "La remarque {where} attend un avis : juste, en partie ou fausse.",
        "The note {where} wants a mark: right, partly right or wrong.",
    ),
    "qa_unknown_entry": (
        "Aucune fiche ne porte cet identifiant. Rien n'a été gardé ; corrigez-le.",
        "No entry has that id. Nothing was kept; correct it.",
    ),
}
