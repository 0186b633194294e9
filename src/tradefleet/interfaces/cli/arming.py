"""`tradefleet bot arm` and `disarm`: real money, for one bot, up to an amount, for a while."""

from datetime import UTC, datetime
from decimal import Decimal

import click

from tradefleet.application.arming import Ask
from tradefleet.application.terms import read_amount
from tradefleet.bootstrap.installation import Installation, installation
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain

ACTOR = "command line"


@click.command("arm")
@click.argument("bot_id", type=int)
@click.option("--symbol", prompt="Type the bot's symbol again", help="The bot's symbol.")
@click.option("--cap", prompt="Most quote one buy may spend", help="Most one buy may spend.")
@click.option("--days", default=30, show_default=True, help="How long it lasts; at most 90.")
@click.option("--reason", default="", help="Why a key that may withdraw is used all the same.")
@click.option(
    "--password",
    prompt="Password or token of the dashboard",
    hide_input=True,
    help="Better typed when asked for: other programs see what stands on a command line.",
)
def arm(bot_id: int, symbol: str, cap: str, days: int, reason: str, password: str) -> None:
    """Let a bot trade real money (TRADING_MODE=live); any change of its settings ends that."""
    from tradefleet.bootstrap.fleet import fleet
    from tradefleet.interfaces.dashboard.owner import Owner

    made = _installed()
    at = fleet(made)
    kept = made.settings.tradefleet_password.get_secret_value()
    if not Owner(made.sessions, made.clock, made.token, kept).knows("", password):
        at.refused_to_arm(bot_id, "wrong password", ACTOR)
        raise InputError("expected the password or the token of the dashboard", field="password")
    ask = Ask(symbol.upper(), _amount(cap), days, reason)
    arming, warning = at.arm(bot_id, ask, ACTOR)
    until = datetime.fromtimestamp(arming.expires_at / 1_000, UTC)
    click.echo(f"Armed until {until:%Y-%m-%d %H:%M} UTC, at most {plain(arming.cap)} a buy.")
    click.echo(f"The first round trip is small. Start it: tradefleet bot start {bot_id}")
    if warning:
        click.echo(warning, err=True)


@click.command("disarm")
@click.argument("bot_id", type=int)
def disarm(bot_id: int) -> None:
    """Let a bot enter nothing more with real money; its exits go on."""
    from tradefleet.bootstrap.fleet import fleet

    was = fleet(_installed()).disarm(bot_id, ACTOR)
    click.echo("It enters nothing more." if was else "It was not armed.")


def _amount(text: str) -> Decimal:
    try:
        return read_amount(text)
    except ValueError as error:
        raise InputError(f"cap: {error}, was {text!r}", field="cap") from None


def _installed() -> Installation:
    made = installation()
    made.migrate()
    return made
