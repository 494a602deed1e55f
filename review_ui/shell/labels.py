"""Names of closed sets that pages show: statuses, fields, roles and the like, marked for translation.

What evaluations and checks say in English are messages of catalogues of their own, `reports.po`.
"""

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from noa_rag.domain.errors import InvalidRequest, Worded
from noa_rag.domain.question import Language
from noa_rag.translation import N_, NP_, Translator

SEEN_LIMIT = 80  # characters that a sentence repeats from a field
ROLES = {
    "referent": N_("référent"),
    "coordinator": N_("coordination"),
    "qa": N_("qualité"),
    "administrator": N_("administration"),
}
FIELDS = {
    "question": N_("Question"),
    "answer": N_("Réponse"),
    "sections": N_("Parties"),
    "section_heading": N_("Titre de la partie %(number)s"),
    "section_text": N_("Texte de la partie %(number)s"),
    "question_en": N_("Question en anglais"),
    "steps": N_("Étapes"),
    "translations": N_("Traductions"),
    "translated_question": N_("Question de la traduction anglaise"),
    "translated_answer": N_("Réponse en anglais"),
    "translated_steps": N_("Étapes en anglais"),
    "translated_on": N_("Traduction approuvée le"),
    "alternate_questions": N_("Autres formulations"),
    "agency_id": N_("Agence responsable"),
    "contributors": N_("Agences contributrices"),
    "theme": N_("Thème"),
    "sources": N_("Sources officielles"),
    "legal_references": N_("Textes de référence"),
    "online_services": N_("Services en ligne"),
    "contacts": N_("Où s'adresser"),
    "audiences": N_("Publics"),
    "regions": N_("Régions"),
    "departements": N_("Départements"),
    "valid_from": N_("Valable à partir du"),
    "valid_until": N_("Valable jusqu'au"),
    "review_by": N_("À revoir avant le"),
    "language": N_("Langue du texte"),
    "variant_of": N_("Variante de la fiche"),
    "related": N_("Fiches liées"),
    "id": N_("Adresse de la fiche"),
    "origin": N_("Origine"),
    "note": N_("Note"),
}
# What a form says beside its text.
VERDICT_FIELDS = {
    "note": N_("Note de version, facultative"),
    "reason": N_("Pourquoi refuser ?"),
    "wanted": N_("Que faut-il changer ?"),
    "hand_over_agency": N_("Agence"),
    "hand_over_reason": N_("Pourquoi elle ?"),
}
AUDIENCES = {
    "start-up": N_("start-up"),
    "tpe": NP_("audience", "TPE"),
    "pme": NP_("audience", "PME"),
    "micro-entrepreneur": N_("micro-entrepreneur"),
    "association-employeur": N_("association qui emploie"),
    "fondateur-etranger": N_("fondateur étranger"),
}
STATUSES = {
    "live": N_("en ligne"),
    "coming": N_("à venir"),
    "expired": N_("expirée"),
    "withdrawn": N_("retirée"),
    "due": N_("à revoir"),
}
VERSION_STATUSES = {
    "approved": N_("approuvée"),
    "withdrawn": N_("retirée"),
}
DRAFT_STATES = {
    "open": N_("à décider"),
    "changes_requested": N_("modifications demandées"),
    "approved": N_("approuvé"),
    "attached": N_("rattaché"),
    "declined": N_("refusé"),
    "undrafted": N_("sans brouillon"),
    "snoozed": N_("en sommeil"),
    "out_of_scope": N_("hors champ, à confirmer"),
    "dismissed": N_("écarté, hors champ"),
    "answered": N_("répondu entre-temps"),
}
NOISE = {
    "empty": N_("données personnelles ou chiffres seuls"),
    "small_talk": N_("politesses"),
    "abuse": N_("injure, menace ou publicité"),
    "order": N_("ordre donné à la machine"),
    "mashing": N_("aucun mot que la base connaisse"),
}
TRENDS = {
    "up": N_("en hausse : %(this_week)s cette semaine, %(last_week)s la précédente"),
    "down": N_("en baisse : %(this_week)s cette semaine, %(last_week)s la précédente"),
    "level": N_("stable : %(this_week)s cette semaine, %(last_week)s la précédente"),
    "new": N_("nouveau"),
    "rising": N_("en hausse"),
    "steady": N_("stable"),
    "falling": N_("en baisse"),
}
FAILURES = {
    "abstained": N_("sans réponse"),
    "not_taken": N_("choix non suivi"),
    "not_useful": N_("jugée inutile"),
    "rephrased": N_("redemandée autrement"),
}
DOING = {
    "reading questions": N_("Lecture des questions"),
    "grouping questions": N_("Regroupement des questions"),
    "preparing drafts": N_("Brouillons"),
    "embedding the library": N_("Lecture des textes officiels"),
}
DECISIONS = {
    "write": N_("Rédiger une fiche"),
    "attach": N_("Rattacher à une fiche existante"),
    "out_of_remit": N_("Hors du champ de Noa"),
    "later": N_("Revoir le mois prochain"),
}
AGENDA_DRAFTS = {
    "open": N_("Brouillon à traiter"),
    "changes_requested": N_("Brouillon à modifier"),
    "approved": N_("Brouillon approuvé"),
    "attached": N_("Questions rattachées à une fiche"),
    "declined": N_("Brouillon refusé"),
}
EFFECTS = {
    "newly_answered": N_("Nouvellement répondues"),
    "other_entry": N_("Répondues par une autre fiche"),
    "other_text": N_("Même fiche, autre texte"),
    "lost": N_("Réponse perdue"),
    "other_offers": N_("Toujours sans réponse, autrement"),
}
HISTORY = {
    "draft_prepared": N_("a préparé le brouillon"),
    "draft_written": N_("a écrit le brouillon"),
    "draft_amended": N_("a modifié le brouillon"),
    "draft_worded": N_("a fait proposer une rédaction par le modèle de langue"),
    "draft_approved": N_("a approuvé"),
    "draft_declined": N_("a refusé"),
    "draft_attached": N_("a rattaché les questions à une fiche"),
    "draft_handed_over": N_("a transmis le brouillon"),
    "changes_requested": N_("a demandé des modifications"),
    "verdict_undone": N_("a annulé la décision"),
    "rechecked": N_("a reposé les questions du groupe"),
    "draft_grown": N_("a ajouté des formulations"),
    "draft_shrunk": N_("a retiré des formulations, parties dans un autre groupe"),
    "draft_rebuilt": N_("a repris les extraits : la bibliothèque officielle a changé"),
}
AUDIT_DETAILS = {
    "version": N_("version"),
    "status": N_("état"),
    "author": N_("auteur"),
    "approver": N_("approbation par"),
    "editors": N_("ont écrit"),
    "content_hash": N_("empreinte du texte"),
    "note": N_("note"),
    "approved_at": N_("approuvée le"),
    "entry": N_("fiche"),
    "base_version": N_("version de départ"),
    "from": N_("de"),
    "to": N_("à"),
    "reason": N_("motif"),
    "wanted": N_("demande"),
    "amended": N_("texte modifié"),
    "spoilt": N_("réponses changées, acceptées"),
    "asked": N_("questions posées"),
    "answered": N_("répondues"),
    "month": N_("mois"),
    "decision": N_("décision"),
    "level": N_("niveau"),
    "text_fr": N_("texte français"),
    "text_en": N_("texte anglais"),
    "url": N_("lien"),
    "theme_id": N_("thème"),
    "starts_at": N_("début"),
    "ends_at": N_("fin"),
    "name": N_("nom"),
    "roles": N_("rôles"),
    "agencies": N_("agences"),
    "roles_before": N_("rôles d'avant"),
    "agencies_before": N_("agences d'avant"),
    "password": N_("empreinte du mot de passe"),
    "is_active": N_("compte ouvert"),
    "waits": N_("à confirmer"),
    "unconfirmed": N_("à confirmer"),
    "failures": N_("échecs"),
    "up_to": N_("jusqu'à la ligne"),
    "marks": N_("notes"),
    "group": N_("sujet"),
    "phrasings": N_("formulations"),
    "needs_two_people": N_("deux personnes exigées"),
    "agency": N_("agence"),
    "kind": N_("type"),
    "question": N_("question"),
    "expected_entries": N_("fiches attendues"),
    "tempting_entry": N_("fiche à ne pas afficher"),
    "key": N_("clé"),
    "origins": N_("adresses"),
    "greeting_fr": N_("accueil en français"),
    "greeting_en": N_("accueil en anglais"),
    "volume": N_("nombre de demandes"),
    "themes": N_("thèmes"),
    "region": N_("région"),
    "audience": N_("public"),
    "evidence": N_("extraits"),
    "left": N_("restants"),
    "keys": N_("clés de sécurité"),
    "email": N_("adresse électronique"),
    "issuer": N_("fournisseur d'identité"),
}
# Why something is not possible now.
STATE_FORBIDS = N_("L'état du dossier ne le permet pas.")
NOT_NOW = {
    "same_agency": N_("Ce brouillon est déjà à cette agence. Choisissez-en une autre."),
    "drafted": N_(
        "Un brouillon qui attend une décision a déjà cette adresse : choisissez-en une autre, ou reprenez-le."
    ),
    "taken": N_("Une fiche a déjà cette adresse : choisissez-en une autre, ou modifiez cette fiche."),
    "agency_missing": N_("Choisissez une agence."),
    "nothing_to_attach": N_("Cette fiche a déjà toutes ces questions."),
    "under_way": N_("Une préparation est déjà en cours : attendez qu'elle finisse."),
    "second_person": N_(
        "Vous avez écrit une partie de ce texte : un autre référent doit l'approuver. Enregistrez-le : "
        "la page du brouillon dit qui peut l'approuver, ou comment faire."
    ),
    "unconfirmed": N_(
        "Votre compte a changé : une autre personne doit d'abord confirmer ce changement. La coordination "
        "peut le faire."
    ),
    "own_change": N_("Ce changement est le vôtre, ou concerne votre compte : une autre personne doit le confirmer."),
    "nothing_to_confirm": N_("Il n'y a rien à confirmer : c'est déjà fait."),
    "spoils": N_(
        "Publier ce texte change des réponses d'aujourd'hui. Lisez-les ci-dessous, cochez celles que vous acceptez de "
        "changer, puis approuvez de nouveau. Rien n'est publié."
    ),
    "replaces_coming": N_(
        "Une version est approuvée pour plus tard, et celle-ci la remplacerait. Modifiez plutôt le texte "
        "d'aujourd'hui : vous direz jusqu'à quand il vaut. Rien n'a été changé."
    ),
    "spoils_attaching": N_(
        "Rattacher ces questions change des réponses d'aujourd'hui. Lisez-les ci-dessous, cochez celles que vous "
        "acceptez de changer, puis rattachez de nouveau. Rien n'est publié."
    ),
    "unfounded": N_(
        "Un modèle de langue a proposé cette rédaction, et aucun passage cité n'appuie certaines phrases. Lisez-les "
        "ci-dessous, cochez celles dont vous répondez, puis approuvez de nouveau. Rien n'est publié."
    ),
    "no_evidence": N_("Ce brouillon ne cite aucun texte officiel : rien ne peut être rédigé à partir de là."),
    "no_writer": N_("Aucun modèle de langue capable d'écrire n'est en service : écrivez la réponse."),
    "own_words": N_(
        "Quelqu'un a déjà écrit dans ce brouillon : le modèle de langue ne remplace pas ses mots. Rien n'a été changé."
    ),
    "model_failed": N_("Le modèle de langue n'a rien proposé. Le brouillon n'a pas changé ; essayez plus tard."),
    "decided": N_("Une décision a déjà été prise sur ce brouillon."),
    "unassigned": N_("Ce brouillon n'est encore à aucune agence : prenez-le ou confiez-le d'abord à une agence."),
    "nothing_chosen": N_("Cochez d'abord ce que vous voulez changer."),
    "all_chosen": N_("Un groupe garde au moins une formulation : laissez-en une sans la cocher."),
    "has_draft": N_("Ce groupe a un brouillon : ouvrez l'autre groupe et réunissez-le avec celui-ci."),
    "same_group": N_("Choisissez un autre groupe, qui a encore des questions."),
    "move_too_old": N_("Le jour pour annuler ce geste est passé."),
    "snooze_day": N_("Choisissez un jour à partir d'aujourd'hui, dans l'année qui vient."),
    "not_a_reviewer": N_("Cette personne ne traite pas la liste : choisissez un référent ou la coordination."),
    "comment_missing": N_("Écrivez votre commentaire."),
    "comment_too_long": N_("Un commentaire compte 2 000 caractères au plus : raccourcissez-le."),
    "filter_name": N_("Donnez un nom court à ces filtres."),
    "filters_full": N_("Vous avez déjà 30 filtres enregistrés : oubliez-en un."),
    "reason_missing": N_("Dites pourquoi, en quelques mots."),
    "too_late": N_(
        "La minute pour annuler est passée. Vous pouvez retirer la fiche ou revenir à une version antérieure."
    ),
    "not_yours": N_("Seul l'auteur d'une décision peut l'annuler."),
    "nothing_to_undo": N_("Il n'y a rien à annuler."),
    "belongs_to_entry": N_("Ce brouillon modifie une fiche existante : il reste à l'agence de la fiche."),
    "withdrawn": N_("Cette fiche est déjà retirée."),
    "nothing_to_roll_back": N_("Cette version ne peut pas être remise en ligne."),
    "second_factor_required": N_("Votre rôle demande un second facteur : il ne peut pas être retiré."),
    "key_known": N_("Cette clé est déjà enregistrée."),
    "keys_full": N_("Vous avez déjà dix clés : retirez-en une d'abord."),
    "no_public_address": N_(
        "Les clés ne sont pas proposées ici : l'adresse publique de Noa n'est pas réglée. Prévenez l'administrateur."
    ),
    "last_administrator": N_("C'est le dernier compte d'administration. Donnez d'abord ce rôle à quelqu'un d'autre."),
}


def named(translator: Translator, names: Mapping[str, str], key: object) -> object:
    """Return the name of a key in a language, the key itself where it has none."""
    message = names.get(str(key))
    return translator.gettext(message) if message else key


def why_not_now(translator: Translator, reason: str) -> str:
    """Return in words why something is not possible now."""
    return translator.gettext(NOT_NOW.get(reason, STATE_FORBIDS))


def problem_of_field(translator: Translator, problems: Mapping[str, str], error: InvalidRequest) -> str:
    """Return what is wrong with a field; `problems` has messages by `<field>_<kind>`, else by kind or field."""
    message = problems.get(f"{error.field}_{error.kind}") or problems[error.kind or error.field]
    return translator.gettext(message, seen=error.seen[:SEEN_LIMIT])


LOCALE = Path(__file__).parents[1] / "locale"
DOMAIN = "reports"


def said(language: Language, words: str) -> str:
    """Return the words in the language of the page; a code such as `near_miss` without its underscore."""
    told = report_in(language, words)
    return told if told != words else words.removesuffix("_status").replace("_", " ")


def finding_in_words(language: Language, finding: str, **renamed: str) -> str:
    """Return a finding in a language; `renamed` are values to show in other words."""
    if language is Language.ENGLISH or not isinstance(finding, Worded):
        return finding
    return report_in(language, finding.template).format(**{**finding.values, **renamed})


def report_in(language: Language, words: str) -> str:
    """Return the translation of a sentence of evaluations or checks, the sentence itself where there is none."""
    if not words:
        return ""
    return _catalogue(language).gettext(words.replace("%", "%%")).replace("%%", "%")  # as in every message


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [language], fallback=True)
