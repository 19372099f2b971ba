"""`liankong inquiries`: what headquarters ask each other, and what they answer."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option
from liankong.cli.acting import acting, as_option
from liankong.vocabulary.kinds import InquiryState, PersonClass
from liankong.vocabulary.spans import SHANGHAI

if TYPE_CHECKING:
    from liankong.store.models import Inquiry, Organisation

HANDLE, SEND = "inquiries.handle", "inquiries.send"
BOXES = ("in", "out", "answers", "drafts", "done")
SHOWN = 20
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group("inquiries")
def inquiries() -> None:
    """Inquiries (协查): lists, receipts, answers, forwarding. Nobody's name is printed.

    An inquiry is given by its number or its id.

    \b
    Examples:
      liankong inquiries list --box in --json
      liankong inquiries receive 12 13 --as liu.inquiry
      liankong inquiries answer 12 --outcome home --text "at home since noon"
    """


@inquiries.command("list")
@click.option("--box", type=click.Choice(BOXES), default="in", show_default=True, help="Which board.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_option
@json_option
def list_inquiries(*, box: str, limit: int, username: str | None, as_json: bool) -> None:
    """The inquiries of one board, the most urgent first."""
    with acting(HANDLE, username) as who:
        from liankong.store.inquiries import speaks_for
        from liankong.web.inquiries_list import of_tab

        rows = of_tab(box, speaks_for(who.actor.organisation, who.at)).select_related("sender", "receiver")
        _emit(list(rows.order_by("due_at", "-created_at", "pk")[:limit]), as_json=as_json)


@inquiries.command("show")
@click.argument("inquiry")
@as_option
@json_option
def show(*, inquiry: str, username: str | None, as_json: bool) -> None:
    """One inquiry with its way and who owes it now."""
    with acting(HANDLE, username):
        from liankong.store.inquiries import owed_by
        from liankong.store.models import Organisation

        row = _found(inquiry)
        owing = owed_by(row)
        codes = dict(Organisation.objects.values_list("pk", "code"))
        found = _line(row) | {
            "owed_by": codes.get(owing) if owing else None,
            "steps": [
                {
                    "state": one.state,
                    "at": _time(one.at),
                    "organisation": codes.get(one.organisation_id),
                    "note": one.note,
                }
                for one in row.steps.order_by("pk")
            ],
        }
    if as_json:
        emit_json(found)
        return
    screen = console()
    for key, value in found.items():
        if key != "steps" and value not in ("", None, []):
            screen.print(f"{key}: {value}", markup=False)
    for one in found["steps"]:
        screen.print(f"  {one['at']}  {one['state']}  {one['organisation']}  {one['note']}", markup=False)


@inquiries.command("send")
@click.argument("inquiry", nargs=-1, required=True)
@as_option
@json_option
def send(*, inquiry: Sequence[str], username: str | None, as_json: bool) -> None:
    """Sign and send drafts, all or none."""
    with acting(SEND, username) as who:
        from liankong.actions import inquiries_out

        keys = [_found(one).pk for one in inquiry]
        _emit(inquiries_out.send(inquiries_of=keys, by=who.actor, at=who.at), as_json=as_json)


@inquiries.command("receive")
@click.argument("inquiry", nargs=-1, required=True)
@as_option
@json_option
def receive(*, inquiry: Sequence[str], username: str | None, as_json: bool) -> None:
    """Acknowledge: from here this headquarters owes them."""
    with acting(HANDLE, username) as who:
        from liankong.actions import inquiries_in

        keys = [_found(one).pk for one in inquiry]
        _emit(inquiries_in.receive(inquiries_of=keys, by=who.actor, at=who.at), as_json=as_json)


@inquiries.command("answer")
@click.argument("inquiry")
@click.option(
    "--step",
    "steps",
    multiple=True,
    type=click.Choice(["controlled", "verified"]),
    help="A step to record before the answer; repeat for several.",
)
@click.option("--outcome", required=True, type=click.Choice([one.value for one in InquiryState]))
@click.option("--text", required=True, help="What was found and done. No names.")
@as_option
@json_option
def answer(
    *, inquiry: str, steps: Sequence[str], outcome: str, text: str, username: str | None, as_json: bool
) -> None:
    """Give the answer to everybody who asked for the subject.

    \b
    Example:
      liankong inquiries answer 12 --step controlled --step verified --outcome transferred --text "at site 3"
    """
    with acting(HANDLE, username) as who:
        from django.db import transaction

        from liankong.actions import inquiries_in

        key = _found(inquiry).pk
        with transaction.atomic():
            for state in steps:
                inquiries_in.advance(inquiry=key, state=InquiryState(state), by=who.actor, at=who.at)
            rows = inquiries_in.answer(
                inquiry=key, outcome=InquiryState(outcome), answer=text, by=who.actor, at=who.at
            )
        _emit(rows, as_json=as_json)


@inquiries.command("forward")
@click.argument("inquiry")
@click.option("--to", "receiver", required=True, metavar="CODE", help="Code of the next headquarters.")
@click.option("--reason", required=True, help="Why it is theirs. No names.")
@as_option
@json_option
def forward(*, inquiry: str, receiver: str, reason: str, username: str | None, as_json: bool) -> None:
    """Pass it to the next headquarters; until its receipt is in, yours owes it."""
    with acting(HANDLE, username) as who:
        from liankong.actions import inquiries_in

        rows = inquiries_in.forward(
            inquiry=_found(inquiry).pk, receiver=_body(receiver).pk, reason=reason, by=who.actor, at=who.at
        )
        _emit(rows, as_json=as_json)


@inquiries.command("import")
@click.argument("file", type=FILE)
@click.option("--sender", "sender_name", default="", help="Who asks, for rows that do not say so.")
@click.option("--role", type=click.Choice([one.value for one in PersonClass]), help="For rows without one.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, store nothing.")
@as_option
@json_option
@click.pass_context
def import_list(
    ctx: click.Context,
    *,
    file: Path,
    sender_name: str,
    role: str | None,
    dry_run: bool,
    username: str | None,
    as_json: bool,
) -> None:
    """Take in a list (CSV, Excel) that came by phone or mail, one request a row.

    Rows in = accepted + rejected + duplicate. The same list taken in twice adds nothing. Ends with 3 when rows were
    rejected.

    \b
    Example:
      liankong inquiries import list.xlsx --sender 郑州市指挥部 --dry-run
    """
    from liankong.exchange.inquiries_lists import read
    from liankong.exchange.tables import TableError

    try:
        found = read(file, sender_name=sender_name, role=PersonClass(role) if role else None)
    except TableError as error:
        raise Failure(str(error)) from error
    rows = found.counts()
    if not dry_run:
        with acting(HANDLE, username) as who:
            from liankong.actions.inquiries_lists import take_list

            taken = take_list(found=found, by=who.actor, at=who.at)
            rows = rows | {"accepted": len(taken.rows), "duplicate": taken.duplicate}
    errors = [
        {
            "row": one.row,
            "field": one.field,
            "column": one.column,
            "problem": one.problem,
            "expected": one.expected,
        }
        for one in found.errors
    ]
    if as_json:
        emit_json({"file": file.name, "rows": rows, "columns": found.columns, "rejected": errors})
    else:
        console().print(
            f"{rows['in']:,} rows in = {rows['accepted']:,} accepted + {rows['rejected']:,} rejected"
            f" + {rows['duplicate']:,} duplicate",
            style="bold",
            markup=False,
        )
        if errors:
            complain([str(error) for error in found.errors[:SHOWN]], title="Rejected:")
    ctx.exit(ExitCode.INCOMPLETE if errors else ExitCode.DONE)


@inquiries.command("export")
@click.argument("file", type=OUT)
@click.option("--box", type=click.Choice(BOXES), default="answers", show_default=True, help="Which board.")
@as_option
@json_option
def export(*, file: Path, box: str, username: str | None, as_json: bool) -> None:
    """Write a board as a workbook: numbers, states and answers.

    \b
    Example:
      liankong inquiries export answers.xlsx --box answers
    """
    with acting(HANDLE, username) as who:
        from liankong.exchange.inquiries_lists import write
        from liankong.store.inquiries import speaks_for
        from liankong.web.inquiries_list import answer_rows, of_tab

        rows = list(answer_rows(of_tab(box, speaks_for(who.actor.organisation, who.at)), who.at))
    file.write_bytes(write(rows))
    if as_json:
        emit_json({"file": file.name, "rows": len(rows)})
    else:
        console().print(f"{len(rows):,} inquiries written to {file.name}", markup=False)


def _found(text: str) -> "Inquiry":
    from liankong.store.models import Inquiry

    wanted = {"pk": int(text)} if text.isdecimal() and len(text) < 19 else {"number": text}
    row = Inquiry.objects.select_related("sender", "receiver").filter(**wanted).first()
    if row is None:
        raise Failure(f"there is no inquiry {text!r} in sight", hint="liankong inquiries list")
    return row


def _body(code: str) -> "Organisation":
    from liankong.store.models import Organisation

    row = Organisation.objects.filter(code=code).first()
    if row is None:
        raise Failure(f"there is no organisation {code!r}", hint="liankong org list")
    return row


def _time(value: datetime | None) -> str | None:
    return value.astimezone(SHANGHAI).isoformat(timespec="minutes") if value else None


def _line(row: "Inquiry") -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "their_number": row.their_number,
        "subject": row.subject,
        "role": row.role,
        "state": row.state,
        "outcome": row.outcome,
        "sender": row.sender.code if row.sender else row.sender_name,
        "receiver": row.receiver.code if row.receiver else None,
        "what": row.what,
        "vehicle": row.vehicle,
        "issued_at": _time(row.issued_at),
        "due_at": _time(row.due_at),
        "overdue_at": _time(row.overdue_at),
        "disclosed": row.disclosed,
        "answer": row.answer,
        "job": row.job_id,
    }


def _emit(rows: "Sequence[Inquiry]", *, as_json: bool) -> None:
    lines = [_line(row) for row in rows]
    if as_json:
        emit_json({"inquiries": lines})
        return
    from rich.table import Table

    table = Table("Id", "Number", "Subject", "From", "To", "State", "Due", box=None)
    for one in lines:
        table.add_row(
            *(
                str(one[key] or "")
                for key in ("id", "number", "subject", "sender", "receiver", "state", "due_at")
            )
        )
    console().print(table)
