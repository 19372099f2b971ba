"""Page latencies and the exact ID search at 1,000,000 people and 50,000 cases."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench import stage

PEOPLE, CASES = 1_000_000, 50_000
SMALL_PEOPLE, SMALL_CASES = 20_000, 1_000
# Page -> the role of whoever opens it.
PAGES = {
    "home": "commander",
    "overview": "commander",
    "overview of an earlier day": "commander",
    "chains of the overview": "commander",
    "cases": "commander",
    "case": "commander",
    "chains": "commander",
    "bulletins": "commander",
    "organisations": "commander",
    "registry": "registry_clerk",
    "audit": "auditor",
}
DAYS = 40  # how long the outbreak has lasted
VISITS = 11


def run(report: stage.Report) -> None:
    """First byte to last of each page, as the server makes it, signed in at a post of the city."""
    people, count = (SMALL_PEOPLE, SMALL_CASES) if report.small else (PEOPLE, CASES)
    today = datetime.now(UTC).date()
    with stage.node():
        from django.conf import settings
        from django.test import Client
        from django.urls import reverse

        from liankong.store.access import node_scope
        from liankong.store.models import Case

        settings.ALLOWED_HOSTS = ["*"]
        with node_scope():
            users, numbers = _fill(people, count, today)
            some = Case.objects.order_by("pk")[count // 2].pk
        clients = {}
        for role, user in users.items():
            clients[role] = Client()
            with node_scope():
                clients[role].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        addresses = {name: reverse(name) for name in PAGES if " " not in name and name != "case"}
        earlier = (today - timedelta(days=DAYS // 4)).isoformat()
        addresses |= {
            "overview of an earlier day": f"{reverse('overview')}?day={earlier}",
            "chains of the overview": reverse("overview-chains"),
            "case": reverse("case", args=[some]),
        }
        for name, role in PAGES.items():
            _page(report, clients[role], name, addresses[name])
        _search(report, numbers)
    report.add("people", people, "")
    report.add("cases", count, "")


def _page(report: stage.Report, client: Any, name: str, address: str) -> None:
    samples = []
    for visit in range(VISITS):
        began = time.perf_counter()
        response = client.get(address, follow=True)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if response.status_code != 200:
            raise RuntimeError(f"{name} answered {response.status_code}")
        if visit:
            samples.append(time.perf_counter() - began)
    median, ninetieth = stage.percentiles(samples)
    report.add(f"page {name}, median", median * 1000, "ms", note=f"{len(body) // 1024} KiB")
    report.add(f"page {name}, 90th percentile", ninetieth * 1000, "ms")


def _search(report: stage.Report, numbers: list[str]) -> None:
    """The statement that finds one person by ID number, in the database."""
    from liankong.store import identity
    from liankong.store.access import scope
    from liankong.store.models import Identity

    samples = []
    with scope("12"):
        for number in numbers:
            digest = identity.find_hash(number, field="id_number")
            began = time.perf_counter()
            if Identity.objects.filter(id_hash=digest).select_related("person").first() is None:
                raise RuntimeError("a registered person was not found")
            samples.append(time.perf_counter() - began)
    median, ninetieth = stage.percentiles(samples)
    report.add("exact ID search, median", median * 1000, "ms")
    report.add("exact ID search, 90th percentile", ninetieth * 1000, "ms")


def _fill(people: int, count: int, today: date) -> tuple[dict[str, Any], list[str]]:
    from liankong.actions import linelists, organisations, outbreaks, settlement
    from liankong.drill import city
    from liankong.exchange.linelist import LineList, record_digest
    from liankong.rules.access import permissions
    from liankong.store.log import Actor
    from liankong.vocabulary.kinds import OrganisationKind, Role

    first = today - timedelta(days=DAYS)
    at = datetime.combine(first, datetime.min.time(), UTC)
    loader = Actor(rule="bench")
    drawn = city.build(people, seed=1)
    numbers = settlement.Numbers()
    known: list[str] = []
    for batch in settlement.batches(drawn.households(), 20_000):
        settlement.settle(places=(), households=batch, persons=(), numbers=numbers, by=loader, at=at)
    for batch in settlement.batches(drawn.persons(), 20_000):
        settlement.settle(places=(), households=(), persons=batch, numbers=numbers, by=loader, at=at)
        known.append(batch[len(batch) // 2].id_number)
    body = organisations.found(
        code="hq",
        kind=OrganisationKind.HEADQUARTERS,
        division="12",
        name="指挥部",
        from_at=at,
        by=loader,
        at=at,
    )
    users = {}
    for role in (Role.COMMANDER, Role.EPIDEMIOLOGIST, Role.REGISTRY_CLERK, Role.AUDITOR):
        users[role.value] = organisations.create_user(
            username=role.value, name="", division="12", password=None, by=loader, at=at
        )
        post = organisations.create_post(organisation=body.pk, title=role, role=role, by=loader, at=at)
        organisations.fill_post(post=post.pk, user=users[role.value].pk, by=loader, at=at)
    outbreak = outbreaks.open_outbreak(
        code="bench",
        name="bench",
        pathogen="covid19",
        protocol="CN-COV-v8",
        division="12",
        baseline_on=first,
        by=loader,
        at=at,
    )
    listed = LineList(file="bench", mapping="", digest="bench", headers=())
    listed.rows_in = count
    listed.accepted = [_case(number, first, today) for number in range(count)]
    listed.digests = {record.key: record_digest(record) for record in listed.accepted}
    listed.row_numbers = {record.key: row for row, record in enumerate(listed.accepted, start=2)}
    importer = Actor(
        user=users["epidemiologist"].pk,
        permissions=permissions(frozenset({Role.EPIDEMIOLOGIST})),
        division="12",
    )
    now = datetime.now(UTC)
    linelists.import_line_list(outbreak=outbreak.pk, line_list=listed, mapping="", by=importer, at=now)
    return users, known


def _case(number: int, first: date, today: date) -> Any:
    """One of the cases: a third of all stay in care, the others are cured once their fortnight is over."""
    from liankong.vocabulary.facts import CaseRecord
    from liankong.vocabulary.kinds import Outcome, Sex

    onset = first + timedelta(days=number % (DAYS - 2))
    cured = onset + timedelta(days=14)
    over = number % 3 > 0 and cured <= today
    return CaseRecord(
        key=f"{number:06d}",
        sex=Sex.MALE if number % 2 else Sex.FEMALE,
        age=number % 90,
        onset=onset,
        confirmed=onset + timedelta(days=2),
        outcome=Outcome.CURED if over else Outcome.IN_CARE,
        outcome_day=cured if over else None,
        infectors=(f"{number // 3:06d}",) if number > 10 else (),
    )


if __name__ == "__main__":
    stage.main("pages", run)
