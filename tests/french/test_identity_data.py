"""Names, addresses, days of birth and numbers of documents are masked where a text says that they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data import MASKS, mask_personal_data, says_nothing_else, without_masks
from tests.french.test_personal_data import assert_uncovers_nothing

NAME, STREET, BORN = MASKS[Kind.NAME], MASKS[Kind.ADDRESS], MASKS[Kind.BIRTH_DATE]
NAMES = [
    ("M. Dupont me doit 3 000 €", f"M. {NAME} me doit 3 000 €"),
    ("mme martin veut être payée", f"mme {NAME} veut être payée"),
    ("Le bail avec Madame de La Tour finit", f"Le bail avec Madame {NAME} finit"),
    ("MONSIEUR JEAN-PIERRE LE GOFF EST MON ASSOCIÉ", f"MONSIEUR {NAME} EST MON ASSOCIÉ"),
    ("Me Lefèvre, notaire, attend", f"Me {NAME}, notaire, attend"),
    ("le docteur N'Diaye vend son cabinet", f"le docteur {NAME} vend son cabinet"),
    ("M. et Mme Ly ont signé", f"M. et Mme {NAME} ont signé"),
    ("Mr Smith owns the shop", f"Mr {NAME} owns the shop"),
    ("Bonjour, je m'appelle Jean Dupont, quelles aides ?", f"Bonjour, je m'appelle {NAME}, quelles aides ?"),
    ("je m'appelle karim benali et j'ouvre un bar", f"je m'appelle {NAME} et j'ouvre un bar"),
    ("Je suis Jean Dupont, comment créer ?", f"Je suis {NAME}, comment créer ?"),
    ("mon nom est Sophie Durand", f"mon nom est {NAME}"),
    ("My name is John Smith. How do I register?", f"My name is {NAME}. How do I register?"),
    ("Nom : Durand Prénom : Sophie", f"Nom : {NAME} Prénom : {NAME}"),
    ("Où déclarer ? Cordialement, Jean Dupont", f"Où déclarer ? Cordialement, {NAME}"),
    ("où déclarer ? cordialement jean dupont", f"où déclarer ? cordialement {NAME}"),
    ("How long? Kind regards, John Smith", f"How long? Kind regards, {NAME}"),
    ("Mon mari Paul Durand est salarié", f"Mon mari {NAME} est salarié"),
    ("la facture est au nom de Claire Martin", f"la facture est au nom de {NAME}"),
    ("Sophie Durand, 06 12 34 56 78 : une question", f"{NAME}, {MASKS[Kind.PHONE]} : une question"),
]
ADDRESSES = [
    ("j'habite 12 rue de la République 69003 Lyon", f"j'habite {STREET} 69003 Lyon"),
    ("siège au 3 bis, avenue Jean Jaurès, 31000 Toulouse", f"siège au {STREET}, 31000 Toulouse"),
    ("12 place du Marché, Nîmes", f"{STREET}, Nîmes"),
    ("bât B, appt 12, 4 allée des Tilleuls", STREET),
    ("je vis 5 rue du 8 mai 1945 à Lens", f"je vis {STREET} à Lens"),
    ("j'habite rue Victor Hugo et je crée", f"j'habite {STREET} et je crée"),
    ("local 8 rue hugo ouvrir un bar", f"local {STREET} ouvrir un bar"),
    ("lieu-dit Les Granges 83000 Toulon", f"{STREET} 83000 Toulon"),
    ("I live at 12 Baker Street and sell", f"I live at {STREET} and sell"),
]
DAYS = [
    ("je suis né le 12/03/1985 à Lyon", f"je suis né le {BORN} à Lyon"),
    ("née le 3 mars 1990, j'ai droit à l'ACRE ?", f"née le {BORN}, j'ai droit à l'ACRE ?"),
    ("date de naissance : 12.03.85", f"date de naissance : {BORN}"),
    ("I was born on 12 March 1985", f"I was born on {BORN}"),
    ("date of birth April 28, 1967", f"date of birth {BORN}"),
    ("né le onze mars mille neuf cent cinquante-sept", f"né le {BORN}"),
    ("Mme Durand (12/03/1985)", f"Mme {NAME} ({BORN})"),
]
DOCUMENTS = [
    ("mon numéro fiscal est le {}", "30 23 217 600 053", Kind.TAX_NUMBER),
    ("identifiant aux impôts : {}", "3023217600053", Kind.TAX_NUMBER),
    ("my French tax number is {}", "3023217600053", Kind.TAX_NUMBER),
    ("passeport n° {} expiré", "12AB34567", Kind.PASSPORT),
    ("my passport number is {}", "920788901", Kind.PASSPORT),
    ("ma carte d'identité {} est périmée", "X4RTBPFW4", Kind.IDENTITY_CARD),
    ("une photo de {} (CNI)", "201102248298", Kind.IDENTITY_CARD),
    ("titre de séjour n° {}", "9912345678", Kind.RESIDENCE_PERMIT),
    ("mon numéro étranger est {}", "9342 269 305", Kind.RESIDENCE_PERMIT),
    ("my residence permit number is {}", "DD4178423", Kind.RESIDENCE_PERMIT),
]
HARMLESS = [
    "Bonjour Madame, Je voudrais créer une SAS",
    "bonjour madame existe-t-il une aide ?",
    "Madame la Présidente, Monsieur le Maire",
    "M. ou Mme sur une facture ?",
    "monsieur tout le monde peut ouvrir une friterie ?",
    "un monsieur de Limoges vend sa station",
    "et si le docteur dit que non ?",
    "maître d'ouvrage, maître artisan et maître restaurateur",
    "docteur en pharmacie",
    "un professeur titulaire peut-il créer une entreprise ?",
    "contrat de franchise Madame Pasta",
    "fournisseur de Mr Bricolage",
    "livraison depuis Docteur IT",
    "la loi Pinel, la loi Madelin, le dispositif Denormandie",
    "l'hôpital Édouard-Herriot et l'avenue Jean-Médecin à Nice",
    "fournisseur de Jacques Dessange",
    "Je suis Micro Entrepreneur à Lyon",
    "I am Self-employed",
    "je suis claire sur ce point",
    "mon nom est déjà pris par une autre société",
    "my name is taken by another company",
    "mon entreprise s'appelle Durand Conseil",
    "les clients m'appellent déjà en direct",
    "on m'appelle Chef, est-ce du salariat déguisé ?",
    "Cordialement, SARL Dupont",
    "Cordialement, Une créatrice un peu perdue",
    "Merci d'avance, bonne journée",
    "Nom : Boulangerie Martin",
    "SARL Jean Dupont",
    "ma société est née le 12/03/2015",
    "ceux qui sont nés avant le 1er janvier 1961",
    "congé de naissance le 1er juillet 2026",
    "la date anniversaire du bail est le 1er juin 2025",
    "je suis né en 1963, quand partir à la retraite ?",
    "une place de marché et 3 places de parking",
    "10 cours de yoga et 2 passages par semaine",
    "boulevard Haussmann les loyers sont hors de prix",
    "mon BP 2025 sur trois ans",
    "le titre professionnel, la carte de commerçant ambulant",
    "brevet FR3098765 valable à l'étranger",
    "RNA W751234567, TVA FR40303265045, NAF 62.01Z",
]


@pytest.mark.parametrize(("text", "expected"), [*NAMES, *ADDRESSES, *DAYS])
def test_masks_names_streets_and_days_of_birth(text: str, expected: str) -> None:
    assert mask_personal_data(text) == expected


@pytest.mark.parametrize(("text", "number", "kind"), DOCUMENTS)
def test_masks_numbers_of_documents_that_a_text_speaks_of(text: str, number: str, kind: Kind) -> None:
    assert mask_personal_data(text.format(number)) == text.format(MASKS[kind])


@pytest.mark.parametrize("text", HARMLESS)
def test_leaves_offices_firms_laws_places_and_years_alone(text: str) -> None:
    assert mask_personal_data(text) == text


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        (
            "je m'appelle Jean Dupont, né le 12/03/1985. Quelles aides pour un restaurant ?",
            "Quelles aides pour un restaurant ?",
        ),
        ("j'habite 12 rue des Lilas 69003 Lyon, quelles aides ?", "69003 Lyon, quelles aides ?"),
        ("My name is John Smith and I want to open a shop", "and I want to open a shop"),
        ("bonjour je suis Karim Benali, quelles aides ?", "bonjour , quelles aides ?"),
        (
            "quelles aides ? mon numéro : zéro six douze trente-quatre cinquante-six soixante-dix-huit",
            "quelles aides ?",
        ),
        ("quelles aides ? mon mail est jean point dupont arobase gmail point com", "quelles aides ?"),
    ],
)
def test_the_words_that_bring_personal_data_are_not_searched(text: str, searched: str) -> None:
    assert " ".join(without_masks(mask_personal_data(text)).split()).strip(" ,.") == searched.strip(" ,.")


@pytest.mark.parametrize(
    ("text", "nothing_else"),
    [
        ("Je m'appelle Jean Dupont, né le 12/03/1985, 06 12 34 56 78", True),
        ("Bonjour, Mme Sophie Durand, appelez-moi au 06 12 34 56 78", True),
        ("M. Dupont me doit 3 000 €", False),
        ("je suis né le 12/03/1985, quelles aides ?", False),
    ],
)
def test_a_message_of_who_somebody_is_alone_holds_no_question(text: str, nothing_else: bool) -> None:
    assert says_nothing_else(mask_personal_data(text)) is nothing_else


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([text for text, _ in [*NAMES, *ADDRESSES, *DAYS]]),
            st.sampled_from([text.format(number) for text, number, _ in DOCUMENTS]),
            st.sampled_from(HARMLESS),
            st.text(max_size=8),
        ),
        max_size=4,
    ).map(" ".join)
)
def test_masking_again_uncovers_nothing(text: str) -> None:
    once = mask_personal_data(text)

    assert_uncovers_nothing(once, mask_personal_data(once))
