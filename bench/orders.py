"""The orders board with 100,000 orders: first page, filtered pages, a page deep inside, one order, one batch board."""

import html
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import stage

ORDERS, SMALL_ORDERS = 100_000, 2_000
CITY, DISTRICTS, COMMUNITIES = "12", 16, 40
VISITS = 11
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def run(report: stage.Report) -> None:
    """First byte to last of each page, as the server makes it, signed in at a post of the city or of a district."""
    count = SMALL_ORDERS if report.small else ORDERS
    now = datetime.now(UTC)
    with stage.node():
        from django.conf import settings
        from django.test import Client
        from django.urls import reverse

        from liankong.store.access import node_scope

        settings.ALLOWED_HOSTS = ["*"]
        with node_scope():
            users, order, batch = _fill(count, now)
        clients = {}
        for name, user in users.items():
            clients[name] = Client()
            with node_scope():
                clients[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        board = reverse("orders")
        deep = _after(clients["city"], f"{board}?whose=ours", pages=20)
        pages = {
            "board, issued by us": ("city", f"{board}?whose=ours"),
            "board, of others here": ("city", f"{board}?whose=below"),
            "board, to us": ("district", board),
            "board, overdue": ("city", f"{board}?whose=ours&late=yes"),
            "board, all states": ("city", f"{board}?whose=ours&state=all"),
            "board, one kind": ("city", f"{board}?whose=ours&kind=door_knock"),
            "board, page 21": ("city", deep),
            "order": ("city", reverse("order", args=[order])),
            "batch of many": ("city", reverse("orders-batch", args=[batch])),
            "to sign": ("city", reverse("orders-sign")),
            "what needs me now": ("city", reverse("home")),
        }
        for name, (who, address) in pages.items():
            _page(report, clients[who], name, address)
        _clocks(report, now)
    report.add("orders", count, "")


def _page(report: stage.Report, client: Any, name: str, address: str) -> None:
    samples = []
    for visit in range(VISITS):
        began = time.perf_counter()
        response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{name} answered {response.status_code}")
        if visit:
            samples.append(time.perf_counter() - began)
    median, ninetieth = stage.percentiles(samples)
    report.add(f"page {name}, median", median * 1000, "ms", note=f"{len(response.content) // 1024} KiB")
    report.add(f"page {name}, 90th percentile", ninetieth * 1000, "ms")


def _after(client: Any, address: str, *, pages: int) -> str:
    """The address of a page deep inside the list, as somebody reaches it who turns pages."""
    found = address
    for _ in range(pages):
        link = NEXT.search(client.get(found).content.decode())
        if link is None:
            return found
        found = address.partition("?")[0] + html.unescape(link[1])
    return found


def _clocks(report: stage.Report, now: datetime) -> None:
    """One minute of all clocks of orders, when nothing new is due."""
    from liankong.actions import orders_clocks
    from liankong.store.access import node_scope
    from liankong.store.log import Actor

    verbs = (orders_clocks.warn, orders_clocks.mark_overdue, orders_clocks.remind, orders_clocks.escalate)
    with node_scope():
        while any(verb(by=Actor(rule="bench"), at=now, limit=5000) for verb in verbs):
            pass
        began = time.perf_counter()
        for verb in verbs:
            verb(by=Actor(rule="bench"), at=now)
        report.add("one minute of the clocks, nothing due", (time.perf_counter() - began) * 1000, "ms")


def _fill(count: int, now: datetime) -> tuple[dict[str, Any], int, int]:
    """A city that issues to its districts and their communities: a third open, an eighth of those overdue."""
    from django.db import connection

    from liankong.store.models import Batch, Order, Organisation
    from liankong.vocabulary.kinds import OrderState

    city, districts, communities, users = _structure(now)
    bodies = list(Organisation.objects.in_bulk([*districts, *communities]).values())
    batch = Batch.objects.create(division=CITY, title="bench", created_at=now)
    rows = []
    for number in range(count):
        open_one = number % 3 == 0
        issued = now - timedelta(minutes=number % (30 * 24 * 60))
        late = open_one and number % 8 == 0
        body = bodies[number % len(bodies)]
        rows.append(
            Order(
                kind=("task", "door_knock", "delivery", "directive")[number % 4],
                title=f"Order {number}",
                division=body.division,
                # Nine in ten come from the city, the others from a district.
                issuer_id=city if number % 10 else districts[number % DISTRICTS],
                addressee=body,
                batch=batch if number % 1000 == 0 else None,
                state=_state(number) if open_one else OrderState.DONE,
                issued_at=issued,
                due_at=issued if late else now + timedelta(minutes=1 + number % (7 * 24 * 60)),
                done_at=None if open_one else now,
                proof="" if open_one else "done",
            )
        )
    Order.objects.bulk_create(rows, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE store_order")
    return users, rows[count // 2].pk, batch.pk


def _state(number: int) -> str:
    return ("issued", "received", "started", "draft")[number % 4]


def _structure(now: datetime) -> tuple[int, list[int], list[int], dict[str, Any]]:
    from liankong.actions import organisations
    from liankong.store.log import Actor
    from liankong.vocabulary.kinds import OrganisationKind, Role

    loader, start = Actor(rule="bench"), now - timedelta(days=60)

    def found(code: str, kind: OrganisationKind, division: str, parent: Any) -> Any:
        return organisations.found(
            code=code,
            kind=kind,
            division=division,
            name=code,
            parent=parent,
            from_at=start,
            by=loader,
            at=start,
        )

    city = found("city", OrganisationKind.HEADQUARTERS, CITY, None)
    districts = [
        found(f"d{number}", OrganisationKind.HEADQUARTERS, f"1201{number:02d}", city)
        for number in range(1, DISTRICTS + 1)
    ]
    communities = [
        found(
            f"c{number}",
            OrganisationKind.COMMUNITY,
            f"{districts[number % DISTRICTS].division}101{number:03d}",
            districts[number % DISTRICTS],
        )
        for number in range(COMMUNITIES)
    ]
    users = {}
    for name, body in (("city", city), ("district", districts[0])):
        users[name] = organisations.create_user(
            username=name, name="", division=body.division, password=None, by=loader, at=start
        )
        post = organisations.create_post(
            organisation=body.pk, title=name, role=Role.COMMANDER, by=loader, at=start
        )
        organisations.fill_post(post=post.pk, user=users[name].pk, by=loader, at=start)
    return city.pk, [row.pk for row in districts], [row.pk for row in communities], users


if __name__ == "__main__":
    stage.main("orders", run)
