"""The dashboard as a Flask application."""

import json
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Request
from flask.json.provider import JSONProvider
from flask_openapi.models.info import Info
from flask_openapi.models.security_scheme import SecurityScheme
from flask_openapi.openapi import OpenAPI
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from tradefleet import __version__
from tradefleet.domain.errors import InputError, TradefleetError
from tradefleet.interfaces.dashboard import (
    bots,
    candles,
    docs,
    guard,
    journal,
    login,
    market,
    money,
    pages,
    problems,
    research,
    system,
)
from tradefleet.interfaces.dashboard.parts import Parts, Services, make_services

HERE = Path(__file__).parent


class JsonRequest(Request):
    """A request whose missing body is an empty object, as `{}` would be."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002
        """Return the parsed body; what is no JSON is refused as a problem."""
        if not self.get_data(cache=True):
            return {}
        return super().get_json(force=True, cache=cache)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Say where the text stops being JSON."""
        raise UnprocessableEntity(f"Expected JSON: {e}")


class StrictJson(JSONProvider):
    """JSON as the standard has it: no NaN, no Infinity, in or out."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return compact JSON."""
        return json.dumps(obj, allow_nan=False, separators=(",", ":"), **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON."""
        try:
            return json.loads(s, parse_constant=_refuse_constant, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def create_app(parts: Parts) -> OpenAPI:
    """Return the dashboard over the given parts."""
    app = OpenAPI(
        "tradefleet.interfaces.dashboard",
        info=Info(title="Tradefleet", version=__version__),
        security_schemes={"token": SecurityScheme(type="http", scheme="bearer")},
        doc_ui=False,
        validation_error_callback=problems.on_validation_error,
        root_path=str(HERE),
        static_url_path=f"/static/{_version_of(HERE / 'static')}",
    )
    app.json = StrictJson(app)
    app.request_class = JsonRequest
    app.url_map.strict_slashes = False
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(days=365)
    app.extensions["services"] = at = make_services(parts)
    app.before_request(guard.check_request)
    app.after_request(guard.add_headers)
    app.register_error_handler(InputError, problems.on_input_error)
    app.register_error_handler(TradefleetError, problems.on_tradefleet_error)
    app.register_error_handler(HTTPException, problems.on_http_error)
    app.register_error_handler(Exception, problems.on_bug)
    for room in (bots, candles, journal, market, money, research, system):
        app.register_api(room.ROUTES)
    for room in (pages, login):
        app.register_blueprint(room.ROUTES)
    app.register_blueprint(docs.ROUTES)
    _furnish_templates(app, at)
    return app


def _furnish_templates(app: OpenAPI, at: Services) -> None:
    app.jinja_env.globals.update(
        asset=lambda path: f"{app.static_url_path}/{path}",
        csrf_token=lambda: at.owner.csrf_token(guard.current_session()),
        mode=at.mode,
        version=__version__,
    )


@cache
def _version_of(folder: Path) -> str:
    """Return what changes with any file in it, so that browsers may keep them all for ever.

    It stands in the path: scripts import each other by relative addresses, which keep it.
    """
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:8]


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
