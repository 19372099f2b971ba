"""One child process of the supervisor: started, watched, started again when it falls, stopped in order."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from liankong.config.paths import PACKAGE

Say = Callable[[str, str], None]  # (who, line)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # A child that lived this long has recovered: its next fall is a new one.


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The supervisor's environment for a child: finds this package wherever it lies, writes lines at once."""
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    ours = {
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "DJANGO_SETTINGS_MODULE": "liankong.config.settings",
    }
    return {**os.environ, **ours, **extra}


def spawn(
    arguments: Sequence[str], *, extra: Mapping[str, str], descriptors: Sequence[int] = ()
) -> subprocess.Popen[str]:
    """Start `python -m ARGUMENTS` in a session of its own, so that Ctrl-C reaches only the supervisor.

    Its standard input stays open for as long as the supervisor lives and tells it when that has ended.
    """
    return subprocess.Popen(  # noqa: S603 - our own interpreter and modules, no shell
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment(extra),
        pass_fds=descriptors,
        start_new_session=True,
    )


def relay(process: subprocess.Popen[str], name: str, say: Say) -> threading.Thread:
    """Pass a process's lines on until it closes its output."""

    def read() -> None:
        if process.stdout:
            for line in process.stdout:
                say(name, line.rstrip("\n"))

    thread = threading.Thread(target=read, name=f"{name} output", daemon=True)
    thread.start()
    return thread


@dataclass(slots=True)
class Child:
    """A process that must run for as long as the node does."""

    name: str
    arguments: Sequence[str]
    say: Say
    extra: Mapping[str, str] = field(default_factory=dict)
    descriptors: Sequence[int] = ()
    _process: subprocess.Popen[str] | None = None
    _started: float = 0.0
    _pause: float = FIRST_PAUSE
    _again_at: float | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it."""
        self._process = spawn(self.arguments, extra=self.extra, descriptors=self.descriptors)
        self._started, self._again_at = time.monotonic(), None
        relay(self._process, self.name, self.say)

    def watch(self) -> None:
        """Start it again when it has fallen, each time after a longer pause."""
        if self._process is None:
            return
        moment = time.monotonic()
        if self._again_at is not None:
            if moment >= self._again_at:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        if moment - self._started > STEADY_SECONDS:
            self._pause = FIRST_PAUSE
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        self.say(self.name, f"{how}; starting it again in {self._pause:.0f} s")
        self._again_at = moment + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        """Tell it to finish what it is doing and end."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """End it at once; `watch` starts it again."""
        if self._process and self._process.poll() is None:
            self._process.kill()

    def wait_stopped(self, seconds: float) -> None:
        """Wait for its end; end it by force after `seconds`."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.say(self.name, "did not stop in time: ended by force")
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()
