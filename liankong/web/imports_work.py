"""The two long steps of a line list: reading it whole, and taking it into an outbreak.

Small files run while the browser waits, large ones as jobs of the worker. Progress lies beside the upload; a flag
there interrupts. An interrupted commit leaves nothing behind and can be run again.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from django.db import connection
from django.utils import translation

from liankong.actions import Forbidden, Refused, linelists
from liankong.exchange import linelist, mapping
from liankong.exchange.linelist import LineList
from liankong.exchange.linelist_rejects import rejected_csv
from liankong.exchange.mapping_model import Mapping, MappingError
from liankong.exchange.tables import TableError
from liankong.rules.access import permissions
from liankong.store.access import node_scope, scope
from liankong.store.log import Actor
from liankong.store.models import Outbreak, User
from liankong.vocabulary.facts import CaseRecord
from liankong.web import tasks
from liankong.web.context import Seat, now, seats_of
from liankong.web.imports_folder import Gone, Upload, by_token

PREVIEWED = 20
WRITE_EVERY_SECONDS = 0.3
logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """The owner gave up while the work ran."""


class Reporter:
    """Writes progress a few times a second, and stops the work when its owner gives up."""

    def __init__(self, upload: Upload, step: str, *, start: float = 0.0, end: float = 1.0) -> None:
        self.upload, self.step, self.start, self.end = upload, step, start, end
        self.written = 0.0
        self._write(0, 0.0)

    def __call__(self, done: int, share: float | None) -> None:
        if time.monotonic() - self.written < WRITE_EVERY_SECONDS:
            return
        if self.upload.cancelled:
            raise Cancelled
        self._write(done, share)

    def _write(self, done: int, share: float | None) -> None:
        overall = None if share is None else self.start + (self.end - self.start) * share
        self.upload.write("progress", {"state": "running", "step": self.step, "rows": done, "share": overall})
        self.written = time.monotonic()


def run(step: Callable[[Upload], dict[str, Any]], token: str) -> None:
    """One step of an upload; whatever comes of it is written beside the upload."""
    try:
        upload = by_token(token)
    except Gone:
        return  # its owner gave up before the worker came to it
    try:
        upload.write("progress", {"state": "done", **step(upload)})
    except Cancelled:
        upload.write("progress", {"state": "cancelled"})
    except MappingError as error:
        fault = {"key": error.key, "problem": error.problem, "expected": error.expected}
        upload.write("progress", {"state": "failed", "mapping": fault})
    except Refused as error:
        # The worker has no reader: the sentence is put into a language where it is shown.
        values = {name: str(value) for name, value in error.values.items()}
        upload.write("progress", {"state": "failed", "refused": [error.template, values]})
    except (TableError, Forbidden) as error:
        upload.write("progress", {"state": "failed", "message": str(error)})
    except Exception:
        # The traceback may quote cells, so the log only says that it happened; the page says what to do.
        logger.error("a line list could not be worked off", extra={"step": step.__name__})
        upload.write("progress", {"state": "failed", "message": "something went wrong; nothing was imported"})


# --- reading -------------------------------------------------------------------------------------------------------


def read(upload: Upload) -> dict[str, Any]:
    """Read the whole list and keep its account: counts, first rows, notices, and every rejected row."""
    form = mapping.loads(upload.mapping, name="mapping")
    found = linelist.read(upload.file, form, links=upload.links, progress=Reporter(upload, "read"))
    upload.write("account", _account(found, form))
    upload.put("rejected.jsonl", "".join(_rejected_line(row, found) for row in found.rejected).encode())
    upload.put("rejected.csv", rejected_csv(found, form))
    return {"step": "read"}


def _account(found: LineList, form: Mapping) -> dict[str, Any]:
    used = [item.name for item in fields(CaseRecord) if item.name in form.fields]
    shown = [
        {name: _shown(getattr(record, name)) for name in used} | {"row": found.row_numbers[record.key]}
        for record in found.accepted[:PREVIEWED]
    ]
    return {
        "counts": found.counts(),
        "digest": found.digest,
        "faults": len(found.errors),
        "notices": [
            {"field": one.field, "what": one.what, "count": one.count, "row": one.first_row}
            for one in found.notices
        ],
        "used": used,
        "shown": shown,
        "persons": len(found.persons),
        "linked": sum(1 for record in found.accepted if record.infectors),
        "related": len(found.related),
        "links": found.links
        and {
            **found.links.counts(),
            "file": found.links.file,
            "errors": [
                {"row": one.row, "field": one.field, "problem": one.problem, "expected": one.expected}
                for one in found.links.rejected[:50]
            ],
        },
    }


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _rejected_line(row: linelist.RejectedRow, found: LineList) -> str:  # noqa: ARG001  # one row alone says it all
    errors = [
        {"field": one.field, "column": one.column, "problem": one.problem, "expected": one.expected}
        for one in row.errors
    ]
    return json.dumps({"row": row.row, "errors": errors}, ensure_ascii=False) + "\n"


# --- committing ----------------------------------------------------------------------------------------------------


def commit(upload: Upload) -> dict[str, Any]:
    """Read once more and take the accepted rows into the chosen outbreak, as the owner, from the owner's post."""
    text = upload.mapping
    form = mapping.loads(text, name="mapping")
    state = upload.state
    found = linelist.read(upload.file, form, links=upload.links, progress=Reporter(upload, "read", end=0.4))
    reporter = Reporter(upload, "write", start=0.4)
    seat, user = _seat(int(state["user"]), state["post"])
    actor = Actor(
        user=user,
        post=seat.post,
        organisation=seat.organisation,
        division=seat.division,
        permissions=permissions(frozenset({seat.role})),
    )

    def progress(done: int, total: int) -> None:
        reporter(done, done / total if total else 1.0)

    with scope(seat.division, user):
        outbreak = Outbreak.objects.filter(code=state["outbreak"]).first()
        if outbreak is None:
            raise Refused("there is no such outbreak in your jurisdiction", field="outbreak")
        made = linelists.import_line_list(
            outbreak=outbreak.pk, line_list=found, mapping=text, by=actor, at=now(), progress=progress
        )
    upload.update(stage="done", **{"import": made.pk})
    upload.forget_file()
    return {"step": "commit", "import": made.pk}


def _seat(user: int, post: int | None) -> tuple[Seat, int]:
    """The post from which the upload was made, if its holder still holds it."""
    with node_scope():
        row = User.objects.filter(pk=user, is_active=True).first()
        seats = seats_of(row, now()) if row else ()
    for seat in seats:
        if seat.post == post:
            return seat, user
    raise Refused("you no longer hold the post from which you began this import")


# --- now or later --------------------------------------------------------------------------------------------------


def start(upload: Upload, step: str) -> None:
    """Run a step: at once for a small file, else by the worker."""
    upload.begin()
    upload.write("progress", {"state": "waiting", "step": step})
    work = {"read": read, "commit": commit}[step]
    if upload.small:
        with translation.override(None):
            run(work, upload.token)
    else:
        tasks.work.defer(token=upload.token, step=step)


def work_off(token: str, step: str) -> None:
    """A worker's turn: its connection has no scope of its own."""
    run({"read": read, "commit": commit}[step], token)
    if connection.needs_rollback:
        connection.close()
