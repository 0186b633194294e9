"""Up, down, demo, login, panic: the whole system at once."""

import os
import signal
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import click

from tradefleet.application.system import DASHBOARD, Resting
from tradefleet.bootstrap.installation import Installation, installation
from tradefleet.domain.errors import SettingsError
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli.output import print_json, say

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 5001


@click.command("up")
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    type=click.IntRange(0, 65_535),
    show_default=True,
    help="Port of the dashboard; 0 takes any free one.",
)
@click.option("--no-browser", is_flag=True, help="Only print the login link.")
@click.option("--foreground", is_flag=True, help="End everything when this terminal ends.")
def up_command(host: str, port: int, no_browser: bool, foreground: bool) -> None:
    """Start everything and open the dashboard.

    Exchange, hub, host and bots run in the background and go on when the dashboard is closed with
    Ctrl-C; `tradefleet down` ends them.
    """
    from tradefleet.interfaces.cli.dashboard import open_dashboard

    made = installation(secrets=False)
    held = _hold_the_dashboard(made)
    made.migrate()
    try:
        open_dashboard(made, host, port, browse=None if no_browser else webbrowser.open)
    finally:
        os.close(held)
        if foreground and made.folder.root.is_dir():
            _take_down(made, sell=False)


@click.command("down")
@click.option("--sell", is_flag=True, help="Sell every position first.")
@click.option("--keep-protected", is_flag=True, help="Keep positions with their protection.")
@click.option("--json", "as_json", is_flag=True, help="Print what rests as JSON.")
def down_command(sell: bool, keep_protected: bool, as_json: bool) -> None:
    """End everything of this data folder and say what rests at the exchange."""
    if sell and keep_protected:
        raise click.UsageError("expected --sell or --keep-protected, not both")
    made = installation(secrets=False)
    made.migrate()
    resting = _take_down(made, sell=sell, quiet=as_json)
    if as_json:
        print_json({"resting": [_as_json(position) for position in resting]})


@click.command("login")
def login_command() -> None:
    """Print a fresh link that logs a browser in once."""
    from tradefleet.interfaces.cli.dashboard import login_link

    made = installation(secrets=False)
    at = made.folder.read(made.folder.run / "dashboard.json")
    if at is None or made.folder.holder(DASHBOARD) is None:
        raise SettingsError("the dashboard is not running. Start it: tradefleet up")
    click.echo(login_link(made, at["host"], at["port"]))


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print the bots as JSON.")
def demo_command(as_json: bool) -> None:
    """Start three bots with three strategies on fast candles (paper only; safe to repeat)."""
    from tradefleet.application.demo import start_demo
    from tradefleet.bootstrap.fleet import fleet

    made = installation(secrets=False)
    made.migrate()
    bots = start_demo(fleet(made), made.mode, "command line")
    if as_json:
        print_json({"bots": [bot.id for bot in bots]})
        return
    for bot in bots:
        click.echo(f"{bot.settings.name}: {bot.settings.symbol}, {bot.settings.strategy}, starts")
    if made.folder.holder("host") is None:
        click.echo("Nothing runs them yet. Start everything: tradefleet up")


@click.command("panic")
@click.option("--keep", "how", flag_value="keep", help="Keep positions with their protection.")
@click.option("--sell", "how", flag_value="sell", help="Sell every position at market.")
@click.option("--pause", "how", flag_value="pause", help="End entries only; bots go on.")
@click.option("--reset", "how", flag_value="reset", help="End the halt; bots stay stopped.")
@click.option("--resume", is_flag=True, help="With --reset: let bots go on as before.")
@click.option(
    "--wait",
    "wait_s",
    default=20,
    show_default=True,
    help="Seconds to wait until each bot has asked the exchange what rests there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
def panic_command(how: str | None, resume: bool, wait_s: int, as_json: bool) -> None:
    """Stop every bot now, with a receipt; it stands until --reset, also through a restart.

    Where nothing else works, write `keep` or `sell` into a file KILL in the data folder.
    """
    from tradefleet.bootstrap.fleet import fleet
    from tradefleet.interfaces.cli.receipts import await_receipts, print_receipts

    if how is None or (resume and how != "reset"):
        raise click.UsageError("expected --keep, --sell or --pause; or --reset, with --resume")
    made = installation(secrets=False)
    made.migrate()
    at = fleet(made)
    if how == "reset":
        stood = at.reset("command line", resume=resume)
        then = "Bots go on as before." if resume else "Bots stay stopped; start them one by one."
        click.echo(f"The halt is over. {then}" if stood else "Nothing was halted.")
        return
    asked = at.panic(how, "command line")
    told = await_receipts(made, asked, at.told, wait_s)
    print_receipts(asked, told, as_json=as_json)


def _hold_the_dashboard(made: Installation) -> int:
    held = made.folder.lock(DASHBOARD)
    if held is not None:
        return held
    at = made.folder.read(made.folder.run / "dashboard.json") or {}
    where = f" at http://{at['host']}:{at['port']}" if "port" in at else ""
    raise SettingsError(
        f"Tradefleet already runs on this data folder{where} (process "
        f"{made.folder.holder(DASHBOARD)}). `tradefleet login` prints a link; another fleet needs "
        "another folder: TRADEFLEET_HOME=/some/other/folder"
    )


def _take_down(made: Installation, *, sell: bool, quiet: bool = False) -> Sequence[Resting]:
    from tradefleet.bootstrap.system import system

    with _undisturbed():
        resting = system(made).take_down(partial(say, err=quiet), sell=sell)
    if quiet:
        return resting
    for position in resting:
        say(_sentence(position))
    say("Everything is down." if resting else "Everything is down; nothing is held.")
    return resting


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore what would end us: half a way down is no place to stay."""
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ends}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _sentence(position: Resting) -> str:
    held = f"{position.bot} holds {plain(position.quantity)} {position.base}"
    protection = position.protection
    if protection is None:
        return f"{held}. NOTHING protects it while Tradefleet is down."
    stop = f"stop {plain(protection.stop_price)}" if protection.stop_price else "no stop"
    target = f"target {plain(protection.target_price)}" if protection.target_price else "no target"
    return f"{held}; at the exchange rest {stop} and {target}."


def _as_json(position: Resting) -> dict[str, object]:
    protection = position.protection
    return {
        "bot": position.bot,
        "symbol": position.symbol,
        "quantity": position.quantity,
        "stop": protection.stop_price if protection else None,
        "target": protection.target_price if protection else None,
    }
