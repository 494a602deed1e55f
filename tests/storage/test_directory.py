"""Agencies and themes in the database."""

from noa_rag.domain.agency import LocalOffice, SubTheme
from noa_rag.domain.entry import EntryId
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from tests.factories import a_theme, an_agency


def test_saving_the_same_twice_changes_nothing(directory: Directory, store: EntryStore) -> None:
    revision = store.revision()

    assert directory.save([an_agency()], [a_theme()]) == 0

    assert store.revision() == revision


def test_a_changed_card_replaces_the_old_one_and_is_noticed(directory: Directory, store: EntryStore) -> None:
    revision = store.revision()

    assert directory.save([an_agency(phone="01 00 00 00 00"), an_agency("douanes", phone=None)], []) == 2

    assert directory.agencies()["inpi"].phone == "01 00 00 00 00"
    assert directory.agencies()["douanes"].phone is None
    assert store.revision() > revision


def test_agencies_left_out_of_an_import_stay(directory: Directory) -> None:
    directory.save([an_agency("douanes")], [])

    assert set(directory.agencies()) == {"inpi", "douanes"}


def test_themes_keep_the_order_in_which_they_came(directory: Directory) -> None:
    directory.save([], [a_theme("impots", title="Impôts"), a_theme("aides", title="Aides")])
    directory.save([], [a_theme("propriete-intellectuelle", title="Marques"), a_theme("zones", title="Zones")])

    assert [theme.id for theme in directory.themes()] == ["propriete-intellectuelle", "impots", "aides", "zones"]
    assert directory.themes()[0].title == "Marques"


def test_what_a_theme_begins_with_and_is_divided_into_is_kept(directory: Directory) -> None:
    marque = EntryId("deposer-une-marque")
    children = (SubTheme("marques", "Noms", "Names", (marque,)), SubTheme("brevets", "Brevets", "Patents"))
    theme = a_theme("creations", top=(marque, EntryId("autre")), start=(marque,), children=children)

    assert directory.save([], [theme]) == 1
    assert directory.themes()[-1] == theme
    assert directory.save([], [theme]) == 0


def test_where_an_agency_serves_its_names_and_whom_to_ask_elsewhere_are_kept(directory: Directory) -> None:
    agency = an_agency(
        "drieets",
        regions=("FR-IDF",),
        elsewhere=LocalOffice("La DREETS", "https://dreets.gouv.fr", "3939"),
        names=("inspection du travail",),
    )

    assert directory.save([agency], []) == 1
    assert directory.agencies()["drieets"] == agency
    assert directory.save([agency], []) == 0
