"""Jobs that pages hand to the worker. They carry the random name of an upload, nothing about a person."""

from django.db import close_old_connections
from procrastinate.contrib.django import app as jobs


@jobs.task(name="web.line_list", queue="line_lists")
def work(token: str, step: str) -> None:
    """One long step of a line list."""
    # Every process that starts reads this module; the pages are loaded only where a list is worked off.
    from liankong.web import imports_work

    close_old_connections()
    imports_work.work_off(token, step)
