"""Which of Noa's themes a fiche belongs to, after the dossier that the publisher files it under."""

from noa_rag.knowledge.vosdroits.nodes import Node

DEFAULT_THEME = "formalites"  # What concerns every enterprise at some time, and the first place people look.

THEME_OF_FICHE = {
    "F23571": "activites-locaux",  # Ouvrir un commerce
    "F33794": "activites-locaux",  # Ouvrir un restaurant
    "F23697": "embauche",  # Déclarer vos salariés
    "F23961": "formalites",  # Devenir micro-entrepreneur
    "F32886": "formalites",  # Créer une société
    "F35240": "financement",  # Bénéficier d'aides aux entreprises
    "F23844": "forme-juridique",  # Choix du statut juridique de l'entreprise en création
    "F34639": "forme-juridique",  # Société européenne
    "F31498": "forme-juridique",  # Entreprise individuelle à responsabilité limitée
    "F1691": "forme-juridique",  # Travailleur indépendant ou salarié ?
    "F2751": "activites-locaux",  # Transformer un logement en local professionnel
}

THEME_OF_DOSSIER = {
    "N16153": "financement",  # Financement de la création ou reprise d'entreprise
    "N16147": "formalites",  # Préalables à la création d'entreprise
    "N16178": "formalites",  # Création d'entreprise : formalités
    "N16594": "formalites",  # Cessation, transmission et reprise d'entreprise
    "N31143": "formalites",  # Modification d'une entreprise
    "N31383": "formalites",  # Règles comptables
    "N31384": "difficultes",  # Facturation, paiement
    "N31827": "difficultes",  # Moyens de paiement
    "N22284": "financement",  # Financement, assurance
    "N17323": "financement",  # Assurance
    "N22281": "international",  # Importation - Exportation
    "N31354": "consommateurs-donnees",  # Pratiques commerciales
    "N31353": "activites-locaux",  # Autorisations pour l'installation d'un commerce
    "N31355": "activites-locaux",  # Publicité extérieure
    "N31358": "activites-locaux",  # Restauration - Débit de boisson
    "N17163": "difficultes",  # Litiges liés au paiement
    "N31446": "consommateurs-donnees",  # Litiges liés aux produits ou aux prestations
    "N10734": "propriete-intellectuelle",  # Propriété intellectuelle
    "N10779": "cotisations",  # Cotisations et contributions sociales de l'employeur
    "N10805": "cotisations",  # Protection sociale d'un travailleur indépendant
    "N24663": "embauche",  # Prestations sociales de l'employeur
    "N17310": "embauche",  # Droits syndicaux
}

THEME_OF_SUBJECT = {
    "N31375": "formalites",  # Création d'entreprise
    "N31376": "formalites",  # Modification - Cessation
    "N31377": "activites-locaux",  # Baux commerciaux et professionnels
    "N31385": "marches-publics",  # Marchés publics
    "N31390": "difficultes",  # Entreprises en difficulté
    "N10778": "embauche",  # Recrutement - Aides à l'emploi
    "N10813": "embauche",  # Réglementation du travail
    "N31357": "activites-locaux",  # Commerces spécifiques
    "N24265": "impots",  # Fiscalité
    "N24267": "embauche",  # Ressources humaines
    "N24269": "activites-locaux",  # Secteurs d'activité
    "N24264": "formalites",  # Création - Modification - Cessation
}


def theme_of(fiche: Node) -> str | None:
    """The theme's id, or None where the tables above don't know the dossier."""
    dossiers = [node.get("ID") for node in fiche.named("DossierPere")]
    subjects = [node.get("ID") for node in fiche.named("SousThemePere", "Theme")]
    candidates = [
        THEME_OF_FICHE.get(fiche.get("ID")),
        *(THEME_OF_DOSSIER.get(dossier) for dossier in dossiers),
        *(THEME_OF_SUBJECT.get(subject) for subject in subjects),
    ]
    return next((theme for theme in candidates if theme), None)
