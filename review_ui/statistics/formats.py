"""Figures, days and names in words, for the pages of figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from noa_rag.domain.days import PARIS, paris_day
from noa_rag.domain.figures import Key
from noa_rag.domain.question import Language
from noa_rag.statistics.names import name_of
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
        return name_of(section, key, self.translator, self.names)

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
        return moment_in_words(moment)

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
