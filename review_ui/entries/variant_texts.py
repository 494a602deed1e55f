"""Words of the page of families: which variants there are, and which are missing."""

WORDS: dict[str, tuple[str, str]] = {
    "variants_heading": ("Variantes", "Variants"),
    "variants_intro": (
        "Les fiches qui répondent à une même question selon la région ou le public. Quand il n'y en a pas pour qui"
        " pose la question, Noa montre la fiche générale et le dit : ces demandes sont comptées ici.",
        "Entries that answer one question by region or audience. Where there is none for whoever asks, Noa shows the"
        " general entry and says so: these questions are counted here.",
    ),
    "variants_covered": ("Variantes publiées", "Published variants"),
    "variants_missing": ("Variantes qui manquent", "Missing variants"),
    "variants_for": ("Pour", "For"),
    "variants_count": ("Questions", "Questions"),
    "variants_last": ("La dernière", "The last one"),
    "variants_write": ("À faire", "To do"),
    "variants_begin": ("Commencer une variante", "Begin a variant"),
    "variants_none_missing": (
        "Personne n'a demandé cette réponse pour une région ou un public sans variante.",
        "Nobody asked this for a region or an audience without a variant.",
    ),
    "variants_empty": (
        "Aucune fiche n'a de variante. On en fait une en nommant, dans une fiche, celle dont elle est la variante.",
        "No entry has a variant. One is made by naming, in an entry, the one it is a variant of.",
    ),
}
