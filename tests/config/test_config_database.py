"""Two roles: the owner makes tables, the application works in them and cannot get round their rules."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection
from support import databases

from liankong.config import database
from liankong.config.database import DatabaseError
from liankong.config.secrets import load_secrets


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Callable[..., database.Target]:
    def at(url: str, owner: str = "", role: database.Role = "app") -> database.Target:
        monkeypatch.setenv("DATABASE_URL", url)
        if owner:
            monkeypatch.setenv("DATABASE_OWNER_URL", owner)
        folder = databases.folder()
        return database.target(role, folder=folder, secrets=load_secrets(folder))

    return at


@pytest.mark.django_db
def test_tests_see_the_database_as_the_application_does() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("liankong_app", False, False, False, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (n int)",
        "DROP TABLE store_user",
        "TRUNCATE store_user",
        "ALTER TABLE store_user DISABLE ROW LEVEL SECURITY",
        "SET ROLE liankong_owner",
        "SET SESSION AUTHORIZATION liankong_owner",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
def test_the_application_cannot_reach_beyond_its_rows(statement: str) -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_the_application_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = 'liankong_app'::regrole")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_a_revoked_right_stays_revoked_when_rights_are_granted_again(
    as_owner: Callable[..., list[tuple[Any, ...]]],
) -> None:
    as_owner("CREATE TABLE sealed (n int)")
    as_owner("ALTER TABLE sealed OWNER TO liankong_owner")
    as_owner("GRANT SELECT, INSERT ON sealed TO liankong_app")
    try:
        owner = database.target(
            "owner", folder=databases.folder(), secrets=load_secrets(databases.folder())
        ).connect(connection.settings_dict["NAME"])
        with owner:
            database.grant_app_role(owner)
            owner.execute("CREATE TABLE fresh (n int)")

        held = as_owner(
            "SELECT table_name::text, string_agg(privilege_type, ' ' ORDER BY privilege_type)"
            " FROM information_schema.role_table_grants WHERE grantee = 'liankong_app'"
            " AND table_name IN ('sealed', 'fresh') GROUP BY 1 ORDER BY 1"
        )
    finally:
        as_owner("DROP TABLE IF EXISTS sealed, fresh")

    assert held == [("fresh", "DELETE INSERT SELECT UPDATE"), ("sealed", "INSERT SELECT")]


@pytest.mark.django_db
def test_a_role_that_owns_tables_is_refused_as_the_application() -> None:
    folder = databases.folder()
    owner = database.target("owner", folder=folder, secrets=load_secrets(folder))

    with (
        owner.connect(connection.settings_dict["NAME"]) as as_owner,
        pytest.raises(DatabaseError, match="must not"),
    ):
        database.check_app_role(as_owner)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", [1, 2])
def test_what_a_committing_test_leaves_is_gone_for_the_next(round_: int) -> None:
    from django.contrib.contenttypes.models import ContentType

    seeded = ContentType.objects.filter(app_label="store").count()
    ContentType.objects.create(app_label="left", model="over")

    assert ContentType.objects.filter(app_label="left").count() == 1
    assert seeded > 0


def test_one_url_is_the_owners_and_the_application_gets_its_own_role(
    own_server: Callable[..., database.Target],
) -> None:
    url = "postgresql://city:pa%40ss@db.example:6432/outbreak?sslmode=verify-full"

    owner, app = own_server(url, role="owner"), own_server(url)

    assert (owner.user, owner.password, owner.host, owner.port, owner.name) == (
        "city",
        "pa@ss",
        "db.example",
        "6432",
        "outbreak",
    )
    assert (app.user, app.host, app.name) == ("liankong_app", "db.example", "outbreak")
    assert app.django()["OPTIONS"] == {"sslmode": "verify-full"}
    assert "pa@ss" not in repr(owner)


def test_two_urls_are_taken_as_they_are(own_server: Callable[..., database.Target]) -> None:
    app, owner = "postgresql://liankong_app:a@db/outbreak", "postgresql://city:b@db/outbreak"

    assert own_server(app, owner).user == "liankong_app"
    assert own_server(app, owner, role="owner").user == "city"


@pytest.mark.parametrize("url", ["mysql://x", "postgresql://", "postgresql://host/name", "nonsense=1"])
def test_a_url_that_is_none_is_refused_without_repeating_it(
    own_server: Callable[..., database.Target], url: str
) -> None:
    with pytest.raises(DatabaseError, match="postgresql://user:password@host/name") as caught:
        own_server(url, role="owner")

    assert url not in str(caught.value).replace("postgresql://user:password@host/name", "")


def test_a_server_of_ones_own_is_made_ready_with_one_url(
    django_db_setup: None, own_server: Callable[..., database.Target]
) -> None:
    folder = databases.folder()
    secrets = load_secrets(folder)
    administrator = database.target("superuser", folder=folder, secrets=secrets)
    with administrator.connect("postgres") as server:
        server.execute("CREATE ROLE city LOGIN CREATEROLE PASSWORD 'elsewhere'")
        server.execute("CREATE DATABASE outbreak OWNER city")
    try:
        own_server(f"postgresql://city:elsewhere@/outbreak?host={administrator.host}")
        database.prepare(folder=folder, secrets=secrets)
        database.prepare(folder=folder, secrets=secrets)

        with database.target("owner", folder=folder, secrets=secrets).connect() as owner:
            owner.execute("CREATE TABLE cases (n int)")
        with database.target("app", folder=folder, secrets=secrets).connect() as app:
            app.execute("INSERT INTO cases VALUES (1)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("DROP TABLE cases")
    finally:
        with administrator.connect("postgres") as server:
            server.execute("DROP DATABASE outbreak WITH (FORCE)")
            server.execute("DROP ROLE city")
