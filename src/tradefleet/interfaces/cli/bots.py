"""`tradefleet bot …`: create, list, show, start, stop, delete, logs, run."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tradefleet.bootstrap.installation import Installation, installation
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli import log_file
from tradefleet.interfaces.cli.arming import arm, disarm
from tradefleet.interfaces.cli.bot_settings import read_changes, read_settings, settings_options
from tradefleet.interfaces.cli.output import print_json, print_table
from tradefleet.ports.halts import BotReceipt

ACTOR = "command line"
T = TypeVar("T", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("bot")
def bot_command() -> None:
    """Create, list, start and stop bots."""


for command in (arm, disarm):
    bot_command.add_command(command)


@bot_command.command("create")
@click.argument("name")
@click.argument("symbol")
@click.argument("strategy")
@click.argument("amount")
@settings_options
@click.option("--start", is_flag=True, help="Start it right away.")
@json_option
def create(
    name: str,
    symbol: str,
    strategy: str,
    amount: str,
    start: bool,
    as_json: bool,
    **wanted: Any,
) -> None:
    """Create a bot: create "BTC Bot" BTCUSDT volatile 100."""
    from tradefleet.bootstrap.fleet import fleet, look_at_exchange

    made = _installed()
    settings = read_settings(made, name, symbol, strategy, amount, wanted)
    look_at_exchange(made)
    bot = fleet(made).create(settings, ACTOR, start=start)
    if as_json:
        print_json({"id": bot.id})
        return
    then = "It starts." if start else f"Start it: tradefleet bot start {bot.id}"
    click.echo(f"Bot {bot.id} {bot.settings.name!r} is created. {then}")


@bot_command.command("list")
@json_option
def list_bots(as_json: bool) -> None:
    """List all bots with what they hold, earned and wait for."""
    from tradefleet.bootstrap.fleet import overviews
    from tradefleet.interfaces.wire import wire

    seen = overviews(_installed()).look()
    if as_json:
        print_json([wire(bot) for bot in seen.bots])
        return
    rows = [
        (
            bot.id,
            bot.name,
            bot.symbol,
            bot.strategy,
            bot.status.value,
            f"{plain(round(bot.profit, 2))}",
            bot.trades,
            f"{plain(bot.position.quantity)} {bot.base}" if bot.position else "-",
            bot.failure or bot.waiting_for,
        )
        for bot in seen.bots
    ]
    head = ("id", "name", "symbol", "strategy", "status", "profit", "trades", "holds", "waits for")
    print_table(head, rows, right=(0, 5, 6))


@bot_command.command("show")
@click.argument("bot_id", type=int)
@json_option
def show(bot_id: int, as_json: bool) -> None:
    """Show a bot, and why it is not trading."""
    from tradefleet.bootstrap.fleet import diagnosis, overviews
    from tradefleet.interfaces.wire import wire

    made = _installed()
    bot = overviews(made).bot(bot_id)
    report = diagnosis(made).examine(bot_id)
    seen = overviews(made)
    loss, rules = seen.surroundings.loss(seen.clock.now()), seen.rules(bot_id)
    if as_json:
        fleet_loss = wire(loss) | {"text": loss.text, "reached": loss.is_reached}
        more = {"diagnosis": wire(report), "guards": wire(rules), "fleet_loss": fleet_loss}
        print_json(wire(bot) | more)
        return
    for name, value in wire(bot).items():
        if name not in ("spark", "position") and value not in (None, "", {}):
            click.echo(f"{name.replace('_', ' '):>20}  {value}")
    for name, value in (wire(bot.position) or {}).items():
        click.echo(f"{'position ' + name.replace('_', ' '):>20}  {value}")
    for rule in rules:
        veto = "  (no entry now)" if rule.vetoes else ""
        click.echo(f"{'rule ' + rule.key.replace('_', ' '):>20}  {rule.text}{veto}")
    if loss.limit:
        click.echo(f"{'whole fleet':>20}  {loss.text}")
    click.echo(f"\n{report.headline}")
    for check in report.checks:
        mark = {True: "ok", False: "!!", None: "--"}[check.ok]
        click.echo(f"  {mark}  {check.text}" + (f"  → {check.mend}" if check.mend else ""))


@bot_command.command("start")
@click.argument("bot_id", type=int)
def start(bot_id: int) -> None:
    """Start a bot."""
    from tradefleet.bootstrap.fleet import fleet

    made = _installed()
    bot = fleet(made).start(bot_id, ACTOR)
    click.echo(f"{bot.settings.name} starts.")
    if made.folder.holder("host") is None:
        click.echo("Nothing runs it yet. Start everything: tradefleet up")


@bot_command.command("pause")
@click.argument("bot_id", type=int)
def pause(bot_id: int) -> None:
    """Let a running bot buy nothing new; its exits go on. `bot start` ends the pause."""
    from tradefleet.bootstrap.fleet import fleet

    bot = fleet(_installed()).pause(bot_id, ACTOR)
    click.echo(f"{bot.settings.name} buys nothing new until it is started again.")


@bot_command.command("update")
@click.argument("bot_id", type=int)
@click.option("--name", help="Another name.")
@click.option("--symbol", help="Another symbol; only for a bot that never traded.")
@click.option("--strategy", help="Another strategy; only while it holds nothing.")
@click.option("--amount", help="Another budget, in quote.")
@settings_options
@json_option
def update(bot_id: int, amount: str | None, as_json: bool, **wanted: Any) -> None:
    """Change a bot; a running one follows at its next evaluation."""
    from tradefleet.bootstrap.fleet import fleet, look_at_exchange
    from tradefleet.interfaces.wire import wire

    made = _installed()
    look_at_exchange(made)
    changes = read_changes(made.bots.get(bot_id).settings, amount, wanted)
    if not changes:
        raise click.UsageError("expected something to change, such as --stop-loss 3")
    bot = fleet(made).change(bot_id, changes, None, ACTOR)
    if as_json:
        print_json({"id": bot.id, "version": bot.version, "settings": wire(bot.settings)})
        return
    click.echo(f"{bot.settings.name} is changed: {', '.join(sorted(changes))}.")


@bot_command.command("stop")
@click.argument("bot_id", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="Stop all bots.")
@click.option("--sell", is_flag=True, help="Sell what it holds first.")
@click.option(
    "--wait",
    "wait_s",
    default=20,
    show_default=True,
    help="Seconds to wait until it has asked the exchange what rests there.",
)
@json_option
def stop(bot_id: int | None, every: bool, sell: bool, wait_s: int, as_json: bool) -> None:
    """Stop a bot; its position keeps stop and target unless --sell."""
    from tradefleet.bootstrap.fleet import fleet
    from tradefleet.interfaces.cli.receipts import await_receipts, print_receipts

    if (bot_id is None) is not every:
        raise click.UsageError("expected a bot's id, or --all")
    made = _installed()
    ids = [bot.id for bot in made.bots.all()] if bot_id is None else [bot_id]
    at = fleet(made)
    stopped = [at.stop(one, "sell" if sell else "keep", ACTOR) for one in ids]
    asked = tuple(receipt for _, receipt in stopped)

    def told() -> list[BotReceipt]:
        return [one for bot, _ in stopped for one in at.told(bot.version, bot.id)]

    print_receipts(asked, await_receipts(made, asked, told, wait_s), as_json=as_json)


@bot_command.command("delete")
@click.argument("bot_id", type=int)
@click.option(
    "--disposition",
    type=click.Choice(["refuse", "sell", "release"]),
    default="refuse",
    show_default=True,
    help="What becomes of a position.",
)
def delete(bot_id: int, disposition: str) -> None:
    """Delete a bot; its history stays."""
    from tradefleet.bootstrap.fleet import fleet

    done = fleet(_installed()).delete(bot_id, disposition, ACTOR)
    click.echo(done or "It is still stopping. Delete it again when it has stopped.")


@bot_command.command("logs")
@click.argument("bot_id", type=int)
@click.option("-n", "--lines", default=40, show_default=True, help="How many lines.")
@click.option("-f", "--follow", is_flag=True, help="Go on as lines are written.")
def logs(bot_id: int, lines: int, follow: bool) -> None:
    """Print the end of a bot's log."""
    made = _installed()
    made.bots.get(bot_id)
    path = made.folder.root / f"bot_{bot_id}.log"
    if not path.exists():
        click.echo("It has not run yet, so it has no log.")
        return
    for line in log_file.tail(path, lines):
        click.echo(line)
    if follow:
        log_file.follow(path)


@bot_command.command("run")
@click.argument("bot_id", type=int)
@click.argument("words", nargs=-1, metavar="[NAME SYMBOL STRATEGY AMOUNT]")
@click.option("--launcher", default="terminal", hidden=True)
def run(bot_id: int, words: tuple[str, ...], launcher: str) -> None:
    """Run a bot in this terminal; with all five words, create it if its id is free."""
    from tradefleet.bootstrap.bot import run as run_bot

    if len(words) not in (0, 4):
        raise click.UsageError(
            "expected a bot's id, or id, name, symbol, strategy and amount: "
            "1 'BTC Bot' BTCUSDT volatile 100"
        )
    made = installation()
    made.migrate()
    if words:
        _create_or_compare(made, bot_id, words)
    made.bots.get(bot_id)
    if launcher == "terminal":
        _wish_to_run(made, bot_id)
    sys.exit(run_bot(made, bot_id, launcher, echo=launcher in ("terminal", "screen")))


def _create_or_compare(made: Installation, bot_id: int, words: tuple[str, ...]) -> None:
    name, symbol, strategy, amount = words
    wanted = read_settings(made, name, symbol, strategy, amount, {})
    known = next((bot for bot in made.bots.all() if bot.id == bot_id), None)
    if known is None:
        from tradefleet.bootstrap.fleet import fleet, look_at_exchange

        look_at_exchange(made)
        fleet(made).create(wanted, ACTOR, bot_id=bot_id)
        return
    pairs = {field: getattr(known.settings, field) for field in _FIVE}
    differences = [
        f"  {field}: bot {bot_id} has {value}, you gave {getattr(wanted, field)}"
        for field, value in pairs.items()
        if value != getattr(wanted, field)
    ]
    if differences:
        click.echo(f"Bot {bot_id} is another one; nothing was started:", err=True)
        click.echo("\n".join(differences), err=True)
        sys.exit(2)


_FIVE = ("name", "symbol", "strategy", "trade_amount")


def _wish_to_run(made: Installation, bot_id: int) -> None:
    """A bot started by hand is meant to run, and to be restarted if it dies."""
    from tradefleet.bootstrap.fleet import fleet

    fleet(made).start(bot_id, ACTOR)


def _installed() -> Installation:
    made = installation()
    made.migrate()
    return made
