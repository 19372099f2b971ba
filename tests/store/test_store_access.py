"""A district's user sees nothing of another district, even with SQL of their own on the application's role."""

from datetime import datetime

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from support import rows

from liankong.store import access
from liankong.store.access import node_scope, scope
from liankong.store.models.base import Shared

JINNAN, NANKAI = "120112", "120104"

pytestmark = pytest.mark.django_db


def visible(model: type[Model]) -> int:
    """Rows that plain SQL shows, without the ORM in between."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(model._meta.db_table)}")
        return int(cursor.fetchone()[0])


def scoped_models() -> list[type[Model]]:
    models = apps.get_app_config("store").get_models(include_auto_created=True)
    return [model for model in models if not isinstance(access.access_of(model), Shared)]


def test_every_table_of_the_database_is_either_guarded_or_declared_shared() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        tables = dict(cursor.fetchall())
    shared = {
        model._meta.db_table
        for model in apps.get_app_config("store").get_models()
        if isinstance(access.access_of(model), Shared)
    } | set(access.LIBRARY_TABLES)
    assert {name for name, guarded in tables.items() if not guarded} <= shared
    assert {name for name, guarded in tables.items() if guarded} == set(access.policies())


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
def test_a_district_sees_its_own_rows_and_none_of_its_neighbours(model: type[Model], at: datetime) -> None:
    with node_scope():
        rows.one_of_each(division="120112101001", at=at)
        assert visible(model) > 0, "the test must have rows to hide"
    with scope(JINNAN):
        assert visible(model) > 0
    with scope(NANKAI):
        assert visible(model) == 0
    assert visible(model) == 0, "without a scope nothing is visible"


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
def test_a_district_cannot_move_write_or_delete_a_neighbours_row(model: type[Model], at: datetime) -> None:
    with node_scope():
        rows.one_of_each(division="120112101001", at=at)
        before = visible(model)
    table, key = connection.ops.quote_name(model._meta.db_table), model._meta.pk.column
    with scope(NANKAI):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {key} = {key}"):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)
                    assert cursor.rowcount == 0
            except DatabaseError as error:
                # Append-only tables refuse the statement itself.
                assert "permission denied" in str(error)
    with node_scope():
        assert visible(model) == before


def test_a_district_cannot_plant_a_row_in_a_neighbours_jurisdiction(at: datetime) -> None:
    with scope(NANKAI), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        rows.person(division="120112101001", at=at)


@pytest.mark.parametrize(
    "forged",
    ["", "12", "12||9999999999|00", "||9999999999|" + "0" * 64, "a|b|c|d|e"],
)
def test_a_scope_cannot_be_forged_with_sql(forged: str, at: datetime) -> None:
    with node_scope():
        rows.person(division="120112101001", at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('liankong.scope', %s, false)", [forged])
        try:
            cursor.execute("SELECT count(*) FROM store_person")
            assert cursor.fetchone()[0] == 0
        finally:
            cursor.execute("SELECT set_config('liankong.scope', '', false)")


def test_a_token_widened_by_hand_opens_nothing(at: datetime) -> None:
    with node_scope():
        rows.person(division="120112101001", at=at)
    _, rest = access.make_token(NANKAI, None).split("|", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('liankong.scope', %s, true)", [f"12|{rest}"])
        cursor.execute("SELECT count(*) FROM store_person")
        assert cursor.fetchone()[0] == 0


def test_an_old_token_opens_nothing(at: datetime) -> None:
    with node_scope():
        rows.person(division="120112101001", at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('liankong.scope', %s, true)", [access.make_token("12", None, now=0)]
        )
        cursor.execute("SELECT count(*) FROM store_person")
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM access.key", "ALTER TABLE store_person DISABLE ROW LEVEL SECURITY"]
)
def test_the_application_can_neither_read_the_key_nor_lower_the_guard(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_prefix_is_a_jurisdiction_and_a_longer_code_that_merely_sorts_near_is_not(at: datetime) -> None:
    with node_scope():
        for division in ("1201", "120112", "120112101", "120113", "13"):
            rows.person(division=division, at=at)
    with scope("120112"):
        assert visible(rows.Person) == 2
    with scope("12"):
        assert visible(rows.Person) == 4


def test_a_districts_user_reads_the_citys_outbreak_but_cannot_change_it(at: datetime) -> None:
    with node_scope():
        city = rows.outbreak(division="12", at=at)
        rows.outbreak(division=NANKAI, at=at)
    with scope(JINNAN):
        assert [row.pk for row in type(city).objects.all()] == [city.pk]
        assert type(city).objects.filter(pk=city.pk).update(name="x") == 0


def test_a_scope_ends_with_its_block_even_when_the_transaction_fails(at: datetime) -> None:
    with scope(JINNAN):
        outer = access.current_token()
        with pytest.raises(DatabaseError), transaction.atomic(), node_scope(), connection.cursor() as cursor:
            cursor.execute("SELECT nothing")
        assert access.current_token() == outer
