from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, their templates and static files; it has no tables."""

    name = "liankong.web"
    label = "web"
    verbose_name = "Liankong console"
