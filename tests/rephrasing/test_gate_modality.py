"""A sentence denies, obliges, allows and advises as its passage does."""

import pytest

from noa_rag.rephrasing.gate.negation import turned_absences, turned_negations
from noa_rag.rephrasing.gate.obligation import turned_modality

NEGATION_KEPT = [
    ("Ce n'est pas obligatoire.", "Cela n'est pas obligatoire."),
    ("Le délai ne peut pas être prolongé.", "Ce délai ne se prolonge pas."),
    ("Vous n'avez pas le droit de le sanctionner.", "Il est interdit de le sanctionner."),
    ("Aucun accord n'est nécessaire.", "pas d'accord préalable"),
    ("Vous n'avez aucune démarche à faire.", "Rien à demander."),
    ("Nul ne peut rompre le bail avant le terme.", "Personne ne peut rompre le bail avant le terme."),
    ("La mesure n'est plus automatique.", "Elle n'est plus automatique."),
    ("Vous ne récupérez pas la TVA.", "La TVA n'est jamais récupérée."),
    ("Vous n'aurez ni renouvellement ni indemnité.", "sans droit au renouvellement, sans indemnité"),
    ("Le plafond ne dépasse pas 3 000 €.", "Le plafond est de 3 000 €."),
    ("Sans justificatif, la demande échoue.", "La demande sans justificatif échoue."),
    ("Le salarié peut refuser.", "Le salarié peut refuser."),
    ("N'attendez pas pour déclarer.", "Déclarez sans tarder."),
    ("C'est facultatif.", "Ce n'est pas obligatoire."),
    ("Vous récupérez la TVA sur le gazole.", "- Achat : TVA non récupérable.\n- Gazole : TVA récupérable."),
    ("Il n'impose aucune solution.", "Il n'impose rien."),
    ("À défaut, une amende s'applique.", "Si vous ne déclarez pas, une amende s'applique."),
    ("Ces règles ne valent pas pour un consommateur.", "Ces règles ne s'appliquent pas aux particuliers."),
    ("Même fiché, vous pouvez exercer ce droit.", "Être fiché n'empêche pas d'exercer ce droit."),
    ("L'attestation est délivrée sans frais.", "L'attestation est gratuite."),
    (
        "Aucun frais ne se déduit, qu'il s'agisse d'achats ou de loyer.",
        "Vous ne déduisez aucun frais : ni achats, ni loyer.",
    ),
    ("Le non-respect des règles expose à une amende.", "Si vous ne respectez pas les règles, vous risquez une amende."),
    ("L'acheteur ne paie rien jusqu'à 23 000 €.", "L'acheteur paie 0 % jusqu'à 23 000 €."),
    ("Sinon, l'assureur ne paiera pas.", "L'assureur ne paie que si la plainte est déposée."),
    (
        "La règle ne vise que les employeurs de 20 salariés ou plus.",
        "La règle vise les employeurs d'au moins 20 salariés.",
    ),
]
NEGATION_TURNED = [
    ("C'est obligatoire.", "Ce n'est pas obligatoire."),
    ("Le délai se prolonge.", "Ce délai ne se prolonge pas."),
    ("Un dossier en retard n'est pas éliminé.", "Un dossier arrivé en retard est éliminé."),
    ("Vous ne devez pas demander une licence.", "Vous devez demander une licence hors de l'Union."),
    ("La mesure est automatique.", "La mesure n'est plus automatique."),
    ("Vous récupérez la TVA sur vos achats.", "Vous ne récupérez pas la TVA sur vos achats."),
    ("L'aide n'est pas perdue.", "Ensuite, l'aide est perdue."),
    ("Conservez un prospect sans contact.", "Ne gardez pas un prospect sans contact."),
    ("Le service n'est pas gratuit.", "Le service est gratuit."),
    ("L'INPI vérifie que le nom est libre.", "L'INPI ne vérifie pas que le nom est libre."),
    ("Vous payez sans aucun risque.", "Vous payez la redevance."),
    ("Vous obtenez l'aide sans condition.", "Vous obtenez l'aide."),
    ("Le produit est sur la liste.", "Le produit est hors liste."),
    ("Si l'administration répond, l'accord est acquis.", "sans réponse, l'accord est acquis"),
    ("La carte n'est pas valable quatre ans.", "La carte est valable quatre ans."),
    ("Vous récupérez la TVA sur l'achat.", "- Achat : TVA non récupérable.\n- Gazole : TVA récupérable."),
    ("La prime n'est pas exonérée.", "La prime est exonérée."),
    ("Personne ne peut vous le refuser.", "Vous pouvez le demander."),
    ("Vous perdez ce droit si vous êtes fiché.", "Être fiché n'empêche pas d'exercer ce droit."),
    ("La franchise est perdue avec un numéro.", "Avoir un numéro ne vous fait pas perdre la franchise."),
    ("La prime se cumule avec la réduction.", "Pas de cumul de la prime avec la réduction."),
    ("Les dirigeants y ont droit.", "Les dirigeants sont exclus."),
    (
        "Un conseil vaut décision et engage la douane.",
        "Un conseil ne vaut pas décision. Une réponse écrite engage la douane.",
    ),
]
MODALITY_KEPT = [
    ("Vous devez envoyer le formulaire.", "Envoyez le formulaire."),
    ("Envoyez le formulaire.", "Il faut envoyer le formulaire."),
    ("Vous pouvez demander un délai.", "Un délai peut être demandé."),
    ("Il est possible de demander un délai.", "Vous pouvez demander un délai."),
    ("La prime n'est pas obligatoire.", "La prime est facultative."),
    ("La prime est facultative.", "La prime n'est pas obligatoire."),
    ("Il est conseillé d'écrire.", "Écrire est recommandé."),
    ("Vous n'êtes pas obligé de signer.", "Ce n'est pas obligatoire de signer."),
    ("Vous ne pouvez pas céder le bail.", "Il est impossible de céder le bail."),
    ("Il est interdit de céder le bail.", "Vous ne devez pas céder le bail."),
    ("Vous devez déposer en ligne.", "La demande se dépose en ligne."),
    ("Vous pouvez déposer en ligne.", "La demande se dépose en ligne."),
    ("Le salarié doit vous prévenir.", "Le salarié, lui, doit vous prévenir dans les 24 heures."),
    ("Une autorisation peut être exigée.", "Une autorisation peut être demandée."),
    ("Le contrat écrit est obligatoire.", "Le contrat doit être écrit."),
    ("Vous pouvez réclamer une indemnité au client.", "Un client vous doit une indemnité."),
    ("Vous pouvez partir en donnant congé six mois avant.", "Le locataire peut partir. Donnez congé six mois avant."),
    ("Le bail ne peut pas dépasser trois ans.", "Le bail permet de louer jusqu'à trois ans."),
    ("Seuls peuvent être vendus les articles payés.", "Vous vendez seulement des articles payés."),
    ("L'agence n'a pas le droit de refuser.", "L'agence ne peut pas refuser."),
    ("Rien ne l'oblige à répondre.", "Elle n'est pas obligée de répondre."),
    ("Vous pouvez récupérer la TVA.", "Vous récupérez la TVA."),
    ("L'impôt est de 30 %, et le gain est imposé à la vente.", "À la vente, le gain est taxé à 30 %."),
    ("Vous ne devez pas signer.", "Ne signez pas."),
    ("La déclaration se fait au plus tôt 8 jours avant.", "Vous pouvez déclarer au plus tôt 8 jours avant."),
]
MODALITY_TURNED = [
    ("Vous pouvez envoyer le formulaire.", "Envoyez le formulaire."),
    ("Vous pouvez envoyer le formulaire.", "Vous devez envoyer le formulaire."),
    ("Il est conseillé d'envoyer le formulaire.", "Il faut envoyer le formulaire."),
    ("Vous devez demander un délai.", "Vous pouvez demander un délai."),
    ("La prime est obligatoire.", "La prime est facultative."),
    ("La prime n'est pas facultative.", "La prime est facultative."),
    ("Vous devez écrire.", "Il est conseillé d'écrire."),
    ("Vous devez signer.", "Vous n'êtes pas obligé de signer."),
    ("Vous pouvez céder le bail.", "Il est interdit de céder le bail."),
    ("Le greffier radie la société.", "Le greffier peut radier la société."),
    ("Vous devriez prévenir la préfecture.", "Vous devez prévenir la préfecture."),
    ("Une entreprise nouvelle doit candidater.", "Une entreprise nouvelle peut candidater."),
    ("Vous ne devez pas céder le bail.", "Vous ne pouvez pas céder le bail."),
    ("Le contrat écrit est facultatif.", "Le contrat écrit est obligatoire."),
    ("Il n'est pas interdit de céder le bail.", "Il est interdit de céder le bail."),
    ("L'indemnité peut être due.", "L'indemnité doit être payée."),
    ("Vous pouvez remettre le fichier au vérificateur.", "Vous remettez le fichier au vérificateur."),
    ("Vous êtes tenu d'y recourir.", "Vous pouvez y renoncer."),
    ("L'Urssaf accepte la remise.", "L'Urssaf peut accepter la remise."),
    ("La banque impose une formation.", "La banque propose une formation, que vous pouvez suivre."),
]


@pytest.mark.parametrize(("sentence", "quote"), NEGATION_KEPT)
def test_a_kept_denial_passes(sentence: str, quote: str) -> None:
    assert [*turned_negations(sentence, quote), *turned_absences(sentence, quote)] == []


@pytest.mark.parametrize(("sentence", "quote"), NEGATION_TURNED)
def test_a_turned_denial_is_found(sentence: str, quote: str) -> None:
    assert [*turned_negations(sentence, quote), *turned_absences(sentence, quote), *turned_modality(sentence, quote)]


@pytest.mark.parametrize(("sentence", "quote"), MODALITY_KEPT)
def test_a_kept_obligation_or_permission_passes(sentence: str, quote: str) -> None:
    assert list(turned_modality(sentence, quote)) == []


@pytest.mark.parametrize(("sentence", "quote"), MODALITY_TURNED)
def test_a_turned_obligation_or_permission_is_found(sentence: str, quote: str) -> None:
    assert list(turned_modality(sentence, quote))
