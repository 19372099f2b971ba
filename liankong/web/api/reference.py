"""The description of this API, for programs (OpenAPI) and for people (a page without a script)."""

import json
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from liankong.web.api.problems import MEDIA, Problem

METHODS = ("get", "post", "put", "patch", "delete")
# Answers that are files; beside them the description would otherwise name JSON as well.
FILES = ("application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class Api(NinjaAPI):
    """NinjaAPI whose description says what its answers really are, and whose answers nobody stores."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        response = super().create_temporal_response(request)
        response["Cache-Control"] = "no-store"
        return response

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        described = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        described["components"]["schemas"] |= _schemas_of_problems()
        for operation in _operations(described):
            _refusals_are_problems(operation)
        return described


def _operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        methods[method] for methods in described["paths"].values() for method in METHODS if method in methods
    ]


def _schemas_of_problems() -> dict[str, Any]:
    described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**described.pop("$defs"), "Problem": described}


def _refusals_are_problems(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if any(media in answer.get("content", {}) for media in FILES):
            answer["content"].pop("application/json", None)
        if int(status) >= 400:
            answer["content"] = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        if int(status) == 429:
            answer["headers"] = {
                "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
            }


class Reference(DocsBase):
    """All operations on one page, made on the server: nothing is fetched from elsewhere and nothing runs."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **_: Any) -> HttpResponse:
        return render(request, "api/reference.html", {"api": api, "groups": _groups(api)})


@cache
def _groups(api: NinjaAPI) -> list[dict[str, Any]]:
    """Operations by tag, in the order of the addresses, as the page shows them."""
    described = api.get_openapi_schema()
    schemas = described["components"]["schemas"]
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method in METHODS:
            if method not in methods:
                continue
            operation = methods[method]
            groups.setdefault(operation["tags"][0], []).append(
                {
                    "id": operation["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "text": operation.get("description", ""),
                    "parameters": [
                        {**one, "words": type_of(one["schema"])} for one in operation.get("parameters", [])
                    ],
                    "body": _body(operation, schemas),
                    "answer": _answer(operation, schemas),
                }
            )
    return [{"name": name, "operations": operations} for name, operations in groups.items()]


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any] | None:
    if "requestBody" not in operation:
        return None
    media, content = next(iter(operation["requestBody"]["content"].items()))
    return {"media": media, "fields": _fields(content["schema"], schemas)}


def _answer(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    status = next(code for code in operation["responses"] if int(code) < 400)
    content = operation["responses"][status].get("content", {})
    media, found = next(iter(content.items()), ("", {"schema": {}}))
    return {"status": status, "media": media, "fields": _fields(found["schema"], schemas)}


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if schema.get("type") == "array":
        schema = schema["items"]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "type": type_of(value),
            "required": name in required,
            "text": value.get("description", ""),
        }
        for name, value in schema.get("properties", {}).items()
    ]


def type_of(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words: "integer", "list of CaseOut", "text, date-time, or null"."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " or ".join(type_of(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    form = f", {schema['format']}" if "format" in schema else ""
    return f"{'text' if kind == 'string' else kind}{form}"


def open_to_all(view: Any) -> Any:
    """The description holds nothing of the node's data; it is read before one has a token."""
    return login_not_required(view)
