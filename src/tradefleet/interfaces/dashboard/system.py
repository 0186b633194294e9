"""The system over HTTP: readiness, live events, settings, activity, messages."""

import shutil
from typing import Any
from uuid import uuid4

from flask import Response, stream_with_context
from flask_openapi.blueprint import APIBlueprint
from limits import RateLimitItemPerHour
from pydantic import SecretStr

from tradefleet.domain.errors import InputError
from tradefleet.interfaces.dashboard.docs import ANSWERS, answer
from tradefleet.interfaces.dashboard.guard import actor, current_session
from tradefleet.interfaces.dashboard.parts import services
from tradefleet.interfaces.dashboard.problems import problem
from tradefleet.interfaces.dashboard.shapes import Alert, EventsQuery, Limit, SessionPath
from tradefleet.interfaces.dashboard.sight import overview_json
from tradefleet.interfaces.wire import wire
from tradefleet.ports.notices import Activity, Message
from tradefleet.settings import DOTS, Settings

ROUTES = APIBlueprint("system", __name__, abp_responses=ANSWERS)

# An SMS costs money, and a loop in somebody's script must not empty the account.
ALERTS_PER_HOUR = RateLimitItemPerHour(20)


@ROUTES.get("/healthz", security=[], responses={503: answer("Not ready yet.")})
def healthz() -> tuple[dict[str, Any], int]:
    """Return 200 when every process that `up` starts is ready, 503 before."""
    at = services()
    processes = at.overviews.processes()
    waiting = [process.name for process in processes if not process.ok]
    if waiting:
        return {"status": "starting", "waiting_for": waiting}, 503
    return {"status": "ok"}, 200


@ROUTES.get("/api/events")
def events(query: EventsQuery) -> Response:
    """Stream the overview whenever it changes, at most once a second."""
    at = services()
    if not at.broadcast.join(lambda: overview_json(at)):
        return problem(503, "Too many pages listen; this one asks every 30 s instead.")
    stream = stream_with_context(at.broadcast.stream(query.bot))
    return Response(stream, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


@ROUTES.post("/api/send_alert", responses={202: answer("It is on its way.")})
def send_alert(body: Alert) -> tuple[dict[str, Any], int]:
    """Send a message to the owner by every way that is set up."""
    at = services()
    if not at.parts.providers:
        raise InputError(
            "No way to send messages is set up. Set TWILIO_… or APPRISE_URLS in .env "
            "(see .env.example) and start again.",
            code="no_provider",
        )
    if not body.message.isprintable() and not body.message.replace("\n", " ").isprintable():
        raise InputError("expected visible characters and line breaks only", field="message")
    if not at.alerts.hit(ALERTS_PER_HOUR, "alerts"):
        raise InputError("At most 20 messages an hour; this one was not sent.", code="too_many")
    now = at.parts.clock.now()
    key = uuid4().hex
    at.parts.outbox.put(Message("manual", body.message, now, key=key))
    at.parts.activities.record(Activity(now, actor(), "send_alert", body.message))
    return {"id": key}, 202


@ROUTES.get("/api/activity")
def activity(query: Limit) -> dict[str, Any]:
    """Return what people did, newest first."""
    return {"activities": wire(services().parts.activities.newest(query.limit))}


@ROUTES.get("/api/sessions")
def sessions() -> dict[str, Any]:
    """Return the browsers that are logged in, the newest first."""
    return {"sessions": wire(services().owner.sessions(current_session()))}


@ROUTES.delete("/api/session/<name>")
def end_session(path: SessionPath) -> dict[str, Any]:
    """Log a browser out."""
    if not services().owner.end_named(path.name):
        raise InputError("there is no such session; it may have ended", code="unknown_session")
    at = services().parts
    at.activities.record(Activity(at.clock.now(), actor(), "end_session", path.name))
    return {"id": path.name, "ended": True}


@ROUTES.get("/api/settings")
def settings() -> dict[str, Any]:
    """Return the settings with secrets masked, the ways of messages, and what is stored."""
    at = services()
    given = at.parts.settings
    return {
        "settings": [_setting(given, name) for name in Settings.model_fields],
        "notify": dict.fromkeys(at.parts.providers, True),
        "storage": [{"name": n, "bytes": size} for n, size in at.parts.storage().items()],
        "disk_free": shutil.disk_usage(at.parts.log_folder).free,
        "password": at.owner.has_password,
    }


def _setting(given: Settings, name: str) -> dict[str, Any]:
    field = Settings.model_fields[name]
    value = getattr(given, name)
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        value = secret if secret.startswith(DOTS) or not secret else DOTS
    elif name in {"database_url", "redis_url", "apprise_urls"} and value:
        value = DOTS  # such addresses carry passwords
    return {
        "key": name.upper(),
        "value": "" if value is None else str(value),
        "source": "yours" if name in given.model_fields_set else "default",
        "help": field.description or "",
    }
