"""Addresses of the desks: line lists, bulletins, registry, audit, structure. Each module has its own list."""

from importlib import import_module

from django.urls import URLPattern, URLResolver

STAGES = (
    "outbreaks",
    "protocols",
    "imports",
    "imports_editor",
    "bulletins",
    "bulletins_paper",
    "registry",
    "registry_new",
    "audit",
    "organisations",
    "users",
)

urlpatterns: list[URLPattern | URLResolver] = [
    pattern for stage in STAGES for pattern in import_module(f"liankong.web.{stage}").urlpatterns
]
