"""The sentences that Noa itself says, in French and English; entries are shown in their own words."""

from dataclasses import dataclass

from noa_rag.domain.agency import Agency
from noa_rag.domain.answer import PersonalData, PersonalDataKind, Reason
from noa_rag.domain.question import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's sentences."""

    empty: str
    too_long: str
    not_text: str
    clarification: str
    refusals: dict[Reason, str]
    ask_agency: str
    which_place: str
    ask_general: str
    """Said where no agency is nearer than another: whoever is named can only point the way."""
    automatic: str
    """Said to somebody in distress: nobody reads this, and somebody answers the numbers below."""
    only_personal_data: str
    masked: str
    kinds_masked: dict[PersonalDataKind, str]
    both: str
    nobody_calls: str
    call: str
    be_called: str
    visit: str


_FRENCH = Wording(
    empty="Écrivez votre question en quelques mots, par exemple « comment déposer une marque ? ».",
    too_long=(
        "Votre question compte {count} caractères ; Noa en lit {limit} au plus."
        " Gardez l'essentiel en une ou deux phrases."
    ),
    not_text="Votre question contient des caractères qui ne sont pas du texte. Tapez-la de nouveau au clavier.",
    clarification="Plusieurs réponses sont proches de votre question. Laquelle vous intéresse ?",
    refusals={
        Reason.NOTHING_CLOSE: (
            "Noa n'a pas de réponse validée sur ce sujet. Noa répond aux questions des entrepreneurs sur leurs"
            " démarches : créer, embaucher, déclarer, protéger, financer, exporter…"
        ),
        Reason.UNCERTAIN: (
            "Noa n'a pas de réponse validée qui corresponde assez sûrement à votre question, et préfère ne pas"
            " vous induire en erreur."
        ),
        Reason.OUTSIDE_VALIDITY: (
            "La réponse à cette question n'est pas en vigueur à cette date : l'administration l'a retirée,"
            " ou elle ne vaut que pour une autre période."
        ),
        Reason.OTHER_REGION: "La réponse que Noa connaît vaut pour une autre région que la vôtre.",
    },
    ask_agency="Le bon interlocuteur est sans doute : {agency}.",
    which_place="Plusieurs endroits portent ce nom, et la réponse n'y est pas la même. Duquel parlez-vous ?",
    ask_general="Pour être orienté, vous pouvez vous adresser à : {agency}.",
    automatic=(
        "Noa est un service automatique : personne ne lit votre message, et il n'est pas conservé."
        " Aux numéros ci-dessous, quelqu'un vous répond et vous écoute."
    ),
    only_personal_data=(
        "Une fois vos données personnelles masquées, il ne reste pas de question à chercher. Écrivez-la sans elles, en"
        " quelques mots, par exemple « comment déposer une marque ? »."
    ),
    masked="Noa a masqué {what} et n'en a rien conservé.",
    kinds_masked={
        PersonalDataKind.EMAIL: "votre adresse électronique",
        PersonalDataKind.IBAN: "votre IBAN",
        PersonalDataKind.NIR: "votre numéro de sécurité sociale",
        PersonalDataKind.CARD: "votre numéro de carte bancaire",
        PersonalDataKind.PHONE: "votre numéro de téléphone",
    },
    both="{first} et {second}",
    nobody_calls="Noa ne rappelle personne et n'écrit à personne",
    call="\u00a0: pour parler à quelqu'un, appelez le {phone} ({agency}).",
    be_called="\u00a0: pour qu'un conseiller vous rappelle, décrivez votre besoin sur {url}.",
    visit="\u00a0: pour parler à quelqu'un, passez par {url} ({agency}).",
)

_ENGLISH = Wording(
    empty="Type your question in a few words, for instance “how do I register a trademark?”.",
    too_long=(
        "Your question has {count} characters; Noa reads {limit} at most. Keep the essential in one or two sentences."
    ),
    not_text="Your question holds characters that are not text. Please type it again.",
    clarification="Several answers are close to your question. Which one do you mean?",
    refusals={
        Reason.NOTHING_CLOSE: (
            "Noa has no vetted answer on this subject. Noa answers entrepreneurs' questions about their dealings"
            " with the French administration: starting up, hiring, taxes, trademarks, financing, exporting…"
        ),
        Reason.UNCERTAIN: (
            "Noa has no vetted answer that matches your question surely enough, and would rather not mislead you."
        ),
        Reason.OUTSIDE_VALIDITY: (
            "The answer to this question is not in force on that day: the administration withdrew it, or it holds"
            " for another period only."
        ),
        Reason.OTHER_REGION: "The answer that Noa knows holds in another region than yours.",
    },
    ask_agency="The right office to ask is probably: {agency}.",
    which_place="Several places bear that name, and the answer differs between them. Which one do you mean?",
    ask_general="To be pointed the right way, you can ask: {agency}.",
    automatic=(
        "Noa is an automatic service: nobody reads your message, and it is not kept."
        " At the numbers below, somebody will answer and listen to you."
    ),
    only_personal_data=(
        "Once your personal data is masked, no question is left to search. Please write it without them, in a few"
        " words, for instance “how do I register a trademark?”."
    ),
    masked="Noa masked {what} and kept nothing of it.",
    kinds_masked={
        PersonalDataKind.EMAIL: "your e-mail address",
        PersonalDataKind.IBAN: "your IBAN",
        PersonalDataKind.NIR: "your French social security number",
        PersonalDataKind.CARD: "your card number",
        PersonalDataKind.PHONE: "your telephone number",
    },
    both="{first} and {second}",
    nobody_calls="Noa calls nobody back and writes to nobody",
    call=": to speak to somebody, call {phone} ({agency}).",
    be_called=": for an adviser to call you back, describe what you need on {url}.",
    visit=": to speak to somebody, go to {url} ({agency}).",
)


def wording(language: Language) -> Wording:
    """Return the sentences of a language."""
    return _ENGLISH if language is Language.ENGLISH else _FRENCH


def refusal(reason: Reason, language: Language, agency_name: str | None) -> str:
    """Return a worded refusal, with whom to ask when that is known."""
    say = wording(language)
    sentence = say.refusals[reason]
    ask = say.ask_general if reason is Reason.NOTHING_CLOSE else say.ask_agency
    return f"{sentence} {ask.format(agency=agency_name)}" if agency_name else sentence


def personal_data_note(found: PersonalData, language: Language) -> str:
    """Return what was masked, that nothing of it was kept, and that nobody calls back, with whom to call."""
    say = wording(language)
    *others, last = (say.kinds_masked[kind] for kind in found.kinds)
    what = say.both.format(first=", ".join(others), second=last) if others else last
    return f"{say.masked.format(what=what)} {say.nobody_calls}{_who_calls(found.contact, say)}"


def _who_calls(contact: Agency | None, say: Wording) -> str:
    """Return the end of the sentence that nobody calls back: how to speak to somebody all the same."""
    if contact is None:
        return "."
    name = contact.short_name or contact.name
    if contact.phone:
        return say.call.format(phone=contact.phone, agency=name)
    if contact.callback_url:
        return say.be_called.format(url=contact.callback_url)
    return say.visit.format(url=contact.url, agency=name)
