"""Problems: every refusal under `/api` as one JSON shape with a stable code (RFC 9457)."""

import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Response, g, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from tradefleet.domain.errors import (
    DataError,
    InputError,
    StoreError,
    StrategyError,
    TradefleetError,
)

LOG = logging.getLogger(__name__)

STATUS_OF_CODE = {
    "unknown_bot": 404,
    "unknown_session": 404,
    "unknown_run": 404,
    "unknown_upload": 404,
    "unknown_candles": 404,
    "out_of_step": 409,
    "no_result": 409,
    "stale_version": 409,
    "holding": 409,
    "not_running": 409,
    "not_armed": 409,
    "halted": 409,
    "locked": 409,
    "key_refused": 409,
    "rights_unknown": 409,
    "wrong_password": 403,
    "kill_file": 409,
    "symbol_in_use": 409,
    "amount_in_use": 409,
    "too_many": 429,
    "no_provider": 503,
}
CODE_OF_STATUS = {
    400: "bad_request",
    401: "login_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_json",
    422: "invalid",
    429: "too_many",
    503: "not_ready",
}
FAILED = (
    "Something in the dashboard broke. Bots and positions are not touched by this; "
    "the log has the details under this request's id."
)


def problem(
    status: int, detail: str, *, code: str = "", field: str = "", errors: list[Any] | None = None
) -> Response:
    """Return a problem as JSON."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "code": code or CODE_OF_STATUS.get(status, "failed"),
        "title": HTTPStatus(status).phrase,
        "detail": detail,
        "status": status,
        "request_id": g.get("request_id", ""),
    }
    if field:
        body["field"] = field
    if errors:
        body["errors"] = errors
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def refusal(status: int, detail: str, *, code: str = "") -> Response:
    """Return a refusal in the manner of whoever asked: JSON under `/api`, a page elsewhere."""
    if request.path.startswith("/api/"):
        return problem(status, detail, code=code)
    title = HTTPStatus(status).phrase
    page = render_template("error.html", page="error", title=title, status=status, detail=detail)
    return Response(page, status, mimetype="text/html")


def on_input_error(error: InputError) -> Response:
    """Say back what a person typed and why it cannot be used."""
    status = STATUS_OF_CODE.get(error.code, 422)
    if not request.path.startswith("/api/"):
        return refusal(status, str(error))
    field = error.field.removeprefix("id") if status == 404 else error.field
    return problem(status, str(error), code=error.code, field=field)


def on_tradefleet_error(error: TradefleetError) -> Response:
    """Say that something is not there yet, or that the store cannot be used."""
    if isinstance(error, DataError | StrategyError):
        return refusal(503, str(error))
    LOG.error("request %s: %s", g.get("request_id", ""), error)
    if isinstance(error, StoreError):
        return refusal(503, f"The store cannot be used now: {error}", code="store_unavailable")
    return refusal(500, FAILED)


def on_http_error(error: HTTPException) -> Response:
    """Turn Flask's own refusals into ours."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    response = refusal(status, error.description or HTTPStatus(status).phrase)
    if status == 405 and (allowed := getattr(error, "valid_methods", None)):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def on_bug(error: Exception) -> Response:
    """Log a bug with its trace; tell the asker nothing but the request's id."""
    LOG.error("request %s failed", g.get("request_id", ""), exc_info=error)
    return refusal(500, FAILED)


def on_validation_error(error: ValidationError) -> Response:
    """Name every field that cannot be used."""
    errors = [
        {
            "field": ".".join(str(part) for part in detail["loc"]),
            "detail": detail["msg"].removeprefix("Value error, "),
        }
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    first = errors[0]
    text = "; ".join(f"{e['field']}: {e['detail']}" if e["field"] else e["detail"] for e in errors)
    return problem(422, text, field=first["field"], errors=errors)
