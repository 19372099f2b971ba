"""A worker that is killed at a chosen step.

Reads a number N a line: forks a worker that dies by SIGKILL at its Nth step (0: never) and works until the queue is
empty, then answers `exit-status steps` on a line. Steps: before a verb runs, inside its transaction after each fact
it records, and after its commit but before the queue knows.
"""

import asyncio
import os
import signal
import sys
from typing import Any

import django

STEPS = {"left": 0, "done": 0}


def step() -> None:
    STEPS["done"] += 1
    if STEPS["done"] == STEPS["left"]:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    from django.db import connections

    connections.settings["default"]["NAME"] = os.environ["LIANKONG_TEST_DATABASE"]
    django.setup()
    make_mortal()
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            STEPS["left"] = int(line)
            asyncio.run(work())
            os.write(write, str(STEPS["done"]).encode())
            os._exit(0)
        os.close(write)
        _, status = os.waitpid(child, 0)
        steps = os.read(read, 20).decode() or "0"
        os.close(read)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)} {steps}\n")
        sys.stdout.flush()


def make_mortal() -> None:
    """Put the steps around what a worker does; the code under test is the real one."""
    from liankong import flow
    from liankong.store import log

    react, record = flow.react, log.record

    def mortal_react(*args: Any) -> None:
        step()
        react(*args)
        step()

    def mortal_record(*args: Any, **kwargs: Any) -> Any:
        entry = record(*args, **kwargs)
        step()
        return entry

    flow.react, log.record = mortal_react, mortal_record


async def work() -> None:
    from procrastinate.contrib.django import app

    from liankong.config.children import rescue_stalled

    with app.replace_connector(app.connector.get_worker_connector()):
        async with app.open_async():
            await rescue_stalled(["default"], seconds=0)
            await app.run_worker_async(
                queues=["default"], wait=False, concurrency=1, install_signal_handlers=False
            )


if __name__ == "__main__":
    main()
