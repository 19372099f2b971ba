"""Verbs. One call, one transaction: read, decide (rules), write, record the fact.

Keyword-only, with `by` (who acts) and `at` (when). A verb never calls another stage's verb: `flow.py` does that.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import transaction
from django.utils.translation import gettext

from liankong.store.log import Actor
from liankong.vocabulary.spans import aware

P = ParamSpec("P")
R = TypeVar("R")

# Every permission that guards a verb; a test holds it against `rules.access`.
GUARDS: dict[str, str] = {}


class Forbidden(PermissionError):
    """The actor's posts do not carry the permission that this verb asks for."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"this needs the permission {permission}, which none of your posts carries")
        self.permission = permission


class Refused(ValueError):
    """The rules do not allow it. `message` is for the user, in their language; `field` names the form field at fault.

    The text is a template: what it is about goes into `{places}`, so that the sentence itself can be translated.
    """

    def __init__(self, template: str, *, field: str = "", **values: object) -> None:
        super().__init__(template.format(**values) if values else template)
        self.template, self.values, self.field = template, values, field

    @property
    def message(self) -> str:
        translated = gettext(self.template)
        return translated.format(**self.values) if self.values else translated


class Gone(Refused):
    """What is asked for was here and has been destroyed, as the law asks; nothing brings it back."""


def action(permission: str, *, automatic: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a verb: permission checked, time aware, one transaction.

    `automatic` verbs may also be run by a rule that answers a fact; all others need a named person.
    """

    def wrap(verb: Callable[P, R]) -> Callable[P, R]:
        GUARDS[f"{verb.__module__.rsplit('.', 1)[-1]}.{verb.__name__}"] = permission

        @wraps(verb)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            values: dict[str, Any] = kwargs
            by: Actor = values["by"]
            at: datetime = values["at"]
            if not (automatic and by.rule) and permission not in by.permissions:
                raise Forbidden(permission)
            values["at"] = aware(at)
            # A rule's verb stands or falls with the transaction that marks the fact as answered.
            with transaction.atomic(savepoint=not by.rule):
                return verb(*args, **kwargs)

        return run

    return wrap
