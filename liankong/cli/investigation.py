"""`liankong investigation`: read an itinerary's text without a server; show an investigation of the node."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option
from liankong.exchange.itinerary import Bounded, Itinerary, TooLong, bounded, read
from liankong.exchange.minutes_files import UnreadableFile, plain, text_of
from liankong.vocabulary.spans import SHANGHAI

FILE = click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True)
_NO_NAME = {"txt", "htm", "html", "md", "docx"}


@click.group("investigation")
def investigation() -> None:
    """Itineraries of cases: read one from a text, show one of the platform."""


@investigation.command("read-itinerary")
@click.argument("file", type=FILE)
@click.option(
    "--first-day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    required=True,
    help="The text's first day, where it does not say it or its year.",
)
@json_option
@click.pass_context
def read_itinerary(ctx: click.Context, *, file: Path, first_day: datetime, as_json: bool) -> None:
    """Read stays from free Chinese text. No server or database is needed, and nothing is kept.

    FILE is plain text, HTML or .docx; "-" reads standard input. Each stay comes with its words; a time that the text
    does not say is left open. Ends with code 3 when something could not be read.

    \b
    Example:
      liankong investigation read-itinerary track.txt --first-day 2022-01-06 --json
    """
    try:
        found = read(_source(file), first_day=first_day.date())
    except (UnreadableFile, TooLong) as error:
        raise Failure(f"{file.name}: {error}") from error
    if as_json:
        emit_json(itinerary_json(found))
    else:
        _show(found)
    if found.unread:
        ctx.exit(ExitCode.INCOMPLETE)


def _source(file: Path) -> str:
    if str(file) == "-":
        return plain(sys.stdin.buffer.read())
    kind = file.suffix.lstrip(".").lower()
    return text_of(file.name if kind in _NO_NAME else "itinerary.txt", file.read_bytes())


def itinerary_json(found: Itinerary) -> dict[str, Any]:
    """Everything that was read; times as the field's clock has them."""
    return {
        "text": found.text,
        "onset": None if found.onset is None else found.onset.isoformat(),
        "stays": [_stay_json(one) for one in bounded(found.stays)],
        "unread": [
            {"start": one.start, "end": one.end, "words": one.words, "why": one.why.value}
            for one in found.unread
        ],
        "notes": list(found.notes),
    }


def _stay_json(held: Bounded) -> dict[str, Any]:
    stay = held.stay
    return {
        "start": stay.start,
        "end": stay.end,
        "words": stay.words,
        "day": stay.day.isoformat(),
        "from": _local(stay.from_at),
        "until": _local(stay.until_at),
        "earliest": _local(held.from_at),
        "latest": _local(held.until_at),
        "vague": stay.vague,
        "mode": stay.mode.value,
        "place": stay.place,
        "vehicle": stay.vehicle,
        "seat": stay.seat,
        "companions": stay.companions,
        "protection": stay.protection.value,
    }


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(SHANGHAI).isoformat()


def _show(found: Itinerary) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("From", "Until", "What", "Where"):
        table.add_column(name, no_wrap=name != "Where")
    table.add_column("Words", overflow="fold", style="dim", ratio=2)
    for stay in found.stays:
        where = " ".join(part for part in (stay.place, stay.vehicle, stay.seat) if part)
        table.add_row(
            _short(stay.from_at), _short(stay.until_at), stay.mode.value, escape(where), escape(stay.words)
        )
    console().print(table)
    if found.onset is not None:
        console().print(f"symptoms since {found.onset.isoformat()}")
    if found.unread:
        complain(
            [f"{one.words} ({one.why.value.replace('_', ' ')})" for one in found.unread], title="Not read"
        )


def _short(moment: datetime | None) -> str:
    return "?" if moment is None else moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


@investigation.command("show")
@click.argument("case")
@click.option("--outbreak", metavar="CODE", help="The outbreak; else the one that was opened last.")
@json_option
def show(*, case: str, outbreak: str | None, as_json: bool) -> None:
    """Show the investigation of the case of number CASE: clocks, stays, hours that are not known, sources."""
    from liankong.cli.acting import looking, outbreak_by_code

    with looking() as at:
        from liankong.store.models import Investigation, Order, Outbreak, SourceHypothesis, Stay
        from liankong.vocabulary.kinds import OrderKind
        from liankong.web.investigation_track import track

        spread = outbreak_by_code(outbreak) if outbreak else Outbreak.objects.order_by("-opened_at").first()
        row = (
            Investigation.objects.select_related("case__outbreak")
            .filter(case__outbreak=spread, case__number=case)
            .first()
        )
        if row is None:
            raise Failure(
                f"there is no investigation of a case {case!r}", hint="the number as it stands in the list"
            )
        stays = list(Stay.objects.filter(investigation=row).select_related("place").order_by("from_at", "pk"))
        shown = track(row, stays, at=at)
        kinds = (OrderKind.CORE_TRACK, OrderKind.PRELIMINARY_REPORT)
        orders = Order.objects.filter(case=row.case_id, kind__in=kinds).order_by("due_at")
        data = {
            "case": row.case.number,
            "investigation": row.pk,
            "opened_at": _local(row.opened_at),
            "track_confirmed_at": _local(row.track_confirmed_at),
            "reported_at": _local(row.reported_at),
            "closed_at": _local(row.closed_at),
            "clocks": [
                {"kind": one.kind, "due_at": _local(one.due_at), "done_at": _local(one.done_at)}
                for one in orders
            ],
            "stays": [
                {
                    "from": _local(one.from_at),
                    "until": _local(one.until_at),
                    "mode": one.mode,
                    "place": one.place.name if one.place else one.place_text,
                    "vehicle": one.vehicle,
                    "confirmed": one.confirmed_at is not None,
                }
                for one in stays
            ],
            "gaps": [
                {"from": _local(line.from_at), "until": _local(line.until_at)}
                for line in shown.lines
                if line.stay is None
            ],
            "overlaps": shown.clashes,
            "sources": [
                {
                    "text": one.text,
                    "likelihood": one.likelihood,
                    "standing": "taken" if one.accepted_at else "rejected" if one.rejected_at else "open",
                }
                for one in SourceHypothesis.objects.filter(investigation=row).order_by("pk")
            ],
        }
    if as_json:
        emit_json(data)
        return
    _show_investigation(data)


def _show_investigation(data: dict[str, Any]) -> None:
    from rich.markup import escape

    screen = console()
    screen.print(f"Case {data['case']}  opened {data['opened_at']}", style="bold")
    for clock in data["clocks"]:
        screen.print(
            f"{clock['kind']}: due {clock['due_at']}, {'done ' + clock['done_at'] if clock['done_at'] else 'open'}"
        )
    for stay in data["stays"]:
        where = f"{stay['place']} {stay['vehicle']}".strip()
        screen.print(f"  {stay['from']} – {stay['until']}  {stay['mode']}  {escape(where)}")
    for gap in data["gaps"]:
        screen.print(f"  {gap['from']} – {gap['until']}  no stay known", style="yellow")
    for source in data["sources"]:
        screen.print(f"  source ({source['standing']}): {escape(source['text'])}")
