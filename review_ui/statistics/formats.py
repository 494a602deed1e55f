"""Figures, days and names in words, for the pages of figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from noa_rag.domain.days import PARIS, paris_day
from noa_rag.domain.figures import Key
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGIONS
from noa_rag.statistics.period import SECOND_TIME, Bucket, Period, PeriodKind
from noa_rag.translation import N_, NP_, Translator
from noa_rag.web.in_words import (
    change_in_words,
    day_in_words,
    decimal_in_words,
    month_in_words,
    number_in_words,
    seconds_in_words,
    share_in_words,
    weekday_in_words,
)
from review_ui.shell.rendering import moment_in_words

SECTIONS = {
    "slowest": N_("Réponses les plus lentes"),
    "not_useful": N_("Réponses jugées inutiles, les plus récentes"),
    "never_served": N_("Fiches jamais servies"),
    "due": N_("Fiches à revoir dans les 30 jours"),
    "reasons": N_("Pourquoi des questions ont été refusées"),
    "complaints": N_("Pourquoi des réponses ont été jugées inutiles"),
    "rephrasings": N_("Ce que sont devenues les reformulations"),
    "rephrasing_reasons": N_("Pourquoi le texte officiel est resté seul"),
    "rising_groups": N_("Questions restées sans réponse"),
    "rising_themes": N_("Thèmes"),
    "rising_entries": N_("Fiches"),
    "agencies": N_("Par agence"),
    "themes": N_("Par thème"),
    "sites": N_("Par site"),
    "regions": N_("Par région"),
    "audiences": N_("Par public"),
    "languages": N_("Par langue"),
    "served": N_("Fiches les plus servies"),
}
NOTES = {
    "rephrasings": N_("Par question, la dernière reformulation demandée."),
    "agencies": N_(
        "L'agence de la fiche servie, sinon celle vers qui Noa a orienté. Un choix proposé n'a pas d'agence."
    ),
    "themes": N_("Questions répondues, par thème de la fiche."),
}
COLUMNS = {
    "rephrasings": N_("Reformulation"),
    "rephrasing_reasons": N_("Raison"),
    "hour": N_("Heure"),
    "day": N_("Jour"),
    "month": N_("Mois"),
    "asked": N_("Questions"),
    "before": N_("Avant"),
    "answered": N_("Répondues"),
    "clarified": N_("Choix proposé"),
    "abstained": N_("Refusées"),
    "answered_share": N_("Répondues"),
    "useful_share": N_("Utiles (avis)"),
    "reasons": N_("Raison"),
    "complaints": N_("Raison"),
    "complaint": N_("Raison"),
    "comment": N_("Commentaire"),
    "agencies": N_("Agence"),
    "themes": N_("Thème"),
    "sites": N_("Site"),
    "regions": N_("Région"),
    "audiences": N_("Public"),
    "languages": N_("Langue"),
    "served": N_("Fiche"),
    "subject": N_("Sujet"),
    "times": N_("Part multipliée par"),
    "chance": N_("Probabilité du hasard"),
    "question": N_("Question"),
    "seconds": N_("Durée"),
    "entry": N_("Fiche"),
    "asked_at": N_("Posée le"),
    "mark": NP_("one", "Avis"),
    "answers": N_("Réponses"),
    "review_by": NP_("column", "À revoir avant le"),
    "entry_count": N_("Fiches"),
    "new_count": N_("Nouvelles"),
    "changed_count": N_("Modifiées"),
    "withdrawn_count": N_("Retirées"),
}
# What stands for a key that is absent, by section.
NONE = {
    "complaints": N_("Sans raison donnée"),
    "reasons": N_("Sans raison"),
    "rephrasing_reasons": N_("Sans raison"),
    "agencies": N_("Sans agence"),
    "sites": N_("Pages de Noa"),
    "regions": N_("Région inconnue"),
    "audiences": N_("Public inconnu"),
    "languages": N_("Langue inconnue"),
    "served": N_("–"),
}
# The keys of a section, by section.
NAMES = {
    "reasons": {
        "nothing_close": N_("Aucune fiche proche"),
        "small_talk": N_("Salutation ou remerciement"),
        "uncertain": N_("Une fiche proche, mais sans certitude"),
        "outside_validity": N_("La fiche n'est plus valable"),
        "other_region": N_("La fiche vaut pour une autre région"),
        "other_country": N_("Les règles d'un autre pays"),
        "close_entries": N_("Plusieurs fiches proches"),
    },
    "complaints": {
        "off_topic": N_("À côté de la question"),
        "incomplete": N_("Incomplète"),
        "unclear": N_("Pas claire"),
        "outdated": N_("Plus à jour"),
        "other": N_("Autre raison"),
    },
    "audiences": {
        "start-up": NP_("audiences", "Start-up"),
        "tpe": NP_("audiences", "TPE"),
        "pme": NP_("audiences", "PME"),
        "micro-entrepreneur": N_("Micro-entrepreneurs"),
        "association-employeur": N_("Associations employeuses"),
        "fondateur-etranger": N_("Fondateurs étrangers"),
    },
    "languages": {
        "fr": N_("Français"),
        "en": N_("Anglais"),
    },
    "marks": {
        "right": N_("Justes"),
        "partly": N_("En partie justes"),
        "wrong": N_("Fausses"),
    },
    "rephrasings": {
        "asked_for": N_("Demandées"),
        "shown": N_("Montrées"),
        "refused": N_("Refusées par le contrôle"),
        "failed": N_("Échecs du modèle"),
        "skipped": N_("Pas essayées"),
    },
    "rephrasing_reasons": {
        "language": N_("Texte dans une autre langue"),
        "short": N_("Texte déjà court"),
        "nothing_said": N_("Le modèle n'a rien proposé"),
        "instructions": N_("Un texte qui s'adresse au modèle"),
        "no_checker": N_("Aucun vérificateur pour ce modèle de vecteurs"),
        "layout": N_("Une mise en page dont rien ne peut être retiré"),
        "nothing_to_leave_out": N_("Rien à retirer"),
        "an_official_sentence_would_be_left_out": N_("Une phrase officielle serait passée sous silence"),
        "nothing_is_left": N_("Aucune phrase ne tient"),
        "no_shorter_than_the_official_text": N_("Pas plus courte que le texte officiel"),
        "a_quote_is_not_in_the_official_text": N_("Un passage cité n'est pas dans le texte officiel"),
        "a_restriction_would_be_left_out": N_("Une restriction serait passée sous silence"),
        "busy": N_("Modèle occupé"),
        "resting": N_("Modèle mis au repos après des échecs"),
        "limited": N_("Limite par visiteur atteinte"),
        "timed_out": N_("Délai dépassé"),
        "unreachable": N_("Modèle injoignable"),
        "refused": N_("Erreur du serveur du modèle"),
        "unreadable": N_("Réponse illisible du modèle"),
        "empty": N_("Réponse vide du modèle"),
        "cancelled": N_("Le visiteur est parti"),
    },
}
PERIODS = {
    "jour": N_("Jour"),
    "semaine": N_("Semaine"),
    "mois": N_("Mois"),
}
EMPTY = {
    "served": N_("Aucune fiche servie pendant cette période."),
    "never_served": N_("Toutes les fiches ont déjà servi."),
    "due": N_("Aucune fiche à revoir."),
}
# The file: its columns, and the section that each line belongs to.
FILE = {
    "column_section": N_("Rubrique"),
    "column_key": N_("Identifiant"),
    "column_name": N_("Libellé"),
    "column_asked": N_("Questions"),
    "column_before": N_("Période précédente"),
    "column_answered": N_("Répondues"),
    "column_clarified": N_("Choix proposé"),
    "column_abstained": N_("Refusées"),
    "column_judged": N_("Avis"),
    "column_useful": N_("Avis utiles"),
    "column_doublings": N_("Doublements de la part"),
    "column_chance": N_("Probabilité du hasard"),
    "column_seconds": N_("Secondes"),
    "column_reason": N_("Raison"),
    "column_day": N_("Date"),
    "column_entry_count": N_("Fiches"),
    "column_new_entry_count": N_("Nouvelles fiches"),
    "column_changed_count": N_("Fiches modifiées"),
    "column_withdrawn_count": N_("Fiches retirées"),
    "section_total": N_("Ensemble"),
    "section_distress": N_("Messages de détresse, comptés à part"),
    "section_points": N_("Au fil du temps"),
    "section_reasons": N_("Motifs de refus"),
    "section_complaints": N_("Raisons des avis négatifs"),
    "section_rephrasings": N_("Reformulations"),
    "section_rephrasing_reasons": N_("Reformulations non montrées"),
    "section_agencies": N_("Par agence"),
    "section_themes": N_("Par thème"),
    "section_sites": N_("Par site"),
    "section_regions": N_("Par région"),
    "section_audiences": N_("Par public"),
    "section_languages": N_("Par langue"),
    "section_served": N_("Fiches servies"),
    "section_rising_groups": N_("Questions sans réponse en hausse"),
    "section_rising_themes": N_("Thèmes en hausse"),
    "section_rising_entries": N_("Fiches en hausse"),
    "section_speed": N_("Temps de réponse"),
    "section_slowest": N_("Réponses les plus lentes"),
    "section_not_useful": N_("Réponses jugées inutiles"),
    "section_marks": N_("Avis de la qualité"),
    "section_base": N_("Base"),
    "section_never_served": N_("Fiches jamais servies"),
    "section_due": N_("Fiches à revoir"),
    "section_growth": N_("Croissance de la base"),
}


KIND_NAMES = {"jour": PeriodKind.DAY, "semaine": PeriodKind.WEEK, "mois": PeriodKind.MONTH}
NAME_OF_KIND = {kind: name for name, kind in KIND_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Formats:
    """The words of one language, with the names of agencies, themes and entries by section."""

    translator: Translator
    names: Mapping[str, Mapping[str, str]]

    @property
    def language(self) -> Language:
        return self.translator.language

    def name(self, section: str, key: Key) -> str:
        """Return the name of a key of a section."""
        if key is None:
            return self.translator.gettext(NONE[section])
        if section in NAMES:
            message = NAMES[section].get(key.replace(" ", "_"))
            return self.translator.gettext(message) if message else key
        known = {"regions": REGIONS, **self.names}
        return known.get(_SAME_NAMES.get(section, section), {}).get(key, key)

    def number(self, value: int | None) -> str:
        return "–" if value is None else number_in_words(value, self.language)

    def share(self, value: float | None) -> str:
        return share_in_words(value, self.language)

    def change(self, now: int, before: int) -> str:
        return change_in_words(now, before, self.language)

    def seconds(self, value: float | None) -> str:
        return seconds_in_words(value, self.language)

    def times(self, doublings: float) -> str:
        """Return by how much a share was multiplied."""
        return "×" + decimal_in_words(2**doublings, self.language)

    def chance(self, p_value: float) -> str:
        """Return a probability, rounded up where it is tiny."""
        floor = 0.001
        if p_value < floor:
            return "< " + decimal_in_words(floor, self.language, digits=3)
        return decimal_in_words(p_value, self.language, digits=3)

    def day(self, day: date | None) -> str:
        return day_in_words(day, self.language) if day else "–"

    def moment(self, moment: datetime) -> str:
        return moment_in_words(moment, self.language)

    def period(self, period: Period) -> str:
        """Return a title such as "25 novembre 2026" or "novembre 2026"."""
        if period.kind is PeriodKind.DAY:
            return f"{weekday_in_words(period.first_day, self.language)} {self.day(period.first_day)}"
        if period.kind is PeriodKind.MONTH:
            return month_in_words(period.first_day, self.language)
        return self.translator.gettext(
            "semaine du %(start)s au %(end)s", start=self.day(period.first_day), end=self.day(period.last_day)
        )

    def bucket(self, bucket: Bucket, kind: PeriodKind) -> str:
        """Return a row's heading: "14 h", "lundi 23 novembre 2026"."""
        there = bucket.begins_at.astimezone(PARIS)
        if kind is PeriodKind.DAY:
            message = (
                N_("%(hour)s h, une seconde fois (heure d'hiver)") if bucket.place == SECOND_TIME else N_("%(hour)s h")
            )
            return self.translator.gettext(message, hour=there.hour)
        return f"{weekday_in_words(there.date(), self.language)} {self.day(there.date())}"

    def bucket_short(self, bucket: Bucket, kind: PeriodKind) -> str:
        """Return the label below a bar, empty where a long chart has no room for it."""
        day = paris_day(bucket.begins_at)
        if kind is PeriodKind.WEEK:
            return f"{weekday_in_words(day, self.language)[:3]}."
        if kind is PeriodKind.MONTH:
            return str(day.day) if day.day % 5 == 0 or day.day == 1 else ""
        hour = bucket.begins_at.astimezone(PARIS).hour
        return str(hour) if hour % 4 == 0 and bucket.place != SECOND_TIME else ""


_SAME_NAMES = {"rising_themes": "themes", "rising_entries": "served"}
