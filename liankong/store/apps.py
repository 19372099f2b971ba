from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate

APP_ROLE = "liankong_app"


class StoreConfig(AppConfig):
    name = "liankong.store"
    label = "store"
    verbose_name = "Liankong"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # flow.py stands above this floor; the setting lets it say which verbs answer which fact without an
        # import that goes up.
        import_module(settings.LIANKONG_FLOW).install()
        post_migrate.connect(install_access, sender=self)


def install_access(using: str, **_: Any) -> None:
    """Policies and rights follow every migration: a table cannot exist without them."""
    from liankong.store import access

    access.install(connections[using], APP_ROLE)
