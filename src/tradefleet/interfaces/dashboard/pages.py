"""The pages. They hold no data: scripts fetch it from the API."""

from flask import Blueprint, render_template

from tradefleet.interfaces.dashboard.parts import services

ROUTES = Blueprint("pages", __name__)


@ROUTES.get("/")
def overview() -> str:
    """Show the whole fleet."""
    return render_template("overview.html", page="overview")


@ROUTES.get("/bots")
def bots() -> str:
    """Show the bots as a table."""
    return render_template("bots.html", page="bots")


@ROUTES.get("/bots/new")
def new_bot() -> str:
    """Show the form that makes a bot."""
    return render_template("new_bot.html", page="new_bot")


@ROUTES.get("/bot/<int:bot_id>")
def bot(bot_id: int) -> str:
    """Show one bot."""
    shown = services().parts.bots.get(bot_id)
    return render_template("bot.html", page="bot", bot_id=bot_id, bot_name=shown.settings.name)


@ROUTES.get("/strategies")
def strategies() -> str:
    """Show what strategies there are."""
    return render_template("strategies.html", page="strategies")


@ROUTES.get("/news")
def news() -> str:
    """Show headlines and their scores."""
    return render_template("news.html", page="news")


@ROUTES.get("/activity")
def activity() -> str:
    """Show what people did."""
    return render_template("activity.html", page="activity")


@ROUTES.get("/settings")
def settings() -> str:
    """Show the settings."""
    return render_template("settings.html", page="settings")
