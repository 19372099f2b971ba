"""One command starts a node, one key ends it; whatever falls is started again and nothing is left behind."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from liankong.config import node
from liankong.config.node import AlreadyRunning, NodeLock, SignIn

ROOT = Path(__file__).resolve().parents[2]


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def processes_of(folder: Path) -> dict[str, psutil.Process]:
    """What runs for a data folder: postmaster, warden and the supervisor's children, by name."""
    found = {}
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(psutil.Error):
            if process.info["status"] == psutil.STATUS_ZOMBIE:
                continue
            words = process.cmdline()
            if str(folder / "postgres") in words:
                found["postgres"] = process
            elif "liankong.config.warden" in words and str(folder) in words:
                found["warden"] = process
            elif "liankong.config.children" in words and process.environ().get("LIANKONG_DATA") == str(
                folder
            ):
                found[words[words.index("liankong.config.children") + 1]] = process
    return found


@dataclass
class Running:
    """A supervisor started as people start it."""

    folder: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    log_text: Callable[[], str] = field(init=False)

    def __post_init__(self) -> None:
        self.log_text = lambda: self.log.read_text(encoding="utf-8")

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "liankong", "serve", "--data", str(self.folder), *more]

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LIANKONG_", "DJANGO_"))}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("--no-demo", "--port", str(self.port)),
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=environment,
            )
        wait_for(lambda: node.status(self.folder).answers or self.ended(), 120)
        assert not self.ended(), self.log_text()

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = tmp_path_factory.mktemp("serve")
    it = Running(place / "data", port, place / "log")
    yield it
    if not it.ended():
        it.stop(signal.SIGKILL)
    wait_for(lambda: not processes_of(it.folder), 30)


@pytest.fixture
def started(running: Running) -> Running:
    if running.ended():
        running.start()
    return running


@pytest.mark.slow
def test_one_command_starts_everything(started: Running) -> None:
    assert set(processes_of(started.folder)) == {"postgres", "warden", "web", "worker", "clocks"}
    wait_for(lambda: "Ready after" in started.log_text(), 10)
    assert f"http://127.0.0.1:{started.port}/" in started.log_text()


@pytest.mark.slow
def test_a_second_start_says_where_the_first_one_is(started: Running) -> None:
    second = subprocess.run(started.command(), capture_output=True, text=True, cwd=ROOT, check=False)

    assert second.returncode == 1
    assert f"already runs at http://127.0.0.1:{started.port}/" in second.stderr
    assert not started.ended()


@pytest.mark.slow
def test_the_check_has_the_documented_shape(started: Running) -> None:
    asked = subprocess.run(
        started.command("--check", "--json"), capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert started.process
    assert json.loads(asked.stdout) == {
        "running": True,
        "answers": True,
        "pid": started.process.pid,
        "address": f"http://127.0.0.1:{started.port}/",
        "folder": str(started.folder),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "worker", "clocks", "postgres"])
def test_what_falls_is_started_again(started: Running, name: str) -> None:
    fallen = processes_of(started.folder)[name]

    fallen.kill()

    wait_for(lambda: processes_of(started.folder).get(name, fallen).pid != fallen.pid, 30)
    wait_for(lambda: node.status(started.folder).answers, 30)
    wait_for(lambda: {"web", "worker", "clocks"} <= set(processes_of(started.folder)), 30)
    assert not started.ended()


@pytest.mark.slow
def test_a_killed_supervisor_leaves_nothing_running_and_can_start_again(started: Running) -> None:
    before = (started.folder / "secrets.toml").read_bytes()

    started.stop(signal.SIGKILL)

    wait_for(lambda: not processes_of(started.folder), 30)
    started.start()
    assert node.status(started.folder).answers
    assert (started.folder / "secrets.toml").read_bytes() == before


@pytest.mark.slow
def test_one_key_ends_everything_and_the_data_stays(started: Running) -> None:
    code = started.stop(signal.SIGINT)

    assert code == 0
    assert "postgres" not in processes_of(started.folder)
    wait_for(lambda: not processes_of(started.folder), 5)
    assert node.status(started.folder).running is False
    assert (started.folder / "postgres" / "PG_VERSION").exists()
    assert "ended by force" not in started.log_text()


@pytest.mark.slow
def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        it = Running(tmp_path / "data", port, tmp_path / "log")
        refused = subprocess.run(
            it.command("--port", str(port)), capture_output=True, text=True, cwd=ROOT, check=False
        )

    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in refused.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_node_has_one_supervisor(tmp_path: Path) -> None:
    first, second = NodeLock(tmp_path), NodeLock(tmp_path)
    assert first.take() is False
    first.announce("http://127.0.0.1:8000/")

    with pytest.raises(AlreadyRunning, match=rf"at http://127.0.0.1:8000/ \(process {os.getpid()}\)"):
        second.take()

    first.release()
    assert second.take() is False
    second.release()


def test_a_node_whose_supervisor_fell_is_known_by_its_lock(tmp_path: Path) -> None:
    (tmp_path / node.LOCK_NAME).write_text(json.dumps({"pid": 1, "address": None}))
    lock = NodeLock(tmp_path)

    assert node.status(tmp_path).running is False
    assert lock.take() is True
    lock.release()


def test_the_demo_accounts_are_kept_for_the_next_start_for_the_owner_alone(tmp_path: Path) -> None:
    accounts = [SignIn("jinnan", "made-at-load", "津南区指挥部 · 总指挥")]
    assert node.is_demo(tmp_path) is False

    node.remember_sign_ins(tmp_path, accounts)

    assert node.sign_ins(tmp_path) == accounts
    assert node.is_demo(tmp_path) is True
    assert (tmp_path / node.DEMO_NAME).stat().st_mode & 0o077 == 0
