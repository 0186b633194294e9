"""The guard: who may ask what, in one order of refusal for every route.

Foreign Host 400; no owner 401 (or to the login page); foreign origin or no CSRF token 403; then
413, 415, 404, 422. Deny by default: a new route needs the owner until it is named open here.
"""

import ipaddress
import secrets
from urllib.parse import quote, urlsplit

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tradefleet.interfaces.dashboard.parts import Services, services
from tradefleet.interfaces.dashboard.problems import problem, refusal

LARGEST_BODY = 1024 * 1024
LARGEST_ID = 2**31 - 1
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_ENDPOINTS = frozenset({"login.show", "login.log_in", "login.open_link", "system.healthz"})
LOGIN_ASSETS = ("css/", "js/theme.js", "js/login.js", "favicon.svg")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def check_request() -> AnyResponse | None:
    """Refuse what may not pass; None lets the request through to its route."""
    g.request_id = secrets.token_hex(8)
    at = services()
    if not _is_our_host(at):
        return refusal(400, "This dashboard is not known under that name.", code="foreign_host")
    _recognise(at)
    if not g.owner and not _is_open():
        return _ask_to_log_in()
    if why := _why_foreign(at):
        return refusal(403, why)
    return _check_body() or _check_route(at)


def add_headers(response: Response) -> Response:
    """Put what every answer carries on it, refusals included."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def session_cookie() -> str:
    """Return the cookie's name: browsers do not keep ports apart, so the name does."""
    return f"tradefleet_{urlsplit(request.host_url).port or 80}"


def current_session() -> str:
    """Return the browser's session, which may be empty or dead."""
    return request.cookies.get(session_cookie(), "")


def actor() -> str:
    """Return who acts, for the audit log."""
    return "owner" if g.get("session") else "token"


def _is_our_host(at: Services) -> bool:
    host = request.headers.get("Host", "")
    if not host or "," in host:
        return False
    try:
        split = urlsplit(f"//{host}")
        name, _ = split.hostname, split.port
    except ValueError:
        return False
    if not name or split.username is not None or split.path:
        return False
    if name in LOOPBACK or name in at.parts.hosts:
        return True
    return "*" in at.parts.hosts and _is_address(name)


def _is_address(name: str) -> bool:
    """Whether the name is a bare address, which no foreign name server can point at us."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _recognise(at: Services) -> None:
    authorization = request.headers.get("Authorization", "")
    scheme, _, credential = authorization.partition(" ")
    g.session = ""
    g.bearer = bool(authorization)
    if g.bearer:
        g.owner = scheme.lower() == "bearer" and at.owner.is_token(credential.strip())
        return
    session = current_session()
    g.owner = at.owner.is_session(session)
    if g.owner:
        g.session = session


def _is_open() -> bool:
    if request.endpoint == "static":
        return str((request.view_args or {}).get("filename", "")).startswith(LOGIN_ASSETS)
    return request.endpoint in OPEN_ENDPOINTS


def _ask_to_log_in() -> AnyResponse:
    if request.path.startswith("/api/"):
        response = problem(401, "Log in, or send the token as `Authorization: Bearer …`.")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect("/login" if wanted == "/" else f"/login?next={quote(wanted)}", 302)


def _why_foreign(at: Services) -> str:
    """Return why the request did not come from a page of ours, or an empty text."""
    changes = request.method not in SAFE_METHODS
    if not changes and not request.path.startswith("/api/"):
        return ""
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        return "The request came from a page of another origin."
    navigates = request.headers.get("Sec-Fetch-Mode") == "navigate" and not changes
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in {"same-origin", "none"} and not navigates:
        return "The request came from a page of another site."
    referer = request.headers.get("Referer", "")
    if changes and origin is None and referer and not referer.startswith(request.host_url):
        return "The request came from a page of another origin."
    if not changes or g.bearer or request.endpoint == "login.log_in":
        return ""
    sent = request.headers.get("X-CSRFToken") or _form_token()
    if not at.owner.is_csrf_token(g.session, sent):
        return "The page is from an older session; load it again and repeat what you did."
    return ""


def _form_token() -> str:
    small = (request.content_length or 0) <= LARGEST_BODY
    if small and request.mimetype == "application/x-www-form-urlencoded":
        return request.form.get("csrf_token", "")
    return ""


def _check_body() -> AnyResponse | None:
    if (request.content_length or 0) > LARGEST_BODY:
        return refusal(413, "Expected at most 1 MiB.")
    if request.method in SAFE_METHODS or not request.path.startswith("/api/"):
        return None
    if request.content_length and not request.is_json:
        return refusal(415, "Expected a body of `Content-Type: application/json`.")
    return None


def _check_route(at: Services) -> AnyResponse | None:
    if request.routing_exception is not None:
        raise request.routing_exception
    bot_id = (request.view_args or {}).get("bot_id")
    if bot_id is not None:
        if bot_id > LARGEST_ID:
            return refusal(404, f"there is no bot {bot_id}", code="unknown_bot")
        at.parts.bots.get(bot_id)
    if request.path.startswith("/api/") and request.method not in SAFE_METHODS:
        return _check_json()
    return None


def _check_json() -> AnyResponse | None:
    if isinstance(request.get_json(), dict):
        return None
    return problem(422, "Expected a JSON object as the body.", code="bad_json")
