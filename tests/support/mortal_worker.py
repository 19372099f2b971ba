"""A worker that is killed at a chosen step: `python -m tests.support.mortal_worker N` dies at its Nth step, 0 never.

Steps: before a verb runs, inside its transaction after each fact it records, and after its commit but before the
queue knows. It works until the queue is empty and prints how many steps it came through.
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
    STEPS["left"] = int(sys.argv[1])
    from django.db import connections

    connections.settings["default"]["NAME"] = os.environ["LIANKONG_TEST_DATABASE"]
    django.setup()
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
    asyncio.run(work())
    sys.stdout.write(f"{STEPS['done']}\n")


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
