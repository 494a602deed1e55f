"""Places that Noa knows by itself: regions, départements and the larger towns, and names that need care.

The communes of France come from open data at set-up; without them these are what a question may name. Short names that
people use and no register has ("Évry", "Brive") stay here.
"""

DEPARTEMENTS = {
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
TOWNS = {
    "FR-IDF": "Boulogne-Billancourt Saint-Denis Argenteuil Montreuil Nanterre Créteil Versailles Vitry-sur-Seine"
    " Colombes Asnières-sur-Seine Courbevoie Rueil-Malmaison Champigny-sur-Marne Aubervilliers Aulnay-sous-Bois"
    " Saint-Maur-des-Fossés Drancy Issy-les-Moulineaux Levallois-Perret Neuilly-sur-Seine Noisy-le-Grand Antony"
    " Sarcelles Clichy Ivry-sur-Seine Cergy Pontoise Évry Melun Meaux Bobigny Pantin Fontainebleau Rambouillet Mantes"
    " Massy Chelles Villejuif Vincennes Provins Étampes Poissy Sceaux Rungis Roissy Boulogne Saint-Ouen Corbeil Neuilly"
    " Levallois Issy Asnières Champigny Vitry Ivry Aulnay Noisy Rueil Saint-Maur Saint-Germain Belleville",
    "FR-ARA": "Lyon Saint-Étienne Grenoble Villeurbanne Clermont-Ferrand Valence Chambéry Annecy Vénissieux Roanne"
    " Montélimar Vichy Bourg-en-Bresse Aurillac Thonon Annemasse Bron Le-Puy-en-Velay Oyonnax Belleville",
    "FR-BFC": "Dijon Besançon Belfort Chalon-sur-Saône Auxerre Mâcon Nevers Montbéliard Dole Vesoul",
    "FR-BRE": "Rennes Brest Quimper Lorient Vannes Saint-Malo Saint-Brieuc Fougères Lannion",
    "FR-CVL": "Tours Orléans Bourges Blois Chartres Châteauroux Dreux Vierzon",
    "FR-20R": "Ajaccio Bastia Porto-Vecchio Calvi",
    "FR-GES": "Strasbourg Reims Metz Mulhouse Nancy Colmar Troyes Charleville-Mézières Châlons-en-Champagne Épinal"
    " Haguenau Thionville Verdun",
    "FR-HDF": "Lille Amiens Roubaix Tourcoing Dunkerque Calais Villeneuve-d'Ascq Saint-Quentin Beauvais Valenciennes"
    " Arras Boulogne-sur-Mer Boulogne Compiègne Douai Lens Maubeuge Laon Cambrai",
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
    "FR-974": "Saint-Denis Saint-Denis-de-La-Réunion Saint-Pierre Saint-Paul",
    "FR-976": "Mamoudzou",
}
OTHER_NAMES = {"FR-IDF": "IDF Région-parisienne Paris-region",
                "FR-20R": "Corsica", "FR-PAC": "PACA", "FR-BRE": "Brittany", "FR-NOR": "Normandy",
                "FR-GES": "Alsace Lorraine Champagne", "FR-974": "Réunion"}  # fmt: skip
AMBIGUOUS = (
    "reunion tours nice gap lens sceaux dole vannes grasse cannes menton valence bordeaux champagne"
    " ain aube cher creuse landes lot manche nord somme calvados"
    " aisne allier charente correze dordogne drome eure gard gers gironde indre isere loire loiret marne mayenne meuse"
    " moselle nievre oise orne rhone sarthe tarn var vendee vienne yonne"
)
# Communes whose name is first of all that of a city abroad: who lives in "Montréal" does not mean the one in the Aude.
ABROAD = (
    "bologne cologne durban grenade hagen lagos lemberg leon macau medan modene montreal munster regina sion surat"
    " constantine"
)
