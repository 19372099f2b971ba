"""Addresses of the console. Each stage's module has its own `urlpatterns`; this lists the stages."""

from importlib import import_module

from django.urls import URLPattern, URLResolver

STAGES = (
    "sign_in",
    "preferences",
    "account",
    "home",
    "overview",
    "cases",
    "chains",
    "chains_contacts",
    "chains_files",
    "screening",
    "live",
    "urls_desk",
    "api",
)

urlpatterns: list[URLPattern | URLResolver] = [
    pattern for stage in STAGES for pattern in import_module(f"liankong.web.{stage}").urlpatterns
]
