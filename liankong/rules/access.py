"""What a post's role may do. A permission is `stage.verb`; a role without a line here may only look."""

from liankong.vocabulary.kinds import Role

LOOK = "look"

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.COMMANDER: frozenset(
        {
            "bulletins.sign",
            "cases.classify",
            "cases.outbreak",
            "duty.plan",
            "inquiries.send",
            "isolation.sign",
            "orders.draft",
            "orders.handle",
            "orders.issue",
            "registry.glass",
            "tracing.sign",
            "zones.propose",
            "zones.sign",
        }
    ),
    Role.DUTY_OFFICER: frozenset(
        {
            "cases.report",
            "duty.hand_over",
            "duty.plan",
            "inquiries.handle",
            "inquiries.reveal",
            "needs.take",
            "orders.draft",
            "orders.handle",
            "orders.issue",
            "registry.find",
        }
    ),
    Role.INQUIRY_OFFICER: frozenset(
        {
            "duty.hand_over",
            "inquiries.handle",
            "inquiries.reveal",
            "inquiries.send",
            "orders.handle",
            "registry.find",
            "registry.register",
            "registry.reveal",
        }
    ),
    Role.DISPATCHER: frozenset(
        {"duty.hand_over", "isolation.arrange", "isolation.move", "orders.handle", "registry.find"}
    ),
    Role.SITE_MANAGER: frozenset(
        {
            "isolation.move",
            "isolation.site",
            "orders.handle",
            "registry.find",
            "registry.reveal",
            "tracing.check",
        }
    ),
    Role.COMMUNITY_WORKER: frozenset(
        {
            "inquiries.reveal",
            "needs.take",
            "orders.handle",
            "registry.find",
            "registry.register",
            "tracing.check",
        }
    ),
    Role.SECRETARY: frozenset({"orders.draft", "orders.handle"}),
    Role.EPIDEMIOLOGIST: frozenset(
        {
            "cases.classify",
            "cases.course",
            "cases.source",
            "cases.report",
            "cases.import",
            "inquiries.reveal",
            "orders.handle",
            "registry.find",
            "registry.reveal",
            "registry.register",
            "registry.glass",
            "tracing.check",
            "tracing.investigate",
            "tracing.sign",
            "zones.propose",
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
