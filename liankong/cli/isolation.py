"""`liankong sites` and `liankong transfers`: rooms, reserve, and who still has to be moved."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option
from liankong.cli.acting import acting, as_option, looking

if TYPE_CHECKING:
    from liankong.actions.isolation_sites import Taken
    from liankong.store.models import Site

LISTED = 1000
REJECTS_SHOWN = 20


def register(group: click.Group) -> None:
    """Add both commands."""
    group.add_command(sites)
    group.add_command(transfers)


@click.group("sites")
def sites() -> None:
    """Isolation sites: their rooms, their board, the reserve against the norm.

    \b
    Examples:
      liankong sites list --json
      liankong sites reserve --division 1201
    """


@sites.command("list")
@click.option("--division", default="", metavar="CODE", help="Only those of this division and below.")
@json_option
def list_sites(*, division: str, as_json: bool) -> None:
    """Sites with their rooms by state.

    \b
    Example:
      liankong sites list --division 120112
    """
    with looking() as at:
        from liankong.store.isolation_board import site_lines
        from liankong.store.models import Site

        rows = Site.objects.filter(division__startswith=division).select_related("organisation")
        lines = site_lines(list(rows.order_by("division", "pk")[:LISTED]), at)
        found: dict[str, Any] = {
            "at": at.isoformat(),
            "sites": [
                {
                    "code": line.site.organisation.code,
                    "division": line.site.division,
                    "open": line.open,
                    "ready_within_hours": line.site.ready_within_hours,
                    "rooms": line.rooms,
                    "free": line.free,
                    "held": line.held,
                    "occupied": line.occupied,
                    "cleaning": line.cleaning,
                    "closed": line.closed,
                    "people": line.people,
                }
                for line in lines
            ],
        }
    if as_json:
        emit_json(found)
    else:
        _print(
            ("Site", "Division", "Rooms", "Free", "Held", "Occupied", "Cleaning", "People"),
            [
                tuple(
                    one[name]
                    for name in (
                        "code",
                        "division",
                        "rooms",
                        "free",
                        "held",
                        "occupied",
                        "cleaning",
                        "people",
                    )
                )
                for one in found["sites"]
            ],
        )


@sites.command("board")
@click.argument("code")
@json_option
def board(*, code: str, as_json: bool) -> None:
    """One site today: rooms by floor, tests due, who may leave, staff tested late.

    \b
    Example:
      liankong sites board site-1 --json
    """
    with looking() as at:
        from liankong.store.isolation_board import board as read

        found = read(_site(code), at)
        data: dict[str, Any] = {
            "at": at.isoformat(),
            "code": code,
            "people": found.line.people,
            "areas": found.areas,
            "floors": [
                {
                    "floor": floor,
                    "rooms": [
                        {
                            "number": line.room.number,
                            "state": line.room.state,
                            "infected": line.infected,
                            "persons": [row.person_id for row in line.people],
                        }
                        for line in rooms
                    ],
                }
                for floor, rooms in found.floors
            ],
            "coming": [row.person_id for row in found.coming],
            "tests_due": len(found.tests),
            "checks_due": len(found.checks),
            "releases": [
                {
                    "person": row.person_id,
                    "met": checklist.met,
                    "missing": [line.why.sentence() for line in checklist.missing],
                }
                for row, checklist in found.releases
            ],
            "staff": [
                {
                    "person": one.term.person_id,
                    "area": one.term.area,
                    "last_on": one.last_on.isoformat() if one.last_on else None,
                    "due_on": one.test.due_on.isoformat(),
                    "late_days": one.test.late_days,
                }
                for one in found.staff
            ],
        }
    if as_json:
        emit_json(data)
        return
    screen = console()
    screen.print(
        f"{code}: {data['people']} people, {data['tests_due']} tests and {data['checks_due']} checks due"
    )
    _print(
        ("Floor", "Rooms"),
        [
            (floor["floor"], " ".join(f"{room['number']}:{room['state']}" for room in floor["rooms"]))
            for floor in data["floors"]
        ],
    )
    for release in data["releases"]:
        screen.print(
            f"release of {release['person']}: {'; '.join(release['missing']) or 'everything is met'}"
        )
    for one in data["staff"]:
        if one["late_days"]:
            screen.print(f"staff {one['person']}: test {one['late_days']} days late", style="red")


@sites.command("reserve")
@click.option("--division", default="", metavar="CODE", help="Only this division and below.")
@json_option
def reserve(*, division: str, as_json: bool) -> None:
    """Rooms against the norm by county, and what is ready within 24, 48 and 72 hours.

    \b
    Example:
      liankong sites reserve --division 12 --json
    """
    with looking() as at:
        from liankong.store.isolation_board import reserves

        rows: list[dict[str, Any]] = [
            {
                "division": one.division,
                "population": one.population,
                "have": one.have,
                "need": one.need,
                "gap": one.gap,
                "free": one.free,
                "occupied": one.occupied,
                "steps": [
                    {
                        "within_hours": int(step.within.total_seconds() // 3600),
                        "need": step.need,
                        "have": step.have,
                        "gap": step.gap,
                    }
                    for step in one.steps
                ],
                "basis": one.why.basis,
            }
            for one in reserves(division, at)
        ]
        found = {"at": at.isoformat(), "reserve": rows}
    if as_json:
        emit_json(found)
    else:
        _print(
            ("Division", "People", "Rooms", "Needed", "Short of", "Free", "24/48/72 h"),
            [
                (
                    *(one[name] for name in ("division", "population", "have", "need", "gap", "free")),
                    " ".join(f"{step['have']}/{step['need']}" for step in one["steps"]),
                )
                for one in rows
            ],
        )


@sites.command("take-rooms")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", default="", metavar="CODE", help="The site, where the list has no column for it.")
@as_option
@json_option
def take_rooms(*, file: Path, site: str, username: str | None, as_json: bool) -> None:
    """Enter rooms from a CSV or Excel list. Rows in = accepted + rejected + duplicate.

    \b
    Example:
      liankong sites take-rooms rooms.xlsx --site site-1
    """
    from liankong.exchange.isolation_lists import read_rooms
    from liankong.exchange.tables import TableError

    try:
        read = read_rooms(file, site=site)
    except TableError as error:
        raise Failure(str(error)) from error
    with acting("isolation.site", username) as who:
        from liankong.actions import isolation_sites as verbs

        taken = verbs.take_rooms(
            lines=read.lines, rows=read.rows, rejects=read.rejects, by=who.actor, at=who.at
        )
    _account(taken, as_json=as_json)


@sites.command("take-vehicles")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fleet", default="", metavar="CODE", help="The fleet, where the list has no column for it.")
@as_option
@json_option
def take_vehicles(*, file: Path, fleet: str, username: str | None, as_json: bool) -> None:
    """Enter vehicles from a CSV or Excel list. Rows in = accepted + rejected + duplicate.

    \b
    Example:
      liankong sites take-vehicles vehicles.csv --fleet fleet-1
    """
    from liankong.exchange.isolation_lists import read_vehicles
    from liankong.exchange.tables import TableError

    try:
        read = read_vehicles(file, organisation=fleet)
    except TableError as error:
        raise Failure(str(error)) from error
    with acting("isolation.arrange", username) as who:
        from liankong.actions import isolation_sites as verbs

        taken = verbs.take_vehicles(
            lines=read.lines, rows=read.rows, rejects=read.rejects, by=who.actor, at=who.at
        )
    _account(taken, as_json=as_json)


@click.group("transfers")
def transfers() -> None:
    """Transfers: who must move, where, by when.

    \b
    Example:
      liankong transfers list --state late --json
    """


@transfers.command("list")
@click.option(
    "--state",
    type=click.Choice(("sign", "plan", "way", "home", "late")),
    help="Only those that wait for a signature, for a trip, are on the way, at home, or late.",
)
@json_option
def list_transfers(*, state: str | None, as_json: bool) -> None:
    """Open transfers, the next due first. People are numbers.

    \b
    Example:
      liankong transfers list --state sign
    """
    with looking() as at:
        from django.db.models.functions import Coalesce

        from liankong.store.isolation_board import counts, open_moves, standing, state_of

        rows = open_moves().annotate(due_key=Coalesce("due_at", "determined_at"), where=state_of())
        if state is not None:
            rows = rows.filter(standing(state, at))
        rows = rows.select_related("site__organisation", "hold__room", "trip__hold__vehicle")
        found: dict[str, Any] = {
            "at": at.isoformat(),
            "counts": counts(at),
            "transfers": [_transfer(row, at) for row in rows.order_by("due_key", "pk")[:LISTED]],
        }
    if as_json:
        emit_json(found)
    else:
        _print(
            ("Transfer", "Person", "Regime", "Where to", "State", "Due", "Late"),
            [
                (
                    *(one[name] for name in ("id", "person", "subject", "placement", "state", "due_at")),
                    "late" if one["late"] else "",
                )
                for one in found["transfers"]
            ],
        )


def _transfer(row: Any, at: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "person": row.person_id,
        "division": row.division,
        "subject": row.subject,
        "placement": row.placement,
        "state": row.where,
        "infected": row.infected,
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "late": bool(row.due_at and row.arrived_at is None and row.due_at < at),
        "site": row.site.organisation.code if row.site else None,
        "room": row.hold.room.number if row.hold and row.hold.room else None,
        "vehicle": row.trip.hold.vehicle.plate
        if row.trip and row.trip.hold and row.trip.hold.vehicle
        else None,
        "missing": str(row.why.get("missing", "")),
    }


def _site(code: str) -> "Site":
    from liankong.store.models import Site

    row = Site.objects.select_related("organisation", "place").filter(organisation__code=code).first()
    if row is None:
        raise Failure(f"there is no site {code!r}", hint="liankong sites list")
    return row


def _account(taken: "Taken", *, as_json: bool) -> None:
    rejects = [{"row": one.row, "field": one.field, "expected": one.expected} for one in taken.rejects]
    data: dict[str, Any] = {
        "rows": taken.rows,
        "accepted": taken.accepted,
        "rejected": taken.rejected,
        "duplicate": taken.duplicate,
        "rejects": rejects,
    }
    if as_json:
        emit_json(data)
    else:
        click.echo(
            f"{taken.rows} rows = {taken.accepted} accepted + {taken.rejected} rejected"
            f" + {taken.duplicate} there already"
        )
        if rejects:
            lines = [f"row {one['row']}: {one['field']}: expected {one['expected']}" for one in rejects]
            complain(lines[:REJECTS_SHOWN], title="Rejected")
    if rejects:
        raise SystemExit(ExitCode.INCOMPLETE)


def _print(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from rich.table import Table

    table = Table(*heads, box=None)
    for row in rows:
        table.add_row(*("" if one is None else str(one) for one in row))
    console().print(table)
