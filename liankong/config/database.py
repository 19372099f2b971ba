"""Which database does this node use, and who may do what in it?

Two roles share the work. The *owner* runs migrations and owns every table. `liankong_app`, which the web, the
workers and the command line use, is neither owner nor superuser and cannot bypass row-level security, so that a
filter forgotten in a view leaks nothing.

Without further settings the server is the embedded one (`liankong.config.postgres`). Your own server:

* `DATABASE_URL` alone: a role that owns the database; it must be allowed to create `liankong_app`, or that role
  exists already with the password that `secrets.toml` holds as `db_app`.
* `DATABASE_URL` and `DATABASE_OWNER_URL`: the first is `liankong_app`, the second the owner. Nothing is created.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from liankong.config.postgres import PORT, SUPERUSER, Server, socket_folder
from liankong.config.secrets import Secrets

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

DATABASE = "liankong"
OWNER = "liankong_owner"
APP = "liankong_app"
OLDEST_SERVER = 16_00_00

Role = Literal["app", "owner", "superuser"]
Connection = psycopg.Connection[tuple[Any, ...]]


GRANTS: tuple[LiteralString, ...] = (
    "GRANT USAGE ON SCHEMA public TO liankong_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO liankong_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO liankong_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO liankong_app",
    # Sequences have no rights of their own worth revoking.
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO liankong_app",
    """
    DO $$
    DECLARE item regclass;
    BEGIN
      FOR item IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
          AND pg_has_role(c.relowner, 'USAGE')
          AND NOT has_table_privilege('liankong_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
      LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO liankong_app', item);
      END LOOP;
    END $$
    """,
)


class DatabaseError(Exception):
    """The database cannot be used as it stands; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Target:
    """One database as one role: what psycopg and Django need to connect.

    `extra` holds further libpq options of a `DATABASE_URL`, such as `sslmode`.
    """

    host: str
    port: str
    name: str
    user: str
    password: str
    extra: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Target({self.user}@{self.host}/{self.name})"

    def connect(self, name: str | None = None) -> Connection:
        """An autocommit connection, to database `name` when given."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=name or self.name,
            user=self.user,
            password=self.password,
            autocommit=True,
            connect_timeout=10,
            **dict(self.extra),  # type: ignore[arg-type]  # libpq options are text and psycopg takes them by name
        )

    def django(self) -> dict[str, Any]:
        """An entry of Django's `DATABASES`."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": self.host,
            "PORT": self.port,
            "NAME": self.name,
            "USER": self.user,
            "PASSWORD": self.password,
            "OPTIONS": dict(self.extra),
        }


def is_embedded() -> bool:
    """True when the node brings its own server, that is, when no `DATABASE_URL` is set."""
    return not os.environ.get("DATABASE_URL")


def target(role: Role, *, folder: Path, secrets: Secrets) -> Target:
    """Where the database is, seen by `role`.

    Raises:
        DatabaseError: for a URL that is no PostgreSQL address, or a superuser's view of someone's own server.
    """
    if is_embedded():
        users = {
            "app": (APP, secrets.db_app),
            "owner": (OWNER, secrets.db_owner),
            "superuser": (SUPERUSER, secrets.db_superuser),
        }
        user, password = users[role]
        return Target(str(socket_folder(folder)), str(PORT), DATABASE, user, password)
    if role == "superuser":
        raise DatabaseError("only the embedded server has a superuser of ours")
    url, owner_url = os.environ["DATABASE_URL"], os.environ.get("DATABASE_OWNER_URL")
    if owner_url:
        return _from_url(owner_url if role == "owner" else url)
    owner = _from_url(url)
    if role == "owner":
        return owner
    return Target(owner.host, owner.port, owner.name, APP, secrets.db_app, owner.extra)


def _from_url(url: str) -> Target:
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error as error:
        # The URL holds a password, so the message must not repeat it.
        raise DatabaseError(
            "DATABASE_URL is not an address like postgresql://user:password@host/name"
        ) from error
    known = {key: parts.pop(key, "") for key in ("host", "port", "dbname", "user", "password")}
    if not known["dbname"] or not known["user"]:
        raise DatabaseError(
            "DATABASE_URL must name a user and a database: postgresql://user:password@host/name"
        )
    return Target(
        host=known["host"],
        port=known["port"],
        name=known["dbname"],
        user=known["user"],
        password=known["password"],
        extra=tuple(sorted(parts.items())),
    )


def embedded_server(folder: Path, secrets: Secrets, *, loose: bool = False) -> Server:
    """The embedded server of a data folder."""
    return Server(folder, secrets.db_superuser, loose=loose)


def prepare(*, folder: Path, secrets: Secrets) -> None:
    """Make roles, database and rights where they are missing; idempotent, before each migration.

    Raises:
        DatabaseError: when the server is too old, or our role may not do what is needed.
    """
    if is_embedded():
        admin = target("superuser", folder=folder, secrets=secrets)
        with admin.connect("postgres") as connection:
            _ensure_role(connection, OWNER, secrets.db_owner)
            _ensure_role(connection, APP, secrets.db_app)
            create_database(connection, DATABASE)
    owner = target("owner", folder=folder, secrets=secrets)
    app = target("app", folder=folder, secrets=secrets)
    try:
        connection = owner.connect()
    except psycopg.OperationalError as error:
        raise DatabaseError(f"cannot reach the database as {owner.user}: {error}") from error
    with connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise DatabaseError(f"PostgreSQL {OLDEST_SERVER // 10_000} or newer is needed")
        if app.user != APP:
            raise DatabaseError(f"DATABASE_URL must sign in as {APP}, not {app.user}")
        if not is_embedded() and not os.environ.get("DATABASE_OWNER_URL"):
            _ensure_app_role_of_own_server(connection, secrets.db_app)
        grant_app_role(connection)
    try:
        with app.connect() as connection:
            check_app_role(connection)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"cannot reach the database as {app.user}: {error}") from error


def drop_embedded(*, folder: Path, secrets: Secrets) -> None:
    """Drop the embedded server's database with all it holds."""
    with target("superuser", folder=folder, secrets=secrets).connect("postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
        )


def create_database(connection: Connection, name: str, *, template: str | None = None) -> None:
    """Make database `name`, owned by the owner role, unless it exists."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return
    made = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
    if template:
        made += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    connection.execute(made)
    # By default every role of the server may connect.
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
            sql.Identifier(name), sql.Identifier(APP)
        )
    )


def _ensure_role(connection: Connection, name: str, password: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb: LiteralString = "ALTER" if exists else "CREATE"
    connection.execute(
        sql.SQL(
            verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT PASSWORD {}"
        ).format(sql.Identifier(name), sql.Literal(password))
    )


def _ensure_app_role_of_own_server(connection: Connection, password: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone():
        return
    try:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
                sql.Identifier(APP), sql.Literal(password)
            )
        )
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(connection.info.dbname), sql.Identifier(APP)
            )
        )
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"{connection.info.user} may not create roles. As an administrator run: CREATE ROLE {APP} LOGIN "
            f"PASSWORD '...' NOSUPERUSER NOBYPASSRLS; then set DATABASE_URL to that role and DATABASE_OWNER_URL "
            f"to {connection.info.user}"
        ) from error


def grant_app_role(connection: "Connection | BaseDatabaseWrapper") -> None:
    """Let `liankong_app` work on the owner's tables; run as the owner, as often as you like.

    New tables, sequences and functions are granted when they are made. Tables of an older schema are granted only
    when the role holds nothing on them yet: a right that a migration has revoked (changing the log) stays revoked.
    """
    with connection.cursor() as cursor:
        for statement in GRANTS:
            cursor.execute(statement)


def check_app_role(connection: Connection) -> None:
    """Refuse to run when the application's role could get round row-level security.

    Raises:
        DatabaseError: when it is a superuser, bypasses row-level security or owns a table.
    """
    found = connection.execute(
        "SELECT rolsuper, rolbypassrls, EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND pg_has_role(current_user, c.relowner, 'USAGE')) FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if found is None or any(found):
        raise DatabaseError(
            f"{connection.info.user} is a superuser, bypasses row-level security or owns tables: the application "
            "must not. See DATABASE_OWNER_URL."
        )
