"""Words of every page of the review: navigation, signing in, problems."""

WORDS: dict[str, tuple[str, str]] = {
    "review_title": ("Noa, espace des agences", "Noa, agencies' workspace"),
    "review_tagline": ("Espace des agences", "Agencies' workspace"),
    "skip_link": ("Aller au contenu", "Skip to content"),
    "other_language": ("English", "Français"),
    "review_navigation": ("Navigation de l'espace des agences", "Workspace navigation"),
    "public_site": ("Site public", "Public site"),
    "nav_queue": ("À traiter", "To do"),
    "nav_entries": ("Fiches", "Entries"),
    "nav_variants": ("Variantes", "Variants"),
    "nav_agenda": ("Comité", "Committee"),
    "nav_follow_up": ("Suivi", "Follow-up"),
    "nav_qa": ("Qualité", "Quality"),
    "nav_audit": ("Journal", "Audit"),
    "nav_people": ("Comptes", "People"),
    "menu": ("Menu", "Menu"),
    "signed_in_as": ("Connecté : {name}", "Signed in: {name}"),
    "role_referent": ("référent", "referent"),
    "role_coordinator": ("coordination", "coordinator"),
    "role_qa": ("qualité", "quality"),
    "role_administrator": ("administration", "administrator"),
    "sign_out": ("Se déconnecter", "Sign out"),
    "sign_in_title": ("Se connecter", "Sign in"),
    "sign_in_intro": (
        "Cet espace est réservé aux personnes qui tiennent les fiches à jour. Les entrepreneurs posent leurs questions"
        " sur le site public, sans compte.",
        "This workspace is for the people who keep the entries true. Entrepreneurs ask on the public site, without an"
        " account.",
    ),
    "sign_in_name": ("Identifiant", "User name"),
    "sign_in_password": ("Mot de passe", "Password"),
    "sign_in_button": ("Se connecter", "Sign in"),
    "sign_in_failed": (
        "Identifiant ou mot de passe incorrect. Vérifiez-les, puis réessayez ; un administrateur peut remettre le mot"
        " de passe à zéro.",
        "Wrong user name or password. Check them and try again; an administrator can reset the password.",
    ),
    "sign_in_too_early_seconds": (
        "Trop d'essais. Réessayez dans {seconds} s.",
        "Too many attempts. Try again in {seconds} s.",
    ),
    "sign_in_too_early_minutes": (
        "Trop d'essais. Réessayez dans {minutes} min.",
        "Too many attempts. Try again in {minutes} min.",
    ),
    "session_over_title": ("Votre session a expiré", "Your session has expired"),
    "session_over_detail": (
        "Reconnectez-vous : ce que vous avez écrit est gardé sur cette page et repris juste après.",
        "Sign in again: what you wrote is kept on this page and taken up right after.",
    ),
    "sign_in_needed": ("Connectez-vous pour continuer.", "Sign in to go on."),
    "resume_title": ("Reprendre votre envoi", "Take up what you were sending"),
    "resume_detail": (
        "Votre session avait changé. Rien n'a encore été enregistré : relisez, puis envoyez.",
        "Your session had changed. Nothing has been saved yet: read it over, then send it.",
    ),
    "resume_publishes": (
        "Ce bouton publie la fiche telle qu'elle est écrite ci-dessus.",
        "This button publishes the entry as it is written above.",
    ),
    "problem_malformed_title": ("Formulaire illisible", "The form cannot be read"),
    "problem_malformed_detail": (
        "Ce qui a été envoyé est incomplet ou mal codé. Revenez en arrière : votre texte est dans le formulaire."
        " Rien n'a été changé.",
        "What was sent is incomplete or badly encoded. Go back: your text is in the form. Nothing was changed.",
    ),
    "problem_too_large_title": ("Le texte envoyé est trop long", "What was sent is too long"),
    "problem_too_large_detail": (
        "Une réponse compte 100 000 caractères au plus. Revenez en arrière et raccourcissez-la. Rien n'a été changé.",
        "An answer has 100,000 characters at most. Go back and shorten it. Nothing was changed.",
    ),
    "resume_button": ("Envoyer maintenant", "Send now"),
    "resume_fields": ("Ce que vous aviez écrit", "What you had written"),
    "problem_back": ("Revenir à la liste", "Back to the list"),
    "problem_forbidden_title": ("Vous n'avez pas ce droit", "You may not do that"),
    "problem_forbidden_detail": (
        "Votre compte ne permet pas cette action pour cette agence. Rien n'a été changé. Demandez à un référent de"
        " l'agence, ou à un administrateur.",
        "Your account does not allow this for this agency. Nothing was changed. Ask a referent of the agency, or an"
        " administrator.",
    ),
    "problem_forged_title": ("Envoi refusé", "Refused"),
    "problem_forged_detail": (
        "Ce formulaire ne vient pas d'une page de Noa. Rien n'a été changé. Repartez de la liste.",
        "This form does not come from one of Noa's pages. Nothing was changed. Start from the list.",
    ),
    "problem_missing_title": ("Introuvable", "Not found"),
    "problem_missing_detail": (
        "Cette page n'existe pas, ou plus. Vérifiez l'adresse, ou repartez de la liste.",
        "There is no such page, or no longer. Check the address, or start from the list.",
    ),
    "problem_conflict_title": ("Quelqu'un a agi entre-temps", "Somebody acted in between"),
    "problem_conflict_detail": (
        "Cette page montrait un état plus ancien. Rien n'a été écrasé. Votre texte est gardé ci-dessous : comparez-le"
        " avec l'état actuel.",
        "This page showed an older state. Nothing was overwritten. Your text is kept below: compare it with the"
        " current state.",
    ),
    "problem_conflict_text": ("Votre texte", "Your text"),
    "problem_not_now_title": ("Ce n'est pas possible maintenant", "Not possible now"),
    "problem_not_now_detail": ("L'état du dossier ne le permet pas.", "The state of things does not allow it."),
    "not_now_second_person": (
        "Cette agence demande que l'auteur et l'approbateur soient deux personnes. Un autre référent doit approuver.",
        "This agency wants author and approver to be two people. Another referent must approve.",
    ),
    "not_now_decided": (
        "Une décision a déjà été prise sur ce brouillon.",
        "A verdict was already given on this draft.",
    ),
    "not_now_reason_missing": ("Dites pourquoi, en quelques mots.", "Say why, in a few words."),
    "not_now_too_late": (
        "La minute pour annuler est passée. Vous pouvez retirer la fiche ou revenir à une version antérieure.",
        "The minute for undoing is over. You can withdraw the entry or go back to an earlier version.",
    ),
    "not_now_not_yours": ("Seul l'auteur d'une décision peut l'annuler.", "Only whoever gave a verdict can undo it."),
    "not_now_nothing_to_undo": ("Il n'y a rien à annuler.", "There is nothing to undo."),
    "not_now_belongs_to_entry": (
        "Ce brouillon modifie une fiche existante : il reste à l'agence de la fiche.",
        "This draft changes an existing entry: it stays with that entry's agency.",
    ),
    "not_now_withdrawn": ("Cette fiche est déjà retirée.", "This entry is withdrawn already."),
    "not_now_nothing_to_roll_back": (
        "Cette version ne peut pas être remise en ligne.",
        "There is nothing to go back to in that version.",
    ),
    "problem_invalid_title": ("Le texte ne peut pas être gardé ainsi", "The text cannot be kept like that"),
    "problem_invalid_detail": ("Corrigez les points ci-dessous.", "Correct the points below."),
    "problem_internal_title": ("Quelque chose n'a pas marché", "Something went wrong"),
    "problem_internal_detail": (
        "Rien n'a été perdu. Réessayez dans un instant ; si cela revient, prévenez l'administrateur.",
        "Nothing was lost. Try again in a moment; if it comes back, tell the administrator.",
    ),
    "problem_busy_title": ("Trop de travail en cours", "Too much work under way"),
    "problem_busy_detail": ("Réessayez dans quelques secondes.", "Try again in a few seconds."),
}

# What checks find: the chain's verification and the gate before a publication write it in English.
FINDINGS: dict[str, str] = {
    "« {question} » would be answered by {entry}, though {owner} has that question.": (
        "« {question} » recevrait la fiche {entry}, alors que cette question est celle de la fiche {owner}."
    ),
    "« {question} » is answered by {before} today, and would be answered by {after}.": (
        "« {question} » reçoit aujourd'hui la fiche {before}, et recevrait la fiche {after}."
    ),
    "« {question} » is answered by {before} today, and would be answered no more.": (
        "« {question} » reçoit aujourd'hui la fiche {before}, et ne recevrait plus de réponse."
    ),
    "« {question} » would be answered by {entry}, which does not answer it.": (
        "« {question} » recevrait la fiche {entry}, qui n'y répond pas."
    ),
    "no entry has the hash {hash}: the end of the chain was cut off or written anew": (
        "aucune ligne n'a l'empreinte {hash} : la fin du journal a été coupée ou réécrite"
    ),
    "entry {number} follows {before}: those between are missing": (
        "la ligne {number} suit la ligne {before} : celles qui étaient entre les deux manquent"
    ),
    "entry {number} does not follow from the hash of the entry before": (
        "la ligne {number} ne porte pas l'empreinte de la ligne précédente"
    ),
    "entry {number} was changed: its hash is not that of what it says": (
        "la ligne {number} a été modifiée : son empreinte n'est pas celle de ce qu'elle dit"
    ),
    "entry {number} says again what entry {earlier} said of version {version} of `{entry}`": (
        "la ligne {number} redit ce que la ligne {earlier} disait de la version {version} de la fiche « {entry} »"
    ),
    "the text of version {version} of `{entry}` is not the one that was approved": (
        "le texte de la version {version} de la fiche « {entry} » n'est pas celui qui a été approuvé"
    ),
    "version {version} of `{entry}` is not in the chain": (
        "la version {version} de la fiche « {entry} » n'est pas dans le journal"
    ),
    "version {version} of `{entry}`: {what} is not what entry {number} says": (
        "version {version} de la fiche « {entry} » : {what} diffère de ce que dit la ligne {number}"
    ),
    "version {version} of `{entry}` is in the chain, as entry {number}, but not in the base": (
        "la version {version} de la fiche « {entry} » est dans le journal, à la ligne {number}, mais pas dans la base"
    ),
    "`{entry}` is served at version {served}, its newest is {newest}": (
        "la fiche « {entry} » est affichée dans sa version {served}, la plus récente est la version {newest}"
    ),
    "what follows was not looked at, because of something that cannot be read: {error}": (
        "la suite n'a pas été vérifiée, car quelque chose est illisible ({error})"
    ),
}
