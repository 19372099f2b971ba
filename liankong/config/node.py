"""What is known about a node from outside it: does it run, where, and who may sign in to its demo.

One supervisor a data folder: it holds a lock on `node.lock` for as long as it lives, and the system lets go of the
lock however the supervisor ends.
"""

import fcntl
import http.client
import json
import os
import time
import urllib.parse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # ships no types

from liankong.config.paths import ensure_private

LOCK_NAME = "node.lock"
DEMO_NAME = "demo.json"
GLANCE = 0.5
CLEARING = 30.0


class AlreadyRunning(Exception):
    """Another supervisor runs this node."""

    def __init__(self, folder: Path, pid: int | None, address: str | None) -> None:
        where = f" at {address}" if address else ""
        who = f" (process {pid})" if pid else ""
        super().__init__(f"this node already runs{where}{who}; its data folder is {folder}")
        self.pid, self.address = pid, address


@dataclass(frozen=True, slots=True)
class SignIn:
    """One account of the demo. Its password protects nothing: a demo node holds generated people only."""

    username: str
    password: str
    post: str


@dataclass(frozen=True, slots=True)
class Status:
    """A node seen from outside.

    Attributes:
        running: a supervisor holds the node.
        answers: the first page was served when asked.
        pid: the supervisor's process id.
        address: where the pages are.
        folder: the data folder.
    """

    running: bool
    answers: bool
    pid: int | None
    address: str | None
    folder: str

    def as_json(self) -> dict[str, Any]:
        """`{"running", "answers", "pid", "address", "folder"}`."""
        return asdict(self)


class NodeLock:
    """The supervisor's hold on its data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: TextIOWrapper | None = None

    def take(self, *, announce: bool = True) -> bool:
        """Hold the node; True when the one that held it before fell without letting go.

        Raises:
            AlreadyRunning: with the process and the address of the one that holds it.
        """
        ensure_private(self.folder)
        handle = os.open(self.folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(handle, "r+", encoding="utf-8")
        began = time.monotonic()
        while True:
            said = _read(file)
            holder = said.get("pid")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # Held by a fallen supervisor's warden, which is clearing up, or by someone who looks at the status.
                patience = GLANCE if holder and psutil.pid_exists(holder) else CLEARING
                if time.monotonic() - began > patience:
                    file.close()
                    raise AlreadyRunning(self.folder, holder, said.get("address")) from None
                time.sleep(0.1)
        self._file = file
        if announce:
            self.announce(None)
        return holder is not None

    def announce(self, address: str | None) -> None:
        """Write down who holds the node, and where its pages are."""
        if self._file is None:
            raise RuntimeError("the node is not held")
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "address": address}, self._file)
        self._file.flush()

    def release(self) -> None:
        """Let go of the node."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.close()
            self._file = None


def _read(file: TextIOWrapper) -> dict[str, Any]:
    file.seek(0)
    try:
        said = json.loads(file.read() or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def status(folder: Path) -> Status:
    """Look at a node without touching it."""
    path = folder / LOCK_NAME
    stopped = Status(running=False, answers=False, pid=None, address=None, folder=str(folder))
    try:
        file = path.open("r+", encoding="utf-8")
    except FileNotFoundError:
        return stopped
    with file:
        try:
            # A shared lock, so that two who look at once do not take each other for a supervisor.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = _read(file)
            address = said.get("address")
            return Status(
                True, bool(address) and answers(str(address)), said.get("pid"), address, str(folder)
            )
    return stopped


def answers(address: str, *, seconds: float = 5) -> bool:
    """True when a page is served at `address`: the web is up and its database answers."""
    where = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=seconds)
    try:
        connection.request("GET", where.path or "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def remember_sign_ins(folder: Path, sign_ins: Sequence[SignIn]) -> None:
    """Keep the demo's accounts, to print them at each start; this is what marks a loaded demo node."""
    draft = folder / f".{DEMO_NAME}.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(
        json.dumps({"sign_ins": [asdict(one) for one in sign_ins]}, ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )
    draft.replace(folder / DEMO_NAME)


def sign_ins(folder: Path) -> list[SignIn]:
    """The demo's accounts; empty for a node without a demo."""
    try:
        raw = json.loads((folder / DEMO_NAME).read_text(encoding="utf-8"))
        return [SignIn(one["username"], one["password"], one["post"]) for one in raw["sign_ins"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def is_demo(folder: Path) -> bool:
    """True when the demo city was loaded into this node."""
    return (folder / DEMO_NAME).exists()
