"""Addresses of the desks: line lists, bulletins, registry, audit, structure. Each module has its own list."""

from importlib import import_module

from django.urls import URLPattern, URLResolver

STAGES = (
    "duty",
    "needs",
    "needs_standing",
    "needs_deliveries",
    "needs_care",
    "disinfection",
    "situation",
    "orders",
    "orders_issue",
    "outbreaks",
    "protocols",
    "imports",
    "imports_editor",
    "bulletins",
    "bulletins_paper",
    "registry",
    "registry_new",
    "audit",
    "minutes",
    "minutes_batch",
    "inquiries_new",
    "inquiries_files",
    "inquiries",
    "investigation_report",
    "investigation_sources",
    "investigation_paste",
    "investigation",
    "contacts_sign",
    "contacts_checks",
    "contacts_new",
    "contacts",
    "isolation",
    "isolation_trips",
    "isolation_sites",
    "isolation_rooms",
    "organisations",
    "users",
    "zones_new",
    "zones_papers",
    "zones",
)

urlpatterns: list[URLPattern | URLResolver] = [
    pattern for stage in STAGES for pattern in import_module(f"liankong.web.{stage}").urlpatterns
]
