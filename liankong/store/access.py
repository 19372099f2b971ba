"""Who may see which rows: row-level security by jurisdiction, opened by a token that only the application can make.

PostgreSQL filters every row by the scope of the session. The scope is a setting, and a setting can be set by
anyone who can run SQL; so its value is a token with a keyed hash, checked inside the database by a function
whose key the application's role cannot read. Without a valid token nothing is visible: a forgotten scope shows
no rows rather than all of them.
"""

import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from psycopg.pq import TransactionStatus

from liankong.store.models.base import Access, Between, Scoped, Shared, Through

SETTING = "liankong.scope"
NODE = ""  # the whole node: every division starts with it
TOKEN_SECONDS = 3600
BLOCK = 64

# Tables of libraries, and why each may be read without a jurisdiction. Any other table without a policy is a
# fault that the access test reports.
LIBRARY_TABLES = {
    "django_migrations": "schema history",
    "django_content_type": "names of models",
    "django_session": "keys are stored hashed and contents are signed; a row opens nothing",
    "auth_group": "unused",
    "auth_permission": "names of models",
    "auth_group_permissions": "unused",
    "axes_accessattempt": "failed sign-ins, read by the lockout before anyone is signed in",
    "axes_accessattemptexpiration": "lockout clock",
    "axes_accessfailurelog": "failed sign-ins",
    "axes_accesslog": "sign-ins",
    "procrastinate_jobs": "jobs carry entry numbers only",
    "procrastinate_events": "job history",
    "procrastinate_periodic_defers": "clock ticks",
    "procrastinate_workers": "worker heartbeats",
}
# Tables of libraries that belong to one user: seen by those who see the user.
LIBRARY_OF_USER = {
    "otp_totp_totpdevice": "user_id",
    "otp_static_staticdevice": "user_id",
}
LIBRARY_THROUGH = {"otp_static_statictoken": ("device_id", "otp_static_staticdevice")}


def make_token(division: str, user: int | None, *, now: float | None = None) -> str:
    """`division|user|expires|hmac`, good for an hour."""
    expires = int((time.time() if now is None else now) + TOKEN_SECONDS)
    payload = f"{division}|{user or ''}|{expires}"
    return f"{payload}|{_mac(payload)}"


def _mac(payload: str) -> str:
    return hmac.new(scope_key(), payload.encode(), hashlib.sha256).hexdigest()


def scope_key() -> bytes:
    key: bytes = settings.LIANKONG_SECRETS.scope_key
    return key


@dataclass(frozen=True, slots=True)
class _Open:
    division: str
    user: int | None
    token: str
    at: float


_NOW_OPEN: ContextVar[_Open | None] = ContextVar("liankong_scope", default=None)


@contextmanager
def scope(division: str, user: int | None = None) -> Iterator[None]:
    """Open the database to one jurisdiction for as long as the block lasts, then restore what was before."""
    before = _NOW_OPEN.get()
    now = time.time()
    if before and (before.division, before.user) == (division, user) and now - before.at < TOKEN_SECONDS / 2:
        yield
        return
    opened = _Open(division, user, make_token(division, user, now=now), now)
    _set(opened.token)
    marker = _NOW_OPEN.set(opened)
    try:
        yield
    finally:
        _NOW_OPEN.reset(marker)
        # A transaction that failed refuses further statements, and its rollback takes the setting back to what
        # it was when the transaction began; so there is nothing to restore by hand.
        if not _transaction_failed():
            _set(before.token if before else "")


def node_scope() -> AbstractContextManager[None]:
    """The whole node: for workers, clocks, sign-in and the command line."""
    return scope(NODE)


def current_token() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        return str(cursor.fetchone()[0])


def _set(token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, token])


def _transaction_failed() -> bool:
    if connection.needs_rollback:
        return True
    raw = connection.connection
    return raw is None or raw.closed or raw.info.transaction_status == TransactionStatus.INERROR


# --- installation, by the owner of the tables, after each migration -------------------------------------------

_FUNCTIONS = """
CREATE SCHEMA IF NOT EXISTS access;
CREATE TABLE IF NOT EXISTS access.key
    (id int PRIMARY KEY CHECK (id = 1), inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);
REVOKE ALL ON access.key FROM PUBLIC;
CREATE OR REPLACE FUNCTION access.scope() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[] := string_to_array(coalesce(current_setting('liankong.scope', true), ''), '|');
    pads record;
    mac text;
BEGIN
    IF cardinality(part) <> 4 THEN RETURN NULL; END IF;
    SELECT inner_pad, outer_pad INTO pads FROM access.key;
    mac := encode(sha256(pads.outer_pad || sha256(pads.inner_pad
        || convert_to(part[1] || '|' || part[2] || '|' || part[3], 'UTF8'))), 'hex');
    IF mac IS DISTINCT FROM part[4] OR part[3]::bigint < extract(epoch FROM clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN part[1];
END $$;
GRANT USAGE ON SCHEMA access TO PUBLIC;
"""


def install(connection: BaseDatabaseWrapper, app_role: str) -> None:
    """Key, policies and rights, for every table there is. Idempotent; run as the owner after each migration.

    The policies are made from each model's own `access`, so a new table cannot be forgotten: a model without
    it does not get past `policies`.
    """
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        pads = [bytes(byte ^ pad for byte in scope_key().ljust(BLOCK, b"\0")) for pad in (0x36, 0x5C)]
        cursor.execute("DELETE FROM access.key")
        cursor.execute("INSERT INTO access.key VALUES (1, %s, %s)", pads)
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quote(app_role)}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quote(app_role)}")
        for table, condition in policies().items():
            name = quote(table)
            cursor.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
            cursor.execute(f"DROP POLICY IF EXISTS jurisdiction ON {name}")
            cursor.execute(
                f"CREATE POLICY jurisdiction ON {name} USING ({condition}) WITH CHECK ({condition})"
            )
        for table, column in downward().items():
            name = quote(table)
            cursor.execute(f"DROP POLICY IF EXISTS above ON {name}")
            above = f"starts_with((SELECT access.scope()), {quote(column)})"
            cursor.execute(f"CREATE POLICY above ON {name} FOR SELECT USING ({above})")
        # The log is append-only by right, not by habit.
        for table in APPEND_ONLY:
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {quote(table)} FROM {quote(app_role)}")
        cursor.execute(_TRIGGERS)
        if connection.pg_version >= WITH_MAINTAIN:  # type: ignore[attr-defined]  # PostgreSQL's own wrapper has it
            # After a bulk load the planner needs fresh statistics at once, not at the next autovacuum.
            cursor.execute(f"GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO {quote(app_role)}")


WITH_MAINTAIN = 17_00_00
APPEND_ONLY = (
    "store_entry",
    "store_seal",
    "store_casechange",
    "store_purgecertificate",
    "store_inquirystep",
    "store_zonestep",
)

_TRIGGERS = """
CREATE OR REPLACE FUNCTION access.own_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.xid := pg_current_xact_id(); RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER own_transaction BEFORE INSERT ON store_entry
    FOR EACH ROW EXECUTE FUNCTION access.own_transaction();
CREATE OR REPLACE FUNCTION access.signed_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT (OLD.state = 'signed' AND NEW.state = 'superseded'
        AND to_jsonb(OLD) - 'state' = to_jsonb(NEW) - 'state') THEN
        RAISE EXCEPTION 'a signed bulletin is final' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER signed_is_final BEFORE UPDATE OR DELETE ON store_bulletin
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION access.signed_is_final();
"""


def policies() -> dict[str, str]:
    """Table -> condition under which a row is visible and may be written."""
    found: dict[str, str] = {}
    for model in apps.get_app_config("store").get_models(include_auto_created=True):
        rule = access_of(model)
        if not isinstance(rule, Shared):
            found[model._meta.db_table] = _condition(model._meta.db_table, rule)
    for table, column in LIBRARY_OF_USER.items():
        found[table] = _condition(table, Through(column, "store_user"))
    for table, (column, parent) in LIBRARY_THROUGH.items():
        found[table] = _condition(table, Through(column, parent))
    return found


def downward() -> dict[str, str]:
    """Table -> column, of rows that those below may read."""
    rules = {model._meta.db_table: access_of(model) for model in apps.get_app_config("store").get_models()}
    return {table: rule.column for table, rule in rules.items() if isinstance(rule, Scoped) and rule.downward}


def access_of(model: type[Model]) -> Access:
    rule: Access | None = getattr(model, "access", None)
    if rule is None:
        raise TypeError(f"{model.__name__} does not say who may see its rows: give it `access`")
    return rule


def _condition(table: str, rule: Scoped | Through | Between) -> str:
    # The scope is wrapped in a sub-select so that it is computed once a statement, not once a row; a prefix is
    # a range of codes (':' follows '9' in byte order), which an index can serve.
    if isinstance(rule, Through):
        parent = f"SELECT 1 FROM {rule.model} parent"  # noqa: S608  # nosec B608  # names of our own tables
        return f"EXISTS ({parent} WHERE parent.id = {table}.{rule.column})"
    if isinstance(rule, Between):
        return f"({_inside(table, rule.sender)}) OR ({_inside(table, rule.receiver)})"
    return _inside(table, rule.column)


def _inside(table: str, column: str) -> str:
    name = f"{table}.{column}"
    return f"{name} >= (SELECT access.scope()) AND {name} < (SELECT access.scope()) || ':'"
