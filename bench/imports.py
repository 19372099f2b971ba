"""Rows a second of a line list into the platform, beside plain Django `bulk_create` and beside pandas reading."""

import csv
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from bench import stage

ROWS, SMALL = 100_000, 2_000


def write(path: Path, rows: int) -> None:
    """A line list of generated cases: dates, codes, links to earlier cases."""
    rng = np.random.default_rng(7)
    start = date(2022, 1, 1)
    onset = rng.integers(0, 60, rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["case", "sex", "age", "onset", "confirmed", "outcome", "source"])
        for number in range(rows):
            day = start + timedelta(days=int(onset[number]))
            source = f"case {int(rng.integers(0, number))}" if number and rng.random() < 0.5 else ""
            confirmed = day + timedelta(days=int(rng.integers(0, 5)))
            sex = "MF"[int(rng.integers(0, 2))]
            out.writerow([number, sex, int(rng.integers(0, 95)), day, confirmed, "cured", source])


def run(report: stage.Report) -> None:
    """Import of a line list: read, check, write with people, links and history."""
    rows = SMALL if report.small else ROWS
    with stage.node() as folder:
        from django.contrib.auth.hashers import make_password

        from liankong.actions import linelists, outbreaks
        from liankong.exchange import linelist, mapping, mapping_guess
        from liankong.rules.access import permissions
        from liankong.store.access import node_scope
        from liankong.store.log import Actor
        from liankong.store.models import Case, Outbreak, Person, User
        from liankong.vocabulary.kinds import Role

        path = Path(tempfile.mkdtemp(dir=folder)) / "cases.csv"
        write(path, rows)
        at = datetime(2022, 3, 1, tzinfo=UTC)
        with node_scope():
            user = User.objects.create(username="bench", password=make_password(None), division="")
            by = Actor(user=user.pk, permissions=permissions(frozenset(Role)))
            study = outbreaks.open_outbreak(
                code="bench",
                name="bench",
                pathogen="covid19",
                protocol="CN-COV-v8",
                division="12",
                baseline_on=date(2022, 1, 1),
                study=True,
                by=by,
                at=at,
            )
            chosen = mapping.loads(mapping_guess.guess(path).toml)
            read = stage.seconds(lambda: linelist.read(path, chosen))
            listed = linelist.read(path, chosen)
            written = stage.seconds(
                lambda: linelists.import_line_list(
                    outbreak=study.pk, line_list=listed, mapping="", by=by, at=at
                )
            )
            again = stage.seconds(
                lambda: linelists.import_line_list(
                    outbreak=study.pk, line_list=listed, mapping="", by=by, at=at
                )
            )
            plain = stage.seconds(lambda: _bulk_create(listed, study, at, Case, Person, Outbreak))
        report.add(
            "read and check", rows / read, "rows/s", peer="pandas.read_csv", peer_value=rows / _pandas(path)
        )
        report.add("write", rows / written, "rows/s", peer="bulk_create of persons and cases", peer_value=rows / plain,
                   note="ours also writes links and history, under row-level security")  # fmt: skip
        report.add("whole import", rows / (read + written), "rows/s")
        report.add("import again, nothing new", rows / again, "rows/s")


def _bulk_create(listed, study, at, case_model, person_model, outbreak_model) -> None:  # type: ignore[no-untyped-def]
    """The same persons and cases with the ORM alone, as plain Django code would write them."""
    other = outbreak_model.objects.create(
        code="plain", name="plain", pathogen="covid19", protocol=study.protocol, division="12",
        baseline_on=study.baseline_on, opened_at=at, study=True,
    )  # fmt: skip
    people = person_model.objects.bulk_create(
        [person_model(sex=record.sex, division="12", created_at=at) for record in listed.accepted],
        batch_size=2000,
    )
    case_model.objects.bulk_create(
        [
            case_model(
                outbreak=other, number=record.key, person=person, division="12", classification=record.classification,
                age=record.age, onset_on=record.onset, found_at=at, protocol=study.protocol, outcome=record.outcome,
            )
            for person, record in zip(people, listed.accepted, strict=True)
        ],
        batch_size=2000,
    )  # fmt: skip


def _pandas(path: Path) -> float:
    import pandas

    return stage.seconds(lambda: pandas.read_csv(path, parse_dates=["onset", "confirmed"]))


if __name__ == "__main__":
    stage.main("imports", run)
