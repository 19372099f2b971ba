"""The API under /api/v1: the same verbs as the console's, for programs with a token.

An operation reads what it is sent, calls one verb, and says what came of it. It decides nothing itself.
"""

from importlib import import_module

from django.urls import URLPattern, URLResolver, path, re_path

from liankong.web.api.door import Token, within
from liankong.web.api.kit import Bodies
from liankong.web.api.nowhere import nowhere
from liankong.web.api.problems import install
from liankong.web.api.reference import Api, Reference, open_to_all

STAGES = (
    "me", "outbreaks", "summaries", "cases", "linelists", "lab", "screening", "investigation", "tracing",
    "inquiries", "inquiries_lists", "isolation", "isolation_sites", "zones", "orders_issue", "minutes", "needs",
    "needs_deliveries", "disinfection", "duty", "bulletins", "registry", "organisations", "protocols",
    "audit", "retention",
)  # fmt: skip

api = Api(
    title="Liankong",
    version="1",
    description="Epidemic command platform: the verbs of the console for programs.",
    auth=Token(),
    parser=Bodies(),
    docs=Reference(),
    docs_url="/docs",
    docs_decorator=open_to_all,
    urls_namespace="api-v1",
)
api.add_decorator(within, mode="view")
install(api)
for _stage in STAGES:
    _module = import_module(f"liankong.web.api.{_stage}")
    api.add_router("", _module.router)
    if hasattr(_module, "users"):
        api.add_router("", _module.users)

_nowhere = nowhere(api)
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", _nowhere),
    path("api/v1/", api.urls),
    re_path(r"^api/v1(?:/|$)", _nowhere),
]
