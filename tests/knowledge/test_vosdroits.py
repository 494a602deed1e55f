"""Small fiches of our own, one construct each, read from XML and from JSON."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from noa_rag.domain.entry import Contact, EntryContent, Source
from noa_rag.knowledge.vosdroits import read_vosdroits

DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
PUBLISHER = "Direction de l'information légale et administrative (Premier ministre)"


def a_fiche(
    body: str = "<Introduction><Texte><Paragraphe>Une réponse.</Paragraphe></Texte></Introduction>",
    *,
    fiche_id: str = "F1",
    title: str = "Peut-on ouvrir le dimanche ?",
    contributor: str = PUBLISHER,
    described: str = "",
    modified: str = "modified 2020-11-05",
    attributes: str = "",
) -> str:
    return (
        f'<Publication xmlns:dc="http://purl.org/dc/elements/1.1/" ID="{fiche_id}" {attributes}>'
        f"<dc:title>{title}</dc:title><dc:contributor>{contributor}</dc:contributor>"
        f"<dc:description>{described}</dc:description><dc:date>{modified}</dc:date>{body}</Publication>"
    )


def as_json(xml: str) -> str:
    def tree(element: ElementTree.Element) -> dict[str, Any]:
        texts = [element.text, *(child.tail for child in element)]
        children: list[dict[str, Any]] = [{"type": "text", "text": texts[0]}] if texts[0] else []
        for child, tail in zip(element, texts[1:], strict=True):
            children += [tree(child), *([{"type": "text", "text": tail}] if tail else [])]
        name = element.tag.replace(DUBLIN_CORE, "dc:")
        return {"type": "element", "name": name, "attributes": dict(element.attrib), "children": children}

    return json.dumps({"id": "F1", "children": [tree(ElementTree.fromstring(xml))]})


def the_entry(folder: Path, xml: str) -> EntryContent:
    """The content of a fiche, once XML and JSON have been seen to agree on it."""
    contents = []
    for name, text in (("F1.xml", xml), ("F1.json", as_json(xml))):
        (folder / name).write_text(text, encoding="utf-8")
        ((_, content),) = read_vosdroits(folder / name, progress=lambda done, total: None).entries
        contents.append(content)
        (folder / name).unlink()
    assert contents[0] == contents[1]
    return contents[0]


def a_chapter(content: str, title: str = "Règles") -> str:
    introduction = "<Introduction><Texte><Paragraphe>Voici.</Paragraphe></Texte></Introduction>"
    chapter = f"<Chapitre><Titre><Paragraphe>{title}</Paragraphe></Titre>{content}</Chapitre>"
    return f"{introduction}<Texte>{chapter}</Texte>"


@pytest.mark.parametrize(
    ("content", "markdown"),
    [
        ("<Paragraphe>Le 1<Exposant>er</Exposant> mai,  c'est\n non.</Paragraphe>", "Le 1er mai, c'est non."),
        ("<Paragraphe>Un <MiseEnEvidence> délai </MiseEnEvidence>court</Paragraphe>", "Un **délai** court"),
        ("<Paragraphe><MiseEnEvidence>Note (</MiseEnEvidence>a)</Paragraphe>", "**Note** (a)"),
        ("<Paragraphe>Dit <Expression>bail nu</Expression>.</Paragraphe>", "Dit *bail nu*."),
        ("<Paragraphe><Valeur>5 €</Valeur> <Valeur>par jour</Valeur></Paragraphe>", "5 € par jour"),
        ("<Paragraphe><Valeur>5</Valeur> <Valeur>jours</Valeur></Paragraphe>", "5 jours"),
        ("<Paragraphe>Voir [1] et *2*</Paragraphe>", "Voir \\[1\\] et \\*2\\*"),
        ("<Paragraphe>1. Écrire</Paragraphe>", "1\\. Écrire"),
        ("<Paragraphe>- Écrire</Paragraphe>", "\\- Écrire"),
        (
            '<Paragraphe><LienExterne URL="https://a.fr/x (1)">le site</LienExterne>\n\n.</Paragraphe>',
            "[le site](https://a.fr/x%20%281%29).",
        ),
        (
            '<Paragraphe><LienInterne LienPublication="F2" audience="Particuliers">bail</LienInterne></Paragraphe>',
            "[bail](https://www.service-public.fr/particuliers/vosdroits/F2)",
        ),
        (
            '<Paragraphe><LienIntra LienID="R9" type="Définition de glossaire">gage</LienIntra></Paragraphe>',
            "gage",
        ),
        ('<Paragraphe><LienExterne URL="javascript:alert(1)">ici</LienExterne></Paragraphe>', "ici"),
        (
            "<ASavoir><Titre>À savoir</Titre><Paragraphe>c'est gratuit.</Paragraphe></ASavoir>",
            "> **À savoir :** c'est gratuit.",
        ),
        (
            "<Attention><Titre>Attention</Titre><Liste><Item><Paragraphe>un</Paragraphe></Item></Liste></Attention>",
            "> **Attention :**\n>\n> - un",
        ),
        (
            '<Liste type="numero"><Item><Paragraphe>un</Paragraphe><Liste type="puce"><Item>'
            "<Paragraphe>sous</Paragraphe></Item></Liste></Item><Item><Paragraphe>deux</Paragraphe></Item></Liste>",
            "1. un\n   - sous\n2. deux",
        ),
        (
            "<SousChapitre><Titre><Paragraphe>Coût</Paragraphe></Titre><Paragraphe>Rien.</Paragraphe></SousChapitre>",
            "### Coût\n\nRien.",
        ),
    ],
)
def test_renders_as_markdown(tmp_path: Path, content: str, markdown: str) -> None:
    entry = the_entry(tmp_path, a_fiche(a_chapter(content)))

    assert entry.sections[0].text == markdown


def test_names_who_is_concerned_in_nested_cases_and_after_them(tmp_path: Path) -> None:
    inner = "<BlocCas><Cas><Titre>SARL</Titre><Paragraphe>Deux.</Paragraphe></Cas></BlocCas>"
    outer = f"<BlocCas><Cas><Titre>Société</Titre>{inner}<Paragraphe>Trois.</Paragraphe></Cas></BlocCas>"

    entry = the_entry(tmp_path, a_fiche(a_chapter(f"{outer}<Paragraphe>Quatre.</Paragraphe>")))

    assert entry.sections[0].text == (
        "#### Cas : Société\n\n##### Cas : Société › SARL\n\nDeux.\n\n"
        "##### Cas : Société › Dans tous les cas\n\nTrois.\n\n#### Dans tous les cas\n\nQuatre."
    )


def test_repeats_merged_cells_so_that_each_row_reads_alone(tmp_path: Path) -> None:
    table = (
        "<Tableau><Titre>Taux</Titre><Colonne/><Colonne/>"
        '<Rangée type="header"><Cellule><Paragraphe>Qui</Paragraphe></Cellule>'
        "<Cellule><Paragraphe>Taux</Paragraphe></Cellule></Rangée>"
        '<Rangée type="normal"><Cellule fusionVerticale="2"><Paragraphe>PME | TPE</Paragraphe></Cellule>'
        "<Cellule><Liste><Item><Paragraphe>5 %</Paragraphe></Item></Liste></Cellule></Rangée>"
        '<Rangée type="normal"><Cellule><Paragraphe>6 %</Paragraphe></Cellule></Rangée></Tableau>'
    )

    entry = the_entry(tmp_path, a_fiche(a_chapter(table)))

    assert entry.sections[0].text == (
        "**Taux**\n\n| Qui | Taux |\n| --- | --- |\n| PME \\| TPE | • 5 % |\n| PME \\| TPE | 6 % |"
    )


def test_makes_a_section_of_each_chapter_in_each_situation(tmp_path: Path) -> None:
    chapter = "<Chapitre><Titre>Délai</Titre><Paragraphe>{}</Paragraphe></Chapitre>"
    situation = "<Situation><Titre>{}</Titre><Texte>" + chapter + "</Texte></Situation>"
    tabs = situation.format("Artisan", "Un an.") + situation.format("Société", "Deux ans.")

    entry = the_entry(tmp_path, a_fiche(f"<ListeSituations>{tabs}</ListeSituations>", described="Cela dépend."))

    assert entry.answer == "Cela dépend."
    assert [(section.key, section.heading, section.text) for section in entry.sections] == [
        ("artisan-delai", "Artisan — Délai", "Un an."),
        ("societe-delai", "Société — Délai", "Deux ans."),
    ]


def test_answers_with_the_first_text_when_there_is_no_introduction(tmp_path: Path) -> None:
    cases = "<BlocCas><Cas><Titre>Artisan</Titre><Paragraphe>Non.</Paragraphe></Cas></BlocCas>"

    entry = the_entry(tmp_path, a_fiche(f"<Texte><Paragraphe>Cela dépend.</Paragraphe>{cases}</Texte>"))

    assert entry.answer == "Cela dépend."
    assert entry.sections[0].heading == "Peut-on ouvrir le dimanche ?"
    assert entry.sections[0].text == "#### Cas : Artisan\n\nNon."


def test_gathers_references_services_and_contacts(tmp_path: Path) -> None:
    body = (
        "<Texte><Paragraphe>Oui.</Paragraphe></Texte>"
        '<Reference URL="https://a.fr/loi"><Titre>Code du commerce</Titre><Complement>Délais</Complement></Reference>'
        '<ServiceEnLigne ID="R7" type="Modèle de document"><Titre>Lettre</Titre></ServiceEnLigne>'
        '<OuSAdresser ID="R1"><Titre>Mairie</Titre><RessourceWeb URL="https://a.fr/mairie"/><Texte><Chapitre>'
        "<Titre>Par téléphone</Titre><Paragraphe>39 39</Paragraphe></Chapitre></Texte></OuSAdresser>"
    )

    entry = the_entry(tmp_path, a_fiche(body))

    assert entry.legal_references == (Source("Code du commerce (Délais)", "https://a.fr/loi"),)
    letter_url = "https://www.service-public.fr/professionnels-entreprises/vosdroits/R7"
    assert entry.online_services == (Source("Lettre", letter_url),)
    assert entry.contacts == (Contact("Mairie", "https://a.fr/mairie", "39 39"),)
    assert [section.key for section in entry.sections] == ["ou-s-adresser"]


def test_closes_with_definitions_and_further_reading(tmp_path: Path) -> None:
    body = (
        "<Texte><Paragraphe>Oui.</Paragraphe></Texte>"
        '<PourEnSavoirPlus URL="https://a.fr/guide"><Titre>Guide</Titre><Source>Inpi</Source></PourEnSavoirPlus>'
        "<Abreviation><Titre>RCS</Titre><Texte><Paragraphe>Registre</Paragraphe></Texte></Abreviation>"
    )

    entry = the_entry(tmp_path, a_fiche(body))

    assert [(section.heading, section.text) for section in entry.sections] == [
        ("Pour en savoir plus", "- [Guide](https://a.fr/guide) — Inpi"),
        ("Définitions", "**RCS** : Registre"),
    ]


def test_names_publisher_contributors_theme_date_and_source(tmp_path: Path) -> None:
    agencies = f"{PUBLISHER}, Direction de la concurrence, de la consommation (DCC), Ministère chargé du travail"
    body = "<Texte><Paragraphe>Oui.</Paragraphe></Texte><DossierPere ID='N31387'><Titre>Marchés</Titre></DossierPere>"
    themed = body + '<SousThemePere ID="N31385">Marchés publics</SousThemePere>'

    entry = the_entry(tmp_path, a_fiche(themed, contributor=agencies, attributes='spUrl="https://a.fr/F1"'))

    assert entry.agency_id == "dila"
    assert entry.contributors == ("dcc", "ministere-charge-du-travail")
    assert entry.theme == "marches-publics"
    assert entry.validated_on == date(2020, 11, 5)
    assert entry.sources == (Source("Peut-on ouvrir le dimanche ?", "https://a.fr/F1"),)
    assert entry.origin == "vosdroits"
    assert entry.language == "fr"
    assert entry.review_by is None


def test_relates_only_fiches_of_the_same_import(tmp_path: Path) -> None:
    related = "<Texte><Paragraphe>Oui.</Paragraphe></Texte><QuestionReponse ID='F2'>Deux ?</QuestionReponse>"
    also = "<VoirAussi><Fiche ID='F3'><Titre>Trois</Titre></Fiche></VoirAussi>"
    (tmp_path / "F1.xml").write_text(a_fiche(related + also), encoding="utf-8")
    (tmp_path / "F2.json").write_text(as_json(a_fiche(fiche_id="F2")), encoding="utf-8")
    steps: list[tuple[int, int]] = []

    reading = read_vosdroits(tmp_path, progress=lambda done, total: steps.append((done, total)))

    assert [entry_id for entry_id, _ in reading.entries] == ["F1", "F2"]
    assert reading.entries[0][1].related == ("F2",)
    assert steps == [(1, 2), (2, 2)]
