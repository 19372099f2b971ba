"""What stands between a stay and its release, read for one or for a whole site in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Q

from liankong import protocols
from liankong.protocols import Subject
from liankong.protocols.words import Placement
from liankong.rules.isolation import AT_HOME
from liankong.rules.isolation_release import Checklist, DueTest, ReleaseFacts, Swab, checklist
from liankong.store.models import Check, Isolation, Order, Result, RoomSwab, StaffTerm
from liankong.vocabulary.kinds import CheckKind, CheckState, ContactState, OrderKind, ResultValue, TubeKind
from liankong.vocabulary.spans import local, local_day

TESTS = (CheckKind.TEST,)


def checklists(rows: Sequence[Isolation], at: datetime) -> dict[int, Checklist]:
    """Each stay's checklist. `rows` come with `contact`, `hold` and `site` selected."""
    due = _due_tests(rows)
    results = _results(rows)
    swabs = _swabs(rows)
    around = _surroundings(rows)
    found = {}
    for row in rows:
        since = row.starts_on or local_day(row.created_at)
        room = row.hold.room_id if row.hold else None
        facts = ReleaseFacts(
            subject=Subject(row.subject),
            starts_on=since,
            on=local_day(at),
            due_tests=tuple(due.get(row.contact_id or 0, ())),
            results=tuple(one for one in results.get(row.person_id, ()) if one[0] >= since),
            swabs=(
                *(one for one in swabs.get(room or 0, ()) if _since(one, row)),
                *(one for one in around.get(row.site_id or 0, ()) if _since(one, row)),
            ),
            contact_released=row.contact is not None and row.contact.state == ContactState.RELEASED,
            granted_home=Placement(row.placement) in AT_HOME,
        )
        found[row.pk] = checklist(facts, protocols.load(row.protocol))
    return found


def _since(swab: Swab, row: Isolation) -> bool:
    """Swabs from before the stay speak of somebody else."""
    return row.arrived_at is not None and swab.at >= row.arrived_at.timestamp()


def _due_tests(rows: Iterable[Isolation]) -> dict[int, list[DueTest]]:
    found: dict[int, list[DueTest]] = {}
    checks = Check.objects.filter(
        contact__in=[row.contact_id for row in rows if row.contact_id], kind__in=TESTS
    )
    for one in checks.exclude(state=CheckState.CANCELLED).order_by("contact_id", "due_on", "turn"):
        value = ResultValue(one.value) if one.state == CheckState.DONE and one.value else None
        found.setdefault(one.contact_id, []).append(DueTest(on=one.due_on, value=value))
    return found


def _results(rows: Iterable[Isolation]) -> dict[int, list[tuple[date, ResultValue]]]:
    """Own results by the day of their sample; a later result on the same tube corrects the earlier one."""
    persons = {row.person_id: row.starts_on or local_day(row.created_at) for row in rows}
    if not persons:
        return {}
    wanted = Result.objects.filter(
        tube__kind=TubeKind.SINGLE,
        tube__members__in=persons,
        tube__sampled_at__gte=local(min(persons.values())),
    )
    latest: dict[tuple[int, int], tuple[date, ResultValue]] = {}
    columns = ("tube__members", "tube_id", "tube__sampled_at", "value")
    for person, tube, sampled, value in wanted.order_by("resulted_at", "pk").values_list(*columns):
        if person in persons and value != ResultValue.INVALID:
            latest[person, tube] = (local_day(sampled), ResultValue(value))
    found: dict[int, list[tuple[date, ResultValue]]] = {}
    for (person, _tube), result in latest.items():
        found.setdefault(person, []).append(result)
    return found


def _swabs(rows: Iterable[Isolation]) -> dict[int, list[Swab]]:
    found: dict[int, list[Swab]] = {}
    rooms = [row.hold.room_id for row in rows if row.hold and row.hold.room_id]
    for one in RoomSwab.objects.filter(room__in=rooms).order_by("at", "pk"):
        swab = Swab(at=one.at.timestamp(), value=ResultValue(one.value), where="room")
        found.setdefault(one.room_id, []).append(swab)
    return found


def _surroundings(rows: Iterable[Isolation]) -> dict[int, list[Swab]]:
    """Environment samples of the site's place: they come as orders that somebody answered with a result."""
    sites = {row.site.place_id: row.site_id for row in rows if row.site and row.site.place_id and row.site_id}
    found: dict[int, list[Swab]] = {}
    done = Order.objects.filter(
        kind=OrderKind.ENVIRONMENT_SAMPLE, place__in=sites, done_at__isnull=False
    ).order_by("done_at", "pk")
    for order in done:
        value = str(order.detail.get("result", ""))
        if value in (ResultValue.POSITIVE, ResultValue.NEGATIVE) and order.place_id and order.done_at:
            swab = Swab(at=order.done_at.timestamp(), value=ResultValue(value), where="site")
            found.setdefault(sites[order.place_id], []).append(swab)
    return found


def staff_tests(terms: Sequence[StaffTerm]) -> dict[int, date | None]:
    """The last day on which each member of the staff gave a sample, by their own results or as written down."""
    persons = {term.person_id: term for term in terms}
    single = Q(tube__kind=TubeKind.SINGLE, tube__members__in=persons)
    last: dict[int, date] = {}
    rows = Result.objects.filter(single).values_list("tube__members", "tube__sampled_at")
    if terms:
        rows = rows.filter(tube__sampled_at__gte=min(term.from_at for term in terms))
    for person, sampled in rows:
        day = local_day(sampled)
        if person in persons and (person not in last or day > last[person]):
            last[person] = day
    found: dict[int, date | None] = {}
    for term in terms:
        days = [day for day in (last.get(term.person_id), term.last_tested_on) if day is not None]
        found[term.pk] = max(days, default=None)
    return found
