"""Stops an embedded server whose owner was killed and could not stop it.

Run as `python -m liankong.config.warden PID FOLDER [--remove]`: waits until process `PID` has gone, then stops the
server of the data folder, and with `--remove` (throw-away servers of tests) deletes the folder.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from liankong.config.node import AlreadyRunning, NodeLock
from liankong.config.postgres import PostgresError, Server

PAUSE = 0.5


def lives(pid: int) -> bool:
    """True while process `pid` exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def watch(pid: int, folder: Path, *, remove: bool) -> None:
    """Wait for the end of `pid`, then stop what it left running; nothing to do after an orderly end."""
    server = Server(folder, superuser_password="")  # stopping it needs none
    while lives(pid):
        time.sleep(PAUSE)
    lock = NodeLock(folder)
    try:
        lock.take(announce=False)
    except AlreadyRunning:
        return  # A new supervisor was quicker: it takes the server over.
    try:
        server.stop()
    except PostgresError:
        server.kill()
    finally:
        lock.release()
    if remove:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    watch(int(sys.argv[1]), Path(sys.argv[2]), remove="--remove" in sys.argv[3:])
