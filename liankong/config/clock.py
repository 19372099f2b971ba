"""What time is it at this node?

A node in use asks the machine. A demo node lives in January 2022, when its outbreak happens: its clock starts at a
given moment, runs as fast as ours, and stands still while the node is stopped, so that deadlines neither lapse
overnight nor have lapsed years ago. The doors (web, command line, flow's clocks) ask here and pass the answer on.

`clock.json` in the data folder holds `{"demo_at", "wall_at", "running"}`: it was `demo_at` here when it was `wall_at`
on the wall. The supervisor rewrites it each minute, so that a node which was killed goes on where it was.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from liankong.config.paths import data_folder, ensure_private

FILE_NAME = "clock.json"
BEAT = timedelta(seconds=60)
# The fourth morning after the first detection of the generated outbreak: cases are open, orders run, bulletins are due.
DEMO_START = datetime(2022, 1, 12, 1, 30, tzinfo=UTC)


class ClockError(Exception):
    """The clock's file cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How a demo node's clock stands to the wall's.

    Attributes:
        demo_at: the node's time when it was `wall_at` on the wall.
        wall_at: that moment by the wall.
        running: False while the node is stopped and its clock stands still.
    """

    demo_at: datetime
    wall_at: datetime
    running: bool

    def at(self, wall: datetime) -> datetime:
        """The node's time when the wall shows `wall`; never before `demo_at`, even when the wall's is set back."""
        if not self.running:
            return self.demo_at
        return self.demo_at + max(wall - self.wall_at, timedelta(0))

    def resumed(self, wall: datetime) -> "Shift":
        """The clock of a node that starts at `wall`.

        After a crash the last written moment may be a beat old, and facts may have been recorded since: the clock
        goes on behind them, not before them, and still does not count the time for which the node was down.
        """
        behind = (
            min(self.at(wall) - self.demo_at, BEAT + timedelta(seconds=5)) if self.running else timedelta(0)
        )
        return Shift(self.demo_at + behind, wall, True)

    def beaten(self, wall: datetime) -> "Shift":
        """The same clock, written anew at `wall`."""
        return Shift(self.at(wall), max(wall, self.wall_at), self.running)

    def paused(self, wall: datetime) -> "Shift":
        """The clock of a node that stops at `wall`."""
        return Shift(self.at(wall), wall, False)


def now(folder: Path | None = None) -> datetime:
    """The node's present moment, aware, in UTC.

    Raises:
        ClockError: when `clock.json` is there but holds no clock.
    """
    wall = datetime.now(UTC)
    shift = read(folder or data_folder())
    return wall if shift is None else shift.at(wall)


_read_once: dict[Path, tuple[tuple[int, int], Shift]] = {}


def read(folder: Path) -> Shift | None:
    """The shift of a demo node; None for a node that lives in the present."""
    path = folder / FILE_NAME
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    mark = (found.st_mtime_ns, found.st_ino)
    known = _read_once.get(path)
    if known and known[0] == mark:
        return known[1]
    shift = _parse(path)
    _read_once[path] = (mark, shift)
    return shift


def _parse(path: Path) -> Shift:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        moments = [datetime.fromisoformat(raw[key]) for key in ("demo_at", "wall_at")]
        if any(moment.tzinfo is None for moment in moments) or not isinstance(raw["running"], bool):
            raise ValueError("a moment without a zone, or `running` is not true or false")
    except (ValueError, KeyError, TypeError) as error:
        raise ClockError(f"{path} holds no clock ({error}): expected demo_at, wall_at and running") from error
    return Shift(moments[0].astimezone(UTC), moments[1].astimezone(UTC), raw["running"])


def write(folder: Path, shift: Shift) -> None:
    """Replace the clock's file in one step: a reader sees the old one or the new one."""
    ensure_private(folder)
    draft = folder / f".{FILE_NAME}.{os.getpid()}"
    text = {
        "demo_at": shift.demo_at.isoformat(),
        "wall_at": shift.wall_at.isoformat(),
        "running": shift.running,
    }
    draft.write_text(json.dumps(text) + "\n", encoding="utf-8")
    draft.replace(folder / FILE_NAME)


def begin(folder: Path, demo_at: datetime) -> None:
    """Make the node a demo node whose clock shows `demo_at` and runs when the node does."""
    write(folder, Shift(demo_at.astimezone(UTC), datetime.now(UTC), False))


def resume(folder: Path) -> None:
    """The node starts: its clock runs again. Nothing to do for a node that lives in the present."""
    shift = read(folder)
    if shift:
        write(folder, shift.resumed(datetime.now(UTC)))


def beat(folder: Path) -> None:
    """Write the running clock anew, so that a crash costs at most one beat."""
    shift = read(folder)
    if shift:
        write(folder, shift.beaten(datetime.now(UTC)))


def pause(folder: Path) -> None:
    """The node stops: its clock stands still."""
    shift = read(folder)
    if shift:
        write(folder, shift.paused(datetime.now(UTC)))
