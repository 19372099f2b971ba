"""One log line an event: time, level, source, message, then the fields given by `extra=`.

People appear as identifiers only (`person=1234`), which is for the caller to keep; what this module adds is that
a value named like personal data is never written, and that a message cannot forge a second line.
"""

import logging
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Objects that libraries attach to a record: they print addresses, bodies or arguments.
_WITHHELD = frozenset(
    {
        "request",
        "params",
        "sql",
        "args",
        "job",
        "worker",
        "task",
        "password",
        "id_number",
        "phone",
        "full_name",
    }
)


class LineFormatter(logging.Formatter):
    """`2022-01-08T03:15:00Z INFO liankong.actions.cases case opened case=17 protocol=cn-cov/v8`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line; a traceback follows on its own lines."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        fields = "".join(
            f" {key}={_text(value)}"
            for key, value in vars(record).items()
            if key not in _STANDARD and key not in _WITHHELD and isinstance(value, str | int | float | bool)
        )
        line = f"{moment} {record.levelname} {record.name} {message}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _text(value: object) -> str:
    text = str(value).replace("\r", "\\r").replace("\n", "\\n")
    return f'"{text}"' if " " in text else text
