"""`liankong minutes`: the text of a meeting as directives, each with its sentence. No server or database."""

import sys
from datetime import datetime
from pathlib import Path

import click

from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option
from liankong.exchange.minutes import Meeting, Minutes, TooLong, UnknownDivision, read
from liankong.exchange.minutes_files import UnreadableFile, plain, text_of
from liankong.exchange.minutes_json import minutes_json
from liankong.exchange.minutes_model import Directive, Part, When

FILE = click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True)
_NO_NAME = {"txt", "htm", "html", "md", "docx"}


@click.command("minutes")
@click.argument("file", type=FILE)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day of the meeting, or the year of its days, where the text does not say.",
)
@click.option("--division", default="", metavar="CODE", help="Whose headquarters met, e.g. 12.")
@click.option("--all", "show_all", is_flag=True, help="Also show directives outside the numbered lists.")
@json_option
@click.pass_context
def minutes(
    ctx: click.Context, *, file: Path, day: datetime | None, division: str, show_all: bool, as_json: bool
) -> None:
    """Read the text of a meeting into directives: who is told, by when, about what.

    FILE is plain text, HTML or .docx, simplified or traditional; "-" reads text from standard input. A page may report
    several meetings. The items of numbered lists are directives; what a speech asks for besides is shown with --all.
    Ends with code 3 when a sentence holds a person's number: it is masked and cannot become an order.

    \b
    Examples:
      liankong minutes meeting.html
      liankong minutes minutes.docx --day 2022-01-08 --division 12 --json
    """
    try:
        found = read(_source(file), meeting_day=day.date() if day else None, place=division)
    except UnreadableFile as error:
        raise Failure(f"{file.name}: {error}") from error
    except TooLong as error:
        raise Failure(f"{file.name}: {error}") from error
    except UnknownDivision as error:
        raise Failure(f"--division: {error}", hint="a code such as 12 or 120112") from error
    if as_json:
        emit_json(minutes_json(found))
    else:
        _show(found, show_all=show_all)
    if any(one.refused for meeting in found.meetings for one in (*meeting.directives, *meeting.unnumbered)):
        ctx.exit(ExitCode.INCOMPLETE)


def _source(file: Path) -> str:
    if str(file) == "-":
        return plain(sys.stdin.buffer.read())
    kind = file.suffix.lstrip(".").lower()
    # A file of another name is taken for text: minutes are often passed on without an ending.
    return text_of(file.name if kind in _NO_NAME else "minutes.txt", file.read_bytes())


def _show(found: Minutes, *, show_all: bool) -> None:
    if not found.meetings:
        raise Failure("no meeting was found", hint="does the text say when it met? else add --day YYYY-MM-DD")
    for meeting in found.meetings:
        _show_meeting(meeting, show_all=show_all)
    if found.notes:
        complain(list(found.notes), title="Please note")


def _show_meeting(meeting: Meeting, *, show_all: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    day = "day not known" if meeting.day is None else meeting.day.isoformat()
    hour = "" if meeting.hour is None else f" {meeting.hour:%H:%M}"
    shown = (*meeting.directives, *(meeting.unnumbered if show_all else ()))
    counts = f"{len(meeting.directives)} directives, {len(meeting.unnumbered)} more outside the lists"
    screen = console()
    screen.print(f"{meeting.number}. {day}{hour}  {escape(meeting.title)}", style="bold", markup=True)
    screen.print(counts, style="dim")
    if not shown:
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("Sentence", overflow="fold", ratio=4)
    table.add_column("Who", overflow="fold", ratio=1)
    table.add_column("When", overflow="fold", ratio=1)
    table.add_column("About", overflow="fold", style="dim")
    for one in shown:
        label = one.label or (f"{one.under}{one.number}" if one.number else "–")
        about = ", ".join(one.subjects[:2])
        table.add_row(
            escape(label), escape(one.sentence.removeprefix(one.label)), escape(_who(one)), _when(one), about
        )
    screen.print(table)


def _who(one: Directive) -> str:
    """Bodies that must act; those of the lead-in in brackets."""
    told = [body for body in one.bodies if body.part is not Part.MENTIONED]
    return ", ".join(f"({body.words})" if body.part is Part.LEAD_IN else body.words for body in told)


def _when(one: Directive) -> str:
    refused = [f"refused: {one.refused.replace('_', ' ')}"] if one.refused else []
    return "\n".join([*refused, *(_moment(when) for when in one.dates)])


def _moment(when: When) -> str:
    said = "?" if when.moment is None else f"{when.moment:%m-%d %H:%M}"
    return f"{when.words} ({when.kind} {said})"
