"""`tradefleet bot …`: create, list, show, start, stop, delete, logs, run."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from tradefleet.application.terms import read_amount
from tradefleet.bootstrap.installation import Installation, installation
from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli.arming import arm, disarm
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


def _settings_options(function: T) -> T:
    options = (
        click.option("--interval", help="Length of a candle, as 5m."),
        click.option("--every", help="How often it evaluates, as 15m."),
        click.option("--stop-loss", help="Percent below the entry; 0 = off."),
        click.option("--take-profit", help="Percent above the entry; 0 = off."),
        click.option(
            "--price-cap",
            help="Percent above the newest price an entry with its exits in one request may pay; "
            "0 = buy at market, then protect.",
        ),
        click.option("--trailing-stop", help="Percent below the highest price; 0 = off."),
        click.option(
            "--break-even",
            help="Percent of gain that moves the stop to where the trade costs nothing; 0 = off.",
        ),
        click.option(
            "--bot-side-stop/--no-bot-side-stop",
            default=None,
            help="Whether to buy where only the bot itself can watch the stop.",
        ),
        click.option("--sizing", type=click.Choice([s.value for s in Sizing])),
        click.option("--param", "params", multiple=True, help="Strategy parameter, as name=value."),
        click.option(
            "--rule",
            "rules",
            multiple=True,
            help="Rule that may veto an entry, as daily_loss or daily_loss:percent=3; "
            "on update these replace all, and `none` takes every rule away.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@bot_command.command("create")
@click.argument("name")
@click.argument("symbol")
@click.argument("strategy")
@click.argument("amount")
@_settings_options
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
    settings = _settings(made, name, symbol, strategy, amount, wanted)
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
@_settings_options
@json_option
def update(bot_id: int, amount: str | None, as_json: bool, **wanted: Any) -> None:
    """Change a bot; a running one follows at its next evaluation."""
    from tradefleet.bootstrap.fleet import fleet, look_at_exchange
    from tradefleet.interfaces.wire import wire

    made = _installed()
    look_at_exchange(made)
    params = dict(_parameter(word) for word in wanted.pop("params"))
    rules = wanted.pop("rules")
    changes: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    for name in changes.keys() & set(_PERCENTS):
        changes[name] = _decimal(name, changes[name])
    if "sizing" in changes:
        changes["sizing"] = Sizing(changes["sizing"])
    if "symbol" in changes:
        changes["symbol"] = changes["symbol"].upper()
    if amount is not None:
        changes["trade_amount"] = _decimal("amount", amount)
    if params or "strategy" in changes:  # another strategy begins with its own parameters
        before = {} if "strategy" in changes else made.bots.get(bot_id).settings.parameters
        changes["parameters"] = {**before, **params}
    if rules:
        changes["rules"] = _rules(rules)
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
    for line in _tail(path, lines):
        click.echo(line)
    if follow:
        _follow(path)


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
    wanted = _settings(made, name, symbol, strategy, amount, {})
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


_PERCENTS = ("stop_loss", "take_profit", "price_cap", "trailing_stop", "break_even")
_FIVE = ("name", "symbol", "strategy", "trade_amount")


def _wish_to_run(made: Installation, bot_id: int) -> None:
    """A bot started by hand is meant to run, and to be restarted if it dies."""
    from tradefleet.bootstrap.fleet import fleet

    fleet(made).start(bot_id, ACTOR)


def _settings(
    made: Installation,
    name: str,
    symbol: str,
    strategy: str,
    amount: str,
    wanted: Mapping[str, Any],
) -> BotSettings:
    defaults = made.settings
    given = {field: wanted.get(field) for field in _PERCENTS}
    percents: dict[str, Any] = {
        field: getattr(defaults, field) if text is None else _decimal(field, text)
        for field, text in given.items()
    }
    bare = wanted.get("bot_side_stop")
    settings = BotSettings(
        name=name,
        symbol=symbol.upper(),
        strategy=strategy,
        trade_amount=_decimal("amount", amount),
        interval=wanted.get("interval") or defaults.candle_interval,
        every=wanted.get("every") or defaults.check_interval,
        bot_side_stop=defaults.bot_side_stop if bare is None else bare,
        sizing=Sizing(wanted.get("sizing") or defaults.sizing),
    )
    card = made.catalogue.cards().get(strategy)
    parameters: dict[str, Any] = defaults.indicator_defaults(card.parameters if card else {})
    parameters |= dict(_parameter(word) for word in wanted.get("params") or ())
    rules = _rules(wanted.get("rules") or ())
    return replace(settings, parameters=parameters, rules=rules, **percents)


def _parameter(word: str, option: str = "--param") -> tuple[str, Any]:
    name, equals, text = word.partition("=")
    if not equals:
        raise InputError(f"{option}: expected name=value, was {word!r}")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _rules(words: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return rules given as `key` or `key:name=value,name=value`; `none` alone is no rule."""
    if words == ("none",):
        return {}
    rules = {}
    for word in words:
        key, _, values = word.partition(":")
        rules[key] = dict(_parameter(value, "--rule") for value in values.split(",") if value)
    return rules


def _decimal(field: str, text: str) -> Decimal:
    try:
        return read_amount(text)
    except ValueError as error:
        raise InputError(f"{field}: {error}, was {text!r}", field=field) from None


def _tail(path: Path, lines: int) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 256 * 1024))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def _follow(path: Path) -> None:
    for line in _written(path):
        click.echo(line, nl=False)


def _written(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, 2)
        while True:
            if line := file.readline():
                yield line
            elif not path.exists() or path.stat().st_ino != _inode(file.fileno()):
                return  # rotated away
            else:
                time.sleep(0.2)


def _inode(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino


def _installed() -> Installation:
    made = installation()
    made.migrate()
    return made
