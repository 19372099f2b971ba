"""Cases for the console's stories: a positive tube that opened a case, and many cases at once."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from support import town as towns

from liankong.actions import cases, lab
from liankong.store.cases import change_of
from liankong.store.log import Actor
from liankong.store.models import Case, CaseChange, CaseLink, Entry, Person
from liankong.vocabulary.kinds import FoundBy, Origin, Outcome, PersonClass, ResultValue, Role, Severity

if TYPE_CHECKING:
    from support.town import Town

RULE = Actor(rule="test", division="12")


def positive(town: "Town", at: datetime, *, code: str = "T1") -> Case:
    """A single positive tube, its case, and the clock that starts with it, as the flow would do it."""
    tube = towns.tube(town, at, code=code)
    lab.report_result(tube=tube.code, value=ResultValue.POSITIVE, by=town[Role.LAB_OFFICER], at=at)
    reported = Entry.objects.filter(kind="ResultReported").latest("pk")
    case = cases.open_from_result(cause=reported, by=RULE, at=at)
    assert case is not None
    opened = Entry.objects.get(kind="CaseOpened", subject=case.pk)
    cases.order_report(cause=opened, by=RULE, at=at)
    return case


def many(
    town: "Town",
    at: datetime,
    count: int,
    *,
    division: str = "120112101001",
    classification: PersonClass = PersonClass.CONFIRMED,
    linked: bool = True,
) -> list[Case]:
    """Cases found an hour apart up to `at`, each infected by the one before, as a line list would bring them in."""
    first = Case.objects.filter(outbreak=town.outbreak).count()
    people = Person.objects.bulk_create(Person(division=division, created_at=at) for _number in range(count))
    rows = []
    for number, person in enumerate(people):
        found = at - timedelta(hours=count - number)
        rows.append(
            Case(
                outbreak=town.outbreak,
                number=f"{first + number + 1:05d}",
                person=person,
                division=division,
                classification=classification,
                severity=Severity.MILD if classification == PersonClass.CONFIRMED else "",
                origin=Origin.LOCAL,
                found_by=FoundBy.SCREENING,
                age=20 + number % 50,
                onset_on=(found - timedelta(days=1)).date(),
                found_at=found,
                reported_at=found + timedelta(hours=1),
                confirmed_at=found + timedelta(minutes=30),
                outcome=Outcome.IN_CARE,
                protocol=town.outbreak.protocol,
            )
        )
    made = Case.objects.bulk_create(rows)
    CaseChange.objects.bulk_create(change_of(row, at=row.found_at, by=RULE, reason="opened") for row in made)
    if linked:
        CaseLink.objects.bulk_create(
            CaseLink(case=case, infector=infector, infector_number=infector.number, rank=1)
            for infector, case in pairwise(made)
        )
    return made
