"""The way in: login page, single-use links, logout."""

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tradefleet.interfaces.dashboard.guard import current_session, session_cookie
from tradefleet.interfaces.dashboard.parts import services
from tradefleet.ports.notices import Activity

ROUTES = Blueprint("login", __name__)

WRONG = "That is neither the password nor the token."
OLD_LINK = "This login link was used before or is too old. Log in below, or print a new one."
TOO_MANY = "Too many failed attempts. Wait five minutes, or use the token."


@ROUTES.get("/login")
def show() -> AnyResponse:
    """Show the login page; with `?link=` log in at once."""
    if link := request.args.get("link", ""):
        return open_link(link)
    return _page("", 200)


@ROUTES.get("/open/<link>")
def open_link(link: str) -> AnyResponse:
    """Log in with a single-use link, as `up` prints it."""
    if services().owner.use_link(link):
        return _enter("/")
    return _page(OLD_LINK, 401)


@ROUTES.post("/login")
def log_in() -> AnyResponse:
    """Log in with the one field `password`: the password or the token."""
    owner = services().owner
    address = request.remote_addr or ""
    given = request.form.get("password", "")
    if owner.is_throttled(address, given):
        response = _page(TOO_MANY, 429)
        response.headers["Retry-After"] = "300"
        return response
    if not owner.knows(address, given):
        return _page(WRONG, 401)
    return _enter(_safe_path(request.args.get("next", "/")))


@ROUTES.post("/logout")
def log_out() -> AnyResponse:
    """End the session here and in the store."""
    services().owner.end_session(current_session())
    response = redirect("/login", 303)
    response.delete_cookie(session_cookie(), samesite="Strict", httponly=True)
    return response


def _enter(path: str) -> AnyResponse:
    parts = services().parts
    parts.activities.record(Activity(parts.clock.now(), "owner", "log_in"))
    response = redirect(path, 303)
    response.set_cookie(
        session_cookie(),
        services().owner.begin_session(current_session()),
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return response


def _safe_path(path: str) -> str:
    """Return a path of ours, whatever was asked for."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\", "/login", "/open"))
    return path if ours and path.isprintable() else "/"


def _page(sentence: str, status: int) -> Response:
    page = render_template("login.html", page="login", error=sentence)
    return current_app.response_class(page, status)
