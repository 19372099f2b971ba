"""`liankong duty`: who is on duty now, the roster, and the roster as a calendar file."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from liankong.cli import Failure, console, emit_json, json_option
from liankong.cli.acting import looking
from liankong.vocabulary.spans import SHANGHAI, local

_body = click.argument("organisation", metavar="CODE")


@click.group("duty")
def duty() -> None:
    """Duty rosters: who receives an organisation's orders at this hour, and who next.

    \b
    Examples:
      liankong duty now
      liankong duty roster hq-120112 --days 7
      liankong duty ics hq-120112 -o duty.ics
    """


@duty.command("now")
@click.option("--division", default="", metavar="CODE", help="Only organisations of this division and below.")
@json_option
def now(*, division: str, as_json: bool) -> None:
    """Who is on duty at this hour, by organisation.

    \b
    Example:
      liankong duty now --division 120112
    """
    with looking() as at:
        from liankong.store.models import Shift

        rows = (
            Shift.objects.filter(
                from_at__lte=at, until_at__gt=at, organisation__division__startswith=division
            )
            .select_related("organisation", "user")
            .order_by("organisation__division", "organisation__code", "-leads", "pk")
        )
        found = [_line(row) for row in rows]
    if as_json:
        emit_json({"at": at.astimezone(SHANGHAI).isoformat(), "on_duty": found})
    else:
        _print(found)


@duty.command("roster")
@_body
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="First local day.  [today]"
)
@click.option("--days", type=click.IntRange(1, 92), default=7, show_default=True)
@json_option
def roster(*, organisation: str, first: datetime | None, days: int, as_json: bool) -> None:
    """The shifts of some days, and the hours in which nobody is there.

    \b
    Example:
      liankong duty roster hq-120112 --from 2022-01-08 --days 3 --json
    """
    with looking() as at:
        from liankong.store import duty as store

        start = local(first.date() if first else at.astimezone(SHANGHAI).date())
        end = start + timedelta(days=days)
        body = _organisation(organisation)
        shifts = [
            _line(row) for row in store.between(body.pk, start, end).select_related("organisation", "user")
        ]
        gaps = [
            {"from": _text(gap.from_at), "until": _text(gap.until_at)}
            for gap in store.gaps_of(body.pk, start, end)
        ]
    if as_json:
        emit_json({"organisation": organisation, "shifts": shifts, "gaps": gaps})
        return
    _print(shifts)
    for gap in gaps:
        console().print(f"nobody from {gap['from']} until {gap['until']}", style="yellow", markup=False)


@duty.command("ics")
@_body
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there.  [standard output]",
)
@json_option
def ics(*, organisation: str, output: Path | None, as_json: bool) -> None:
    """The roster as iCalendar (RFC 5545), for a calendar program. With --json: how many shifts, and the text.

    \b
    Example:
      liankong duty ics hq-120112 -o duty.ics
    """
    with looking() as at:
        from liankong.store import duty as store
        from liankong.web.duty import WEEK, roster_calendar

        body = _organisation(organisation)
        content = roster_calendar(body, at)
        count = store.between(body.pk, at - WEEK, at + timedelta(days=92)).count()
    if output is not None:
        output.write_bytes(content)
    if as_json:
        emit_json({"organisation": organisation, "shifts": count, "calendar": content.decode()})
    elif output is None:
        click.echo(content.decode(), nl=False)


def _organisation(code: str) -> Any:
    from liankong.store.models import Organisation

    row = Organisation.objects.filter(code=code).first()
    if row is None:
        raise Failure(f"there is no organisation {code!r}", hint="liankong org list")
    return row


def _line(row: Any) -> dict[str, Any]:
    return {
        "organisation": row.organisation.code,
        "user": row.user.username,
        "leads": row.leads,
        "from": _text(row.from_at),
        "until": _text(row.until_at),
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="minutes")


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Organisation", "User", "Leads", "From", "Until", box=None)
    for row in rows:
        table.add_row(
            row["organisation"], row["user"], "yes" if row["leads"] else "", row["from"], row["until"]
        )
    console().print(table if rows else "nobody is on duty")
