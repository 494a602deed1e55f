"""Words of the pages of accounts and of the agencies' rules."""

WORDS: dict[str, tuple[str, str]] = {
    "people_heading": ("Comptes", "Accounts"),
    "people_intro": (
        "Les personnes qui tiennent les fiches à jour. Un compte ne s'efface pas : il se ferme, et le journal garde ce"
        " qu'il a fait.",
        "The people who keep the entries true. An account is never deleted: it is closed, and the audit keeps what it"
        " did.",
    ),
    "people_rules_link": ("Règles des agences", "Rules of the agencies"),
    "people_disabled": ("Compte fermé", "Closed"),
    "people_change": ("Modifier", "Change"),
    "people_change_of": ("Modifier le compte de {name}", "Change the account of {name}"),
    "people_add_heading": ("Créer un compte", "Open an account"),
    "people_id": ("Identifiant", "User name"),
    "people_id_hint": (
        "2 à 40 signes : lettres minuscules sans accent, chiffres, points et tirets. Il ne changera plus.",
        "2 to 40 characters: small letters, digits, dots and hyphens. It will not change any more.",
    ),
    "people_name": ("Nom affiché", "Name shown"),
    "people_roles": ("Rôles", "Roles"),
    "people_role_referent": (
        "Référent : décide des fiches de ses agences",
        "Referent: decides on the entries of her agencies",
    ),
    "people_role_coordinator": (
        "Coordination : répartit le travail, prépare le comité, peut retirer une fiche",
        "Coordinator: assigns work, prepares the committee, may withdraw an entry",
    ),
    "people_role_qa": (
        "Qualité : lance les évaluations et note les réponses",
        "Quality: runs evaluations and marks answers",
    ),
    "people_role_administrator": (
        "Administration : gère les comptes et les règles",
        "Administrator: manages accounts and rules",
    ),
    "people_agencies": ("Agences", "Agencies"),
    "people_agencies_hint": (
        "Au moins une pour un référent, aucune pour les autres rôles.",
        "At least one for a referent, none for the other roles.",
    ),
    "people_add": ("Créer le compte", "Open the account"),
    "people_save_roles": ("Enregistrer les rôles", "Save the roles"),
    "people_saved": (
        "Les rôles sont enregistrés ; ils comptent dès la prochaine page demandée.",
        "The roles are saved; they count from the next page asked for.",
    ),
    "people_was_disabled": ("Le compte est fermé et ses sessions sont finies.", "Closed; its sessions are over."),
    "people_was_enabled": (
        "Le compte est rouvert, avec son mot de passe d'avant.",
        "Opened again, with the password it had.",
    ),
    "people_password_heading": ("Mot de passe", "Password"),
    "people_password_detail": (
        "Un nouveau mot de passe est tiré au sort et montré une seule fois. Les sessions en cours prennent fin.",
        "A new password is drawn and shown once. Running sessions end.",
    ),
    "people_reset": ("Donner un nouveau mot de passe", "Give a new password"),
    "people_access_heading": ("Accès", "Access"),
    "people_disable": ("Fermer le compte", "Close the account"),
    "people_enable": ("Rouvrir le compte", "Open the account again"),
    "people_password_of": ("Mot de passe de {name}", "Password of {name}"),
    "people_password_once": (
        "Remettez-le à cette personne par un moyen sûr. Il ne sera plus jamais montré : cette page quittée, il faut en"
        " donner un autre.",
        "Hand it over in a safe way. It will never be shown again: once you leave this page, another must be given.",
    ),
    "people_back": ("Revenir aux comptes", "Back to the accounts"),
    "people_problem_heading": ("Le compte n'est pas enregistré", "The account is not saved"),
    "people_problem_id": (
        "Choisissez un autre identifiant : 2 à 40 signes parmi a-z, 0-9, points et tirets ; « noa » et « import » sont"
        " réservés.",
        "Choose another user name: 2 to 40 of a-z, 0-9, dots and hyphens; “noa” and “import” are reserved.",
    ),
    "people_problem_id_taken": (
        "Cet identifiant est déjà pris : choisissez-en un autre.",
        "This user name is taken already: choose another one.",
    ),
    "people_problem_name": ("Donnez un nom de 1 à 120 signes.", "Give a name of 1 to 120 characters."),
    "people_problem_name_invisible_character": (
        "Un caractère invisible ({seen}) se trouve dans le nom : retapez-le au lieu de le coller.",
        "The name holds an invisible character ({seen}): type it instead of pasting it.",
    ),
    "people_problem_roles_unknown": (
        "Aucun rôle ne s'appelle « {seen} » : choisissez parmi ceux de la liste.",
        "No role is called “{seen}”: choose from those listed.",
    ),
    "people_problem_agencies_unknown": (
        "Aucune agence ne s'appelle « {seen} » : choisissez parmi celles de la liste.",
        "No agency is called “{seen}”: choose from those listed.",
    ),
    "people_problem_roles": ("Choisissez au moins un rôle.", "Choose at least one role."),
    "people_problem_agencies": (
        "Choisissez au moins une agence pour un référent, et aucune pour les autres rôles.",
        "Choose at least one agency for a referent, and none for the other roles.",
    ),
    "not_now_last_administrator": (
        "C'est le dernier compte d'administration. Donnez d'abord ce rôle à quelqu'un d'autre.",
        "This is the last administrator. Give that role to somebody else first.",
    ),
    "rules_heading": ("Règles des agences", "Rules of the agencies"),
    "rules_intro": (
        "Une agence peut demander que l'auteur et l'approbateur d'une fiche soient deux personnes. La règle vaut dès"
        " qu'elle est enregistrée, pour les brouillons en cours aussi.",
        "An agency may want author and approver of an entry to be two people. The rule holds as soon as it is saved,"
        " for pending drafts too.",
    ),
    "rules_two_people": ("Deux personnes", "Two people"),
    "rules_one_person": ("Une personne suffit", "One person is enough"),
    "rules_demand": ("Demander deux personnes", "Demand two people"),
    "rules_demand_of": ("Demander deux personnes : {agency}", "Demand two people: {agency}"),
    "rules_lift": ("Ne plus demander deux personnes", "No longer demand two people"),
    "rules_lift_of": ("Ne plus demander deux personnes : {agency}", "No longer demand two people: {agency}"),
    "rules_saved": ("La règle est enregistrée.", "The rule is saved."),
    "rules_alone": (
        "Un seul référent actif : personne d'autre ne pourrait approuver ce qu'il écrit.",
        "Only one active referent: nobody else could approve what she writes.",
    ),
}
