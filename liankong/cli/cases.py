"""`liankong import cases`: a line list into an outbreak, every row accounted for."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option, progress
from liankong.cli.acting import acting, as_option, outbreak_by_code
from liankong.exchange import linelist, mapping
from liankong.exchange.linelist_rejects import rejected_csv
from liankong.exchange.tables import TableError

if TYPE_CHECKING:
    from liankong.store.models import LineListImport

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
SHOWN = 12


@click.group("import")
def import_group() -> None:
    """Take files into the platform."""


@import_group.command("cases")
@click.argument("file", type=FILE)
@click.option("--map", "map_name", required=True, metavar="MAP", help="Mapping file, or a shipped name.")
@click.option("--outbreak", required=True, metavar="CODE", help="The outbreak that the cases belong to.")
@click.option("--links", type=FILE, metavar="FILE", help="A file of links, one infector and infectee a row.")
@click.option("--rejected", type=OUT, metavar="OUT", help="Write rejected rows there, to be mended.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, store nothing.")
@as_option
@json_option
@click.pass_context
def import_cases(
    ctx: click.Context,
    *,
    file: Path,
    map_name: str,
    outbreak: str,
    links: Path | None,
    rejected: Path | None,
    dry_run: bool,
    username: str | None,
    as_json: bool,
) -> None:
    """Take the cases of a line list into an outbreak, all accepted rows or none.

    Importing the same file twice adds nothing: its rows are duplicates. Rows in = accepted + rejected + duplicate.

    \b
    Examples:
      liankong import cases cases.xlsx --map cases.toml --outbreak jinnan-2022 --dry-run
      liankong import cases cases.xlsx --map cases.toml --outbreak jinnan-2022 --as liu.epi

    Ends with 0 when every row was taken or stands already, 3 when some were rejected, 2 when the file, the mapping
    or the user cannot be used.
    """
    shape, found = _read(file, map_name, links, quiet=as_json)
    with acting("cases.import", username) as who:
        from liankong.actions.linelists import import_line_list

        target = outbreak_by_code(outbreak)
        stored: LineListImport | None = None
        if not dry_run:
            with progress(f"Importing {file.name}", show=not as_json) as advance:
                stored = import_line_list(
                    outbreak=target.pk,
                    line_list=found,
                    mapping=_text(map_name),
                    by=who.actor,
                    at=who.at,
                    progress=lambda done, total: advance(done, done / total if total else None),
                )
        result = _result(file, shape, outbreak, found, stored)
    if rejected is not None and found.rejected:
        rejected.write_bytes(rejected_csv(found, shape))
    if as_json:
        emit_json(result)
    else:
        _print(result, dry_run=dry_run, who=who.username)
        _complain(found, rejected)
    ctx.exit(ExitCode.INCOMPLETE if result["rows"]["rejected"] else ExitCode.DONE)


def _read(
    file: Path, map_name: str, links: Path | None, *, quiet: bool
) -> tuple[mapping.Mapping, linelist.LineList]:
    try:
        shape = mapping.load(map_name)
        with progress(f"Reading {file.name}", show=not quiet) as advance:
            return shape, linelist.read(file, shape, links=links, progress=advance)
    except mapping.MappingError as error:
        raise Failure(str(error), hint=f"liankong map guess {file.name}") from error
    except TableError as error:
        raise Failure(str(error)) from error


def _text(map_name: str) -> str:
    """The mapping's own text, kept with the import, so that it can be repeated."""
    path = Path(map_name)
    return path.read_text("utf-8") if path.exists() else mapping.shipped_text(map_name)


def _result(
    file: Path,
    shape: mapping.Mapping,
    outbreak: str,
    found: linelist.LineList,
    stored: "LineListImport | None",
) -> dict[str, Any]:
    if stored is None:
        rows = found.counts()
    else:
        rows = {
            "in": stored.rows,
            "accepted": stored.accepted,
            "rejected": stored.rejected,
            "duplicate": stored.duplicate,
        }
    conflicts = [] if stored is None else stored.rejections.filter(field="key", content_sealed=b"")
    return {
        "file": file.name,
        "mapping": shape.name,
        "outbreak": outbreak,
        "import": None if stored is None else stored.pk,
        "digest": found.digest,
        "rows": rows,
        "rejected": [
            {
                "row": error.row,
                "field": error.field,
                "column": error.column,
                "problem": error.problem,
                "expected": error.expected,
            }
            for error in found.errors
        ]
        + [
            {
                "row": one.row,
                "field": one.field,
                "column": "",
                "problem": one.reason,
                "expected": one.expected,
            }
            for one in conflicts
        ],
    }


def _print(result: dict[str, Any], *, dry_run: bool, who: str) -> None:
    rows = result["rows"]
    account = (
        f"{rows['in']:,} rows in = {rows['accepted']:,} accepted + {rows['rejected']:,} rejected"
        f" + {rows['duplicate']:,} duplicate"
    )
    screen = console()
    screen.print(account, style="bold", markup=False)
    if dry_run:
        screen.print("Dry run: nothing was stored.", markup=False)
    else:
        screen.print(f"Import {result['import']} into {result['outbreak']}, by {who}.", markup=False)


def _complain(found: linelist.LineList, rejected: Path | None) -> None:
    if not found.errors:
        return
    lines = [str(error) for error in found.errors[:SHOWN]]
    if len(found.errors) > SHOWN:
        lines.append(f"and {len(found.errors) - SHOWN:,} more")
    lines.append(
        f"written to {rejected}" if rejected else "--rejected OUT writes them to a file to be mended"
    )
    complain(lines, title="Rejected:")
