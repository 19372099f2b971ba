"""Words for permissions and retention classes, which are values of rules and not closed lists of the field."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERMISSIONS: dict[str, Promise] = {
    "look": _("see cases, orders and bulletins"),
    "access.organise": _("change the structure"),
    "access.purge": _("destroy personal data that are due"),
    "access.users": _("manage users and posts"),
    "audit.read": _("read the log"),
    "audit.verify": _("verify the log"),
    "bulletins.draft": _("draft bulletins"),
    "bulletins.sign": _("sign bulletins"),
    "cases.classify": _("classify cases"),
    "cases.course": _("record the course of cases"),
    "cases.import": _("import line lists"),
    "cases.outbreak": _("open outbreaks"),
    "cases.report": _("report cases"),
    "cases.source": _("set the source of cases"),
    "lab.register": _("register tubes"),
    "lab.report": _("report results"),
    "orders.handle": _("receive and finish orders"),
    "orders.issue": _("issue orders"),
    "registry.find": _("find people by number"),
    "registry.glass": _("break the glass"),
    "registry.register": _("register people"),
    "registry.reveal": _("open identities"),
}


def permission_words(name: str) -> str:
    """What a permission lets somebody do; an unknown one shows itself."""
    return str(PERMISSIONS.get(name, name))
