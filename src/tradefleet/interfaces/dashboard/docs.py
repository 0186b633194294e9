"""The description of the API: OpenAPI, and a page of it for people."""

from typing import Any

from flask import Blueprint, current_app, render_template
from flask_openapi.openapi import OpenAPI

ROUTES = Blueprint("docs", __name__, url_prefix="/api")

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["code", "title", "detail", "status", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "code": {"type": "string", "description": "A stable word for programs."},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "What happened and what to do, for people."},
        "status": {"type": "integer"},
        "field": {"type": "string", "description": "The first field that cannot be used."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "request_id": {"type": "string"},
    },
}


def _refusal(words: str) -> dict[str, Any]:
    return {
        "description": words,
        "content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}},
    }


def answer(words: str) -> dict[str, Any]:
    """Return the description of an answer that is a JSON object."""
    return {
        "description": words,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }


ANSWERS: dict[str | int, Any] = {
    200: answer("Done."),
    400: _refusal("The Host is foreign."),
    401: _refusal("The owner is not logged in."),
    403: _refusal("A foreign page asks, or the CSRF token is missing."),
    404: _refusal("There is no such thing."),
    405: _refusal("The path does not take this method."),
    409: _refusal("The state of the bot or the run forbids it now."),
    413: _refusal("The body is larger than 1 MiB."),
    415: _refusal("The body is not JSON."),
    422: _refusal("A field cannot be used."),
    429: _refusal("Too many."),
    500: _refusal("A bug; the log has it under the request's id."),
    503: _refusal("Something that is needed is not there yet."),
}


@ROUTES.get("/openapi.json")
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document."""
    app = current_app
    assert isinstance(app, OpenAPI)
    document: dict[str, Any] = {**app.api_doc, "security": [{"token": []}]}
    return document


@ROUTES.get("/docs")
def page() -> str:
    """Show the API to people."""
    return render_template("api_docs.html", page="docs", document=openapi())
