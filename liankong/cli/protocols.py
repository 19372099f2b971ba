"""`liankong protocol`: issued protocols as data. No server, no database."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from liankong import protocols
from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option
from liankong.protocols import Protocol, ProtocolError, UnknownProtocolError

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

_folder = click.option("--folder", type=FOLDER, help="Further protocols of your own.")


@click.group("protocol")
def protocol() -> None:
    """Issued protocols: every number with its unit, instrument and grade.

    \b
    Examples:
      liankong protocol list
      liankong protocol show CN-COV-v9
      liankong protocol check overlays/tianjin.toml
    """


@protocol.command("list")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Only those in force then."
)
@click.option("--division", default="", metavar="CODE", help="Also those that hold only there.")
@_folder
@json_option
def list_protocols(*, on: datetime | None, division: str, folder: Path | None, as_json: bool) -> None:
    """List all protocols by pathogen and first day.

    \b
    Example:
      liankong protocol list --on 2022-01-08
    """
    found = [one for one in _available(folder) if on is None or one.holds(on.date(), division or None)]
    if as_json:
        emit_json({"protocols": [_line(one) for one in found]})
        return
    from rich.table import Table

    table = Table("Id", "Pathogen", "In force", "Name", "English", box=None)
    for one in found:
        line = _line(one)
        table.add_row(
            one.id, one.pathogen, f"{line['first_day']} – {line['last_day'] or ''}", one.name, one.english
        )
    console().print(table)


@protocol.command("show")
@click.argument("name", metavar="ID")
@_folder
@json_option
def show(*, name: str, folder: Path | None, as_json: bool) -> None:
    """Print a protocol's text: numbers with unit, instrument and grade, and its worked examples.

    \b
    Example:
      liankong protocol show CN-COV-v8
    """
    try:
        found = protocols.load(name, folder=folder)
    except UnknownProtocolError as error:
        raise Failure(str(error), hint="liankong protocol list") from error
    except ProtocolError as error:
        raise Failure(str(error)) from error
    text = found.path.read_text("utf-8")
    if as_json:
        emit_json({**_line(found), "examples": [one.name for one in found.examples], "toml": text})
        return
    click.echo(text, nl=False)


@protocol.command("check")
@click.argument("file", type=FILE)
@json_option
@click.pass_context
def check(ctx: click.Context, *, file: Path, as_json: bool) -> None:
    """Check a protocol file: its keys, units, instruments and grades, and its worked examples under the real rules.

    \b
    Example:
      liankong protocol check overlays/tianjin.toml

    Ends with 0 when all is well, else with 3.
    """
    result = _checked(file)
    if as_json:
        emit_json(result)
    elif result["valid"]:
        click.echo(f"{file.name}: {result['id']}, {result['examples']} examples come out as written")
    else:
        complain(
            [f"{one['key'] or 'file'}: {one['expected']}" for one in result["problems"]]
            + [f"example {one['example']}: {one['problem']}" for one in result["differences"]],
            title=f"{file.name}:",
        )
    ctx.exit(ExitCode.DONE if result["valid"] else ExitCode.INCOMPLETE)


def _checked(file: Path) -> dict[str, Any]:
    from liankong.rules import examples

    try:
        found = protocols.load(file)
    except ProtocolError as error:
        problems = [
            {"file": one.file.name, "key": one.key, "expected": one.expected} for one in error.problems
        ]
        return _verdict(file, None, problems, [])
    except UnknownProtocolError as error:
        return _verdict(file, None, [{"file": file.name, "key": "extends", "expected": str(error)}], [])
    differences = []
    for example in found.examples:
        try:
            outcome = [str(one) for one in examples.run(example, found)]
        except examples.ExampleError as error:
            outcome = [str(error)]
        differences += [{"example": example.name, "problem": one} for one in outcome]
    return _verdict(file, found, [], differences)


def _verdict(
    file: Path, found: Protocol | None, problems: list[dict[str, str]], differences: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "file": file.name,
        "id": found.id if found else None,
        "digest": found.digest if found else None,
        "valid": not problems and not differences,
        "examples": len(found.examples) if found else 0,
        "problems": problems,
        "differences": differences,
    }


def _available(folder: Path | None) -> tuple[Protocol, ...]:
    try:
        return protocols.available(folder=folder)
    except ProtocolError as error:
        raise Failure(str(error)) from error


def _line(one: Protocol) -> dict[str, Any]:
    period = one.document.in_force
    return {
        "id": one.id,
        "name": one.name,
        "english": one.english,
        "pathogen": one.pathogen,
        "divisions": list(one.divisions),
        "first_day": period.first_day.isoformat(),
        "last_day": period.last_day.isoformat() if period.last_day else None,
        "digest": one.digest,
    }
