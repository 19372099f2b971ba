"""What a post's role may do. A permission is `stage.verb`; a role without a line here may only look."""

from liankong.vocabulary.kinds import Role

LOOK = "look"

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.COMMANDER: frozenset(
        {
            "bulletins.sign",
            "cases.classify",
            "cases.outbreak",
            "orders.handle",
            "registry.glass",
        }
    ),
    Role.DUTY_OFFICER: frozenset({"orders.handle", "cases.report", "registry.find"}),
    Role.EPIDEMIOLOGIST: frozenset(
        {
            "cases.classify",
            "cases.course",
            "cases.source",
            "cases.report",
            "cases.import",
            "orders.handle",
            "registry.find",
            "registry.reveal",
            "registry.register",
            "registry.glass",
        }
    ),
    Role.LAB_OFFICER: frozenset({"lab.report", "lab.register", "orders.handle"}),
    Role.CLINICIAN: frozenset(
        {
            "cases.classify",
            "cases.course",
            "orders.handle",
            "registry.find",
            "registry.reveal",
            "registry.glass",
        }
    ),
    Role.BULLETIN_OFFICER: frozenset({"bulletins.draft", "cases.import", "orders.handle"}),
    Role.REGISTRY_CLERK: frozenset(
        {"registry.find", "registry.reveal", "registry.register", "orders.handle"}
    ),
    Role.AUDITOR: frozenset({"audit.read", "audit.verify"}),
    Role.ADMINISTRATOR: frozenset(
        {"access.users", "access.organise", "access.purge", "audit.read", "cases.outbreak"}
    ),
}

# Never held together by one person at one time: whoever reads identities must not also judge the reading.
INCOMPATIBLE: frozenset[frozenset[Role]] = frozenset(
    {frozenset({Role.AUDITOR, Role.REGISTRY_CLERK}), frozenset({Role.AUDITOR, Role.ADMINISTRATOR})}
)

ALL_PERMISSIONS: frozenset[str] = frozenset().union(*PERMISSIONS.values())


def permissions(roles: frozenset[Role]) -> frozenset[str]:
    """What somebody who holds posts of these roles may do."""
    return frozenset({LOOK}).union(*(PERMISSIONS.get(role, frozenset()) for role in roles))


def conflicting(roles: frozenset[Role]) -> frozenset[Role] | None:
    """A pair of roles that one person must not hold together, or None."""
    return next((pair for pair in INCOMPATIBLE if pair <= roles), None)
