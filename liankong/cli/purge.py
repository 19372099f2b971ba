"""`liankong purge`: destroy personal data past their date, and prove it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import ExitCode, complain, console, emit_json, json_option, progress
from liankong.cli.acting import Acting, acting, as_option, looking

if TYPE_CHECKING:
    from liankong.actions.retention import Survey
    from liankong.store.models import PurgeCertificate


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Show what would go, and why, and destroy nothing.")
@click.option("--division", metavar="CODE", help="Whose data.  [default: the acting post's jurisdiction]")
@click.option("--propose", is_flag=True, help="Ask for a large destruction; prints the proposal's number.")
@click.option("--approve", type=click.IntRange(1), metavar="NUMBER", help="Agree to another's proposal.")
@click.option("--proposal", type=click.IntRange(1), metavar="NUMBER", help="Carry out an approved proposal.")
@click.option(
    "--assessed-until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Keep data for evidence or evaluation until then, as an assessment allows.",
)
@click.option("--certificates", is_flag=True, help="List all certificates and check each of them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_option
@json_option
@click.pass_context
def purge(
    ctx: click.Context,
    *,
    dry_run: bool,
    division: str | None,
    propose: bool,
    approve: int | None,
    proposal: int | None,
    assessed_until: datetime | None,
    certificates: bool,
    yes: bool,
    username: str | None,
    as_json: bool,
) -> None:
    """Destroy personal data past their retention class's date, and issue signed certificates.

    Identities, addresses and free text go; the numbers stay, so bulletins still add up. More than a hundred persons
    a day need a second person: one proposes, another approves, then it is carried out.

    \b
    Examples:
      liankong purge --dry-run
      liankong purge --as he.admin
      liankong purge --propose --as he.admin
      liankong purge --approve 4711 --as gu.admin
      liankong purge --proposal 4711 --as he.admin
      liankong purge --certificates

    Each batch stands with its certificate as soon as it is done: an interrupted purge goes on where it stopped.
    Ends with 0; with 3 when a certificate does not hold; with 2 when it is refused.
    """
    if sum(map(bool, (dry_run, propose, approve, proposal, certificates))) > 1:
        raise click.UsageError("choose one of --dry-run, --propose, --approve, --proposal and --certificates")
    if certificates:
        ctx.exit(_certificates(as_json=as_json))
    until = assessed_until.date() if assessed_until else None
    with acting("access.purge", username) as who:
        where = who.actor.division if division is None else division
        if dry_run:
            _dry_run(who, where, until, as_json=as_json)
        elif propose:
            _propose(who, where, until, as_json=as_json)
        elif approve is not None:
            _approve(who, approve, as_json=as_json)
        else:
            _purge(who, where, until, proposal, yes=yes or as_json, as_json=as_json)


def _dry_run(who: Acting, division: str, until: date | None, *, as_json: bool) -> None:
    from liankong.actions import retention

    found = retention.survey(division=division, by=who.actor, at=who.at, assessed_until=until)
    if as_json:
        emit_json(_survey(found))
        return
    from rich.table import Table

    table = Table("Class", "Held", "Due", "Kept by law", "Waiting for", "Rule", box=None)
    for line in found.lines:
        table.add_row(
            line.retention,
            f"{line.held:,}",
            f"{line.due:,}",
            f"{line.kept_by_law:,}",
            ", ".join(line.waiting_for),
            line.reason,
        )
    screen = console()
    screen.print(table)
    screen.print(
        f"{found.persons:,} persons would go, and the sealed contents of "
        + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in found.copies.items())
        + ".",
        style="bold",
    )
    if found.needs_second:
        screen.print("A second person must agree: liankong purge --propose", markup=False)


def _survey(found: "Survey") -> dict[str, Any]:
    return {
        "division": found.scope.division,
        "today": found.scope.today.isoformat(),
        "persons": found.persons,
        **found.copies,
        "needs_second": found.needs_second,
        "lines": [
            {
                "retention": line.retention,
                "held": line.held,
                "due": line.due,
                "kept_by_law": line.kept_by_law,
                "waiting_for": list(line.waiting_for),
                "reason": line.reason,
            }
            for line in found.lines
        ],
    }


def _propose(who: Acting, division: str, until: date | None, *, as_json: bool) -> None:
    from liankong.actions import retention

    entry = retention.propose(division=division, by=who.actor, at=who.at, assessed_until=until)
    if as_json:
        emit_json({"proposal": entry.pk, "persons": entry.body["persons"], "digest": entry.body["digest"]})
        return
    click.echo(f"Proposal {entry.pk}: {entry.body['persons']:,} persons. Another administrator now runs:")
    click.echo(f"  liankong purge --approve {entry.pk} --as USER")


def _approve(who: Acting, number: int, *, as_json: bool) -> None:
    from liankong.actions import retention

    entry = retention.approve(proposal=number, by=who.actor, at=who.at)
    if as_json:
        emit_json({"proposal": number, "approval": entry.pk})
        return
    click.echo(f"Proposal {number} is approved. To carry it out: liankong purge --proposal {number}")


def _purge(
    who: Acting, division: str, until: date | None, proposal: int | None, *, yes: bool, as_json: bool
) -> None:
    from liankong.actions import retention

    found = retention.survey(division=division, by=who.actor, at=who.at, assessed_until=until)
    if not yes:
        click.confirm(
            f"Destroy the personal data of {found.persons:,} persons for good?", abort=True, err=True
        )
    with progress("Destroying", show=not as_json) as advance:
        total = max(found.persons, 1)
        made = list(
            retention.purge(
                by=who.actor,
                at=who.at,
                division=division,
                proposal=proposal,
                assessed_until=until,
                progress=lambda done, _batch: advance(done, min(done / total, 1.0)),
            )
        )
    if as_json:
        emit_json({"persons": sum(one.persons for one in made), "certificates": [_line(one) for one in made]})
        return
    for one in made:
        click.echo(f"Certificate {one.pk}: {one.retention}, {one.persons:,} persons, {one.digest}")
    if not made:
        click.echo("Nothing is past its date.")


def _certificates(*, as_json: bool) -> ExitCode:
    with looking():
        from liankong.actions.retention import verify_certificate
        from liankong.store.models import PurgeCertificate

        rows = [(one, verify_certificate(one)) for one in PurgeCertificate.objects.order_by("pk")]
    if as_json:
        emit_json({"certificates": [{**_line(one), "flaws": list(flaws)} for one, flaws in rows]})
    else:
        for one, _flaws in rows:
            click.echo(
                f"Certificate {one.pk}: {one.issued_at:%Y-%m-%d}, {one.retention}, {one.persons:,} persons"
            )
        faults = [f"certificate {one.pk}: {flaw}" for one, flaws in rows for flaw in flaws]
        if faults:
            complain(faults, title="These do not hold:")
    return ExitCode.INCOMPLETE if any(flaws for _one, flaws in rows) else ExitCode.DONE


def _line(one: "PurgeCertificate") -> dict[str, Any]:
    return {
        "id": one.pk,
        "division": one.division,
        "retention": one.retention,
        "persons": one.persons,
        "issued_at": one.issued_at.isoformat(),
        "digest": one.digest,
        "signature": one.signature,
    }
