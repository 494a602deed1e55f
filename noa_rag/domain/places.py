"""Places that people name in a question, and the region each lies in: regions, départements, the larger towns.

A name counts behind a preposition or an article ("à Lyon", "l'Essonne"). Names that are also common words ("Tours",
"Nice", "Lot"), goods ("du champagne") or rivers that other places are named for ("Val-d'Oise") count only where nothing
but a place is meant: behind "en", "dans le", or "à" with its accent.
"""

import re
import unicodedata
from collections.abc import Iterable

from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS

_DEPARTEMENTS = {
    "01": "Ain", "02": "Aisne", "03": "Allier", "04": "Alpes-de-Haute-Provence", "05": "Hautes-Alpes",
    "06": "Alpes-Maritimes", "07": "Ardèche", "08": "Ardennes", "09": "Ariège", "10": "Aube", "11": "Aude",
    "12": "Aveyron", "13": "Bouches-du-Rhône", "14": "Calvados", "15": "Cantal", "16": "Charente",
    "17": "Charente-Maritime", "18": "Cher", "19": "Corrèze", "2A": "Corse-du-Sud", "2B": "Haute-Corse",
    "21": "Côte-d'Or", "22": "Côtes-d'Armor", "23": "Creuse", "24": "Dordogne", "25": "Doubs", "26": "Drôme",
    "27": "Eure", "28": "Eure-et-Loir", "29": "Finistère", "30": "Gard", "31": "Haute-Garonne", "32": "Gers",
    "33": "Gironde", "34": "Hérault", "35": "Ille-et-Vilaine", "36": "Indre", "37": "Indre-et-Loire", "38": "Isère",
    "39": "Jura", "40": "Landes", "41": "Loir-et-Cher", "42": "Loire", "43": "Haute-Loire", "44": "Loire-Atlantique",
    "45": "Loiret", "46": "Lot", "47": "Lot-et-Garonne", "48": "Lozère", "49": "Maine-et-Loire", "50": "Manche",
    "51": "Marne", "52": "Haute-Marne", "53": "Mayenne", "54": "Meurthe-et-Moselle", "55": "Meuse", "56": "Morbihan",
    "57": "Moselle", "58": "Nièvre", "59": "Nord", "60": "Oise", "61": "Orne", "62": "Pas-de-Calais",
    "63": "Puy-de-Dôme", "64": "Pyrénées-Atlantiques", "65": "Hautes-Pyrénées", "66": "Pyrénées-Orientales",
    "67": "Bas-Rhin", "68": "Haut-Rhin", "69": "Rhône", "70": "Haute-Saône", "71": "Saône-et-Loire", "72": "Sarthe",
    "73": "Savoie", "74": "Haute-Savoie", "75": "Paris", "76": "Seine-Maritime", "77": "Seine-et-Marne",
    "78": "Yvelines", "79": "Deux-Sèvres", "80": "Somme", "81": "Tarn", "82": "Tarn-et-Garonne", "83": "Var",
    "84": "Vaucluse", "85": "Vendée", "86": "Vienne", "87": "Haute-Vienne", "88": "Vosges", "89": "Yonne",
    "90": "Territoire de Belfort", "91": "Essonne", "92": "Hauts-de-Seine", "93": "Seine-Saint-Denis",
    "94": "Val-de-Marne", "95": "Val-d'Oise",
}  # fmt: skip
_TOWNS = {
    "FR-IDF": "Boulogne-Billancourt Saint-Denis Argenteuil Montreuil Nanterre Créteil Versailles Vitry-sur-Seine"
    " Colombes Asnières-sur-Seine Courbevoie Rueil-Malmaison Champigny-sur-Marne Aubervilliers Aulnay-sous-Bois"
    " Saint-Maur-des-Fossés Drancy Issy-les-Moulineaux Levallois-Perret Neuilly-sur-Seine Noisy-le-Grand Antony"
    " Sarcelles Clichy Ivry-sur-Seine Cergy Pontoise Évry Melun Meaux Bobigny Pantin Fontainebleau Rambouillet Mantes"
    " Massy Chelles Villejuif Vincennes Provins Étampes Poissy Sceaux Rungis Roissy",
    "FR-ARA": "Lyon Saint-Étienne Grenoble Villeurbanne Clermont-Ferrand Valence Chambéry Annecy Vénissieux Roanne"
    " Montélimar Vichy Bourg-en-Bresse Aurillac Thonon Annemasse Bron Le-Puy-en-Velay Oyonnax",
    "FR-BFC": "Dijon Besançon Belfort Chalon-sur-Saône Auxerre Mâcon Nevers Montbéliard Dole Vesoul",
    "FR-BRE": "Rennes Brest Quimper Lorient Vannes Saint-Malo Saint-Brieuc Fougères Lannion",
    "FR-CVL": "Tours Orléans Bourges Blois Chartres Châteauroux Dreux Vierzon",
    "FR-20R": "Ajaccio Bastia Porto-Vecchio Calvi",
    "FR-GES": "Strasbourg Reims Metz Mulhouse Nancy Colmar Troyes Charleville-Mézières Châlons-en-Champagne Épinal"
    " Haguenau Thionville Verdun",
    "FR-HDF": "Lille Amiens Roubaix Tourcoing Dunkerque Calais Villeneuve-d'Ascq Saint-Quentin Beauvais Valenciennes"
    " Arras Boulogne-sur-Mer Compiègne Douai Lens Maubeuge Laon Cambrai",
    "FR-NOR": "Rouen Caen Le-Havre Cherbourg Évreux Alençon Dieppe Lisieux",
    "FR-NAQ": "Bordeaux Limoges Poitiers Pau Mérignac Pessac La-Rochelle Bayonne Biarritz Angoulême Niort Périgueux"
    " Brive Agen Mont-de-Marsan Arcachon Royan",
    "FR-OCC": "Toulouse Montpellier Nîmes Perpignan Béziers Montauban Narbonne Albi Carcassonne Tarbes Castres Sète"
    " Rodez Alès Auch Millau Cahors",
    "FR-PDL": "Nantes Angers Le-Mans Saint-Nazaire Cholet Laval La-Roche-sur-Yon Saumur",
    "FR-PAC": "Marseille Nice Toulon Aix-en-Provence Avignon Cannes Antibes Grasse Fréjus Arles Martigues Gap Hyères"
    " Menton Draguignan Aubagne",
    "FR-971": "Pointe-à-Pitre Basse-Terre",
    "FR-972": "Fort-de-France",
    "FR-973": "Cayenne Kourou",
    "FR-974": "Saint-Denis-de-La-Réunion Saint-Pierre Saint-Paul",
    "FR-976": "Mamoudzou",
}
_OTHER_NAMES = {"FR-IDF": "IDF", "FR-20R": "Corsica", "FR-PAC": "PACA", "FR-BRE": "Brittany", "FR-NOR": "Normandy",
                "FR-GES": "Alsace Lorraine Champagne", "FR-974": "Réunion"}  # fmt: skip
_AMBIGUOUS = (
    "reunion tours nice gap lens sceaux dole vannes grasse cannes menton valence bordeaux champagne"
    " ain aube cher creuse landes lot manche nord somme calvados"
    " aisne allier charente correze dordogne drome eure gard gers gironde indre isere loire loiret marne mayenne meuse"
    " moselle nievre oise orne rhone sarthe tarn var vendee vienne yonne"
)
_BEFORE = r"(?:a|au|aux|en|dans|de|du|d|sur|vers|pres|in|near|from|of|le|la|l|les)"
_BEFORE_AMBIGUOUS = r"(?:en(?: la(?= reunion))?|in|near|pres de|dans(?: l(?:es|[ea])?)?)"
_IDIOMS = r"en (?:somme|lot)\b"
# Read as "en": without its accent it is also "has", and an English article ("a nice logo").
_ACCENTED_A = re.compile(r"(?<!pointe[ -])\bà\b")


def _folded(text: str) -> str:
    composed = unicodedata.normalize("NFC", text.casefold())
    decomposed = unicodedata.normalize("NFKD", _ACCENTED_A.sub("en", composed))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(char for char in decomposed if not unicodedata.combining(char))))


_REGION_OF: dict[str, str] = {
    **{_folded(town): region for region, towns in _TOWNS.items() for town in towns.split()},
    **{_folded(name): region for region, names in _OTHER_NAMES.items() for name in names.split()},
    **{_folded(name): REGION_OF_DEPARTEMENT[f"FR-{number}"] for number, name in _DEPARTEMENTS.items()},
    **{_folded(name).removeprefix("la "): region for region, name in REGIONS.items()},
}
# "Le Mans" and "Le Havre" lose their article behind "à" and "de": "au Mans", "du Havre".
_WITHOUT_ARTICLE = {name.removeprefix("le "): region for name, region in _REGION_OF.items() if name.startswith("le ")}


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


# Plain names first, and over all that stands before them: "dans le Lot-et-Garonne" is not in the Lot.
_NAMED = re.compile(
    rf"\b(?:(?:{_BEFORE} )+({_any(_REGION_OF.keys() - set(_AMBIGUOUS.split()))})"
    rf"|(?:au|du) ({_any(_WITHOUT_ARTICLE)})"
    rf"|(?!{_IDIOMS}){_BEFORE_AMBIGUOUS} ({_any(_AMBIGUOUS.split())}))\b"
)


def regions_named(text: str) -> frozenset[str]:
    """Return the ISO 3166-2 codes of the regions in which the places that a text names lie."""
    known = _REGION_OF | _WITHOUT_ARTICLE
    return frozenset(known["".join(found)] for found in _NAMED.findall(_folded(text)))


def is_elsewhere(text: str, entry_regions: tuple[str, ...]) -> bool:
    """Whether a text names places of which none lies where an entry holds; without regions it holds anywhere."""
    named = regions_named(text)
    holds_in = {REGION_OF_DEPARTEMENT.get(code, code) for code in entry_regions}
    return bool(named) and bool(holds_in) and not named & holds_in
