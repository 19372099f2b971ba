"""`liankong zones replay`: real lists of risk areas held against the protocols. No server or database."""

from pathlib import Path
from typing import Any

import click

from liankong.cli import ExitCode, Failure, complain, console, emit_json, json_option

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN = 12


@click.command("replay")
@click.argument("file", type=FILE)
@click.option(
    "--protocol",
    "wanted",
    multiple=True,
    metavar="ID",
    help="Judge by this edition; may be repeated.  [default: every edition with risk areas that fits]",
)
@json_option
@click.pass_context
def replay(ctx: click.Context, *, file: Path, wanted: tuple[str, ...], as_json: bool) -> None:
    """Hold published lists of risk areas against the spans of the protocols that they were drawn under.

    FILE has a row for each area and level: level, county, community, first_seen, last_seen. Works without server and
    database. Rows in = accepted + rejected + duplicate.

    Ends with 0 when every row was read, 3 when some were rejected, 2 when the file or protocol cannot be used.
    """
    from liankong import protocols
    from liankong.exchange.tables import TableError
    from liankong.exchange.zones_list import read_areas
    from liankong.protocols import Absent, UnknownProtocolError
    from liankong.rules.zones_replay import replay as judge

    try:
        read = read_areas(file)
        editions = [protocols.load(one) for one in wanted or ("CN-COV-v9", "CN-COV-20")]
        found = [judge(read.listings, edition) for edition in editions]
    except (TableError, UnknownProtocolError, Absent) as error:
        raise Failure(str(error)) from error
    account = {
        "rows": read.rows,
        "accepted": read.accepted,
        "rejected": [{"row": one.row, "field": one.field, "expected": one.expected} for one in read.rejected],
        "duplicate": read.duplicate,
    }
    if as_json:
        emit_json({**account, "protocols": [_replayed(one) for one in found]})
    else:
        _print_replay(account, found)
    ctx.exit(int(ExitCode.INCOMPLETE if read.rejected else ExitCode.DONE))


def _replayed(one: Any) -> dict[str, Any]:
    return {
        "protocol": one.protocol,
        "listings": one.listings,
        "by_kind": one.by_kind,
        "by_unit": one.by_unit,
        "courses": one.courses,
        "lowered": one.lowered,
        "units": [
            {"kind": kind, "lawful": lawful, "all": every}
            for kind, (lawful, every) in one.units_allowed.items()
        ],
        "terms": [
            {
                "term": term.term,
                "days": term.days,
                "judged": term.judged,
                "kept": term.kept,
                "surely": term.surely,
                "possibly": term.possibly,
                "short": term.short,
            }
            for term in one.tallies
        ],
    }


def _print_replay(account: dict[str, Any], found: list[Any]) -> None:
    from rich.table import Table

    screen = console()
    screen.print(
        f"{account['rows']:,} rows = {account['accepted']:,} accepted + {len(account['rejected']):,} rejected "
        f"+ {account['duplicate']:,} duplicate"
    )
    for one in found:
        table = Table(title=f"{one.protocol}: {one.listings:,} listings, {one.lowered:,} from high to medium")
        for name in ("Term", "Days", "Judged", "Kept", "of these sure", "Short"):
            table.add_column(name, justify="left" if name == "Term" else "right")
        for term in one.tallies:
            numbers = (term.days, term.judged, term.kept, term.surely, term.short)
            table.add_row(term.term, *(f"{number:,}" for number in numbers))
        screen.print(table)
    if account["rejected"]:
        lines = [
            f"row {one['row']}: {one['field']}: expected {one['expected']}"
            for one in account["rejected"][:SHOWN]
        ]
        complain(lines, title=f"{len(account['rejected'])} rows were not read")
