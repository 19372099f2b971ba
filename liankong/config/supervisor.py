"""One command starts a whole node and one key ends it.

In this order: database, schema and static files, the demo city (once), then web, worker and clocks as child
processes. A child that falls is started again. At the end the web stops first, then the jobs, then the demo's
clock, then the database.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from liankong.config import clock, database, node
from liankong.config.child import Child, relay, spawn
from liankong.config.postgres import Server
from liankong.config.secrets import Secrets, load_secrets

DEFAULT_PORT = 8000
PORTS_TO_TRY = 20
LOADING_MARK = "demo-loading"
TICK = 0.5
DATABASE_CHECK_SECONDS = 2.0
WEB_STOP_SECONDS = 6.0
JOBS_STOP_SECONDS = 12.0
ANSWER_SECONDS = 90.0
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to  # nosec B104
LOOPBACK = ("127.0.0.1", "localhost", "::1")
COLOURS = {"node": "white", "web": "cyan", "worker": "green", "clocks": "yellow", "demo": "magenta"}


class StartError(Exception):
    """The node cannot start; the message says why and what to do."""


class StopAsked(Exception):
    """Somebody asked the node to stop while it was starting."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to start a node.

    Attributes:
        folder: the data folder.
        host: address to listen on.
        port: port to listen on; None for 8000 or the next free one.
        demo: load the demo city when the node is empty.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int | None = None
    demo: bool = True


def open_socket(host: str, port: int | None, *, patience: float = 0) -> socket.socket:
    """A listening socket, which outlives a fall of the web process: visitors wait instead of being refused.

    Raises:
        StartError: when the named port, or every port tried, is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + patience
    while True:
        wanted = [port] if port is not None else list(range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TO_TRY))
        # A fallen supervisor's web needs a moment to let go of its port, which people have in their bookmarks.
        for candidate in wanted[:1] if time.monotonic() < deadline else wanted:
            try:
                return socket.create_server((host, candidate), family=family, backlog=512)
            except OSError as error:
                if port is not None and time.monotonic() >= deadline:
                    raise StartError(f"cannot listen on {host}:{candidate}: {error.strerror}") from error
        if time.monotonic() >= deadline:
            raise StartError(f"ports {wanted[0]} to {wanted[-1]} are all taken: name one with --port")
        time.sleep(0.2)


class Supervisor:
    """Runs one node until it is told to stop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.folder = options.folder.expanduser().resolve()
        self._stop = threading.Event()
        self._asked_by = ""
        self._voice = threading.Lock()
        self._began = time.monotonic()
        self._steps: list[tuple[str, float]] = []
        self._children: list[Child] = []
        self._server: Server | None = None
        self._step: subprocess.Popen[str] | None = None

    def run(self) -> None:
        """Start the node, watch it, stop it.

        Raises:
            AlreadyRunning: another supervisor runs this node.
            StartError, DatabaseError, PostgresError, SecretsError: it cannot start.
        """
        os.umask(0o077)
        lock = node.NodeLock(self.folder)
        crashed = lock.take()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            listening = open_socket(self.options.host, self.options.port, patience=5 if crashed else 0)
            with listening, contextlib.suppress(StopAsked):
                address = self._address(listening)
                lock.announce(address)
                self._start(listening, address)
                self._watch()
        finally:
            self._shut_down()
            lock.release()

    # --- starting ---------------------------------------------------------------------------------------

    def _start(self, listening: socket.socket, address: str) -> None:
        os.environ["LIANKONG_DATA"] = str(self.folder)
        self.say("node", f"starting; data in {self.folder}")
        secrets = load_secrets(self.folder)
        if database.is_embedded():
            self._server = database.embedded_server(self.folder, secrets)
            self._server.start()
            self._appoint_warden()
        self._clear_interrupted_demo(secrets)
        database.prepare(folder=self.folder, secrets=secrets)
        self._done("database")
        self.say("node", "database ready; bringing schema and static files up to date")
        found = self._run_step("node", ["liankong.config.children", "prepare"], {"LIANKONG_DB_ROLE": "owner"})
        self._done("schema and static files")
        if self.options.demo and json.loads(found).get("empty"):
            self._load_demo()
        clock.resume(self.folder)
        self.say("node", "starting web, worker and clocks")
        self._start_children(listening)
        self._wait_for_answer(address)
        self._done("web, worker, clocks")
        self._welcome(address)

    def _appoint_warden(self) -> None:
        subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-m", "liankong.config.warden", str(os.getpid()), str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )

    def _run_step(self, name: str, arguments: list[str], extra: dict[str, str]) -> str:
        """Run one step to its end, passing its lines on; its last line is returned and not shown.

        Raises:
            StartError: when it fails.
        """
        lines: list[str] = []

        def keep(who: str, line: str) -> None:
            if lines:
                self.say(who, lines[-1])
            lines.append(line)

        self._step = process = spawn(arguments, extra=extra)
        reader = relay(process, name, keep)
        while process.poll() is None:
            if self._stop.wait(0.05):
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()
                raise StopAsked
        reader.join(5)
        self._step = None
        if process.returncode != 0:
            if lines:
                self.say(name, lines[-1])
            raise StartError(f"'{' '.join(arguments)}' failed; its lines above say why")
        return lines[-1] if lines else "{}"

    def _load_demo(self) -> None:
        self.say("demo", "loading the demo city, once")
        mark = self.folder / LOADING_MARK
        mark.touch()
        if clock.read(self.folder) is None:
            clock.begin(self.folder, clock.DEMO_START)
        last = self._run_step("demo", ["liankong", "demo", "load"], {"LIANKONG_DEMO": "1"})
        self.say("demo", last)
        if not node.is_demo(self.folder):
            node.remember_sign_ins(self.folder, [])
        mark.unlink()
        self._done("demo city")

    def _clear_interrupted_demo(self, secrets: Secrets) -> None:
        """Begin anew when the first start ended in the middle of loading the demo: nobody has used the node yet."""
        mark = self.folder / LOADING_MARK
        if not mark.exists():
            return
        if not database.is_embedded():
            raise StartError(f"loading the demo was interrupted: empty the database and delete {mark}")
        self.say("demo", "loading was interrupted last time: beginning anew")
        database.drop_embedded(folder=self.folder, secrets=secrets)
        for leftover in (clock.FILE_NAME, node.DEMO_NAME):
            (self.folder / leftover).unlink(missing_ok=True)
        mark.unlink()

    def _start_children(self, listening: socket.socket) -> None:
        for name in ("web", "worker", "clocks"):
            arguments = ["liankong.config.children", name]
            descriptors: tuple[int, ...] = ()
            if name == "web":
                arguments.append(str(listening.fileno()))
                descriptors = (listening.fileno(),)
            child = Child(name, arguments, self.say, {"LIANKONG_PROCESS": name}, descriptors)
            child.start()
            self._children.append(child)

    def _wait_for_answer(self, address: str) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while not node.answers(address, seconds=2):
            for child in self._children:
                child.watch()
            if self._stop.wait(0.1):
                raise StopAsked
            if time.monotonic() > deadline:
                raise StartError(f"no page was served within {ANSWER_SECONDS:.0f} s; the lines above say why")

    # --- running ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        beat_at = check_at = time.monotonic()
        while not self._stop.wait(TICK):
            moment = time.monotonic()
            for child in self._children:
                child.watch()
            if moment - check_at >= DATABASE_CHECK_SECONDS:
                check_at = moment
                self._keep_database(self._server)
            if moment - beat_at >= clock.BEAT.total_seconds():
                beat_at = moment
                clock.beat(self.folder)

    def _keep_database(self, server: Server | None) -> None:
        if server is None or server.pid() is not None:
            return
        self.say("node", "the database has stopped: starting it again")
        server.start()
        # Their listening connections are gone for good; nothing of theirs can be half done, as it was rolled back.
        for child in self._children:
            if child.name != "web":
                child.end()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._asked_by = signal.Signals(number).name
        self._stop.set()

    def _shut_down(self) -> None:
        if self._asked_by:
            self.say("node", f"stopping, asked by {self._asked_by}")
        for name, seconds in (("web", WEB_STOP_SECONDS), ("worker clocks", JOBS_STOP_SECONDS)):
            batch = [child for child in self._children if child.name in name.split()]
            for child in batch:
                child.ask_to_stop()
            deadline = time.monotonic() + seconds
            for child in batch:
                child.wait_stopped(max(deadline - time.monotonic(), 0.1))
        shift = clock.read(self.folder)
        if shift and shift.running:
            clock.pause(self.folder)
        if self._server:
            self._server.stop()
            self.say("node", "stopped; the data stays")

    # --- speaking ---------------------------------------------------------------------------------------

    def say(self, who: str, line: str) -> None:
        """One line of the node's log, marked with whose it is."""
        with self._voice:
            click.echo(click.style(f"{who:<7}| ", fg=COLOURS.get(who, "white")) + line)

    def _done(self, what: str) -> None:
        spent = time.monotonic() - self._began - sum(seconds for _, seconds in self._steps)
        self._steps.append((what, spent))

    def _address(self, listening: socket.socket) -> str:
        port = listening.getsockname()[1]
        host = self.options.host
        shown = "127.0.0.1" if host in ANYWHERE else host
        return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"

    def _welcome(self, address: str) -> None:
        from rich.console import Console, Group
        from rich.panel import Panel
        from rich.table import Table

        parts: list[object] = [f"[bold]{address}[/bold]"]
        accounts = node.sign_ins(self.folder)
        if accounts:
            # Narrow columns first: a long Chinese title may be cut, what has to be typed may not.
            table = Table(box=None, padding=(0, 2, 0, 0))
            columns = (
                ("Name", [one.username for one in accounts]),
                ("Password", [one.password for one in accounts]),
            )
            for heading, texts in columns:
                table.add_column(heading, header_style="dim", no_wrap=True, min_width=max(map(len, texts)))
            table.add_column("Post", header_style="dim", no_wrap=True, ratio=1)
            for one in accounts:
                table.add_row(one.username, one.password, one.post)
            parts += ["", "Sign in to the demo as", table]
        if self.options.host not in LOOPBACK:
            parts += ["", "Others reach it by the names in LIANKONG_HOSTS only; put HTTPS before it."]
        total = sum(seconds for _, seconds in self._steps)
        steps = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in self._steps)
        parts += [
            "",
            f"[dim]Ready after {total:.1f} s ({steps}).[/dim]",
            "[dim]Ctrl-C stops it; the data stays.[/dim]",
        ]
        with self._voice:
            panel = Panel(Group(*parts), title="Liankong 联控", expand=False, padding=(1, 2))  # type: ignore[arg-type]  # rich's own protocol
            Console(highlight=False).print(panel)
