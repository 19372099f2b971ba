"""`liankong summarise`, `liankong chains`, `liankong map`: a line list looked at without server or database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from liankong.cli import ExitCode, Failure, complain, emit_json, json_option, progress
from liankong.exchange import linelist, mapping
from liankong.exchange.linelist_rejects import rejected_csv
from liankong.exchange.tables import TableError

_SHOWN_ERRORS = 12
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


def _source_options(command: Any) -> Any:
    """FILE, its mapping and its links: the same on every command that reads a line list."""
    for option in (
        click.option(
            "--seed", type=int, default=1, show_default=True, help="Seed of the bootstrap intervals."
        ),
        click.option("--long-gap", type=float, metavar="DAYS", help="Doubt onset gaps longer than this."),
        click.option("--rejected", type=OUT, metavar="OUT", help="Write rejected rows there, to be mended."),
        click.option(
            "--links", type=FILE, metavar="FILE", help="A file of links, one infector and infectee a row."
        ),
        click.option(
            "--map", "map_name", required=True, metavar="MAP", help="Mapping file, or a shipped name."
        ),
        click.argument("file", type=FILE),
    ):
        command = option(command)
    return command


@click.command("summarise")
@_source_options
@click.option(
    "--step", type=click.Choice(["day", "week"]), default="day", show_default=True, help="Curve by."
)
@json_option
@click.pass_context
def summarise(
    ctx: click.Context,
    *,
    file: Path,
    map_name: str,
    links: Path | None,
    rejected: Path | None,
    long_gap: float | None,
    seed: int,
    step: str,
    as_json: bool,
) -> None:
    """Counts, epidemic curve, delays, links, clusters and doubts of a line list.

    Works without server and database. Every row is accounted for: rows in = accepted + rejected + duplicate.

    \b
    Examples:
      liankong map guess cases.xlsx -o cases.toml
      liankong summarise cases.xlsx --map cases.toml
      liankong summarise mers_korea_2015__linelist.csv --map mers_korea_2015 --json
      liankong summarise cases.csv --map cases.toml --rejected mend.csv

    Ends with 0 when every row was taken, 3 when some were rejected, 2 when the file or mapping cannot be used.
    """
    from liankong.epi.summary import as_dict

    shape, line_list = _read(file, map_name, links, quiet=as_json)
    result = _summarise(line_list, seed=seed, step=step, long_gap=long_gap)
    _write_rejected(rejected, line_list, shape)
    if as_json:
        emit_json({**_account(line_list, shape), **as_dict(result)})
    else:
        from liankong.cli.linelist_report import print_summary

        print_summary(result, line_list, shape)
        _complain(line_list, rejected)
    ctx.exit(_exit_code(line_list))


@click.command("chains")
@_source_options
@click.option(
    "--graphml", type=OUT, metavar="OUT", help="Write the graph for Gephi, Cytoscape, yEd or igraph."
)
@click.option("--trees", type=click.IntRange(0), default=3, show_default=True, help="Chains to draw.")
@json_option
@click.pass_context
def chains(
    ctx: click.Context,
    *,
    file: Path,
    map_name: str,
    links: Path | None,
    rejected: Path | None,
    long_gap: float | None,
    seed: int,
    graphml: Path | None,
    trees: int,
    as_json: bool,
) -> None:
    """Who infected whom: roots, generations, clusters, top spreaders, serial interval, doubtful links.

    \b
    Examples:
      liankong chains measles_hagelloch_1861.csv --map measles_hagelloch_1861
      liankong chains cases.csv --map cases.toml --links contacts.csv --graphml chains.graphml

    Ends like summarise: 0, or 3 when rows were rejected, or 2.
    """
    from liankong.epi.summary import chains_dict

    shape, line_list = _read(file, map_name, links, quiet=as_json)
    result = _summarise(line_list, seed=seed, step="day", long_gap=long_gap)
    _write_rejected(rejected, line_list, shape)
    if graphml is not None:
        _write_graphml(graphml, result)
    if as_json:
        from liankong.epi.summary import graph_dict

        emit_json({**_account(line_list, shape), **chains_dict(result), "graph": graph_dict(result)})
    else:
        from liankong.cli.linelist_report import print_chains

        print_chains(result, line_list, shape, trees=trees)
        _complain(line_list, rejected)
    ctx.exit(_exit_code(line_list))


@click.group("map")
def map_group() -> None:
    """Mapping files say which column is what, and how its values read.

    \b
    Examples:
      liankong map guess cases.csv -o cases.toml
      liankong map list
      liankong map show taiwan_2020
    """


@map_group.command("guess")
@click.argument("file", type=FILE)
@click.option(
    "-o", "--output", type=OUT, metavar="MAP", help="Write the mapping there instead of printing it."
)
@click.option("--force", is_flag=True, help="Replace MAP if it exists.")
@click.option("--encoding", help="Encoding of a CSV file, if the guess is wrong.")
@click.option("--sheet", help="Sheet of a workbook.  [default: the first]")
@json_option
@click.pass_context
def map_guess(
    ctx: click.Context,
    *,
    file: Path,
    output: Path | None,
    force: bool,
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Guess a mapping from a file's headers and values, as a start.

    What cannot be told from the file is left as a QUESTION in the mapping; a question about days or the key
    must be settled before the mapping loads.

    \b
    Examples:
      liankong map guess cases.xlsx -o cases.toml
      liankong map guess 病例一览表.csv

    Ends with 0, or 3 when questions are left.
    """
    from liankong.exchange.mapping_guess import guess
    from liankong.exchange.tables import TableOptions

    if output is not None and output.exists() and not force:
        raise Failure(f"{output} exists already", hint="another name, or --force to replace it")
    with _told(file):
        found = guess(file, options=TableOptions(encoding=encoding, sheet=sheet))
    if output is not None:
        output.write_text(found.toml, encoding="utf-8")
    if as_json:
        fields = [{"field": one.name, "column": one.column, "sure": one.sure} for one in found.fields]
        questions, unused = list(found.questions), list(found.unused)
        emit_json(
            {
                "file": file.name,
                "fields": fields,
                "questions": questions,
                "unused": unused,
                "toml": found.toml,
            }
        )
    elif output is None:
        click.echo(found.toml, nl=False)
    else:
        from liankong.cli.linelist_report import print_guess

        print_guess(found, output)
    if found.questions and not as_json:
        complain(list(found.questions), title="To be settled by you:")
    ctx.exit(ExitCode.INCOMPLETE if found.questions else ExitCode.DONE)


@map_group.command("list")
@json_option
def map_list(*, as_json: bool) -> None:
    """List the mappings of public data sets that come with Liankong."""
    shapes = [{"name": name, "title": mapping.load(name).title} for name in mapping.shipped()]
    if as_json:
        emit_json({"mappings": shapes})
        return
    for shape in shapes:
        click.echo(f"{shape['name']:<26}{shape['title']}")


@map_group.command("show")
@click.argument("name")
def map_show(*, name: str) -> None:
    """Print a shipped mapping, to copy from."""
    if name not in mapping.shipped():
        raise Failure(f"there is no shipped mapping {name!r}", hint="liankong map list")
    click.echo(mapping.shipped_text(name), nl=False)


# --- reading --------------------------------------------------------------------------------------------------


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Faults of the file or the mapping become errors that say what to do."""
    try:
        yield
    except mapping.MappingError as error:
        hint = f"liankong map guess {file.name}" if error.key.endswith(("column", "key", "file")) else ""
        raise Failure(str(error), hint=hint) from error
    except TableError as error:
        raise Failure(str(error)) from error


def _read(
    file: Path, map_name: str, links: Path | None, *, quiet: bool
) -> tuple[mapping.Mapping, linelist.LineList]:
    done = 0
    with _told(file), progress(f"Reading {file.name}", show=not quiet) as advance:

        def count(rows: int, share: float | None) -> None:
            nonlocal done
            done = rows
            advance(rows, share)

        shape = mapping.load(map_name)
        try:
            return shape, linelist.read(file, shape, links=links, progress=count)
        except KeyboardInterrupt as stop:
            raise Failure(
                f"stopped after about {done:,} rows; nothing was written", code=ExitCode.INTERRUPTED
            ) from stop


def _summarise(line_list: linelist.LineList, *, seed: int, step: Any, long_gap: float | None) -> Any:
    import numpy as np

    from liankong.epi.summary import summarise as bundle

    rng = np.random.default_rng(seed)
    return bundle(line_list.accepted, rng=rng, related=line_list.related, step=step, long_gap=long_gap)


def _account(line_list: linelist.LineList, shape: mapping.Mapping) -> dict[str, Any]:
    """Where the figures come from and what became of every row."""
    links = line_list.links
    return {
        "file": line_list.file,
        "mapping": shape.name,
        "title": shape.title,
        "rows": line_list.counts(),
        "rejected": [
            {"row": e.row, "field": e.field, "column": e.column, "problem": e.problem, "expected": e.expected}
            for e in line_list.errors
        ],
        "duplicates": [{"row": one.row, "first_row": one.first_row} for one in line_list.duplicate],
        "notices": [
            {"field": n.field, "what": n.what, "count": n.count, "first_row": n.first_row}
            for n in line_list.notices
        ],
        "link_file": None
        if links is None
        else {
            "file": links.file,
            "rows": links.counts(),
            "rejected": [
                {"row": e.row, "field": e.field, "problem": e.problem, "expected": e.expected}
                for e in links.rejected
            ],
        },
        "directed_by_onset": line_list.directed_by_onset,
    }


def _write_rejected(path: Path | None, line_list: linelist.LineList, shape: mapping.Mapping) -> None:
    if path is not None and line_list.rejected:
        path.write_bytes(rejected_csv(line_list, shape))


def _write_graphml(path: Path, result: Any) -> None:
    from liankong.epi.arrays import days
    from liankong.epi.graphml import graphml

    attributes = {
        name: [str(getattr(record, name)) for record in result.records]
        for name in ("sex", "classification", "origin", "outcome")
    }
    onset = days(record.onset for record in result.records)
    path.write_text(graphml(result.chains, onset, attributes), encoding="utf-8")


def _complain(line_list: linelist.LineList, rejected: Path | None) -> None:
    errors = [str(error) for error in line_list.errors]
    if line_list.links is not None:
        errors += [f"{line_list.links.file}: {error}" for error in line_list.links.rejected]
    if errors:
        more = (
            [f"and {len(errors) - _SHOWN_ERRORS} more (--json shows all)"]
            if len(errors) > _SHOWN_ERRORS
            else []
        )
        complain(errors[:_SHOWN_ERRORS] + more, title="Rejected:")
    if line_list.rejected and rejected is not None:
        click.echo(
            f"The rejected rows are in {rejected}: mend and read them with the same mapping.", err=True
        )
    elif line_list.rejected:
        click.echo(
            "With --rejected OUT.csv they are written to a file, to be mended and read again.", err=True
        )


def _exit_code(line_list: linelist.LineList) -> ExitCode:
    links_rejected = line_list.links is not None and line_list.links.rejected
    return ExitCode.INCOMPLETE if line_list.rejected or links_rejected else ExitCode.DONE
