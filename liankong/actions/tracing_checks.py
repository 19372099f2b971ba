"""What was measured on whom today? Single checks, and a day's list at speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from liankong.actions import Refused, action
from liankong.store import log
from liankong.store.log import Actor, Told
from liankong.store.models import Check
from liankong.store.tracing_checks import OPEN
from liankong.vocabulary.facts import CheckDone
from liankong.vocabulary.kinds import CheckKind, CheckState, ResultValue
from liankong.vocabulary.spans import local_day

# Outside these a thermometer or a finger was wrong, and neither fever nor health is said.
LOWEST, HIGHEST = 34.0, 43.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One check as it was done: degrees Celsius of a temperature, or what came out of a test."""

    check: int
    celsius: float | None = None
    value: ResultValue | None = None


@action("tracing.check")
def record_check(
    *,
    check: int,
    by: Actor,
    at: datetime,
    celsius: float | None = None,
    value: ResultValue | None = None,
) -> Check:
    """Record one check. What a laboratory reports is recorded by itself and does not pass here."""
    (row,) = _record([Measured(check=check, celsius=celsius, value=value)], by, at)
    return row


@action("tracing.check")
def record_checks(*, measured: Sequence[Measured], by: Actor, at: datetime) -> list[Check]:
    """Record a day's list, all of it or nothing: the first fault says which check it is."""
    return _record(measured, by, at)


def _record(measured: Sequence[Measured], by: Actor, at: datetime) -> list[Check]:
    said = {one.check: one for one in measured}
    rows = list(
        Check.objects.select_for_update(of=("self",))
        .filter(pk__in=said)
        .select_related("contact")
        .order_by("pk")
    )
    if len(rows) != len(said):
        raise Refused("there is no such check in your jurisdiction", field="check")
    for row in rows:
        _enter(row, said[row.pk], by, at)
    Check.objects.bulk_update(rows, ["state", "celsius", "value", "done_at", "done_by"])
    log.record_all(
        [
            Told(
                CheckDone(contact=row.contact_id, check=row.pk, check_kind=CheckKind(row.kind)),
                row.contact_id,
                row.contact.division,
            )
            for row in rows
        ],
        by=by,
        at=at,
    )
    return rows


def _enter(row: Check, one: Measured, by: Actor, at: datetime) -> None:
    if row.state not in OPEN:
        raise Refused("check {check} is done or no longer due", field="check", check=row.pk)
    if row.due_on > local_day(at):
        raise Refused("check {check} lies in the future", field="check", check=row.pk)
    if row.kind == CheckKind.TEMPERATURE:
        if one.celsius is None or not LOWEST <= one.celsius <= HIGHEST:
            raise Refused(
                "check {check}: a temperature between {low} and {high} °C",
                field="celsius",
                check=row.pk,
                low=LOWEST,
                high=HIGHEST,
            )
        row.celsius = round(one.celsius, 1)
    elif one.value is ResultValue.POSITIVE and row.kind == CheckKind.TEST:
        # A positive opens a case, and that needs the tube and the laboratory that say so.
        raise Refused("check {check}: a positive is reported by the laboratory", field="value", check=row.pk)
    elif one.value is None or one.value is ResultValue.INVALID:
        raise Refused("check {check}: positive or negative", field="value", check=row.pk)
    else:
        row.value = one.value
    row.state, row.done_at, row.done_by_id = CheckState.DONE, at, by.user
