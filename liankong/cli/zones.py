"""`liankong zones`: areas under a measure, and what they wait for. Published lists are replayed in zones_replay.py."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import Failure, emit_json, json_option
from liankong.cli.acting import acting, as_option, outbreak_by_code
from liankong.cli.zones_replay import replay
from liankong.vocabulary.spans import SHANGHAI

if TYPE_CHECKING:
    from liankong.store.models import Zone

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_when = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
_number = click.argument("number", metavar="ZONE")
_outbreak = click.option("--outbreak", metavar="CODE", help="The outbreak, where numbers repeat.")


@click.group("zones")
def zones() -> None:
    """Zones: propose, sign, lift, tell the public.

    \b
    Examples:
      liankong zones list
      liankong zones show Z0001
      liankong zones approve Z0001 --basis "Law on Prevention of Infectious Diseases, art. 42"
      liankong zones replay areas.csv --json
    """


zones.add_command(replay)


@zones.command("list")
@click.option(
    "--state", type=click.Choice(["proposed", "in_force", "lifted", "rejected"]), help="Only these."
)
@_outbreak
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Rows.")
@as_option
@json_option
def list_zones(
    *, state: str | None, outbreak: str | None, limit: int, username: str | None, as_json: bool
) -> None:
    """Zones in sight, the newest first, each with how many of its conditions hold."""
    with acting("look", username) as who:
        from liankong.store.models import Zone

        rows = Zone.objects.order_by("-proposed_at", "-pk")
        if state:
            rows = rows.filter(state=state)
        if outbreak:
            rows = rows.filter(outbreak=outbreak_by_code(outbreak))
        chosen = list(rows[:limit])
        checks = _checklists(chosen, who.at)
        found = [{**_body(row), **checks[row.pk]} for row in chosen]
    if as_json:
        emit_json({"zones": found})
        return
    for one in found:
        click.echo(
            f"{one['number']:8} {one['state']:9} {one['kind']:11} {one['unit']:10} {one['name']}  {one['progress']}"
        )
    if not found:
        click.echo("No zones.")


@zones.command("show")
@_number
@_outbreak
@as_option
@json_option
def show(*, number: str, outbreak: str | None, username: str | None, as_json: bool) -> None:
    """One zone: who is inside, its conditions with figures, and its whole history."""
    with acting("look", username) as who:
        from liankong.store import zones as store

        row = _zone(number, outbreak)
        people, homes = store.count_inside(row)
        found = {
            **_body(row),
            **_checklists([row], who.at)[row.pk],
            "people_now": people,
            "households_now": homes,
            "history": [
                {"at": step.at.isoformat(), "change": str(step.change), "by": step.by, "reason": step.reason}
                for step in store.history(row)
            ],
        }
    if as_json:
        emit_json(found)
        return
    click.echo(f"{found['number']} {found['name']} ({found['unit']}): {found['kind']}, {found['state']}")
    click.echo(f"  inside: {people:,} people in {homes:,} households")
    click.echo(f"  {found['progress']}")
    for one in found["conditions"]:
        click.echo(f"  [{'x' if one['met'] else ' '}] {one['text']}")
    for step in found["history"]:
        click.echo(f"  {step['at']}  {step['change']}  {step['reason']}")


@zones.command("propose")
@click.option("--outbreak", required=True, metavar="CODE", help="The outbreak that it belongs to.")
@click.option(
    "--kind", required=True, metavar="KIND", help="The protocol's code: lockdown, control, high ..."
)
@click.option("--reason", required=True, help="Why this area.")
@click.option("--place", "places", type=int, multiple=True, metavar="ID", help="A place of the register.")
@click.option("--division", "divisions", multiple=True, metavar="CODE", help="A whole division.")
@click.option("--outline", type=FILE, metavar="FILE", help="A GeoJSON polygon, WGS 84.")
@click.option("--unit", help="What an outline encloses: stair, building, compound, village ...")
@click.option("--name", default="", help="What the public calls it.")
@as_option
@json_option
def propose(
    *,
    outbreak: str,
    kind: str,
    reason: str,
    places: tuple[int, ...],
    divisions: tuple[str, ...],
    outline: Path | None,
    unit: str | None,
    name: str,
    username: str | None,
    as_json: bool,
) -> None:
    """Propose a zone of places, divisions or a drawn outline. A proposal binds nobody until it is signed."""
    from liankong.protocols.words import ZoneUnit

    if unit is not None and unit not in set(ZoneUnit):
        raise Failure(f"--unit: expected one of {', '.join(ZoneUnit)}")
    with acting("zones.propose", username) as who:
        from liankong.actions import zones_draw

        row = zones_draw.propose_area(
            outbreak=outbreak_by_code(outbreak).pk,
            kind=kind,
            reason=reason,
            places=places,
            divisions=divisions,
            outline=_geometry(outline) if outline else None,
            unit=ZoneUnit(unit) if unit else None,
            name=name,
            by=who.actor,
            at=who.at,
        )
        _done(row, as_json=as_json)


@zones.command("approve")
@_number
@click.option("--basis", required=True, help="The legal basis: which law or notice.")
@click.option("--expires", type=_when, metavar="WHEN", help="It ends then.  [default: the protocol's term]")
@click.option("--finding", default="", help="What was found that needs more than the smallest unit.")
@_outbreak
@as_option
@json_option
def approve(
    *,
    number: str,
    basis: str,
    expires: datetime | None,
    finding: str,
    outbreak: str | None,
    username: str | None,
    as_json: bool,
) -> None:
    """Sign a proposal: it is in force at once, and its measures go out."""
    with acting("zones.sign", username) as who:
        from liankong.actions import zones_sign

        row = zones_sign.approve(
            zone=_zone(number, outbreak).pk,
            legal_basis=basis,
            expires_at=expires.replace(tzinfo=SHANGHAI) if expires else None,
            finding=finding,
            by=who.actor,
            at=who.at,
        )
        _done(row, as_json=as_json)


@zones.command("lift")
@_number
@click.option("--exception", is_flag=True, help="Lift although a condition is open; needs --reason.")
@click.option("--reason", default="", help="Why, for the record.")
@_outbreak
@as_option
@json_option
def lift(
    *,
    number: str,
    exception: bool,
    reason: str,
    outbreak: str | None,
    username: str | None,
    as_json: bool,
) -> None:
    """Lift a zone whose conditions hold; refused with the open ones otherwise."""
    with acting("zones.sign", username) as who:
        from liankong.actions import zones_sign

        zone = _zone(number, outbreak).pk
        row = zones_sign.lift(zone=zone, exception=exception, reason=reason, by=who.actor, at=who.at)
        _done(row, as_json=as_json)


@zones.command("notice")
@_number
@_outbreak
@as_option
@json_option
def notice(*, number: str, outbreak: str | None, username: str | None, as_json: bool) -> None:
    """The public notice in Chinese and English: places, never people."""
    with acting("look", username):
        from liankong.web.zones_public import latest_notices

        found = latest_notices(_zone(number, outbreak))
    if as_json:
        texts = [{"language": one.language, "headline": one.headline, "text": one.text} for one in found]
        emit_json({"zone": number, "notices": texts})
        return
    click.echo("\n\n".join(one.text for one in found) or "This zone was never in force.")


@zones.command("cap")
@_number
@_outbreak
@as_option
@json_option
def cap(*, number: str, outbreak: str | None, username: str | None, as_json: bool) -> None:
    """The latest CAP 1.2 message of a zone as XML; it refers to those before it."""
    with acting("look", username):
        from liankong.web.zones_public import messages, written

        found = messages(_zone(number, outbreak))
        if not found:
            raise Failure("this zone was never in force: there is nothing to tell")
        xml = written(found[-1]).decode()
    if as_json:
        last = found[-1]
        emit_json(
            {
                "zone": number,
                "identifier": last.identifier,
                "status": str(last.status),
                "kind": str(last.kind),
                "references": [str(one) for one in last.references],
                "xml": xml,
            }
        )
        return
    click.echo(xml, nl=False)


# --- shared --------------------------------------------------------------------------------------------------------


def _zone(number: str, outbreak: str | None) -> "Zone":
    from liankong.store.models import Zone

    rows = Zone.objects.filter(number=number)
    if outbreak:
        rows = rows.filter(outbreak=outbreak_by_code(outbreak))
    found = list(rows[:2])
    if not found:
        raise Failure(f"there is no zone {number!r} in sight", hint="liankong zones list")
    if len(found) > 1:
        raise Failure(f"several outbreaks have a zone {number}", hint="--outbreak CODE")
    return found[0]


def _geometry(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{file.name}: is not GeoJSON ({error})") from error
    if isinstance(body, dict) and body.get("type") == "Feature":
        body = body.get("geometry")
    if not isinstance(body, dict):
        raise Failure(f"{file.name}: expected a GeoJSON polygon or a feature with one")
    return body


def _checklists(rows: "list[Zone]", at: datetime) -> dict[int, dict[str, Any]]:
    from liankong.store.zones_facts import checklists

    found = checklists(rows, now=at)
    plain: dict[int, dict[str, Any]] = {}
    for row in rows:
        checks = found.get(row.pk)
        plain[row.pk] = {
            "progress": checks.sentence() if checks else "",
            "conditions": [
                {"code": one.code, "met": one.met, "text": one.sentence()}
                for one in (checks.conditions if checks else ())
            ],
        }
    return plain


def _body(row: "Zone") -> dict[str, Any]:
    moments = ("proposed_at", "from_at", "clock_from", "expires_at", "ended_at")
    return {
        "id": row.pk,
        "number": row.number,
        "state": row.state,
        "kind": row.kind,
        "unit": row.unit,
        "name": row.name,
        "division": row.division,
        "protocol": row.protocol,
        "legal_basis": row.legal_basis,
        "reason": row.reason,
        "people": row.persons,
        "households": row.households,
        "review_on": row.review_on.isoformat() if row.review_on else None,
        **{
            name: value.isoformat() if (value := getattr(row, name)) is not None else None for name in moments
        },
    }


def _done(row: "Zone", *, as_json: bool) -> None:
    row.refresh_from_db()
    if as_json:
        emit_json(_body(row))
    else:
        click.echo(f"{row.number} is {row.state}: {row.kind} of {row.name}")
