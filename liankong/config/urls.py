"""The node's addresses: the console's pages and the API, each with its own list."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("liankong.web.urls"))]
