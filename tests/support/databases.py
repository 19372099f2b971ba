"""The run's PostgreSQL server and each worker's database."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql

from liankong.config import database
from liankong.config.postgres import Server
from liankong.config.secrets import load_secrets

TEMPLATE = "liankong_template"

_seeds: dict[str, bytes] = {}
_sequences: list[tuple[str, int | None]] = []
_name = ""


def folder() -> Path:
    return Path(os.environ["LIANKONG_TEST_RUN"])


def server() -> Server:
    return database.embedded_server(folder(), load_secrets(folder()), loose=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (folder() / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def set_up(worker: str) -> None:
    """Start the server and make the template if nobody has, then clone it for this worker and point Django at it."""
    global _name  # noqa: PLW0603 - one database a process, for the life of the process
    _name = f"liankong_{worker}"
    with _one_at_a_time():
        if server().start():
            _watch_over()
            database.prepare(folder=folder(), secrets=load_secrets(folder()))
        with _superuser("postgres") as connection:
            made = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
            if not made:
                _make_template(connection)
            database.create_database(connection, _name, template=TEMPLATE)
    _point_django_at(_name, "app")
    _remember_seeds()
    # Django would truncate as the application's role, which has no such right, and would lose what migrations wrote.
    TransactionTestCase._fixture_teardown = lambda _case: reset()  # type: ignore[method-assign]


def _make_template(connection: database.Connection) -> None:
    draft = f"{TEMPLATE}_draft"
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(draft)))
    database.create_database(connection, draft)
    _point_django_at(draft, "owner")
    database.grant_app_role(connections["default"])
    call_command("migrate", verbosity=0, interactive=False)
    close()
    # Renamed only when complete, so that a failed migration is not taken for a template by the next worker.
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(TEMPLATE))
    )


def _point_django_at(name: str, role: database.Role) -> None:
    close()
    entry = database.target(role, folder=folder(), secrets=load_secrets(folder())).django()
    settings = connections.settings["default"]
    settings.update(NAME=name, USER=entry["USER"], PASSWORD=entry["PASSWORD"])
    connections["default"].settings_dict.update(NAME=name, USER=entry["USER"], PASSWORD=entry["PASSWORD"])


def _superuser(name: str) -> database.Connection:
    return database.target("superuser", folder=folder(), secrets=load_secrets(folder())).connect(name)


def run_as_superuser(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with _superuser(_name) as connection:
        cursor = connection.execute(statement, list(parameters) or None)  # type: ignore[arg-type]  # tests' own text
        return cursor.fetchall() if cursor.description else []


def _remember_seeds() -> None:
    """Keep what migrations wrote, to put it back after a test that commits."""
    with _superuser(_name) as connection:
        for (table,) in connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' ORDER BY 1"
        ).fetchall():
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy,
            ):
                data = b"".join(bytes(block) for block in copy)
            rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            if rows and rows[0]:
                _seeds[table] = data
        _sequences.extend(
            connection.execute(
                "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences"
                " WHERE schemaname = 'public'"
            ).fetchall()
        )


def reset() -> None:
    """Bring this worker's database back to what it was after the migrations."""
    connections["default"].rollback() if connections["default"].connection else None
    with _superuser(_name) as connection, connection.transaction():
        # No triggers and no foreign keys for this session: the log refuses deletion by trigger as well as by right.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL lock_timeout = '15s'")
        connection.execute(
            """
            DO $$
            DECLARE item regclass;
            BEGIN
              FOR item IN SELECT oid FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
              LOOP
                EXECUTE format('DELETE FROM %s', item);
              END LOOP;
            END $$
            """
        )
        for table, data in _seeds.items():
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy,
            ):
                copy.write(data)
        for name, value in _sequences:
            connection.execute("SELECT setval(%s::regclass, %s, %s)", [name, value or 1, value is not None])


def close() -> None:
    """Close this process's connection."""
    connections.close_all()


def stop_server() -> None:
    """Stop the run's server, if it ever started."""
    if (folder() / "postgres" / "PG_VERSION").exists():
        server().kill()


def _watch_over() -> None:
    """A process that stops the server and removes its folder if the run is killed before it can do so itself."""
    subprocess.Popen(
        [
            sys.executable,
            "-m",
            "liankong.config.warden",
            os.environ["LIANKONG_TEST_PID"],
            str(folder()),
            "--remove",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],
    )


__all__ = ["close", "reset", "run_as_superuser", "set_up", "stop_server"]
