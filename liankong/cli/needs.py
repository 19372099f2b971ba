"""`liankong needs`: what people inside asked for, and taking a call from a terminal."""

from datetime import datetime
from typing import Any

import click

from liankong.cli import console, emit_json, json_option
from liankong.cli.acting import acting, as_option
from liankong.vocabulary.kinds import NeedKind
from liankong.vocabulary.spans import SHANGHAI


@click.group("needs")
def needs() -> None:
    """Needs of people inside: medicine, dialysis, births, food; emergencies wait for nothing.

    \b
    Examples:
      liankong needs list
      liankong needs take emergency --household 12 --words "third floor"
    """


@needs.command("list")
@click.option("--all", "closed", is_flag=True, help="Also what is done.")
@as_option
@json_option
def list_needs(*, closed: bool, username: str | None, as_json: bool) -> None:
    """Needs in one's jurisdiction, emergencies first.

    \b
    Example:
      liankong needs list --json
    """
    with acting("needs.take", username):
        from liankong.rules.orders_clock import RUNNING
        from liankong.store.models import Order
        from liankong.vocabulary.kinds import OrderKind

        rows = Order.objects.filter(kind=OrderKind.NEED).select_related("addressee")
        if not closed:
            rows = rows.filter(state__in=RUNNING)
        found = [_line(row) for row in rows.order_by("-emergency", "due_at", "pk")[:500]]
    if as_json:
        emit_json({"needs": found})
    else:
        _print(found)


@needs.command("take")
@click.argument("kind", type=click.Choice([kind.value for kind in NeedKind]))
@click.option("--household", type=click.IntRange(1), help="The household's number.")
@click.option("--person", type=click.IntRange(1), help="The person's number in the register.")
@click.option("--division", default="", metavar="CODE", help="Where it is, if no household is known.")
@click.option("--words", default="", help="What exactly, and where. No names.")
@click.option("--emergency", is_flag=True, help="It cannot wait.")
@as_option
@json_option
def take(
    *,
    kind: str,
    household: int | None,
    person: int | None,
    division: str,
    words: str,
    emergency: bool,
    username: str | None,
    as_json: bool,
) -> None:
    """Take a need and send it out; first aid and births go out as emergencies by themselves.

    \b
    Example:
      liankong needs take medicine --household 12 --words "insulin, two boxes"
    """
    with acting("needs.take", username) as acts:
        from liankong.actions import needs as verbs
        from liankong.store.models import Organisation

        taken = verbs.take(
            kind=NeedKind(kind),
            household=household,
            person=person,
            division=division,
            words=words,
            emergency=emergency,
            by=acts.actor,
            at=acts.at,
        )
        codes = dict(
            Organisation.objects.filter(pk__in=[row.addressee_id for row in taken.orders]).values_list(
                "pk", "code"
            )
        )
        found = [_line(row, codes) for row in taken.orders]
    if as_json:
        emit_json({"repeated": taken.repeated, "orders": found})
        return
    if taken.repeated:
        console().print("this household asked for this already; the call is noted on its order")
    _print(found)


def _line(row: Any, codes: dict[int, str] | None = None) -> dict[str, Any]:
    return {
        "order": row.pk,
        "need": row.detail.get("need", ""),
        "part": row.detail.get("part", ""),
        "emergency": row.emergency,
        "to": codes[row.addressee_id] if codes else row.addressee.code,
        "division": row.division,
        "household": row.household_id,
        "state": str(row.state),
        "due": _text(row.due_at),
        "calls": 1 + len(row.detail.get("calls", [])),
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="minutes")


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Order", "Need", "To", "Where", "Household", "State", "Due", box=None)
    for row in rows:
        table.add_row(
            str(row["order"]),
            ("! " if row["emergency"] else "") + row["need"],
            row["to"],
            row["division"],
            str(row["household"] or ""),
            row["state"],
            row["due"],
        )
    console().print(table if rows else "no needs")
