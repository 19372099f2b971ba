"""Time from `report_result` to its last consequence, with a real worker beside the reporting process."""

import time
from datetime import UTC, date, datetime

from bench import stage

POSITIVES, SMALL = 200, 20


def run(report: stage.Report) -> None:
    """A single positive: result, case, clocks, proposals; one at a time, then all at once."""
    count = SMALL if report.small else POSITIVES
    with stage.node() as folder, stage.worker(folder):
        _measure(report, count)


def _measure(report: stage.Report, count: int) -> None:
    from liankong.actions import lab, organisations, outbreaks
    from liankong.store.access import node_scope
    from liankong.store.log import Actor
    from liankong.store.models import Person
    from liankong.vocabulary.kinds import OrganisationKind, ResultValue, TubeKind

    at = datetime(2022, 1, 8, 4, tzinfo=UTC)
    by = Actor(rule="bench")
    with node_scope():
        for kind in (OrganisationKind.HEADQUARTERS, OrganisationKind.CDC):
            organisations.found(code=kind, kind=kind, division="12", name=kind, from_at=at, by=by, at=at)
        outbreaks.open_outbreak(
            code="bench",
            name="bench",
            pathogen="covid19",
            protocol="CN-COV-v8",
            division="12",
            baseline_on=date(2022, 1, 8),
            by=by,
            at=at,
        )
        people = Person.objects.bulk_create(
            Person(division="120112", created_at=at) for _ in range(2 * count)
        )
        for number, person in enumerate(people):
            lab.register_tube(
                code=f"T{number}",
                kind=TubeKind.SINGLE,
                persons=[person.pk],
                division="120112",
                sampled_at=at,
                by=by,
                at=at,
            )

        def positive(number: int) -> None:
            lab.report_result(tube=f"T{number}", value=ResultValue.POSITIVE, by=by, at=at)

        positive(0)
        stage.settled()  # the worker is up
        samples = []
        for number in range(1, count):
            began = time.perf_counter()
            positive(number)
            stage.settled()
            samples.append(time.perf_counter() - began)
        began = time.perf_counter()
        for number in range(count, 2 * count):
            positive(number)
        stage.settled()
        together = time.perf_counter() - began
    median, ninetieth = stage.percentiles(samples)
    report.add("result to last consequence, one at a time, median", median * 1000, "ms")
    report.add("result to last consequence, one at a time, 90th percentile", ninetieth * 1000, "ms")
    report.add(f"{count} positives at once, all consequences", count / together, "positives/s")


if __name__ == "__main__":
    stage.main("reactions", run)
