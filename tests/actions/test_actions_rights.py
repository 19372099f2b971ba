"""Every verb asks for a permission, and every permission that a role carries opens a verb."""

from importlib import import_module
from pkgutil import iter_modules

from liankong import actions
from liankong.actions import GUARDS
from liankong.rules.access import ALL_PERMISSIONS, LOOK, PERMISSIONS
from liankong.vocabulary.kinds import Role

# Verbs are known once their module is loaded.
LOADED = [import_module(f"{actions.__name__}.{module.name}") for module in iter_modules(actions.__path__)]
# Rights to look at pages; no verb writes under them.
READING = {"audit.read"}
# Verbs that only clocks and reactions run.
AUTOMATIC = {
    "audit.clock",
    "cases.open",
    "inquiries.follow",
    "lab.recall",
    "needs.clock",
    "needs.follow",
    "orders.clock",
    "tracing.clock",
    "zones.clock",
    "zones.order",
}


def test_every_permission_of_a_role_opens_a_verb_or_a_page() -> None:
    assert ALL_PERMISSIONS - READING - {LOOK} - set(GUARDS.values()) == set()


def test_every_verb_can_be_done_by_some_role_or_by_a_rule() -> None:
    assert set(GUARDS.values()) - ALL_PERMISSIONS - AUTOMATIC - {LOOK} == set()


def test_every_role_can_do_something() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert LOADED
