"""A drill's script, replayed through the real verbs: each event is acted on as its people would have acted.

The standing records come first (organisations, users, posts, then the register in batches); each event after that
is one verb by the user whose post it is, and what follows from it follows by `flow`, before the next event.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from liankong import flow
from liankong.actions import bulletins, cases, lab, organisations, settlement
from liankong.cli.replay_response import Response
from liankong.drill import records as drill
from liankong.rules.access import permissions
from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import Case, Organisation, Outbreak, Post, User
from liankong.vocabulary.kinds import FoundBy, Origin, PersonClass, ResultValue, Role
from liankong.vocabulary.spans import local_day

LOADER = Actor(rule="drill")
# How long the people of the drill take to answer; a drill's own choice, not a protocol's number.
REPORTING = timedelta(minutes=45)


@dataclass(slots=True)
class Replay:
    """One replay: who is who, and what the drill's numbers became in the store."""

    outbreak: Outbreak | None = None
    organisations: dict[str, Organisation] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    actors: dict[tuple[str, Role], Actor] = field(default_factory=dict)
    numbers: settlement.Numbers = field(default_factory=settlement.Numbers)
    events: int = 0
    found_by: dict[int, FoundBy] = field(default_factory=dict)
    report_cards: int = 0
    # What people will do later, by its hour; the number keeps those of one hour in the order of their decision.
    acts: list[tuple[datetime, int, Callable[[datetime], object]]] = field(default_factory=list)
    decided: int = 0
    response: Response | None = None

    # --- standing records ---

    def organise(self, record: drill.Organisation) -> None:
        parent = self.organisations.get(record.parent) if record.parent else None
        self.organisations[record.code] = organisations.found(
            code=record.code,
            kind=record.kind,
            division=record.division,
            name=record.name,
            english=record.english,
            parent=parent,
            from_at=record.from_at,
            until_at=record.until_at,
            by=LOADER,
            at=record.from_at,
        )

    def admit(self, record: drill.User) -> None:
        self.users[record.username] = organisations.create_user(
            username=record.username,
            name=record.name,
            division=record.division,
            password=None,
            by=LOADER,
            at=self._start(record.organisation),
        )

    def seat(self, record: drill.Post) -> None:
        body, user = self.organisations[record.organisation], self.users[record.user]
        post = organisations.create_post(
            organisation=body.pk, title=record.title, role=record.role, by=LOADER, at=record.from_at
        )
        organisations.fill_post(
            post=post.pk, user=user.pk, from_at=record.from_at, by=LOADER, at=record.from_at
        )
        self.actors.setdefault((record.organisation, record.role), _actor(user, post))

    def _start(self, organisation: str) -> datetime:
        term = self.organisations[organisation].terms.first()
        assert term is not None  # every organisation is founded with a term
        return term.from_at

    def by(self, role: Role, division: str) -> Actor:
        """Whoever holds a post of that role nearest to the division; a hospital's clinician serves any of them."""
        seats = [
            (len(body.division) if division.startswith(body.division) else -1, actor)
            for (code, kind), actor in self.actors.items()
            if kind is role and (body := self.organisations[code])
        ]
        if not seats:
            raise LookupError(f"the drill has no {role}")
        return max(seats, key=lambda seat: seat[0])[1]

    # --- events ---

    def play(self, event: drill.Event) -> None:
        """Act on one event and let everything follow from it."""
        self.act_until(event.at)
        act = _ACTS.get(type(event))
        if act is None:
            return
        self.settled(lambda: act(self, event))
        self.events += 1
        if isinstance(event, drill.TubeResulted) and event.value is ResultValue.POSITIVE:
            for case in Case.objects.filter(result__tube__code=event.tube):
                self.later(event.at + REPORTING, partial(self._report, case))
                if self.response is not None:
                    self.response.opened(case, event.at)

    def later(self, at: datetime, act: Callable[[datetime], object]) -> None:
        """Somebody will do this then."""
        self.decided += 1
        heapq.heappush(self.acts, (at, self.decided, act))

    def act_until(self, at: datetime) -> None:
        """Do what has come due in the meantime."""
        while self.acts and self.acts[0][0] <= at:
            moment, _number, act = heapq.heappop(self.acts)
            act(moment)

    def _report(self, case: Case, at: datetime) -> None:
        """The statutory report."""
        self.report_cards += 1
        card = f"D{self.report_cards:06d}"
        by = self.by(Role.EPIDEMIOLOGIST, case.division)
        self.settled(partial(cases.report, case=case.pk, card=card, by=by, at=at))

    @staticmethod
    def settled(act: Callable[[], object]) -> None:
        """Act, and let everything follow before anything else happens."""
        with log.collecting() as consequences:
            act()
        flow.answer_now(consequences)

    def _sampled(self, event: drill.TubeSampled) -> None:
        lab.register_tube(
            code=event.tube,
            kind=event.kind,
            persons=[self.numbers.persons[member] for member in event.members],
            division=event.division,
            sampled_at=event.at,
            by=LOADER,
            at=event.at,
        )

    def _resulted(self, event: drill.TubeResulted) -> None:
        lab.report_result(
            tube=event.tube,
            value=event.value,
            ct=event.ct,
            laboratory=self.organisations[event.laboratory],
            message=f"{event.laboratory}:{event.event}",
            by=LOADER,
            at=event.at,
        )

    def _reviewed(self, event: drill.CaseReviewed) -> None:
        case = self.case_of(event.person)
        if case is None:
            return
        reason = ", ".join(event.signs) or "no symptoms"
        cases.classify(
            case=case.pk,
            classification=event.classification,
            severity=event.severity,
            reason=f"expert review: {reason}",
            by=self.by(Role.CLINICIAN, case.division),
            at=event.at,
        )
        self.found_by[event.person] = event.found_by
        if event.onset_at is not None:
            self._course(case, event.at, onset_on=local_day(event.onset_at))

    def _admitted(self, event: drill.Admitted) -> None:
        case = self.case_of(event.person)
        if case is not None:
            self._course(case, event.at, hospital=self.organisations[event.hospital], admitted_at=event.at)

    def _severity(self, event: drill.SeverityChanged) -> None:
        case = self.case_of(event.person)
        if case is not None:
            self._course(case, event.at, severity=event.after)

    def _converted(self, event: drill.Converted) -> None:
        case = self.case_of(event.person)
        if case is not None:
            cases.classify(
                case=case.pk,
                classification=PersonClass.CONFIRMED,
                severity=event.severity,
                reason=", ".join(event.signs),
                by=self.by(Role.CLINICIAN, case.division),
                at=event.at,
            )
            self._course(case, event.at, onset_on=local_day(event.onset_at))

    def _closed(self, event: drill.Closed) -> None:
        case = self.case_of(event.person)
        if case is not None:
            self._course(case, event.at, outcome=event.outcome, outcome_at=event.at)

    def _contact(self, event: drill.ContactFound) -> None:
        if self.response is not None:
            self.response.found(event)

    def _source(self, event: drill.SourceFound) -> None:
        case = self.case_of(event.person)
        if case is None:
            return
        infector = self.case_of(event.infector) if event.infector is not None else None
        cases.set_source(
            case=case.pk,
            origin=Origin.LOCAL,
            infector=infector.number if infector else "",
            exposure=str(event.setting) if event.setting else "",
            found_by=self.found_by.get(event.person),
            by=self.by(Role.EPIDEMIOLOGIST, case.division),
            at=event.at,
        )

    def case_of(self, person: int) -> Case | None:
        key = self.numbers.persons.get(person)
        return Case.objects.filter(person_id=key, outbreak=self.outbreak).first() if key else None

    def _course(self, case: Case, at: datetime, **change: Any) -> None:
        cases.record_course(case=case.pk, by=self.by(Role.EPIDEMIOLOGIST, case.division), at=at, **change)

    # --- bulletins ---

    def publish(self, division: str, *, at: datetime) -> None:
        """Draft and sign the bulletin of the day before `at` for a division."""
        assert self.outbreak is not None  # bulletins come after the outbreak was opened
        day = local_day(at) - timedelta(days=1)
        draft = bulletins.draft(
            outbreak=self.outbreak.pk,
            division=division,
            day=day,
            by=self.by(Role.BULLETIN_OFFICER, division),
            at=at,
        )
        by = self.by(Role.COMMANDER, division)
        self.settled(partial(bulletins.sign, bulletin=draft.pk, by=by, at=at + timedelta(minutes=30)))


def _actor(user: User, post: Post) -> Actor:
    return Actor(
        user=user.pk,
        post=post.pk,
        organisation=post.organisation_id,
        division=post.organisation.division,
        permissions=permissions(frozenset({Role(post.role)})),
    )


_ACTS: dict[type[drill.Event], Callable[[Replay, Any], None]] = {
    drill.TubeSampled: Replay._sampled,
    drill.TubeResulted: Replay._resulted,
    drill.CaseReviewed: Replay._reviewed,
    drill.Admitted: Replay._admitted,
    drill.SeverityChanged: Replay._severity,
    drill.Converted: Replay._converted,
    drill.Closed: Replay._closed,
    drill.ContactFound: Replay._contact,
    drill.SourceFound: Replay._source,
}
