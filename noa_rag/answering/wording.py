"""The sentences that Noa itself says, in French; entries are shown in their own words."""

from noa_rag.domain.agency import Agency
from noa_rag.domain.answer import PersonalData, PersonalDataKind, Reason
from noa_rag.domain.question import Language
from noa_rag.translation import N_, Translator, translator_of

EMPTY = N_("Écrivez votre question en quelques mots, par exemple « comment déposer une marque ? ».")
TOO_LONG = N_(
    "Votre question compte %(count)s caractères ; Noa en lit %(limit)s au plus. Gardez "
    "l'essentiel en une ou deux phrases."
)
NOT_TEXT = N_("Votre question contient des caractères qui ne sont pas du texte. Tapez-la de nouveau au clavier.")
CLARIFICATION = N_("Laquelle de ces situations est la vôtre ?")
NOT_SAID = N_("Cette fiche ne le dit pas clairement. Voici le plus proche :")
HOLDS_IN = N_("Cette fiche vaut pour\u00a0: %(regions)s. Ailleurs\u00a0:")
WHICH_PLACE = N_("Plusieurs endroits portent ce nom, et la réponse n'y est pas la même. Duquel parlez-vous ?")
# Said to somebody in distress: nobody reads this, and somebody answers the numbers below.
AUTOMATIC = N_(
    "Noa est un service automatique : personne ne lit votre message, et il n'est pas "
    "conservé. Aux numéros ci-dessous, quelqu'un vous répond et vous écoute."
)
ONLY_PERSONAL_DATA = N_(
    "Une fois vos données personnelles masquées, il ne reste pas de question à chercher. "
    "Écrivez-la sans elles, en quelques mots, par exemple « comment déposer une marque ? »."
)
GREETED = N_(
    "Dites ce que vous cherchez, en quelques mots ou en une phrase, par exemple « créer une micro-entreprise ». "
    "Noa montre la réponse qu'une administration a vérifiée."
)
THANKED = N_("Avec plaisir. Vous pouvez poser une autre question.")
IS_AUTOMATIC = N_("Oui, Noa est un service automatique. Les réponses sont écrites par des agents publics.")
WHO_ANSWERS = N_("Noa est un service automatique. Les réponses sont écrites par des agents publics.")
REACH = N_("Voici qui peut vous répondre.")
EXPLAIN = N_("Voici qui peut vous l'expliquer.")
ABOUT_WHAT = N_("À quel sujet souhaitez-vous parler à quelqu'un ?")
NOT_SURE_ALONE = N_("Nous n'avons pas de réponse sûre.")
REFUSALS = {
    Reason.NOTHING_CLOSE: N_("Ce sujet n'est pas traité ici. Noa répond sur la vie de l'entreprise."),
    Reason.UNCERTAIN: N_("Nous n'avons pas de réponse sûre. Ces fiches s'en approchent :"),
    Reason.OUTSIDE_VALIDITY: N_(
        "La réponse à cette question n'est pas en vigueur à cette date : l'administration l'a "
        "retirée, ou elle ne vaut que pour une autre période."
    ),
    Reason.OTHER_REGION: N_("Nous avons une réponse pour une autre région, pas pour la vôtre."),
    Reason.OTHER_COUNTRY: N_(
        "Noa ne connaît que les règles qui valent en France : pour un autre pays, renseignez-vous auprès de "
        "ses administrations."
    ),
}
_MASKED = {
    PersonalDataKind.EMAIL: N_("votre adresse électronique"),
    PersonalDataKind.IBAN: N_("votre IBAN"),
    PersonalDataKind.NIR: N_("votre numéro de sécurité sociale"),
    PersonalDataKind.CARD: N_("votre numéro de carte bancaire"),
    PersonalDataKind.PHONE: N_("votre numéro de téléphone"),
    PersonalDataKind.NAME: N_("un nom de personne"),
    PersonalDataKind.ADDRESS: N_("la rue et le numéro d'une adresse"),
    PersonalDataKind.BIRTH_DATE: N_("une date de naissance"),
    PersonalDataKind.TAX_NUMBER: N_("un numéro fiscal"),
    PersonalDataKind.PASSPORT: N_("un numéro de passeport"),
    PersonalDataKind.IDENTITY_CARD: N_("un numéro de carte d'identité"),
    PersonalDataKind.RESIDENCE_PERMIT: N_("un numéro de titre de séjour"),
    PersonalDataKind.SIREN: N_("votre numéro SIREN ou SIRET"),
}


def say(language: Language, message: str, **values: object) -> str:
    """Return one of these sentences in a language."""
    return translator_of(language).gettext(message, **values)


def refusal(reason: Reason, language: Language, *, has_choices: bool) -> str:
    """Return a worded refusal; an uncertain one announces its choices where it has any."""
    is_alone = reason is Reason.UNCERTAIN and not has_choices
    return say(language, NOT_SURE_ALONE if is_alone else REFUSALS[reason])


def personal_data_note(found: PersonalData, language: Language) -> str:
    """Return the note that says what was masked and not kept, that Noa calls nobody back, and whom to call."""
    translator = translator_of(language)
    *others, what = (translator.gettext(_MASKED[kind]) for kind in found.kinds)
    if others:
        what = translator.gettext("%(first)s et %(second)s", first=", ".join(others), second=what)
    masked = translator.gettext("Noa a masqué %(what)s et n'en a rien conservé.", what=what)
    return f"{masked} {_nobody_calls(found.contact, translator)}"


def _nobody_calls(contact: Agency | None, translator: Translator) -> str:
    """Return the sentence that Noa calls nobody back, with a way to reach the contact where there is one."""
    if contact is None:
        return translator.gettext("Noa ne rappelle personne et n'écrit à personne.")
    name = contact.short_name or contact.name
    if contact.phone:
        return translator.gettext(
            "Noa ne rappelle personne et n'écrit à personne\u00a0: pour parler à quelqu'un, appelez le "
            "%(phone)s (%(agency)s).",
            phone=contact.phone,
            agency=name,
        )
    if contact.callback_url:
        return translator.gettext(
            "Noa ne rappelle personne et n'écrit à personne\u00a0: pour qu'un conseiller vous rappelle, "
            "décrivez votre besoin sur %(url)s.",
            url=contact.callback_url,
        )
    return translator.gettext(
        "Noa ne rappelle personne et n'écrit à personne\u00a0: pour parler à quelqu'un, passez par "
        "%(url)s (%(agency)s).",
        url=contact.url,
        agency=name,
    )
