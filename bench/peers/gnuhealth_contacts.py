"""GNU Health records lists of contacts: run by the interpreter that has it installed, beside `bench.response_peer`.

Arguments: the database, how many lists, how many contacts each; libpq's variables (`PGHOST` and so on) say where.
It installs the contact tracing module with what it needs, makes the people, and says that it is ready. Then each line
that comes in asks for one list: recorded in one transaction, then read as the list of the client shows it. What goes
out is one JSON object a line.
"""

import json
import os
import sys
import time
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

# Read when trytond is imported; libpq takes the rest from its own variables.
os.environ["TRYTOND_DATABASE_URI"] = "postgresql:///"

# Installed in the peer's interpreter alone.
from trytond import backend  # type: ignore[import-not-found]
from trytond.pool import Pool  # type: ignore[import-not-found]
from trytond.transaction import Transaction  # type: ignore[import-not-found]

ADMINISTRATOR = 1
MET_FROM = datetime(2022, 1, 7, 8)  # noqa: DTZ001 - its columns hold no zone
TRACING = "gnuhealth.contact_tracing"
PERSON = {"is_person": True, "is_patient": True, "fed_country": "XXX"}
DURABILITY = ("synchronous_commit", "fsync", "full_page_writes")
# The columns of its list of contacts, with the names that stand there for linked rows.
COLUMNS = [
    *("patient", "patient.rec_name", "pathology", "pathology.rec_name", "contact", "contact.rec_name"),
    *("operational_sector", "operational_sector.rec_name", "contact_date", "exposure_risk", "exposure_time"),
    *("context", "status", "comments", "_timestamp"),
]


def main() -> None:
    """Set up, then a list for each line."""
    database, lists, contacts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    server = backend.Database(database)
    server.connect()
    server.init()
    Pool(database).init(update=["ir", "res", "health_contact_tracing"], lang=["en"], activatedeps=True)
    people = _people(database, lists * (contacts + 1))
    disease, patients = _patients(database, people[:lists])
    _say(gnuhealth=version("gnuhealth"), trytond=version("trytond"), durability=_durability(database))
    for number, _line in enumerate(sys.stdin):
        first = lists + number * contacts
        rows = _rows(patients[number], disease, people[first : first + contacts])
        began = time.perf_counter()
        recorded = _record(database, rows)
        done = time.perf_counter()
        shown = _read(database, patients[number])
        read = time.perf_counter() - done
        _say(record=done - began, recorded=recorded, read=read, shown=shown)


def _record(database: str, rows: list[dict[str, Any]]) -> int:
    """As a call of the client arrives: in the user's name, with access checked."""
    with Transaction().start(database, ADMINISTRATOR, context={"_check_access": True}):
        return len(Pool().get(TRACING).create(rows))


def _read(database: str, patient: int) -> int:
    """The two calls with which the client fills a list, here in one transaction."""
    with Transaction().start(database, ADMINISTRATOR, context={"_check_access": True}, readonly=True):
        model = Pool().get(TRACING)
        found = [row.id for row in model.search([("patient", "=", patient)])]
        return len(model.read(found, COLUMNS))


def _rows(patient: int, disease: int, contacts: list[int]) -> list[dict[str, Any]]:
    """An hour in one place, as its form has it."""
    return [
        {
            "patient": patient,
            "pathology": disease,
            "contact": contact,
            "contact_date": MET_FROM + timedelta(minutes=place),
            "exposure_risk": "high",
            "exposure_time": 60,
            "status": "unreached",
            "context": "hall",
        }
        for place, contact in enumerate(contacts)
    ]


def _people(database: str, count: int) -> list[int]:
    """One call each: its `create` of persons makes every row of a call anew for each of them."""
    found = []
    with Transaction().start(database, ADMINISTRATOR):
        model = Pool().get("party.party")
        for number in range(count):
            (row,) = model.create(
                [
                    {"name": f"n{number}", "lastname": f"l{number}", "gender": "u"}
                    | PERSON
                    | {"ref": f"P{number}"}
                ]
            )
            found.append(row.id)
    return found


def _patients(database: str, people: list[int]) -> tuple[int, list[int]]:
    with Transaction().start(database, ADMINISTRATOR):
        (disease,) = Pool().get("gnuhealth.pathology").create([{"name": "COVID-19", "code": "U07.1"}])
        rows = Pool().get("gnuhealth.patient").create([{"party": person} for person in people])
        return disease.id, [row.id for row in rows]


def _durability(database: str) -> dict[str, str]:
    with Transaction().start(database, ADMINISTRATOR, readonly=True) as transaction:
        cursor = transaction.connection.cursor()
        found = {}
        for name in DURABILITY:
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
        return found


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
