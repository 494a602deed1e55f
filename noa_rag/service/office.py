"""The office: what the workspace and the review's commands use, built once in each process over a Noa."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from structlog import get_logger

from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft, DraftId, with_alternates
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import InvalidSetting, NotAllowedNow, NotFound, Worded
from noa_rag.domain.failure import Asked
from noa_rag.domain.people import PersonId, TwoPeople, roles_in
from noa_rag.domain.ports import PublicationGate
from noa_rag.domain.sign_in import organisations_in
from noa_rag.domain.timeline import replaced_ahead
from noa_rag.knowledge.content_rules import alternate_problems, publication_problems
from noa_rag.review.committee import Committee
from noa_rag.review.desk import ReviewDesk
from noa_rag.review.preview import RECORDED_REPLAYED, Replaying, WholeBase
from noa_rag.review.queue import QueueDesk
from noa_rag.review.replay import Preview, Spoilt, check_acknowledged, rechecked, unfounded_keys
from noa_rag.review.rights import TwoPeopleRule
from noa_rag.review.second_factor import SecondFactor
from noa_rag.review.security_keys import RelyingParty, SecurityKeys
from noa_rag.review.sign_in import Identities, SignIn
from noa_rag.review.sign_in_attempts import Tries
from noa_rag.service.background import kind_of
from noa_rag.service.jobs import Jobs
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.service.upkeep import give_back_memory
from noa_rag.service.wording import HeldSentence, held_sentences, propose_wording
from noa_rag.settings import Settings
from noa_rag.statistics.follow_up import FollowUps
from noa_rag.storage.asked import SqlAgendaStore
from noa_rag.storage.review_store import RuleStore

if TYPE_CHECKING:
    from noa_rag.oidc.provider import Provider

NOA = "noa"  # the actor of what Noa does by itself
RECHECKED_AT_MOST = 100  # distinct questions of a group, the newest: some 4 seconds when each must be read
WARM_SECONDS = 1.0  # between two looks whether the base has changed
DAY_SECONDS = 60.0  # between two looks whether a day is to be kept for the follow-up: one ends, or a late verdict comes
_log = get_logger()


class Office:
    """The desk with what follows a verdict: the index is refreshed, and the group's questions are asked again."""

    def __init__(
        self, noa: Noa, gate: PublicationGate | None = None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`gate` is asked before an entry is published."""
        self.noa = noa
        self.gate = gate
        self.now = now
        self.store = noa.records.review
        self.two_people = TwoPeople(noa.settings.two_people)
        self.desk = ReviewDesk(self.store, now, self.two_people)
        self.queue = noa.records.queue
        self.queue_desk = QueueDesk(self.queue, now)
        self.people = noa.records.people
        self.audit = noa.records.audit
        self.committee = open_committee(noa.records, now)
        self.follow_ups = FollowUps(noa.records, now)
        self.rules = RuleStore(noa.records.database)
        tries, settings = Tries(noa.records.sign_in_attempts), noa.settings
        self.write_failed_sign_ins = lambda: tries.write_failures(now())
        demanding = roles_in(settings.second_factor_roles)
        self.second_factor = SecondFactor(noa.records.second_factors, tries, now, required_for=demanding)
        party = RelyingParty.at(settings.base_url)
        self.security_keys = SecurityKeys(noa.records.security_keys, self.second_factor, tries, now, party)
        self.sign_in = SignIn(
            self.people,
            noa.records.sessions,
            tries,
            noa.records.passwords,
            self.second_factor,
            keys=self.security_keys,
            now=now,
        )
        self.provider = open_provider(settings)
        self.identities = Identities(
            self.people.person,
            noa.records.identities,
            organisations_in(settings.oidc_agencies),
            adds_accounts=settings.oidc_new_accounts == "on",
        )
        self.jobs = Jobs(noa.settings.data_dir / "jobs")
        self.replaying = Replaying(noa)
        self.whole_base = WholeBase(noa)
        self._warmed_revision = -1

    def approve(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        content: EntryContent | None = None,
        note: str = "",
        *,
        acknowledged: Collection[str] = (),
    ) -> Draft:
        """Publish a draft: live here at once, on other workers within a second. Raises what the desk raises.

        Raises SpoilsAnswers unless `acknowledged` holds the keys of all answers of today that would be spoilt, and of
        all sentences of a model's wording that nothing bears out. The returned draft says which of its group's
        questions are answered now.
        """
        spoilt = self.spoilt(draft_id, revision, content)
        check_acknowledged(spoilt, acknowledged)
        return self._published(
            self.desk.approve(person_id, draft_id, revision, content=content, note=note, spoilt_count=len(spoilt.keys))
        )

    def attach(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        entry_id: EntryId,
        questions: Sequence[AlternateQuestion],
        *,
        content: EntryContent | None = None,
        acknowledged: Collection[str] = (),
    ) -> Draft:
        """Add a draft's questions to an existing entry; another `content` is kept in the draft.

        Raises SpoilsAnswers unless `acknowledged` holds the keys of all answers of today that would be spoilt.
        """
        spoilt = self._spoilt_by_attaching(draft_id, revision, entry_id, questions)
        check_acknowledged(spoilt, acknowledged)
        added, count = tuple(questions), len(spoilt.keys)
        return self._published(
            self.desk.attach(person_id, draft_id, revision, entry_id, added, content=content, spoilt_count=count)
        )

    def undo(self, person_id: PersonId, draft_id: DraftId, revision: int) -> Draft:
        """Take back one's own verdict within a minute."""
        draft = self.desk.undo(person_id, draft_id, revision)
        self._refresh()
        return draft

    def withdraw(self, person_id: PersonId, entry_id: EntryId, version: int, note: str) -> EntryVersion:
        """Take an entry away from the public."""
        withdrawn = self.desk.withdraw(person_id, entry_id, version, note)
        self._refresh()
        return withdrawn

    def roll_back(
        self, person_id: PersonId, entry_id: EntryId, version: int, to_version: int, note: str = ""
    ) -> EntryVersion:
        """Publish the content of an older version again."""
        published = self.desk.roll_back(person_id, entry_id, version, to_version, note)
        self._refresh()
        return published

    def two_people_rule(self) -> TwoPeopleRule:
        """Return when author and approver must differ, as accounts and rules stand now."""
        return TwoPeopleRule(self.two_people, self.rules.two_people_agencies(), self.people.everyone())

    def proposed_version(self, draft: Draft, content: EntryContent | None = None) -> EntryVersion:
        """Return the version that approving the draft, with this content, would add."""
        return EntryVersion(
            id=draft.entry_id,
            version=draft.base_version + 1,
            content=content or draft.content,
            status=EntryStatus.APPROVED,
            author=draft.author,
            approver="",
            approved_at=self.now(),
        )

    def withdrawn_version(self, entry_id: EntryId) -> EntryVersion:
        """Return the version that withdrawing an entry would add. Raises NotFound."""
        entry = self.current(entry_id)
        return replace(entry, version=entry.version + 1, status=EntryStatus.WITHDRAWN, approved_at=self.now())

    def is_live(self) -> bool:
        """Whether the index has caught up with everything that is published."""
        return self.noa.lag.since() is None

    def current(self, entry_id: EntryId) -> EntryVersion:
        """Return the newest version of an entry, withdrawn or not. Raises NotFound."""
        entry = self.noa.records.current([entry_id]).get(entry_id)
        if entry is None:
            raise NotFound(f"No entry has the id `{entry_id}`.")
        return entry

    def preview(
        self, draft: Draft, content: EntryContent | None = None, *, proposed: EntryVersion | None = None
    ) -> Preview:
        """Return what approving the draft, with this content, would change; else what publishing `proposed` would."""
        group = self.store.group(draft.group_id).failures if draft.group_id else ()
        version = proposed or self.proposed_version(draft, content)
        preview = self.preview_of([version], group=[failure.asked for failure in group])
        return preview if proposed else replace(preview, replaced=self._replaced(version))

    def _replaced(self, new: EntryVersion) -> tuple[str, ...]:
        history = self.noa.records.history(new.id)
        replaced = replaced_ahead(history, new, paris_day(self.now())) if history else ()
        template = "version {version}, approved for {day}, would be replaced for good"
        return tuple(Worded(template, version=version.version, day=f"{day:%d/%m/%Y}") for day, version in replaced)

    def spoilt(self, draft_id: DraftId, revision: int, content: EntryContent | None) -> Spoilt:
        """Return what approving would spoil; nothing when the desk refuses anyway, no answers when the replay fails."""
        draft = self.store.draft(draft_id)
        text = content or draft.content
        if draft.revision != revision or not draft.state.is_pending or next(publication_problems(text), None):
            return Spoilt()
        unfounded = unfounded_keys(sentence.text for sentence in self.held(draft, text) if sentence.evidence is None)
        return replace(self._spoilt_by(draft, text), unfounded=unfounded)

    def _spoilt_by_attaching(
        self, draft_id: DraftId, revision: int, entry_id: EntryId, asked: Sequence[AlternateQuestion]
    ) -> Spoilt:
        draft, today = self.store.draft(draft_id), paris_day(self.now())
        entry = self.noa.records.in_force([entry_id], today).get(entry_id) or self.current(entry_id)
        wider = replace(entry.content, alternate_questions=with_alternates(entry.content, tuple(asked)))
        is_open = draft.revision == revision and draft.state.is_pending and entry.status is EntryStatus.APPROVED
        if not is_open or wider == entry.content or next(alternate_problems(wider), None):
            return Spoilt()  # the desk refuses
        proposed = replace(entry, version=entry.version + 1, content=wider, approved_at=self.now())
        return self._spoilt_by(draft, proposed=proposed)

    def _spoilt_by(
        self, draft: Draft, content: EntryContent | None = None, *, proposed: EntryVersion | None = None
    ) -> Spoilt:
        try:
            return self.preview(draft, content, proposed=proposed).spoilt
        except Exception as error:  # a text that must go out does not wait for an index that cannot follow
            _log.warning("preview_failed", draft=draft.id, error=kind_of(error))
            return Spoilt()

    def held(self, draft: Draft, content: EntryContent | None = None) -> tuple[HeldSentence, ...]:
        """Return the sentences of a wording that a model proposed, each with its evidence; empty for other drafts."""
        assistant = self.noa.assistant if self.noa.has_assistant() else None
        return held_sentences(draft, content or draft.content, assistant)

    def can_word(self, draft: Draft) -> bool:
        """Whether a language model can propose a draft's wording: it has evidence, and nobody has written in it yet."""
        assistant = self.noa.assistant if self.noa.has_assistant() else None
        is_untouched = draft.author == NOA and draft.state.is_pending
        return bool(draft.evidence) and is_untouched and assistant is not None

    def word(self, person_id: PersonId, draft_id: DraftId, revision: int) -> Draft:
        """Keep, as the draft's answer, one that the language model writes from its evidence.

        Raises NotAllowedNow `own_words` when somebody wrote in the draft: people's words are never replaced.
        """
        draft = self.store.draft(draft_id)
        if draft.author != NOA:
            raise NotAllowedNow(f"{draft.author} wrote in this draft; a model does not replace it.", reason="own_words")
        content = propose_wording(self.noa.assistant if self.noa.has_assistant() else None, draft)
        return self.desk.word(person_id, draft_id, revision, content)

    def preview_of(self, proposed: Sequence[EntryVersion], *, group: Sequence[Asked] = ()) -> Preview:
        """Return what these versions would change if they took the place of the current ones."""
        recorded = self.store.asked_since(None, limit=RECORDED_REPLAYED)
        report = self.replaying.what_would_change(proposed, group=group, recorded=recorded)
        return Preview(report, self.gate.verdict(proposed) if self.gate else None)

    def warm(self) -> None:
        """Ask recorded questions of the present base in advance, so that a preview need not."""
        if self.gate is not None and hasattr(self.gate, "warm"):
            self.gate.warm()
        self.replaying.warm(
            self.store.asked_since(None, limit=RECORDED_REPLAYED), is_stopped=self.noa.background.stopping.is_set
        )
        give_back_memory()

    def keep_warm(self) -> None:
        """In the background, keep days for the follow-up, write failed sign-ins down, and warm after a change."""
        background = self.noa.background
        background.every(DAY_SECONDS, "follow-up-days", lambda: self.follow_ups.keep_days(background.stopping.wait))
        background.every(WARM_SECONDS, "previews-ahead", self._warm_if_changed)
        background.every(WARM_SECONDS, "failed-sign-ins", self.write_failed_sign_ins)

    def _published(self, draft: Draft) -> Draft:
        self._refresh()
        if draft.group_id is None or draft.published is None:
            return draft
        try:
            return self._rechecked(draft)
        except Exception as error:  # the verdict stands, even when the questions cannot be asked again
            _log.warning("recheck_failed", draft=draft.id, error=str(error))
            return self.store.draft(draft.id)

    def _rechecked(self, draft: Draft) -> Draft:
        assert draft.group_id is not None
        failures = self.store.group(draft.group_id).failures
        outcomes = self.replaying.ask_now([failure.asked for failure in failures], limit=RECHECKED_AT_MOST)
        recheck = rechecked(failures, outcomes)
        with self.store.changing() as change:
            saved = change.save_draft(replace(draft, recheck=recheck), expected_revision=draft.revision)
            detail = {"asked": recheck.asked_count, "answered": recheck.answered_count}
            change.audit(NOA, "rechecked", draft.id, detail)
        return saved

    def _refresh(self) -> None:
        try:
            self.noa.refresh()
        except Exception as error:  # what is published stands; the task that follows the base tries again
            _log.warning("index_refresh_failed", error=kind_of(error))

    def _warm_if_changed(self) -> None:
        revision = self.noa.index.snapshot.revision
        if revision != self._warmed_revision:
            self.warm()
            self._warmed_revision = revision


def open_committee(records: Records, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Committee:
    """Return the committee over these records."""
    agenda = SqlAgendaStore(records.database)
    return Committee(
        records.review,
        agenda,
        lambda: records.changed_since(-1)[1],
        records.queue.put_aside,
        now=now,
        facts=records.facts,
    )


def open_provider(settings: Settings) -> "Provider | None":
    """Return the provider, None where none is set. Raises InvalidSetting where its libraries are not installed."""
    if not settings.oidc_issuer:
        return None
    try:
        from noa_rag.oidc.provider import Provider, Registration
    except ImportError as error:
        raise InvalidSetting(
            f"NOA_OIDC_ISSUER is set, and {error.name} is not installed: pip install 'noa[oidc]'."
        ) from error
    registration = Registration(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        acr_values=tuple(settings.oidc_acr_values.split()),
    )
    return Provider(registration)
