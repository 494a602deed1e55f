"""Words of the pages of host sites."""

WORDS: dict[str, tuple[str, str]] = {
    "nav_sites": ("Sites", "Sites"),
    "sites_heading": ("Sites partenaires", "Host sites"),
    "sites_intro": (
        "Les sites dont les pages affichent Noa. Une ligne de code suffit ; seules leurs propres pages peuvent"
        " l'afficher, et leurs questions sont comptées à part.",
        "The sites whose pages show Noa. One line of code is enough; only their own pages can show it, and their"
        " questions are counted apart.",
    ),
    "sites_none": ("Aucun site n'est encore inscrit.", "No site is registered yet."),
    "sites_closed": ("Fermé", "Closed"),
    "sites_add_heading": ("Inscrire un site", "Register a site"),
    "sites_add": ("Inscrire le site", "Register the site"),
    "sites_save": ("Enregistrer", "Save"),
    "sites_back": ("Revenir aux sites", "Back to the sites"),
    "sites_name": ("Nom du site", "Name of the site"),
    "sites_origins": ("Adresses du site, une par ligne", "Addresses of the site, one a line"),
    "sites_origins_hint": (
        "Comme https://www.exemple.fr : sans page, sans « * ». Avec et sans « www. » sont deux adresses.",
        "Such as https://www.example.fr: without a page, without “*”. With and without “www.” are two addresses.",
    ),
    "sites_greeting_fr": ("Accueil en français", "Greeting in French"),
    "sites_greeting_fr_hint": (
        "La première phrase que lit le visiteur. Vide : la phrase de Noa.",
        "What the visitor reads first. Empty: Noa's own.",
    ),
    "sites_greeting_en": ("Accueil en anglais", "Greeting in English"),
    "sites_greeting_en_hint": (
        "Vide : la phrase de Noa en anglais.",
        "Empty: Noa's own, in English.",
    ),
    "sites_themes": ("Thèmes proposés", "Themes shown"),
    "sites_themes_hint": (
        "Rien de coché : tous. Les visiteurs peuvent toujours poser toutes les questions.",
        "None ticked: all of them. Visitors can always ask anything.",
    ),
    "sites_region": ("Région des visiteurs", "Region of the visitors"),
    "sites_region_any": ("Toute la France", "All of France"),
    "sites_audience": ("Public des visiteurs", "Audience of the visitors"),
    "sites_audience_any": ("Tous les publics", "All audiences"),
    "sites_line_heading": ("Les lignes à mettre dans ses pages", "The lines that its pages need"),
    "sites_line_no_address": (
        "L'adresse publique de Noa n'est pas connue : l'administrateur du service doit régler NOA_BASE_URL.",
        "Noa's public address is not known: whoever runs the service has to set NOA_BASE_URL.",
    ),
    "sites_line_detail": (
        "À transmettre au webmestre du site. La seconde ligne sert aux visiteurs sans JavaScript.",
        "To be handed to the site's webmaster. The second line is for visitors without JavaScript.",
    ),
    "sites_see": ("Voir ce que verront ses visiteurs", "See what its visitors will see"),
    "sites_access_heading": ("Affichage", "Display"),
    "sites_close": ("Fermer Noa sur ce site", "Close Noa on this site"),
    "sites_open": ("Rouvrir Noa sur ce site", "Open Noa on this site again"),
    "sites_added": ("Le site est inscrit.", "The site is registered."),
    "sites_saved": (
        "Les changements sont enregistrés ; ils comptent dès la prochaine page demandée.",
        "Saved; it counts from the next page asked for.",
    ),
    "sites_was_closed": (
        "Noa est fermée sur ce site : ses visiteurs lisent qu'elle n'y est pas disponible, avec un lien vers Noa.",
        "Closed: visitors read that Noa is not available there, with a link to it.",
    ),
    "sites_was_opened": ("Noa est rouverte sur ce site.", "Noa is open on this site again."),
    "sites_problem_heading": ("Le site n'est pas enregistré", "The site is not saved"),
    "sites_problem_name": ("Donnez un nom au site.", "Give the site a name."),
    "sites_problem_too_long": (
        "Ce texte est trop long : 120 signes au plus pour le nom, 300 pour l'accueil.",
        "This text is too long: 120 characters at most for the name, 300 for a greeting.",
    ),
    "sites_problem_invisible_character": (
        "Un caractère invisible ({seen}) se trouve dans le texte : retapez-le au lieu de le coller.",
        "The text holds an invisible character ({seen}): type it instead of pasting it.",
    ),
    "sites_problem_origins_count": (
        "Donnez de une à vingt adresses, comme https://www.exemple.fr.",
        "Give one to twenty addresses, such as https://www.example.fr.",
    ),
    "sites_problem_origins_scheme": (
        "« {seen} » : commencez l'adresse par https:// (ou http://).",
        "“{seen}”: begin the address with https:// (or http://).",
    ),
    "sites_problem_origins_wildcard": (
        "« {seen} » : nommez chaque site, sans « * ».",
        "“{seen}”: name each site by itself, without “*”.",
    ),
    "sites_problem_origins_path": (
        "« {seen} » : gardez l'adresse du site seul, sans rien après le nom du site et son port.",
        "“{seen}”: keep the address of the site alone, with nothing after its name and port.",
    ),
    "sites_problem_origins_port": (
        "« {seen} » : un port est un nombre de 1 à 65535.",
        "“{seen}”: a port is a number from 1 to 65535.",
    ),
    "sites_problem_origins_host": (
        "« {seen} » : donnez un nom de site, comme www.exemple.fr.",
        "“{seen}”: name a site, such as www.example.fr.",
    ),
    "sites_problem_origins_accents": (
        "« {seen} » : écrivez le nom comme le font les navigateurs, sous la forme xn--…",
        "“{seen}”: write the name as browsers do, xn--…",
    ),
    "sites_problem_themes_unknown": (
        "Aucun thème ne s'appelle « {seen} » : choisissez parmi ceux de la liste.",
        "No theme is called “{seen}”: choose from those listed.",
    ),
    "sites_problem_region": (
        "La région « {seen} » n'est pas connue : choisissez dans la liste.",
        "The region “{seen}” is not known: choose from the list.",
    ),
    "sites_problem_audience": (
        "Le public « {seen} » n'est pas connu : choisissez dans la liste.",
        "The audience “{seen}” is not known: choose from the list.",
    ),
    "audit_action_site_added": ("Site inscrit", "Site registered"),
    "audit_action_site_changed": ("Site modifié", "Site changed"),
    "audit_action_site_disabled": ("Noa fermée sur un site", "Noa closed on a site"),
    "audit_action_site_enabled": ("Noa rouverte sur un site", "Noa opened again on a site"),
}
