"""What the first reader of the day would wait seconds for, done in the background when a web process starts.

Outlines of divisions are read and straightened, and the engine of the lake is loaded and asked once.
"""

import logging
from collections.abc import Callable
from datetime import date
from threading import Thread

logger = logging.getLogger(__name__)

NO_DAY = date(1900, 1, 1)  # nothing was tested then: the question costs no reading


def warm() -> None:
    """Begin, and return at once."""
    Thread(target=run, name="warm", daemon=True).start()


def run() -> None:
    """Do it all; what fails here fails again, and is told, when somebody asks for it."""
    for step in (_outlines, _lake):
        _try(step)


def _try(step: Callable[[], None]) -> None:
    try:
        step()
    except Exception:
        logger.warning("could not be prepared: %s", step.__name__.strip("_"), exc_info=True)


def _outlines() -> None:
    from liankong.web.charts_map import TOLERANCE, drawn

    for level in reversed(TOLERANCE):  # a node is a city more often than a nation
        drawn(level)


def _lake() -> None:
    from liankong.web.screening import tested

    tested("", NO_DAY, NO_DAY)
