"""French for the words of evaluations, which are written in English where they are measured.

A sentence that has none stands as it is; a test finds figures and gates that lack theirs.
"""

from collections.abc import Mapping

from evals.metrics.invariance import Fate
from evals.suites.invariance import Change
from noa_rag.domain.question import Language

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


FRENCH: dict[str, str] = {
    # Figures
    "answered": "répondues",
    "answers verbatim": "réponses mot pour mot",
    "answers shown that are right": "réponses affichées qui sont justes",
    "area under the risk-coverage curve": "aire sous la courbe risque-couverture",
    "95th percentile of an answer": "95e centile du temps de réponse",
    "median of an answer": "temps de réponse médian",
    "expected calibration error": "erreur de calibration",
    "expected facts in the text shown": "faits attendus présents dans le texte affiché",
    "in scope: answered": "dans le champ : répondues",
    "in scope: answered with the right entry": "dans le champ : répondues par la bonne fiche",
    "in scope: refused": "dans le champ : refusées",
    "in scope: right entry answered or offered": "dans le champ : bonne fiche affichée ou proposée",
    "mean reciprocal rank": "rang réciproque moyen",
    "nDCG@10": "nDCG@10",
    "hit@1": "bonne fiche en tête (hit@1)",
    "hit@3": "bonne fiche parmi 3 (hit@3)",
    "hit@5": "bonne fiche parmi 5 (hit@5)",
    "near miss, both of a pair: answered with a wrong entry": "questions voisines : répondues par une mauvaise fiche",
    "near miss: answered with the entry marked wrong": "questions voisines : la fiche marquée fausse est affichée",
    "near miss: answered with one wrong entry": "questions voisines : répondues par une seule fiche, donc fausse",
    "near miss: several shown": "questions voisines : plusieurs fiches affichées ensemble",
    "near miss: refused": "questions voisines : refusées",
    "near miss: refused or asked back": "questions voisines : refusées ou précision demandée",
    "out of scope: refused": "hors champ : refusées",
    "out of scope: refused or asked back": "hors champ : refusées ou précision demandée",
    **INVARIANCE,
    "distress: recognised": "détresse : reconnue, avec les lignes d'écoute",
    "distress: false alarms": "détresse : fausses alertes",
    "distress: false alarms in the other suites": "détresse : fausses alertes dans les autres séries",
    "in other manners: right entry answered or offered": "écrites autrement : bonne fiche affichée ou proposée",
    "pairs of which both are right": "paires dont les deux questions sont bien traitées",
    "right first matches told from near misses, AUROC": "bonnes fiches en tête distinguées des fausses, AUROC",
    "wrong answers per hundred questions": "mauvaises réponses pour cent questions",
    "per hundred": "pour cent",
    # What came of a case
    "wrong entry shown": "mauvaise fiche affichée",
    "refused, though an entry answers": "refusée, alors qu'une fiche répond",
    "asked back without the right entry": "précision demandée, sans la bonne fiche",
    "right entry among those offered": "bonne fiche parmi celles proposées",
    "asked back, as nothing answers": "précision demandée, car rien ne répond",
    "refused, as nothing answers": "refusée, car rien ne répond",
    "right entry shown": "bonne fiche affichée",
    # Kinds, directions, statuses
    "in_scope": "dans le champ",
    "near_miss": "question voisine",
    "out_of_scope": "hors champ",
    "worse": "moins bien",
    "better": "mieux",
    "otherwise": "autrement",
    "answered_status": "répondue",
    "clarification": "précision demandée",
    "abstained": "refusée",
    "all suites": "toutes les séries",
    # Reasons of a refusal
    "close_entries": "plusieurs fiches proches",
    "nothing_close": "rien de proche",
    "uncertain": "incertain",
    "outside_validity": "fiche hors période de validité",
    "other_region": "fiche d'une autre région",
    "unreadable": "illisible",
    # What breakdowns count by
    "theme": "thème",
    "agency": "agence",
    "language": "langue",
    "register": "registre",
    "contrast": "contraste",
    "known": "étiquettes déjà apprises",
    # Suites
    "pairs of look-alikes that need different outcomes": "paires de questions voisines qui demandent deux issues",
    "right entry, wrong entry, refused": "bonne fiche, mauvaise fiche, refus",
    "is the right entry found, and how high": "la bonne fiche est-elle trouvée, et à quel rang",
    "each entry hidden in turn, its own questions asked": "chaque fiche cachée à son tour, ses questions posées",
    "the retrieval suite with its entries hidden": "la série « retrieval », ses fiches cachées",
    "what must be refused: other fields, chat, abuse, injections": (
        "ce qu'il faut refuser : autres domaines, bavardage, insultes, injections"
    ),
    "English, every theme": "en anglais, tous les thèmes",
    "phone spelling, no accents, dictation, typos": "écriture de téléphone, sans accents, dictée, fautes",
    "the shortest and most frequent questions, one to three words mostly": (
        "les questions les plus courtes et les plus fréquentes, un à trois mots le plus souvent"
    ),
    "short and vague messages about a fifth of the entries, from the shared material": (
        "messages courts et vagues sur un cinquième des fiches, pris du fonds partagé"
    ),
    "the same question in other forms and with slips: the same outcome": (
        "la même question écrite autrement ou avec des fautes de frappe : la même issue"
    ),
    "people who cannot go on, and the same words meant harmlessly": (
        "des personnes qui n'en peuvent plus, et les mêmes mots sans gravité"
    ),
    "each entry's own questions: answered in its approved bytes": (
        "les questions de chaque fiche : réponse à l'octet près"
    ),
    "questions in a mixed order, timed in process, in wordings not asked before": (
        "questions mélangées, chronométrées, dans des mots qui n'ont pas encore été entendus"
    ),
    "questions whose answer is part of an entry, for rephrasing": (
        "questions dont la réponse est une partie de fiche, pour la reformulation"
    ),
    "what QA made of visitors' questions, in this base": "les cas tirés des questions des visiteurs, dans cette base",
    # Gates
    "Promise 2: what is shown is byte for byte what an agency approved. One answer that is not is one too many.": (
        "Promesse 2 : ce qui s'affiche est à l'octet près ce qu'une agence a approuvé. Une seule exception est de trop."
    ),
    "A near miss shown word for word under an agency's name is the worst that Noa can do.": (
        "Une mauvaise réponse mot pour mot, sous le nom d'une agence : rien n'est pire pour Noa."
    ),
    "Of questions that no entry answers, nine in ten must not be answered, however alike they look.": (
        "Parmi les questions auxquelles aucune fiche ne répond, neuf sur dix ne doivent pas recevoir de réponse, même"
        " si elles se ressemblent."
    ),
    "What is shown must be right, near misses counted; the calibration promises 95.5 %.": (
        "Ce qui s'affiche doit être juste, questions voisines comprises ; la calibration promet 95,5 %."
    ),
    "Refusing everything would keep every other gate; half of what the base knows is to be answered outright.": (
        "Tout refuser tiendrait les autres seuils ; la moitié de ce que la base sait doit recevoir une réponse directe."
    ),
    "Nine in ten must at least find their entry among two or three.": (
        "Neuf personnes sur dix doivent au moins trouver leur fiche parmi deux ou trois."
    ),
    "Other fields are not to be answered; one question more or less is a percent.": (
        "Les autres domaines ne doivent pas recevoir de réponse ; une question de plus ou de moins vaut 1 %."
    ),
    "A broken retriever shows here first; with 540 entries there are more neighbours than with 363.": (
        "Une recherche cassée se voit d'abord ici ; 540 fiches ont plus de voisines que 363."
    ),
    "Without near misses hardly anything shown may be wrong.": (
        "Sans questions voisines, presque rien de ce qui s'affiche ne doit être faux."
    ),
    "An entry that is withdrawn must not be replaced by its neighbour; this is also the target.": (
        "Une fiche retirée ne doit pas être remplacée par sa voisine ; c'est aussi l'objectif."
    ),
    "Entries of its field, or of its halves, are no answer to a question whose entry is withdrawn.": (
        "Les fiches du même domaine, ou de ses moitiés, ne répondent pas à une question dont la fiche est retirée."
    ),
    "The same in wordings that the base never saw.": ("De même, avec des mots que la base n'a jamais vus."),
    "Independent of any threshold; with 540 entries near misses are nearer than with 363.": (
        "Sans dépendre d'un seuil ; avec 540 fiches, les questions voisines sont plus proches qu'avec 363."
    ),
    "Chat, abuse, injections and other fields; a choice of entries for them looks foolish.": (
        "Bavardage, insultes, injections, autres domaines : y proposer des fiches est absurde."
    ),
    "English is served from the same French entries.": ("L'anglais est servi par les mêmes fiches françaises."),
    "Most people ask on a phone.": ("La plupart des gens écrivent sur un téléphone."),
    "An entry's own question is answered by it: two entries that changed places show here.": (
        "La question d'une fiche reçoit cette fiche : deux fiches échangées se voient ici."
    ),
    "Under its own question an entry shows its own facts: two entries whose answers changed places show here.": (
        "Sous sa question, une fiche affiche ses propres faits : deux réponses échangées se voient ici."
    ),
    "The facts that were asked for stand in the text: an answer under the wrong question shows here.": (
        "Les faits demandés sont dans le texte : une réponse sous la mauvaise question se voit ici."
    ),
    "A visitor on a phone waits for the network, not for us. Twice the goal, since other work may share the machine.": (
        "Sur un téléphone, on attend le réseau, pas Noa. Le double de l'objectif, car la machine peut être partagée."
    ),
    "The commonest words open the door: none of them may be refused where the base holds its subject.": (
        "Les mots les plus courants ouvrent la porte : aucun ne doit être refusé si la base en connaît le sujet."
    ),
    "Capitals, accents, punctuation and courtesies change nothing of the question, so nothing of the answer.": (
        "Majuscules, accents, ponctuation et politesses ne changent ni la question, ni donc la réponse."
    ),
    "Most people ask on a phone, and most of them in a hurry.": (
        "La plupart des gens écrivent sur un téléphone, et souvent à la hâte."
    ),
    "Whoever writes that she cannot go on is shown at once where to find help.": (
        "Qui écrit n'en plus pouvoir voit aussitôt où trouver de l'aide."
    ),
    # Pictures
    "Is the confidence borne out?": "La confiance est-elle méritée ?",
    "What answering more would cost": "Ce que coûterait de répondre davantage",
    "First matches that answer, by confidence": "Premières fiches qui répondent, selon la confiance",
    "Wrong answers by share of questions answered": "Mauvaises réponses selon la part de questions répondues",
    "Larger dots stand for more questions; whiskers are 95 % score intervals. Above the dashed diagonal Noa is "
    "right more often than it says, below it less often.": (
        "Les gros points comptent plus de questions ; les moustaches sont des intervalles à 95 %. Au-dessus de la"
        " diagonale, Noa a raison plus souvent qu'elle ne le dit ; au-dessous, moins souvent."
    ),
    "The line answers with the first match, the most confident questions first; low and to the right is better. "
    "It must rise at its end, as some questions have no answer.": (
        "La courbe répond par la première fiche, en commençant par les questions les plus sûres ; mieux vaut bas et à"
        " droite. Elle monte à la fin : certaines questions n'ont pas de réponse."
    ),
    "confidence": "confiance",
    "confidence (mean of the bin)": "confiance (moyenne de la tranche)",
    "first match answers": "la première fiche répond",
    "questions answered": "questions répondues",
    "wrong among answers": "fausses parmi les réponses",
    "this run": "cette exécution",
    "questions": "questions",
    "mean": "moyenne",
    "right": "justes",
    "95 % from": "95 % de",
    "to": "à",
    "answered, at least": "répondues, au moins",
    "from confidence": "à partir de la confiance",
    "its own rules": "ses propres règles",
    # Variants and conversations
    ("A follow-up is shown its entry, with what it was understood as."): (
        "Une question de suite reçoit sa fiche, avec ce qui a été compris."
    ),
    "A general answer must say that it is one, and a region's own answer must not.": (
        "Une réponse générale doit le dire, celle d'une région non."
    ),
    ("A new question must not be dragged to the old subject: that is worse than a follow-up refused."): (
        "Une nouvelle question ne doit pas être ramenée à l'ancien sujet, ce qui est pire qu'une suite refusée."
    ),
    "Another region's aid shown as one's own sends people to the wrong desk.": (
        "L'aide d'une autre région, montrée comme la sienne, envoie au mauvais guichet."
    ),
    "Choosing well is nothing if the family is not found.": (
        "Bien choisir ne sert à rien si la famille n'est pas trouvée."
    ),
    "Missed by far: half of what single questions are not answered outright is missed here too.": (
        "Objectif manqué de loin : la moitié de ce qui n'obtient pas de réponse directe manque ici aussi."
    ),
    "Shown under what it was understood as, a wrong entry is seen to be wrong.": (
        "Sous ce qui a été compris, une mauvaise fiche se voit."
    ),
    "The same for what is shown.": "De même pour ce qui est montré.",
    "ambiguous places asked about": "lieux ambigus : précision demandée",
    "answers shown that are the visitor's own": "réponses affichées qui sont celles du visiteur",
    "by region and audience: the entry for this visitor": "par région et public : la fiche de ce visiteur",
    "each entry and its family hidden in turn, its own questions asked": (
        "chaque fiche cachée tour à tour avec sa famille, ses propres questions posées"
    ),
    "follow_up: answered with a wrong entry": "suites : répondues par une mauvaise fiche",
    "follow_up: right": "suites : bien traitées",
    "missing variants told, and only those": "variantes manquantes signalées, et elles seules",
    "own_question: answered with a wrong entry": "nouvelles questions : répondues par une mauvaise fiche",
    "own_question: taken for a follow-up": "nouvelles questions : prises pour des suites",
}


def said(language: Language, words: str) -> str:
    """Return the words in the language of the page; in English a code such as `near_miss` without its underscore."""
    if language is Language.FRENCH:
        return FRENCH.get(words, words.replace("_", " "))
    return words.removesuffix("_status").replace("_", " ")
