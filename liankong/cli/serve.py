"""`liankong serve`: the whole platform with one command.

`--check --json` prints `{"running": bool, "answers": bool, "pid": int|null, "address": str|null, "folder": str}` and
ends with 0 when the node runs and answers, else with 1.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from liankong.cli import ExitCode, Failure, emit_json, json_option

if TYPE_CHECKING:
    from liankong.config.node import Status


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 8000, or the next free one]"
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="LIANKONG_DATA",
    help="Data folder.  [default: data/ of a checkout, else your user data folder]",
)
@click.option(
    "--demo/--no-demo", default=True, help="Load the demo city into an empty node.  [default: demo]"
)
@click.option("--check", is_flag=True, help="Start nothing: say whether the node runs.")
@json_option
def serve(*, host: str, port: int | None, data: Path | None, demo: bool, check: bool, as_json: bool) -> None:
    """Start database, web, worker and clocks, and print where they are.

    The first start makes the database and loads the demo city; later ones take seconds. Ctrl-C stops everything in
    order and the data stays. DATABASE_URL names a PostgreSQL server of your own.
    """
    from liankong.config import node, paths

    folder = (data or paths.data_folder()).expanduser().resolve()
    if check:
        _report(node.status(folder), as_json=as_json)
        return
    if as_json:
        raise Failure("--json goes with --check", hint="liankong serve --check --json")
    _run(folder, host=host, port=port, demo=demo)


def _run(folder: Path, *, host: str, port: int | None, demo: bool) -> None:
    from liankong.config import node
    from liankong.config.database import DatabaseError
    from liankong.config.postgres import PostgresError
    from liankong.config.secrets import SecretsError
    from liankong.config.supervisor import Options, StartError, Supervisor

    try:
        Supervisor(Options(folder, host=host, port=port, demo=demo)).run()
    except node.AlreadyRunning as running:
        raise Failure(
            str(running),
            hint=f"open {running.address}" if running.address else "liankong serve --check",
            code=ExitCode.FAULT,
        ) from running
    except (StartError, DatabaseError, PostgresError, SecretsError) as error:
        raise Failure(str(error), code=ExitCode.FAULT) from error


def _report(found: "Status", *, as_json: bool) -> None:
    if as_json:
        emit_json(found.as_json())
    elif found.answers:
        click.echo(f"runs at {found.address} (process {found.pid})")
    elif found.running:
        click.echo(f"is starting, or does not answer, at {found.address} (process {found.pid})")
    else:
        click.echo("does not run")
    sys.exit(ExitCode.DONE if found.answers else ExitCode.FAULT)
