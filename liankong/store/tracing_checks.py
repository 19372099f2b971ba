"""The checks of contacts as rows: made when a contact is signed, made anew when the dates move."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from liankong.protocols import Protocol
from liankong.rules.tracing_graph import Verdict
from liankong.rules.tracing_regime import Due, Sample, Standing, reschedule, schedule
from liankong.store import bulk
from liankong.store.models import Check, Contact
from liankong.vocabulary.kinds import CheckKind, CheckState, ContactState

FOLLOWED = (ContactState.CONFIRMED, ContactState.CONTROLLED)
# Home monitoring goes on after release.
WATCHED = (*FOLLOWED, ContactState.RELEASED)
OPEN = (CheckState.DUE, CheckState.MISSED)


def replan(
    contacts: Sequence[tuple[Contact, Verdict, bool]], protocol: Protocol, *, at: datetime
) -> tuple[int, int]:
    """Bring the checks of signed contacts to their plans; returns how many were made and cancelled.

    The third of each says whether to catch up at once on test days that lie behind. Three statements.
    """
    there: dict[int, list[Standing]] = {row.pk: [] for row, _verdict, _catch_up in contacts}
    if not there:
        return 0, 0
    for check in Check.objects.filter(contact__in=there).exclude(state=CheckState.CANCELLED):
        there[check.contact_id].append(
            Standing(
                key=check.pk,
                kind=CheckKind(check.kind),
                due_on=check.due_on,
                turn=check.turn,
                due_at=check.due_at,
                state=CheckState(check.state),
            )
        )
    make: list[tuple[int, Due]] = []
    gone: list[int] = []
    for row, verdict, catch_up in contacts:
        planned = verdict.plan is not None and verdict.release_on is not None and row.state in FOLLOWED
        wanted = (
            schedule(verdict.plan, protocol, start_at=at, catch_up=catch_up)
            if planned and verdict.plan is not None
            else ()
        )
        moved = reschedule(wanted, there[row.pk], now=at)
        make += [(row.pk, due) for due in moved.make]
        gone += moved.cancel
    if gone:
        Check.objects.filter(pk__in=gone, state=CheckState.DUE).update(state=CheckState.CANCELLED)
    made = bulk.insert(
        Check,
        (
            {
                "contact_id": contact,
                "kind": due.kind.value,
                "day": due.day,
                "turn": due.turn,
                "due_on": due.due_on,
                "due_at": due.due_at,
                "state": CheckState.DUE.value,
                "value": "",
            }
            for contact, due in make
        ),
    )
    return made, len(gone)


def cancel(contacts: Collection[int]) -> int:
    """Nothing is due any more: they were set aside, or became cases."""
    if not contacts:
        return 0
    return Check.objects.filter(contact__in=contacts, state=CheckState.DUE).update(state=CheckState.CANCELLED)


def samples(contact: Contact) -> list[Sample]:
    """The tests of a contact's schedule with what came out, for the checklist of release."""
    rows = Check.objects.filter(contact=contact, kind=CheckKind.TEST).exclude(state=CheckState.CANCELLED)
    return [Sample(due_on=row.due_on, value=row.value) for row in rows.order_by("due_on", "turn")]


def fitting(checks: Iterable[Check], sampled_on: date) -> Check | None:
    """Which test of the schedule a sample answers: the oldest open one due by that day."""
    open_tests = [
        check
        for check in checks
        if check.kind == CheckKind.TEST and check.state in OPEN and check.due_on <= sampled_on
    ]
    return min(open_tests, key=lambda check: (check.due_on, check.turn), default=None)
