"""`liankong bulletin`: read a bulletin's text to figures, check its arithmetic. No server or database.

`draft` and `sign` need the platform; the group loads them from their own module when they are called.
"""

import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option
from liankong.exchange.bulletin_english import label_en
from liankong.exchange.bulletin_json import BulletinFormError, findings_json, from_json, reading_json
from liankong.exchange.bulletin_labels import identity_label, window_label
from liankong.exchange.bulletin_text import NoYearError, Reading, WordingError, read
from liankong.exchange.tables_text import TableError, detect_encoding
from liankong.rules.bulletins import DAY, Bulletin, Finding, Key, State, check, may_sign

if TYPE_CHECKING:
    from rich.text import Text

_STORED = {"draft": "liankong.cli.bulletins", "sign": "liankong.cli.bulletins"}
_MARKS = {
    State.OK: ("✓", "green"),
    State.EXPLAINED: ("○", "yellow"),
    State.FAILED: ("✗", "bold red"),
    State.NOT_APPLICABLE: ("–", "dim"),
}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True)


class BulletinGroup(click.Group):
    """Finds the commands that need the platform only when it is there."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        stored = [name for name, module in _STORED.items() if importlib.util.find_spec(module)]
        return [*super().list_commands(ctx), *stored]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        module = _STORED.get(cmd_name)
        if found is None and module is not None and importlib.util.find_spec(module):
            held = vars(importlib.import_module(module)).values()
            return next((c for c in held if isinstance(c, click.Command) and c.name == cmd_name), None)
        return found


@click.group("bulletin", cls=BulletinGroup)
def bulletin() -> None:
    """Draft, sign, read and check bulletins."""


_year = click.option("--year", type=int, help="The year of days whose year the text does not say.")


@bulletin.command("read")
@click.argument("file", type=FILE)
@_year
@json_option
def read_(*, file: Path, year: int | None, as_json: bool) -> None:
    """Read the figures out of a bulletin's text.

    FILE holds Chinese text, simplified or traditional; HTML and texts without punctuation are read too. Each
    figure is shown with the words it was read from. "-" reads standard input.
    """
    reading = _reading(file, year)
    if as_json:
        emit_json(reading_json(reading))
        return
    if reading.bulletin is None:
        raise Failure(
            "no figures of a bulletin were found", hint="does the text give counts for a stated day?"
        )
    _show_figures(reading, reading.bulletin)
    _show_doubts(reading)
    findings = check(reading.bulletin)
    failed = sum(finding.state is State.FAILED for finding in findings)
    verdict = f"{failed} identities fail" if failed else "every identity that can be tried holds"
    click.echo(f"\n{verdict}; 'liankong bulletin check' shows them.")


@bulletin.command("check")
@click.argument("file", type=FILE)
@click.option("--previous", type=FILE, help="The day before's bulletin: adds the day-to-day identities.")
@click.option("--all", "show_all", is_flag=True, help="Also show identities that could not be tried.")
@_year
@json_option
@click.pass_context
def check_(
    ctx: click.Context, *, file: Path, previous: Path | None, show_all: bool, year: int | None, as_json: bool
) -> None:
    """Check the arithmetic of a bulletin, given as text or as JSON figures.

    Shows every identity with its numbers. Ends with code 3 if one fails without an adjustment that explains it,
    or if the text contradicts itself.
    """
    stated, reading = _bulletin(file, year)
    before = _bulletin(previous, year)[0] if previous else None
    findings = check(stated, before)
    contradictions = reading.contradictions if reading else ()
    if as_json:
        said = [{"kind": c.kind, "detail": c.detail} for c in contradictions]
        emit_json({**findings_json(findings), "contradictions": said})
    else:
        holds = may_sign(findings)
        verdict = ("It may be signed." if holds else "It must not be signed.") if reading is None else ""
        _show_findings(stated, findings, show_all=show_all, verdict=verdict)
        if reading:
            _show_doubts(reading)
    if contradictions or not may_sign(findings):
        ctx.exit(ExitCode.INCOMPLETE)


# --- input -------------------------------------------------------------------------------------------------


def _source(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding=detect_encoding(file))
    except (TableError, UnicodeDecodeError) as error:
        raise Failure(f"{file.name}: {error}") from error


def _reading(file: Path, year: int | None) -> Reading:
    return _read_text(_source(file), year)


def _read_text(text: str, year: int | None) -> Reading:
    try:
        return read(text, year=year)
    except NoYearError as error:
        raise Failure(str(error), hint="add --year YYYY") from error


def _bulletin(file: Path, year: int | None) -> tuple[Bulletin, Reading | None]:
    text = _source(file)
    if text.lstrip().startswith("{"):
        try:
            return from_json(json.loads(text)), None
        except (json.JSONDecodeError, BulletinFormError) as error:
            raise Failure(
                f"{file.name}: {error}", hint="docs/bulletins.md shows the form of the JSON"
            ) from error
    reading = _read_text(text, year)
    if reading.bulletin is None:
        raise Failure(f"{file.name}: no figures of a bulletin were found")
    return reading.bulletin, reading


# --- output ------------------------------------------------------------------------------------------------


def _name(key: Key) -> str:
    try:
        return label_en(key)
    except WordingError:
        return f"{key.series.value} {key.measure.value}"


def _show_figures(reading: Reading, stated: Bulletin) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    until = "24:00" if stated.until is None else f"{stated.until:%H:%M}"
    title = f"{stated.place}, {stated.day.isoformat()} to {until}"
    table = Table(title=title, title_justify="left", pad_edge=False, box=SIMPLE_HEAD)
    for header in ("Place", "Figure"):
        table.add_column(header)
    table.add_column("Number", justify="right", no_wrap=True)
    table.add_column("Counted", style="dim")
    table.add_column("Read from", style="dim", overflow="fold")
    place = None
    for figure in stated.figures:
        shown = figure.key.place if figure.key.place != place else ""
        place = figure.key.place
        words = reading.sources[figure.key].words
        counted = window_label(figure.key.window, "en")
        table.add_row(shown, _name(figure.key), f"{figure.value:,}", counted, words)
    console().print(table)


def _show_findings(stated: Bulletin, findings: list[Finding], *, show_all: bool, verdict: str) -> None:
    from rich.table import Table

    screen = console()
    screen.print(f"{stated.place}, {stated.day.isoformat()}\n", style="bold")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(max_width=44)
    table.add_column()
    for finding in findings:
        if show_all or finding.state is not State.NOT_APPLICABLE:
            table.add_row(*_finding_row(stated, finding))
    screen.print(table)
    counts = {state: sum(finding.state is state for finding in findings) for state in State}
    screen.print(
        f"\n{counts[State.OK]} hold, {counts[State.EXPLAINED]} explained, {counts[State.FAILED]} fail, "
        f"{counts[State.NOT_APPLICABLE]} could not be tried. {verdict}"
    )


def _finding_row(stated: Bulletin, finding: Finding) -> tuple["Text", "Text", "Text"]:
    from rich.text import Text

    mark, style = _MARKS[finding.state]
    key = finding.key
    where = "" if key.place == stated.place else f"{key.place}: "
    since = "" if key.window == DAY else f", {window_label(key.window, 'en')}"
    what = Text(f"{where}{_name(key)}{since}")
    what.append(f"\n{identity_label(finding.identity, 'en')}", style="dim")
    if finding.state is State.FAILED and finding.left is not None and finding.right is not None:
        what.append(f"\noff by {finding.delta:+d}", style="red")
    for line in finding.explained_by:
        what.append(f"\n{line.delta:+d}: {line.reason} {line.instrument}".rstrip(), style="yellow")
    if finding.note:
        what.append(f"\n{finding.note}", style="dim")
    numbers = Text(finding.arithmetic, style=style if finding.state is State.FAILED else "")
    return Text(mark, style=style), numbers, what


def _show_doubts(reading: Reading) -> None:
    lines: list[Any] = [f"{c.detail}" for c in reading.contradictions]
    if lines:
        complain(lines, title="The text contradicts itself")
    if reading.unread:
        complain(
            [f"{source.words} ({reason})" for source, reason in reading.unread], title="Numbers left unread"
        )
