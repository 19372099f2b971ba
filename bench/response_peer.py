"""A list of a case's contacts, recorded by us and by GNU Health: round for round, on one server, each in a transaction.

The step that both have. GNU Health's contact tracing keeps the rows as they are handed in. Ours grades every meeting by
the protocol in force, dates the contact's release, keeps the meeting beside the contact, logs a fact for each and
tells open pages of it, under row-level security. Both have the people registered beforehand; ours, the whole city.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from bench import stage

VARIABLE = "BENCH_GNUHEALTH_PYTHON"
PACKAGES = ("gnuhealth==5.0.6", "gnuhealth-contact-tracing==5.0.4", "trytond==7.0.59")
SCRIPT = Path(__file__).parent / "peers" / "gnuhealth_contacts.py"
DATABASE = "gnuhealth"
LISTS, SMALL_LISTS = 21, 7  # the first of them warms up
RECORD, READ = "a case's list of {contacts} contacts recorded", "the same list read"
RECORD_NOTE = "theirs one create of all rows; ours also grades, dates and logs each, and tells open pages"
READ_NOTE = "ours with the meeting that decides, theirs with names"


@dataclass(slots=True)
class Rounds:
    """Seconds that each list took, to record and to read."""

    record: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)


def beside(report: stage.Report, folder: Path, city: Any, homes: Sequence[str]) -> None:
    """Lists of as many contacts as there are `homes` (divisions), ours and the peer's in turn."""
    lists = SMALL_LISTS if report.small else LISTS
    ours, theirs, name = Rounds(), Rounds(), ""
    with _peer(folder, lists, len(homes)) as peer:
        if peer is not None:
            name = peer.name
            if peer.durability != _durability():
                raise RuntimeError(f"the peer commits as {peer.durability}, we as {_durability()}")
        for number in range(lists):
            _our_list(ours, city, number, homes)
            if peer is not None:
                peer.list(theirs)
            if number == 0:
                _statistics(folder, with_peer=peer is not None)
    compare(report, ours, theirs, name=name, contacts=len(homes))


def compare(report: stage.Report, ours: Rounds, theirs: Rounds, *, name: str, contacts: int) -> None:
    """Contacts a second, from the medians without the first round; no ratio where the peer was not measured."""
    for what, mine, other, note in (
        (RECORD.format(contacts=contacts), ours.record, theirs.record, RECORD_NOTE),
        (READ, ours.read, theirs.read, READ_NOTE),
    ):
        report.add(
            what,
            contacts / statistics.median(mine[1:]),
            "contacts/s",
            peer=name or f"GNU Health, not measured: {VARIABLE} is not set",
            peer_value=contacts / statistics.median(other[1:]) if other else None,
            note=note,
        )


class Peer:
    """The peer's process: a line in, one list recorded and read, a line out."""

    def __init__(self, process: "subprocess.Popen[str]", contacts: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self._contacts = contacts
        ready = self._answer()
        self.name = f"GNU Health {ready['gnuhealth']} on Tryton {ready['trytond']}"
        self.durability: dict[str, str] = ready["durability"]

    def list(self, rounds: Rounds) -> None:
        """One more list of theirs."""
        self._in.write("\n")
        self._in.flush()
        done = self._answer()
        if (done["recorded"], done["shown"]) != (self._contacts, self._contacts):
            raise RuntimeError(
                f"the peer recorded {done['recorded']} and shows {done['shown']} of {self._contacts}"
            )
        rounds.record.append(done["record"])
        rounds.read.append(done["read"])

    def _answer(self) -> dict[str, Any]:
        line = self._out.readline()
        if not line:
            raise RuntimeError(f"GNU Health ended before it answered; its own words stand above. {how()}")
        found: dict[str, Any] = json.loads(line)
        return found


def how() -> str:
    """What to do so that the peer is measured."""
    return (
        "To measure beside GNU Health: python -m venv gnuhealth && gnuhealth/bin/pip install "
        f"{' '.join(PACKAGES)} (a C compiler and libpq's headers are needed), "
        f"then set {VARIABLE} to gnuhealth/bin/python"
    )


@contextlib.contextmanager
def started(
    python: str, arguments: Sequence[str], environment: dict[str, str], contacts: int
) -> Iterator[Peer]:
    """The peer's script under its own interpreter, ended with the block."""
    with subprocess.Popen(
        [python, str(SCRIPT), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | environment,
        text=True,
    ) as process:
        try:
            yield Peer(process, contacts)
        finally:
            if process.stdin:
                process.stdin.close()


@contextlib.contextmanager
def _peer(folder: Path, lists: int, contacts: int) -> Iterator[Peer | None]:
    """The peer with a database of its own on the node's server; None when nobody said where it is installed."""
    from liankong.config import database
    from liankong.config.secrets import load_secrets

    python = os.environ.get(VARIABLE)
    if not python:
        print(how(), file=sys.stderr)
        yield None
        return
    secrets = load_secrets(folder)
    with database.target("superuser", folder=folder, secrets=secrets).connect("postgres") as connection:
        database.create_database(connection, DATABASE)
    owner = database.target("owner", folder=folder, secrets=secrets)
    environment = {
        "PGHOST": owner.host,
        "PGPORT": owner.port,
        "PGUSER": owner.user,
        "PGPASSWORD": owner.password,
    }
    with started(python, [DATABASE, str(lists), str(contacts)], environment, contacts) as peer:
        yield peer


def _statistics(folder: Path, *, with_peer: bool) -> None:
    """What a server that has run for a while knows of its tables; a fresh one plans as if they were empty."""
    from liankong.config import database
    from liankong.config.secrets import load_secrets

    target = database.target("superuser", folder=folder, secrets=load_secrets(folder))
    for name in (target.name, DATABASE) if with_peer else (target.name,):
        with target.connect(name) as connection:
            connection.execute("ANALYZE")


def _our_list(rounds: Rounds, city: Any, number: int, homes: Sequence[str]) -> None:
    """What an investigator hands in of a new case: an hour in one place with each; then the list as its page has it."""
    from liankong.actions import tracing_contacts
    from liankong.store.access import scope
    from liankong.store.models import User
    from liankong.web import contacts_list
    from liankong.web.context import Sight

    case, met = _meetings(city, number, homes)
    seen = Sight(User.objects.get(pk=city.signer.user), city.at, outbreak=city.outbreak)
    # In the investigator's own jurisdiction, as a call from the page arrives.
    with scope(city.signer.division, city.signer.user):
        found: list[Any] = []
        rounds.record.append(
            stage.seconds(
                lambda: found.append(tracing_contacts.propose(met=met, case=case, by=city.signer, at=city.at))
            )
        )
        rows: list[Any] = []

        def read() -> None:
            rows.extend(contacts_list.select({"case": str(case)}, seen).order_by(*contacts_list.ORDER))
            contacts_list.with_strongest(rows)

        rounds.read.append(stage.seconds(read))
    if (len(found[0].proposed), len(rows)) != (len(homes), len(homes)):
        raise RuntimeError(f"{len(found[0].proposed)} proposed and {len(rows)} shown of {len(homes)}")


def _meetings(city: Any, number: int, homes: Sequence[str]) -> tuple[int, Any]:
    """A case of the city, and whom it met: registered people of these divisions."""
    from liankong.store.models import Case, Person, Place
    from liankong.store.tracing_proposals import Met
    from liankong.vocabulary.kinds import ExposureKind, PersonClass

    division = homes[0]
    place = Place.objects.create(name="hall", kind="venue", division=division)
    ill, *people = Person.objects.bulk_create(
        Person(division=home, created_at=city.at) for home in (division, *homes)
    )
    case = Case.objects.create(
        outbreak=city.outbreak,
        number=f"list-{number}",
        person=ill,
        division=division,
        classification=PersonClass.CONFIRMED,
        sampled_at=city.at,
        found_at=city.at,
        protocol=city.outbreak.protocol,
    )
    began = city.at - timedelta(hours=20)
    met = [
        Met(
            person=person.pk,
            kind=ExposureKind.SAME_ROOM,
            from_at=began + timedelta(minutes=at),
            until_at=began + timedelta(minutes=at + 60),
            minutes=60,
            place=place.pk,
        )
        for at, person in enumerate(people)
    ]
    return case.pk, met


def _durability() -> dict[str, str]:
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name in ("synchronous_commit", "fsync", "full_page_writes"):
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    return found
