from django.apps import AppConfig
from django.conf import settings


class WebConfig(AppConfig):
    """Pages, their templates and static files; it has no tables."""

    name = "liankong.web"
    label = "web"
    verbose_name = "Liankong console"

    def ready(self) -> None:
        if settings.LIANKONG_PROCESS == "web":
            from liankong.web.warm import warm

            warm()
