"""The processes of a node, each started by the supervisor as `python -m liankong.config.children NAME`.

* `prepare`: as the owner, migrates and collects the static files, then says on its last line what it found;
* `web`: the pages, on the socket that the supervisor opened;
* `worker`: every queue but `clocks`;
* `clocks`: the periodic work, so that a long import never makes an order's alarm late.

A child ends with its supervisor, even when that is killed: its standard input is a pipe that only the supervisor
holds open.
"""

import asyncio
import hashlib
import json
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

CLOCKS = "clocks"
POLL_SECONDS = 0.2
CONCURRENCY = 4
GRACE_SECONDS = 8.0
HEARTBEAT_SECONDS = 10.0
STALLED_SECONDS = 30.0

log = logging.getLogger(__name__)


def end_with_supervisor() -> None:
    """Stop in order when the supervisor is gone."""

    def wait() -> None:
        # Not sys.stdin: its lock, held by this thread, would break the interpreter's own end.
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()


# --- prepare ----------------------------------------------------------------------------------------------


def prepare() -> dict[str, Any]:
    """Bring the schema and the static files up to date.

    Returns:
        `{"empty": bool}`: no user exists yet, so nobody has used this node.
    """
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from liankong.store.access import node_scope

    call_command("migrate", verbosity=0, interactive=False)
    collect_static(Path(settings.STATIC_ROOT))
    with node_scope():
        return {"empty": not get_user_model().objects.exists()}


def collect_static(target: Path) -> bool:
    """Hash, compress and lay out the static files unless the same ones lie there already. True when it did."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    mark = target / ".sources"
    if mark.exists() and mark.read_text() == digest.hexdigest():
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=target.exists())
    target.mkdir(parents=True, exist_ok=True)
    mark.write_text(digest.hexdigest())
    return True


# --- web --------------------------------------------------------------------------------------------------


def web(descriptor: int) -> None:
    """Serve the pages on an open socket until told to stop."""
    import uvicorn
    from django.conf import settings

    from liankong.config.asgi import application

    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=settings.HTTPS,
        # Live boards hold their connection open for as long as they are looked at.
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


# --- jobs -------------------------------------------------------------------------------------------------


async def run_jobs(*, clocks: bool) -> None:
    """Work off jobs until told to stop; a job whose worker died is taken up again."""
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]  # Django's has it
        async with app.open_async():
            queues = [CLOCKS] if clocks else sorted({task.queue for task in app.tasks.values()} - {CLOCKS})
            # One supervisor a node and one process a queue: whatever is "doing" now has lost its worker.
            await rescue_stalled(queues, seconds=0)
            rescue = asyncio.create_task(_keep_rescuing(queues))
            try:
                await app.run_worker_async(
                    queues=queues,
                    name=CLOCKS if clocks else "worker",
                    concurrency=CONCURRENCY,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    # The worker forgets a notice that comes in while it asks for work (it clears its mark after
                    # asking), so a consequence of a consequence would wait for the next poll.
                    fetch_job_polling_interval=POLL_SECONDS,
                    listen_notify=True,
                    delete_jobs="successful",
                )
            finally:
                rescue.cancel()


async def rescue_stalled(queues: list[str], *, seconds: float) -> int:
    """Hand jobs of dead workers out again; `seconds` without a heartbeat make a worker dead.

    Returns:
        How many jobs were handed out again. They may run twice, which the log makes harmless.
    """
    from procrastinate.contrib.django import app

    rescued = 0
    for queue in queues:
        for job in await app.job_manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=seconds):
            await app.job_manager.retry_job(job)
            rescued += 1
    if rescued:
        log.warning("jobs of a dead worker taken up again", extra={"count": rescued})
    return rescued


async def _keep_rescuing(queues: list[str]) -> None:
    while True:
        await asyncio.sleep(STALLED_SECONDS)
        try:
            await rescue_stalled(queues, seconds=STALLED_SECONDS)
        except Exception:
            # The database may be away for a moment; the worker itself decides whether to give up.
            log.exception("stalled jobs could not be looked for")


def main(arguments: list[str]) -> None:
    """Start the child named by the first argument."""
    name = arguments[0]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liankong.config.settings")
    import django

    if name == "prepare":
        django.setup()
        sys.stdout.write(json.dumps(prepare()) + "\n")
        return
    end_with_supervisor()
    django.setup()
    if name == "web":
        web(int(arguments[1]))
    elif name in {"worker", CLOCKS}:
        asyncio.run(run_jobs(clocks=name == CLOCKS))
    else:
        raise SystemExit(f"there is no child called {name!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
