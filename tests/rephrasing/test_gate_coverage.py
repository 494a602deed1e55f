"""A sentence says what its passage says, in other words, and promises nothing more."""

import pytest

from noa_rag.rephrasing.gate.coverage import added_promises, added_words, turned_words
from noa_rag.rephrasing.gate.gate import malformed

QUESTION = "Comment déposer ma marque ?"
ACCOUNTED_FOR = [
    ("Adressez le dossier par courrier.", "Envoyez le dossier par lettre."),
    ("Le salarié perçoit une indemnité journalière.", "L'employé reçoit une indemnité par jour."),
    ("Vous réglez la redevance en ligne.", "La redevance se paie sur internet."),
    ("Votre marque est protégée dix ans.", "La protection dure 10 ans."),
    ("La société est immatriculée au registre.", "L'immatriculation de l'entreprise au registre est faite."),
    ("Conservez une copie de chaque déclaration.", "Gardez une copie de chaque déclaration."),
    ("Le recrutement d'un apprenti est aidé.", "Une aide existe pour l'embauche d'un apprenti."),
    ("Signalez tout changement d'adresse.", "Déclarez chaque modification d'adresse."),
    ("Le gérant est affilié au régime général.", "Le dirigeant est rattaché au régime général."),
    ("Vous pouvez contester la décision.", "Un recours est possible contre la décision."),
    ("Renseignez le formulaire.", "Remplissez le formulaire."),
    ("Un échéancier peut vous être consenti.", "Un étalement peut être accordé."),
    ("L'exonération s'applique aux indépendants.", "Les indépendants sont exonérés."),
    ("Le bail est renouvelé.", "Renouvellement du bail."),
    ("La démarche est rapide.", "Elle se fait vite."),
    ("Elle est gratuite.", "Cela ne coûte rien, sans frais."),
]
ADDED = [
    ("Adressez le dossier par courrier, accompagné d'une photo récente.", "Envoyez le dossier par lettre."),
    ("Le salarié perçoit aussi une prime de Noël.", "L'employé reçoit une indemnité par jour."),
    ("Votre marque bloque les concurrents étrangers.", "La protection dure 10 ans."),
    ("Les banques préfèrent les projets verts.", "Un étalement peut être accordé."),
    ("Vous serez convoqué par un inspecteur.", "Remplissez le formulaire."),
    ("Un tirage au sort désigne les lauréats.", "Une aide existe pour l'embauche d'un apprenti."),
    ("Le bail est renouvelé et le propriétaire repeint les murs.", "Renouvellement du bail."),
    ("Conservez une copie et la secrétaire la tamponne.", "Gardez une copie de chaque déclaration."),
    ("You must register online.", "La demande se dépose en ligne."),
    ("Le paiement se fait tous les jours.", "Le paiement se fait chaque mois."),
]
PROMISED = [
    ("Le remboursement est garanti.", "Le remboursement peut être demandé."),
    ("La démarche est gratuite.", "La démarche se fait en ligne."),
    ("L'aide est automatique.", "L'aide se demande."),
    ("La réponse est immédiate.", "La réponse vient sous 2 mois."),
    ("Vous obtenez certainement l'aide.", "Vous pouvez obtenir l'aide."),
    ("C'est sans risque.", "C'est une démarche en ligne."),
]
TURNED = [
    ("La consultation est payante.", "La consultation est gratuite."),
    ("Le taux augmente.", "Le taux diminue."),
    ("Le gérant est majoritaire.", "Le gérant est minoritaire."),
    ("L'accord est oral.", "L'accord est écrit."),
]


@pytest.mark.parametrize(("sentence", "quote"), ACCOUNTED_FOR)
def test_other_words_for_the_same_pass(sentence: str, quote: str) -> None:
    found = [*added_words(sentence, quote, QUESTION), *added_promises(sentence, quote), *turned_words(sentence, quote)]

    assert found == []


@pytest.mark.parametrize(("sentence", "quote"), [*ADDED, *PROMISED, *TURNED])
def test_added_claims_promises_and_opposites_are_found(sentence: str, quote: str) -> None:
    assert [*added_words(sentence, quote, QUESTION), *added_promises(sentence, quote), *turned_words(sentence, quote)]


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "   ",
        "<script>alert(1)</script>",
        "Voyez <a href='x'>ici</a>.",
        "![image](https://exemple.fr/a.png)",
        "Le coût est de 26\u200b €.",
        "Le coût\u202e est de 26 €.",
        "Payez en rоubles.",  # a Cyrillic letter
        "&#60;b&#62;",
        "{{ texte }}",
        "```\ncode\n```",
        "a" * 601,
        "<!-- caché -->",
        "javascript:alert(1)",
        "Le coût\x00 est de 26 €.",
    ],
)
def test_what_no_sentence_has_is_found(sentence: str) -> None:
    assert list(malformed(sentence))


@pytest.mark.parametrize(
    "sentence",
    ["Le coût est de 1 500 €.", "L’œuvre coûte « cher » : 5 m² à 20 °C…", "Voyez [inpi.fr](https://inpi.fr)."],
)
def test_ordinary_sentences_are_well_formed(sentence: str) -> None:
    assert list(malformed(sentence)) == []
