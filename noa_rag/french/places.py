"""Places that people name in a question, and where each lies; foreign countries, whose law it asks for.

The danger is taking a word for a place: 37,000 names of communes hold most words of the language. So a name counts
behind a preposition only, and the more it looks like an ordinary word, the surer the rest must be. Names that are also
common words ("Tours", "Lot"), goods ("du champagne") or rivers count where nothing but a place is meant: behind "en",
"dans le", or "à" with its accent. A commune whose name is an ordinary word ("Bonne", "Le Port") wants its capital too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.core import get_global

from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS, Place, region_of
from noa_rag.french.known_places import (
    ABROAD,
    AMBIGUOUS,
    DEPARTEMENTS,
    OTHER_NAMES,
    TOWNS,
    Words,
    fold_name,
    is_number_of,
    place_number,
)
from noa_rag.french.words import plain

_BEFORE_A_SIGN = re.compile(r"[ ,]+(?=[,.)])|,(?= ?[?!])")  # what a place leaves there
_LEFT_AT_ENDS = " ,;:–-"
LONGEST_NAME = 8  # words: "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson" is the longest, and nobody writes it out
# Somebody who says "Valence" means the town of 65,000, not the village of that name.
DOMINANCE = 10
KNOWN_POPULATION = 30_000  # taken for a town of `known_places` that the register has under another name
WELL_KNOWN = 10_000  # inhabitants from which a name counts behind "de" and "sur", however it is typed
SHORTEST_SURE = 4  # letters: "Us", "Is" and "Die" are communes, and much else


@dataclass(frozen=True, slots=True)
class Commune:
    """All communes of one name. `is_ordinary` says that the name is also a word, or words, of the language."""

    places: tuple[Place, ...]
    is_ordinary: bool


@dataclass(frozen=True, slots=True)
class Where:
    """The place that a question is about: its `code` when that is sure, else the places it may be `between`.

    `regions` are those of all places named; empty when there are none.
    """

    code: str | None = None
    between: tuple[Place, ...] = ()
    regions: frozenset[str] = frozenset()


NOWHERE = Where()


class Gazetteer:
    """Finds places in a text. Communes are handed in, by folded name; without them the larger towns are known."""

    def __init__(self, communes: Mapping[str, str] | None = None) -> None:
        self._communes = communes or {}

    @property
    def commune_count(self) -> int:
        return len(self._communes)

    def where(self, text: str) -> Where:
        """Return the place that a text is about. Several places of one département or region count as that one."""
        named = self.named(text)
        sure = [places for places in named if len({place.region for place in places}) == 1]
        unsure = [places for places in named if len({place.region for place in places}) > 1]
        regions = frozenset(place.region for places in named for place in places)
        if sure:
            return Where(code=_common_code(places[0].code for places in sure), regions=regions)
        if len(unsure) == 1:
            return Where(between=unsure[0], regions=regions)
        return Where(regions=regions)

    def named(self, text: str) -> list[tuple[Place, ...]]:
        """Return the places named, in their order; for a name that several places bear, all that may be meant."""
        words = Words(text)
        return _settled([places for _, _, places in self._found(words)])

    def without_places(self, text: str) -> str:
        """Return a text without the places that it names, the prepositions before them and their numbers after them."""
        words = Words(text)
        result, end, free = "", 0, 0
        for at, length, places in self._found(words):
            first, last = words.preposition_before(at, free), at + length
            has_number = is_number_of(words, last, {place.region for place in places})
            result += words.text[end : words.spans[first][0]]
            end, free = words.spans[last - 1][1], last + has_number
            if has_number:
                is_bracketed = "(" in words.text[end : words.spans[last][0]]
                end = words.spans[last][1] + is_bracketed
        bare = _BEFORE_A_SIGN.sub("", " ".join((result + words.text[end:]).split()))
        return bare.strip(_LEFT_AT_ENDS)

    def words_of_places(self, text: str) -> frozenset[str]:
        """Return the folded words of the places that a text names."""
        words = Words(text)
        return frozenset(
            words.folded[position] for at, length, _ in self._found(words) for position in range(at, at + length)
        )

    def regions_named(self, text: str) -> frozenset[str]:
        """Return the codes of the regions in which the places that a text names lie."""
        return frozenset(place.region for places in self.named(text) for place in places)

    def is_elsewhere(self, text: str, entry_regions: tuple[str, ...]) -> bool:
        """Whether a text names places of which none lies where an entry holds; without regions it holds anywhere."""
        holds_in = {region_of(code) for code in entry_regions}
        if not holds_in:
            return False
        named = self.regions_named(text)
        return bool(named) and not named & holds_in

    def _found(self, words: Words) -> Iterator[tuple[int, int, tuple[Place, ...]]]:
        """Yield where each name of a place begins, how many words it takes, and what it may mean."""
        at = 0
        while at < len(words):
            places, length = self._at(words, at)
            if places:
                yield at, length, places
            at += length

    def _at(self, words: Words, at: int) -> tuple[tuple[Place, ...], int]:
        """Return the places named at a word and how many words that takes; one word where there is none.

        The longest name counts: "dans le Lot-et-Garonne" is not in the Lot.
        """
        number = place_number(words, at)
        if number is not None:
            return tuple(Place(name, code) for name, code in number.places), number.word_count
        for length in range(min(LONGEST_NAME, len(words) - at), 0, -1):
            name = words.key(at, length)
            places = self._known(words, at, name) or self._commune(words, at, length, name)
            if places:
                return places, length
        return (), 1

    def _known(self, words: Words, at: int, name: str) -> tuple[Place, ...]:
        known = _KNOWN.get(name)
        if known is None and words.before(at) in ("au", "du"):
            known = _KNOWN.get(name := f"le {name}")
        if known is None or (name == "bretagne" and words.folded[at - 1 : at] == ["grande"]):
            return ()
        if name in _AMBIGUOUS:
            is_named = words.is_behind_place_preposition(at, name) and not words.is_idiom(at, name)
        else:
            is_sure = name in _SURE_ALONE or words.ends_a_list(at, len(name.split()))
            is_named = is_sure or words.is_behind_preposition(at)
        if not is_named:
            return ()
        communes = self._places_of(name)
        if known[0].population == 0:  # a region or a département; "à Vienne" is the town
            return communes if communes and words.before(at) == "à" else known
        regions = {place.region for place in communes if place.population}
        return (*communes, *(place for place in known if place.region not in regions))

    def _commune(self, words: Words, at: int, length: int, name: str) -> tuple[Place, ...]:
        article = _CONTRACTED.get(words.before(at))  # "au Port", which nobody says of a commune without its article
        full_name = f"{article} {name}" if article else name
        line = None if full_name in _NOT_MEANT else self._communes.get(full_name)
        if line and _is_sure(words, at, length, commune := read_commune(line), full_name):
            return commune.places
        return ()

    def _places_of(self, name: str) -> tuple[Place, ...]:
        line = self._communes.get(name)
        return read_commune(line).places if line else ()


def commune_line(places: Iterable[Place], *, is_ordinary: bool) -> str:
    """Return the communes of one name as the text that `Gazetteer` takes."""
    listed = (f"{place.name}|{place.code}|{place.population}" for place in places)
    return f"{'o' if is_ordinary else '-'};" + ";".join(listed)


def read_commune(line: str) -> Commune:
    """Return what `commune_line` wrote; read at a hit only, since hardly one in 37,000 is ever asked for."""
    flag, *listed = line.split(";")
    parts = (part.split("|") for part in listed)
    return Commune(tuple(Place(name, code, int(population)) for name, code, population in parts), flag == "o")


def _is_sure(words: Words, at: int, length: int, commune: Commune, name: str) -> bool:
    """Whether a commune is meant, going by what stands before its name and by how it is typed."""
    has_capital = words.has_capital(at, length)
    population = max(place.population for place in commune.places)
    letters = name.replace(" ", "")
    if commune.is_ordinary or name in _AMBIGUOUS or len(letters) < SHORTEST_SURE:
        return has_capital and words.is_located(at)
    if words.is_located(at):
        return True
    if population >= WELL_KNOWN or " " in name:
        return words.is_behind_weak_preposition(at)
    return has_capital and words.before(at) in ("sur", "vers")  # "de Hans" may be somebody


def _settled(found: list[tuple[Place, ...]]) -> list[tuple[Place, ...]]:
    """Return what each name means beside the others: "Saint-Denis, à La Réunion" is that one, "Valence" the town."""
    sure = {place.region for places in found if len({commune.region for commune in places}) == 1 for place in places}
    return [_likeliest([commune for commune in places if commune.region in sure] or list(places)) for places in found]


def _likeliest(places: list[Place]) -> tuple[Place, ...]:
    """Return the largest place of each region, without those that the largest of all exceeds by `DOMINANCE` times."""
    by_region: dict[str, Place] = {}
    for place in sorted(places, key=lambda commune: (-commune.population, commune.code)):
        by_region.setdefault(place.region, place)
    largest = max(place.population for place in places)
    return tuple(place for place in by_region.values() if place.population * DOMINANCE > largest or largest == 0)


def _common_code(codes: Iterable[str]) -> str | None:
    """Return the code that holds for all: the one département, else the one region, None for several regions."""
    listed = list(codes)
    if len({region_of(code) for code in listed}) > 1:
        return None
    departements = {code for code in listed if code in REGION_OF_DEPARTEMENT}
    return departements.pop() if len(departements) == 1 else region_of(listed[0])


def _known_places() -> dict[str, tuple[Place, ...]]:
    known: dict[str, tuple[Place, ...]] = {}
    for region, towns in TOWNS.items():
        for town in towns.split():
            known[fold_name(town)] = (*known.get(fold_name(town), ()), Place(town, region, KNOWN_POPULATION))
    for region, names in OTHER_NAMES.items():
        known |= {fold_name(name): (Place(REGIONS[region], region),) for name in names.split()}
    known |= {fold_name(name): (Place(name, f"FR-{number}"),) for number, name in DEPARTEMENTS.items()}
    return known | {fold_name(name).removeprefix("la "): (Place(name, code),) for code, name in REGIONS.items()}


_KNOWN = _known_places()
# Nobody who says "à La Réunion" means the one in Lot-et-Garonne.
_NOT_MEANT = frozenset((*ABROAD.split(), "la haye", "le caire", "la reunion", "pointe noire", "saint sebastien"))
_CONTRACTED = {"au": "le", "du": "le", "aux": "les", "des": "les"}
_AMBIGUOUS = frozenset(AMBIGUOUS.split())
# Nothing else bears these names: they count wherever they stand, as in "aides Occitanie TPE", "soldes haut rhin".
_SURE_ALONE = (
    frozenset(fold_name(name) for code, name in REGIONS.items() if code not in ("FR-20R", "FR-GES", "FR-974"))
    | frozenset(name for name in map(fold_name, DEPARTEMENTS.values()) if " " in name)
    | {"paca", "region parisienne", "paris region"}
)
BUILT_IN = Gazetteer()


# Places with a code of their own where French law holds, or most of it, and groups of countries.
_NOT_FOREIGN = {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF", "EU", "EZ", "UN"}
_AS_PEOPLE_SAY = (
    "angleterre", "ecosse", "grande bretagne", "etats unis", "usa", "uk", "england", "quebec", "geneve", "lausanne",
    "montreal", "barcelone", "milan", "munich", "francfort", "marrakech", "miami",
)  # fmt: skip
# Towns, or words, of France as well: "à l'oral", "à Vienne".
_ALSO_FRENCH = {"vienne", "grenade", "regina", "oral", "canton", "muscat", "detroit", "wake", "gmt", "utc"}
# Behind one of these a name is a place: "en Chine", "au Maroc", "in Ireland"; "jersey", "chili" and "Maurice" alone are
# something else.
_BEFORE = ["a", "au", "aux", "d", "de", "depuis", "des", "du", "en", "pour", "vers", "from", "in", "to"]
_WHERE = ["a", "au", "aux", "en", "in"]  # where something is done; "du Maroc" says where it comes from
# What is done, or owed, under the law of the country where it is.
_UNDER_ITS_LAW = re.compile(
    r"\b(?:ouvr\w*|cre+r|cree|creation|mont(?:er|e)|lanc(?:er|e)|immatricul\w*|constitu\w*|fonder|install\w*|deven\w*"
    r"|implant\w*|recrut\w*|embauch\w*|licenci\w*|rachet\w*|reprendre|auto entrepreneur|micro entreprise|smic|bail"
    r"|aides?|salaire minimum|conges?|impots?|taux|tva|charges|cotisations|taxes?|fonds de commerce|chomage|retraite"
    r"|holding|set up|open(?:ing)?|start|register|registration|incorporat\w*|found|hire|fire|dismiss|(?:tax|vat) rate"
    r"|minimum wage|(?:vacation|holiday)s?|taxed|company tax)\b"
)
# What crosses the border, or brings the question back to France.
_CROSSES = re.compile(
    r"export|import|expedi|livr|envoi|envoy|detach|douan|customs|frontiere|colis|marchandise|client|acheteu|fourniss|vend"
    r"|\bvent|factur|marque|brevet|proteg|trademark|patent|\bsell|\bship|\bsend|customer|buyer|supplier|goods|parcel"
    r"|\bfranc|\bfrench|\bici\b|\bhere\b|succursale|filiale|je vis|j habite|i live|diplome|diploma|mission|chantier"
    r"|salon a\b|fair\b|je pars|partir|louee?s?\b|\bvenir|reven|rentr|arriv|retour|visa|permit\b|consulat|volontaria"
    r"|chez nous|brexit|commandes?\b"
)
_ABROAD = re.compile(
    r"etrang|internation|europe|\bue\b|\beu\b|\bexport|\bimport|\bpays\b|frontier|douan|customs|abroad|foreign|expatri"
    r"|detach|non resident|overseas|countr|hors de france"
)


def names_a_foreign_country(text: str) -> bool:
    """Return whether a text in French or English is about another country: "ouvrir une boîte au Maroc"."""
    return _named(*_BEFORE).search(plain(text)) is not None


def asks_foreign_law(text: str) -> bool:
    """Return whether a text asks what holds in another country: "ouvrir une boîte au Maroc", "taux de TVA en Espagne".

    Goods and services that cross the border, and what somebody who lives elsewhere does in France, are not meant.
    """
    read = plain(text)
    return bool(_named(*_WHERE).search(read) and _UNDER_ITS_LAW.search(read)) and not _CROSSES.search(read)


def is_about_abroad(*texts: str) -> bool:
    """Return whether one of the texts is about countries, borders or foreigners at all."""
    return any(_ABROAD.search(plain(text)) for text in texts)


@cache
def _named(*before: str) -> re.Pattern[str]:
    names = {*_AS_PEOPLE_SAY}
    for language in ("fr", "en"):
        locale = Locale(language)
        names |= {plain(name) for code, name in locale.territories.items() if _is_foreign(code)}
        names |= {
            plain(locale.time_zones.get(zone, {}).get("city") or zone.rsplit("/", 1)[-1])
            for zone, code in get_global("zone_territories").items()
            if _is_foreign(code)
        }
    longest_first = sorted(names - _ALSO_FRENCH, key=lambda name: (-len(name), name))
    return re.compile(rf"\b(?:{'|'.join(before)}) (?:l |la |le |les |the )?(?:{'|'.join(longest_first)})\b")


def _is_foreign(code: str) -> bool:
    return len(code) == 2 and code not in _NOT_FOREIGN
