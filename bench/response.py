"""From a positive to every proposal on the signer's desk, in a city of a million, with a real worker beside.

One positive with a hundred contacts, of whom ten are in another city: their household from the register, the others
from stays that the database has. Then a person signs them all, and rooms and inquiries are proposed. Last, the step
that GNU Health has as well: an investigator hands in a list of contacts (`bench.response_peer`).
"""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench import response_peer, stage

PEOPLE, CASES, CONTACTS, ELSEWHERE, BURST = 1_000_000, 11, 100, 10, 200
SMALL_PEOPLE, SMALL_CASES, SMALL_BURST = 20_000, 3, 20
DIVISION, OTHER_CITY = "120112101001", "131002001001"


def run(report: stage.Report) -> None:
    """Result to proposals, signature to proposals, and two hundred positives in a minute."""
    people, count, burst = (
        (SMALL_PEOPLE, SMALL_CASES, SMALL_BURST) if report.small else (PEOPLE, CASES, BURST)
    )
    with stage.node() as folder:
        from liankong.store.access import node_scope

        with node_scope():
            city = _City(people)
            with stage.worker(folder):
                _one_by_one(report, city, count)
                _together(report, city, burst)
            homes = [DIVISION] * (CONTACTS - ELSEWHERE) + [OTHER_CITY] * ELSEWHERE
            response_peer.beside(report, folder, city, homes)
    report.add("people", people, "")


def _one_by_one(report: stage.Report, city: "_City", count: int) -> None:
    from liankong.actions import tracing_contacts
    from liankong.store.models import Contact, Inquiry, Isolation

    found, signed = [], []
    for number in range(count + 1):
        city.meet(number)
        began = time.perf_counter()
        city.positive(number)
        stage.settled()
        found.append(time.perf_counter() - began)
        waiting = list(Contact.objects.filter(state="proposed").values_list("pk", flat=True))
        _expect("contacts", len(waiting), CONTACTS)
        before = Isolation.objects.count(), Inquiry.objects.count()
        began = time.perf_counter()
        tracing_contacts.sign(contacts=waiting, by=city.signer, at=city.at)
        stage.settled()
        signed.append(time.perf_counter() - began)
        _expect("inquiries", Inquiry.objects.count() - before[1], ELSEWHERE)
        _expect("places", Isolation.objects.count() - before[0], CONTACTS - ELSEWHERE)
    for what, samples in (
        (f"result to {CONTACTS} contacts, zone and clocks on the desk", found[1:]),
        (f"signature of {CONTACTS} contacts to every room and inquiry on the desk", signed[1:]),
    ):
        median, ninetieth = stage.percentiles(samples)
        report.add(f"{what}, median", median * 1000, "ms")
        report.add(f"{what}, 90th percentile", ninetieth * 1000, "ms")


def _together(report: stage.Report, city: "_City", burst: int) -> None:
    """Positives come evenly over a minute; what still waits at its end is the queue's growth."""
    from django.db import connection

    pause, began = 60 / burst, time.perf_counter()
    for number in range(burst):
        city.positive(1000 + number)
        time.sleep(max(0.0, began + (number + 1) * pause - time.perf_counter()))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queue_name <> 'clocks'"
        )
        report.add(f"jobs that wait after {burst} positives in a minute", cursor.fetchone()[0], "jobs")


def _expect(what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} {what}, expected {wanted}")


class _City:
    """The register, two headquarters with their CDC, and who will test positive."""

    def __init__(self, people: int) -> None:
        from liankong.actions import organisations, outbreaks, settlement
        from liankong.drill import city
        from liankong.rules.access import permissions
        from liankong.store.log import Actor
        from liankong.vocabulary.kinds import OrganisationKind, Role

        self.at = datetime(2022, 1, 8, 4, tzinfo=UTC)
        self.by = Actor(rule="bench")
        drawn, numbers = city.build(people, seed=1), settlement.Numbers()
        for batch in settlement.batches(drawn.households(), 20_000):
            settlement.settle(
                places=(), households=batch, persons=(), numbers=numbers, by=self.by, at=self.at
            )
        for people_of in settlement.batches(drawn.persons(), 20_000):
            settlement.settle(
                places=(), households=(), persons=people_of, numbers=numbers, by=self.by, at=self.at
            )
        for division in ("12", "1310"):
            for kind in (OrganisationKind.HEADQUARTERS, OrganisationKind.CDC):
                body = organisations.found(
                    code=f"{kind}-{division}",
                    kind=kind,
                    division=division,
                    name=f"{kind}-{division}",
                    from_at=self.at - timedelta(days=9),
                    by=self.by,
                    at=self.at,
                )
                if (kind, division) == (OrganisationKind.CDC, "12"):
                    cdc = body
        self.outbreak = outbreaks.open_outbreak(
            code="bench",
            name="bench",
            pathogen="covid19",
            protocol="CN-COV-v8",
            division="12",
            baseline_on=date(2022, 1, 8),
            by=self.by,
            at=self.at,
        )
        user = organisations.create_user(
            username="bench", name="", division="12", password=None, by=self.by, at=self.at
        )
        self.signer = Actor(
            user=user.pk,
            organisation=cdc.pk,
            division="12",
            permissions=permissions(frozenset({Role.EPIDEMIOLOGIST})),
        )

    def meet(self, number: int) -> None:
        """A person, a household of four, and everybody else in one place for an hour the day before."""
        from liankong.store.models import Household, Person, Place, Stay

        home = Household.objects.create(division=DIVISION)
        place = Place.objects.create(name="hall", kind="venue", division=DIVISION)
        people = Person.objects.bulk_create(
            Person(
                division=OTHER_CITY if CONTACTS - ELSEWHERE < at <= CONTACTS else DIVISION,
                household=home if at < 4 else None,
                created_at=self.at,
            )
            for at in range(CONTACTS + 1)
        )
        before = self.at - timedelta(hours=20)
        Stay.objects.bulk_create(
            Stay(
                person=person,
                division=DIVISION,
                place=place,
                from_at=before,
                until_at=before + timedelta(hours=1),
                mode="work",
                source="record",
                confirmed_at=self.at,
                recorded_at=self.at,
            )
            for person in (people[0], *people[4:])
        )
        self._tube(number, people[0])

    def _tube(self, number: int, person: Any) -> None:
        from liankong.actions import lab
        from liankong.vocabulary.kinds import TubeKind

        lab.register_tube(
            code=f"T{number}",
            kind=TubeKind.SINGLE,
            persons=[person.pk],
            division=DIVISION,
            sampled_at=self.at,
            by=self.by,
            at=self.at,
        )

    def positive(self, number: int) -> None:
        from liankong.actions import lab
        from liankong.store.models import Person
        from liankong.vocabulary.kinds import ResultValue

        if number >= 1000:
            self._tube(number, Person.objects.create(division=DIVISION, created_at=self.at))
        lab.report_result(tube=f"T{number}", value=ResultValue.POSITIVE, by=self.by, at=self.at)


if __name__ == "__main__":
    stage.main("response", run)
