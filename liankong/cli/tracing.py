"""`liankong contacts`: who is a contact, and why."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import Failure, console, emit_json, json_option
from liankong.cli.acting import acting, as_option
from liankong.vocabulary.kinds import ContactState, PersonClass
from liankong.vocabulary.spans import SHANGHAI

if TYPE_CHECKING:
    from liankong.store.models import Contact

_CLASSES = [
    PersonClass.CLOSE_CONTACT.value,
    PersonClass.SECONDARY_CONTACT.value,
    PersonClass.GENERAL_CONTACT.value,
]


@click.group("contacts")
def contacts() -> None:
    """Contacts of an outbreak, by their numbers.

    \b
    Examples:
      liankong contacts list --state proposed
      liankong contacts why 17 --json
    """


@contacts.command("list")
@click.option("--outbreak", default="", metavar="CODE", help="Only those of this outbreak.")
@click.option(
    "--state", type=click.Choice([one.value for one in ContactState]), help="Only those who stand so."
)
@click.option("--class", "classification", type=click.Choice(_CLASSES), help="Only those of this class.")
@click.option(
    "--release", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Only those whose last day this is."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@as_option
@json_option
def list_contacts(
    *,
    outbreak: str,
    state: str | None,
    classification: str | None,
    release: Any,
    limit: int,
    username: str | None,
    as_json: bool,
) -> None:
    """Contacts in one's jurisdiction, the latest found first.

    \b
    Example:
      liankong contacts list --class close_contact --release 2022-01-22
    """
    with acting("look", username):
        from liankong.store.models import Contact

        rows = Contact.objects.select_related("outbreak")
        if outbreak:
            rows = rows.filter(outbreak__code=outbreak)
        if state:
            rows = rows.filter(state=state)
        if classification:
            rows = rows.filter(classification=classification)
        if release:
            rows = rows.filter(release_on=release.date())
        found = [_line(row) for row in rows.order_by("-found_at", "-pk")[:limit]]
    if as_json:
        emit_json({"contacts": found})
    else:
        _print_list(found)


@contacts.command("why")
@click.argument("number", type=click.IntRange(min=1))
@as_option
@json_option
def why(*, number: int, username: str | None, as_json: bool) -> None:
    """Why a contact stands as it does: facts, rule and instrument, edition, signer, and what would change it.

    \b
    Example:
      liankong contacts why 17 --json
    """
    with acting("look", username) as who:
        from liankong.store.models import Contact
        from liankong.store.tracing_why import why as answer

        row = Contact.objects.select_related("outbreak").filter(pk=number).first()
        if row is None:
            raise Failure(f"there is no contact {number} in sight", hint="liankong contacts list")
        found = answer(row, at=who.at)
    if as_json:
        emit_json(found)
    else:
        _print_why(found)


def _line(row: "Contact") -> dict[str, Any]:
    return {
        "contact": row.pk,
        "person": row.person_id,
        "outbreak": row.outbreak.code,
        "division": row.division,
        "classification": row.classification,
        "state": row.state,
        "found_at": row.found_at.astimezone(SHANGHAI).isoformat(),
        "last_exposed_at": row.last_exposed_at.astimezone(SHANGHAI).isoformat()
        if row.last_exposed_at
        else None,
        "release_on": _day(row.release_on),
        "signed_by": row.signed_by_id,
    }


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _print_list(found: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Contact", "Class", "State", "Person", "Division", "Release", box=None)
    for row in found:
        table.add_row(
            str(row["contact"]),
            row["classification"],
            row["state"],
            str(row["person"]),
            row["division"],
            row["release_on"] or "",
        )
    console().print(table)


def _print_why(found: dict[str, Any]) -> None:
    screen = console()
    head = f"Contact {found['contact']}: {found['classification']}, {found['state']}"
    if found["release_on"]:
        head += f", until {found['release_on']}"
    screen.print(head, style="bold", markup=False)
    screen.print(found["because"]["reason"], markup=False)
    signed = found["signed"]
    who = f"signed by user {signed['by']} at {signed['at']}" if signed else "not signed"
    screen.print(f"{found['protocol']['id']}, {who}", markup=False)
    for number in found["because"]["numbers"]:
        line = f"  {number['path']} = {number['value']} ({number['instrument']}, {number['grade']})"
        screen.print(line, markup=False)
    for met in found["exposures"]:
        whom = f"case {met['case_number']}" if met["case"] else f"contact {met['via']}"
        gives = met["gives"] or "does not count"
        screen.print(f"  met {whom} ({met['kind']}), {met['from']} to {met['until']}: {gives}", markup=False)
        screen.print(f"    {met['because']['reason']}", markup=False)
    if found["otherwise"]:
        screen.print("It would be otherwise", markup=False)
    for one in found["otherwise"]:
        then = "a case" if one["becomes_case"] else one["classification"] or "no contact"
        until = f", until {one['release_on']}" if one["release_on"] else ""
        screen.print(f"  {one['if']}: {then}{until}", markup=False)
