"""What every benchmark stands on: a throw-away node, a clock, and one way to report."""

import argparse
import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Measure:
    """One line of a benchmark: what, how much, in which unit, and beside what."""

    what: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's; above 1 is faster for rates, below 1 for times."""
        return None if not self.peer_value else self.value / self.peer_value


@dataclass(slots=True)
class Report:
    """The outcome of one benchmark."""

    name: str
    small: bool
    measures: list[Measure] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str, **more: Any) -> None:
        self.measures.append(Measure(what, value, unit, **more))


def main(name: str, run: Callable[[Report], None]) -> None:
    """Command line of one benchmark module."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=run.__doc__)
    parser.add_argument("--small", action="store_true", help="a size that ends within seconds")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args()
    report = Report(name, options.small)
    run(report)
    print(json.dumps(asdict(report), ensure_ascii=False, indent=2) if options.json else table(report))


def table(report: Report) -> str:
    """A Markdown table of a report."""
    lines = ["| what | value | beside | its value | ratio |", "|---|---|---|---|---|"]
    for item in report.measures:
        peer = "" if item.peer_value is None else f"{figure(item.peer_value)} {item.unit}"
        ratio = "" if item.ratio is None else f"{item.ratio:.2f}"
        note = f" ({item.note})" if item.note else ""
        lines.append(
            f"| {item.what}{note} | {figure(item.value)} {item.unit} | {item.peer} | {peer} | {ratio} |"
        )
    return "\n".join(lines)


def figure(value: float) -> str:
    """Whole from a thousand on, else three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def machine() -> dict[str, str]:
    """Where it ran: processor count, memory, versions. No name and no path of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"Python {platform.python_version()}",
    }


@contextlib.contextmanager
def node() -> Iterator[Path]:
    """A fresh node with a migrated database; Django is set up in this process. Gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="liankong-bench-"))
    os.environ |= {"LIANKONG_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "liankong.config.settings"}
    os.environ.pop("DATABASE_URL", None)
    from liankong.config import database
    from liankong.config.secrets import load_secrets

    secrets = load_secrets(folder)
    server = database.embedded_server(folder, secrets)
    server.start()
    try:
        database.prepare(folder=folder, secrets=secrets)
        subprocess.run(
            [sys.executable, "-m", "liankong.config.children", "prepare"],
            env=os.environ | {"LIANKONG_DB_ROLE": "owner"},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        import django

        django.setup()
        yield folder
        from django.db import connections

        connections.close_all()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextlib.contextmanager
def worker(folder: Path) -> Iterator[None]:
    """A real worker beside this process, on the same node."""
    process = subprocess.Popen(
        [sys.executable, "-m", "liankong.config.children", "worker"],
        stdin=subprocess.PIPE,
        env=os.environ | {"LIANKONG_DATA": str(folder), "LIANKONG_PROCESS": "worker"},
    )
    try:
        yield
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(20)


def settled() -> None:
    """Return when the worker has nothing left to do: every consequence, and theirs, is done."""
    from django.db import connection

    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs"
                " WHERE status IN ('todo', 'doing') AND queue_name <> 'clocks'"
            )
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.002)


def percentiles(samples: list[float]) -> tuple[float, float]:
    """Median and 90th percentile."""
    ordered = sorted(samples)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]
