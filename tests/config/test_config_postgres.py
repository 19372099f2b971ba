"""The embedded server: it keeps what was committed, whatever ends it, and lets nobody in without a password."""

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from liankong.config import database
from liankong.config.database import Target
from liankong.config.postgres import PORT, SUPERUSER, PostgresError, Server, socket_folder
from liankong.config.secrets import Secrets, load_secrets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("node")
    yield place
    Server(place, load_secrets(place).db_superuser).kill()


@pytest.fixture(scope="module")
def secrets(folder: Path) -> Secrets:
    return load_secrets(folder)


@pytest.fixture
def server(folder: Path, secrets: Secrets) -> Server:
    """A durable server, not the loose one that the other tests share."""
    running = Server(folder, secrets.db_superuser)
    running.start()
    return running


def admin(folder: Path, secrets: Secrets) -> Target:
    return database.target("superuser", folder=folder, secrets=secrets)


def test_a_second_start_finds_the_server_running(server: Server) -> None:
    pid = server.pid()

    assert server.start() is False
    assert server.pid() == pid


def test_stopping_ends_every_process_and_keeps_the_data(
    server: Server, folder: Path, secrets: Secrets
) -> None:
    with admin(folder, secrets).connect("postgres") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 17 AS answer")

    server.stop()
    stopped = server.pid()
    started = server.start()

    with admin(folder, secrets).connect("postgres") as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(17,)]
    assert (stopped, started) == (None, True)


def test_what_was_committed_survives_a_killed_server(server: Server, folder: Path, secrets: Secrets) -> None:
    with admin(folder, secrets).connect("postgres") as connection:
        connection.execute("CREATE TABLE facts (n int)")
        for n in range(50):
            connection.execute("INSERT INTO facts VALUES (%s)", [n])
        pid = server.pid()
        assert pid
        os.kill(pid, signal.SIGKILL)

    deadline = time.monotonic() + 20
    while server.pid() is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.start() is True

    with admin(folder, secrets).connect("postgres") as connection:
        assert connection.execute("SELECT count(*), sum(n) FROM facts").fetchone() == (50, 1225)


@pytest.mark.parametrize("password", ["", "postgres", "wrong"])
def test_nobody_comes_in_without_the_password(server: Server, folder: Path, password: str) -> None:
    guess = Target(str(socket_folder(folder)), str(PORT), "postgres", SUPERUSER, password)

    with pytest.raises(psycopg.OperationalError, match="password"):
        guess.connect()


def test_the_server_listens_on_no_network_and_its_files_are_its_own(
    server: Server, folder: Path, secrets: Secrets
) -> None:
    with admin(folder, secrets).connect("postgres") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
    assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700
    assert not stat.S_IMODE(folder.stat().st_mode) & (stat.S_IRWXO | stat.S_IRGRP | stat.S_IWGRP)


def test_errors_are_logged_without_the_values_they_concern(
    server: Server, folder: Path, secrets: Secrets
) -> None:
    with admin(folder, secrets).connect("postgres") as connection:
        connection.execute("CREATE TABLE people (number text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('11010519491231002X')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('11010519491231002X')")

    written = server.log.read_text()

    assert "duplicate key" in written
    assert "11010519491231002X" not in written


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)

    assert len(os.fsencode(socket_folder(deep))) < 90
    assert socket_folder(deep) != socket_folder(deep / "other")
    assert socket_folder(Path("/srv/node")) == Path("/srv/node/postgres")


def test_a_server_that_cannot_start_says_why(tmp_path: Path, secrets: Secrets) -> None:
    broken = Server(tmp_path, secrets.db_superuser)
    broken.start()
    broken.stop()
    with (broken.cluster / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = nonsense\n")

    with pytest.raises(PostgresError, match="shared_buffers"):
        broken.start()
