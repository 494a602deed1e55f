"""Personal data is masked; numbers of companies, laws and amounts are left alone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data import MASKS, kinds_masked, mask_personal_data, says_nothing_else, without_masks

PHONES = [
    "0612345678",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "06-12-34-56-78",
    "06/12/34/56/78",
    "06_12_34_56_78",
    "0612 345 678",
    "06 12345678",
    "0 6 1 2 3 4 5 6 7 8",
    "01 42 76 40 40",
    "09 72 72 39 39",
    "0800 000 000",
    "0 800 00 00 00",
    "+33612345678",
    "+33 6 12 34 56 78",
    "+33 (0)6 12 34 56 78",
    "+33(0)612345678",
    "(+33) 6 12 34 56 78",
    "0033 6 12 34 56 78",
    "+32 2 555 12 12",
    "0262 40 40 40",
    "0692 12 34 56",
    "0590 20 20 20",
    "0596 70 20 20",
    "0594 30 20 20",
    "+262 692 12 34 56",
    "+590 690 12 34 56",
    "06\u00a012\u00a034\u00a056\u00a078",
    "06\u202f12\u202f34\u202f56\u202f78",
    "07 14 81 69 29",  # a range that is not given out yet
    "06 12 34 56 7",  # a figure short
    "O6 12 34 56 78",
    "06 l2 34 56 78",
    "zéro six douze trente-quatre cinquante-six soixante-dix-huit",
    "zero six douze trente quatre cinquante six soixante dix huit",
    "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit",
    "zéro six un deux trois quatre cinq six sept huit",
    "zéro six 12 trente-quatre 56 78",
    "plus trente-trois six douze trente-quatre cinquante-six soixante-dix-huit",
    "zero six twelve thirty-four fifty-six seventy-eight",
    "oh six one two three four five six seven eight",
    "06,39,98,12,47",
    "0 6 3 9 9 8 1 2 4 7",
    "(0)6 39 98 12 47",
    "00 33 6 39 98 12 47",
    "06\u200b39\u200b98\u200b12\u200b47",
    "06*39*98*12*47",
    "06\n39\n98\n12\n47",
    "06|39|98|26|72",
    "06  -  39  -  98  -  60  -  11",
    "zéro six euh trente neuf quatre vingt dix huit et puis douze, quarante",
    "6 39 98 51 49",
]
EMAILS = [
    "jean.dupont@example.fr",
    "JEAN@EXAMPLE.FR",
    "jean+noa@sous.domaine.example.com",
    "jean @ example.fr",
    "jean(at)example.fr",
    "jean [at] example.fr",
    "gérant@société.fr",
    "o'brien@example.ie",
    "jean point dupont arobase gmail point com",
    "jean.dupont arobase orange.fr",
    "jean tiret dupont (arobase) gmail.com",
    "jean dot dupont at gmail dot com",
    "jean.dupont at gmail.com",
    "jean . dupont @ gmail . com",
    "jean.dupont@gmail,com",
    "jean.dupont@gmail",
]
NIRS = [
    "2 95 10 99 126 111 93",
    "295109912611193",
    "2 95 10 99 126 111",
    "2951099126111",
    "2-95-10-99-126-111-93",
    "2 85 05 2A 006 084",
    "285052B006084",
    "1 85 05 2b 006 084 17",
    "un quatre-vingt-cinq zéro cinq soixante-quinze cent seize deux cent quatre vingt-deux",
    "2 95 1O 99 126 111 93",
    "2 95 10 99 126 111 clé 93",
    "un quatre vingt cinq zéro sept vingt neuf zéro dix neuf zéro quarante quatre",
    "un huit cinq, zéro sept, deux neuf, zéro dix-neuf, zéro quarante-quatre, clé soixante six",
    "2 95 10 99 126 111 94",  # the key is 93: one slip does not make it harmless
]
IBANS = [
    "FR14 2004 1010 0505 0001 3M02 606",
    "FR1420041010050500013M02606",
    "fr14 2004 1010 0505 0001 3m02 606",
    "FR76-3000-6000-0112-3456-7890-189",
    "DE89 3704 0044 0532 0130 00",
    "FR15 2004 1010 0505 0001 3M02 606",  # the check digits are 14
    "FR76 3OOO 6000 0112 3456 7890 189",
    "FR 14 20041 01005 0500013M026 06",
    "FR76 3000 6000 0112 3456 7890 18",  # a figure short
]
CARDS = ["4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004", "3782 822463 10005", "4111 1111 1111 1112"]
HARMLESS = [
    "SIREN 732 829 320",
    "SIREN 732829320",
    "SIRET 732 829 320 00074",
    "SIRET 73282932000074",
    "SIRET 356 000 000 00014",  # La Poste: its establishments follow a rule of their own
    "TVA FR40303265045",
    "100 000 euros",
    "un chiffre d'affaires de 1 234 567,89 €",
    "12 000 000 d'euros",
    "188700 € en 2026",
    "les 1 800 000 à 2 500 000 euros",
    "le 01/01/2026",
    "du 01/01/2026 au 31/12/2026",
    "2026-11-24",
    "24.11.2026",
    "les exercices 2023 2024 2025 2026",
    "article L1234-5",
    "article L. 1237-19-1 du code du travail",
    "article R4624-31",
    "loi n° 2008-1249 du 1er décembre 2008",
    "art. 293 B du CGI",
    "fiche F35961",
    "cerfa 15497*03",
    "formulaire 2042-C-PRO",
    "code NAF 62.01Z",
    "IDCC 1486",
    "75001 Paris",
    "le 3957 ou le 36 46",
    "RNA W751234567",
    "un e-mail @ la préfecture",
    "j'ai acheté mon nom chez orange.fr hier",
    "I registered at formalites.entreprises.gouv.fr",
    "les années deux mille vingt-quatre deux mille vingt-cinq et deux mille vingt-six",
    "le SIREN sept cent trente-deux huit cent vingt-neuf trois cent vingt",
    "un deux trois quatre cinq six sept huit neuf dix",
    "SIRET 701 076 176 00083",  # with a slip
    "EORI FR423 846 963 00076",
    "commande n° 06399336",
    "dossier n° 069396161",
    "code barre 3760649449075",
    "le 01/02/2024 à 10h",
    "les départements 06, 13, 83, 84 et 04",
    "numéro FINESS 750712184",
    "règlement CE 139/2004",
    "le P0 CMB",
]


def assert_uncovers_nothing(once: str, twice: str) -> None:
    """Masked a second time, a text keeps its masks and shows nothing that the first time hid; it may hide more."""
    masks = re.compile("|".join(map(re.escape, MASKS.values())))
    assert set(kinds_masked(once)) <= set(kinds_masked(twice))
    assert all(piece in once for piece in masks.split(twice))


def framed(text: str) -> str:
    return f"Bonjour, {text}, est-ce possible ?"


@pytest.mark.parametrize("phone", PHONES)
def test_masks_phone_numbers_as_french_people_write_them(phone: str) -> None:
    assert mask_personal_data(framed(phone)) == framed(MASKS["phone"])


@pytest.mark.parametrize("email", EMAILS)
def test_masks_email_addresses(email: str) -> None:
    assert mask_personal_data(framed(email)) == framed(MASKS["email"])


@pytest.mark.parametrize("nir", NIRS)
def test_masks_social_security_numbers_with_and_without_key(nir: str) -> None:
    assert mask_personal_data(framed(nir)) == framed(MASKS["nir"])


@pytest.mark.parametrize("iban", IBANS)
def test_masks_iban(iban: str) -> None:
    assert mask_personal_data(framed(iban)) == framed(MASKS["iban"])


@pytest.mark.parametrize("card", CARDS)
def test_masks_card_numbers(card: str) -> None:
    assert mask_personal_data(framed(card)) == framed(MASKS["card"])


@pytest.mark.parametrize(
    "text",
    [
        "karim benzarti {} karim.b@gmail.com je veux ouvrir un bar",
        "c'est sophie lemoine, mon mail sophie.lemoine@orange.fr",
        "bonjour wassila meddour, je cherche un local. {}",
        "rappelez gaston iribarne au {}",
        "{} Svetlana Podgornaïa. On dit moi CAP obligé",
    ],
)
def test_a_name_beside_a_number_or_an_address_is_masked_without_capitals_too(text: str) -> None:
    masked = mask_personal_data(text.format("06 12 34 56 78"))

    assert masked.count(MASKS[Kind.NAME]) == 1
    assert not re.search("benzarti|lemoine|meddour|iribarne|podgorna", masked, re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "is_masked"),
    [
        ("je suis en EI, siren 732 829 320, dois-je la CFE ?", True),
        ("mon siret 732 829 320 00074 n'apparaît pas", True),
        ("en micro, SIRET : 73282932000074", True),
        ("le siret du fournisseur 732 829 320 00074", False),
        ("la SARL a pour siren 732 829 320", False),
        ("notre société, siret 732 829 320 00074, change d'adresse", False),
    ],
)
def test_the_number_of_a_sole_trader_is_masked_where_she_says_that_it_is_hers(text: str, is_masked: bool) -> None:
    assert (Kind.SIREN in kinds_masked(mask_personal_data(text))) is is_masked


@pytest.mark.parametrize(
    "text", ["j'habite 8 alé des Mimosas 34200 Séte", "12 ru victor hugo 75011 paris", "3 boulvar Foch"]
)
def test_a_misspelt_street_is_masked(text: str) -> None:
    assert Kind.ADDRESS in kinds_masked(mask_personal_data(text))


@pytest.mark.parametrize(
    "text",
    [
        "horaires 06:30 11:45 18:00 23:15",
        "taux 12,3 21,2 23,1 24,6 25,6 26,1",
        "effectifs 2019 2020 2021 2022 2023 : 8 9 9 11 12",
        "total des devis 06 300 + 39 980 + 12 470",
        "Ouvert en 2021 fermé en 2023",
        "ca mensuel 06 2024 : 3 998, 07 2024 : 4 120",
    ],
)
def test_leaves_times_rates_years_and_sums_alone(text: str) -> None:
    assert mask_personal_data(text) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_leaves_companies_amounts_days_and_laws_alone(text: str) -> None:
    assert mask_personal_data(framed(text)) == framed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("carte 4111 1111 1111 1111 12/28 123", f"carte {MASKS['card']} 12/28 123"),
        ("NIR 2 95 10 99 126 111 93 06 12 34 56 78", f"NIR {MASKS['nir']} {MASKS['phone']}"),
        ("IBAN FR14 2004 1010 0505 0001 3M02 606 est bon", f"IBAN {MASKS['iban']} est bon"),
        ("SIRET 732 829 320 00074 75001 Paris", "SIRET 732 829 320 00074 75001 Paris"),
        ("06 12 34 56 78 ou 01 42 76 40 40", f"{MASKS['phone']} ou {MASKS['phone']}"),
        ("SIREN 732 829 320, tél. 06 12 34 56 78", f"SIREN 732 829 320, tél. {MASKS['phone']}"),
        ("mon tel0612345678", f"mon tel{MASKS['phone']}"),
    ],
)
def test_masks_a_number_that_stands_beside_another(text: str, expected: str) -> None:
    assert mask_personal_data(text) == expected


@pytest.mark.parametrize(
    "text", ["\uff12\uff19\uff15\uff11\uff10\uff19\uff19\uff11\uff12\uff16\uff11\uff11\uff11", "jean＠example.fr"]
)
def test_masks_what_is_typed_in_full_width_characters(text: str) -> None:
    assert mask_personal_data(text) in MASKS.values()


def test_keeps_a_harmless_text_as_it_was_typed() -> None:
    assert mask_personal_data("Œuvre à 100\u00a0000\u202f€ ﬁnis…") == "Œuvre à 100\u00a0000\u202f€ ﬁnis…"


LIKELY = st.lists(
    st.one_of(
        st.sampled_from([*PHONES, *EMAILS, *NIRS, *IBANS, *CARDS, *HARMLESS]),
        st.text(alphabet="0123456789 .-/+()@abFR", max_size=12),
        st.text(max_size=8),
    ),
    max_size=5,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(LIKELY)
def test_masking_never_raises_and_masking_again_uncovers_nothing(text: str) -> None:
    once = mask_personal_data(text)

    assert_uncovers_nothing(once, mask_personal_data(once))


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_takes_any_characters_even_lone_surrogates(text: str) -> None:
    assert isinstance(mask_personal_data(f"{text}\ud800"), str)


@pytest.mark.parametrize(
    "text",
    [
        "ma sécu 2 95 1O 99 126 111 et le SIRET 732 829 320 00074",
        "tél zéro six douze 34 cinquante-six 78, SIREN 732829320",
    ],
)
def test_a_company_s_number_stays_beside_a_number_that_is_read_first(text: str) -> None:
    assert any(company in mask_personal_data(text) for company in ("732 829 320 00074", "732829320"))
    assert len(kinds_masked(mask_personal_data(text))) == 1


def test_a_whole_message_that_was_not_kept_is_no_kind_of_personal_data() -> None:
    not_kept = MASKS["message"]

    assert kinds_masked(not_kept) == ()
    assert not says_nothing_else(not_kept)
    assert not without_masks(not_kept).strip()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("iban FR76 1250 6308 2644 neuf 510 5937 284", Kind.IBAN),
        ("j'ai donné 5130/5838/6485/483 au téléphone", Kind.CARD),
        ("rappelez le 06 puis 77 puis 41 puis 30 puis 99", Kind.PHONE),
        ("mon mobile (06 33 ; 58 ; 10 ; 92)", Kind.PHONE),
        ("écrivez à kreolbio974@@gmail.com", Kind.EMAIL),
        ("passeport canadien HM 604 218", Kind.PASSPORT),
        ("contrat stagiaire 1 85 05 78 006 084 91", Kind.NIR),
        ("mon associée Odile Kerbrat veut partir", Kind.NAME),
    ],
)
def test_masks_what_is_half_spoken_mistyped_or_in_groups(said: str, kind: Kind) -> None:
    assert kinds_masked(mask_personal_data(said)) == (kind,)


@pytest.mark.parametrize(
    "text",
    [
        "colis UPS 1Z12345E0205271688 bloqué",
        "licence de transport 2850578006084, copies conformes",
        "Madame la Rectrice refuse l'ouverture de l'école",
        "La CCI Rhône, 12 rue des Lilas, reçoit-elle sans rendez-vous ?",
        "je peux mettre Dr House comme enseigne ?",
    ],
)
def test_leaves_what_is_told_to_be_another_number_an_office_or_a_brand(text: str) -> None:
    assert mask_personal_data(text) == text


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("nir185077511600122", Kind.NIR),
        ("N°SS192037511600145", Kind.NIR),
        ("spi3012345678901", Kind.TAX_NUMBER),
        ("numero fiscal de reference 3012345678901", Kind.TAX_NUMBER),
        ("num fical 3012345678901 espace pro bloqué", Kind.TAX_NUMBER),
        ("mon passeport 20-AB-12345 est perdu", Kind.PASSPORT),
        ("mon portable 639981247", Kind.PHONE),
        ("WhatsApp, titre de séjour : +212 6.61.40.28.93", Kind.PHONE),
        ("IBANFR7630004000010000012345671", Kind.IBAN),
        ("rib : banque 30004 guichet 00001 compte 00000123456 clé 71", Kind.IBAN),
        ("pas de société, en nom propre, siren904891678", Kind.SIREN),
        ("jean.dupont@yahoo fr", Kind.EMAIL),
        ("jean,dupont@gmail.com", Kind.EMAIL),
        ("jean.dupont a robase gmail point com", Kind.EMAIL),
        ("mon mail lesptitsplats a gmail.com", Kind.EMAIL),
        ('mon mail lesptitsplats"@"live.fr', Kind.EMAIL),
        ("m comme marie point leroux arobase gmail point com", Kind.EMAIL),
        ("t point guivarch chiffre 29 arobase orange point fr", Kind.EMAIL),
    ],
)
def test_nothing_of_a_number_or_an_address_is_left_as_people_dictate_and_mistype_it(said: str, kind: Kind) -> None:
    masked = mask_personal_data(said)

    assert kinds_masked(masked) == (kind,)
    assert not re.search(r"\d|dupont|comme|guivarch|plats", masked)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("contrat Martin 1 85 05 78 006 084 91", "Martin"),
        ("prenom tiffanie, tel 06 39 98 12 47", "tiffanie"),
        ("de la part de sandro 06 39 98 12 47 pizzeria", "sandro"),
        ("ma fille océane 06 39 98 12 47 veut se lancer", "océane"),
        ("mon nom szymanski 06 39 98 12 47", "szymanski"),
        ("ma vendeuse priscillia hoareau numero secu 2 85 07 75 116 001 22", "priscillia hoareau"),
        ("contact : p. lhermitte 06 39 98 12 47", "p. lhermitte"),
        ("Chantal D. 06 39 98 12 47", "Chantal D."),
        ("06 39 98 12 47 au nom de figueiredo", "figueiredo"),
        ("avec rosa 06 39 98 12 47 on monte une scop", "rosa"),
    ],
)
def test_a_name_beside_other_data_is_masked_whole(text: str, name: str) -> None:
    masked = mask_personal_data(text)

    assert MASKS[Kind.NAME] in masked
    assert name not in masked
    assert not re.search(rf"\b{name.rsplit(maxsplit=1)[-1]}", masked)


@pytest.mark.parametrize(
    "text",
    [
        "Je suis joignable au bureau, 04 72 61 83 09",
        "tailleur de pierre, 06 39 98 12 47",
        "je vends des samoussas à St Denis, 06 39 98 12 47",
        "carte vitale, je suis orthoptiste, tel 06 39 98 12 47",
        "mon numéro de tva 639981247, mail jean@free.fr",
    ],
)
def test_words_beside_a_number_are_no_names(text: str) -> None:
    assert MASKS[Kind.NAME] not in mask_personal_data(text)
