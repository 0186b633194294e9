"""What a bot is set to, read from the words of a command line."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import click

from tradefleet.application.terms import read_amount
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.errors import InputError
from tradefleet.interfaces.cli.words import read_parameter

T = TypeVar("T", bound=Callable[..., Any])
_PERCENTS = ("stop_loss", "take_profit", "price_cap", "trailing_stop", "break_even")


def settings_options(function: T) -> T:
    """Give a command the options that set a bot."""
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


def read_settings(
    made: Installation,
    name: str,
    symbol: str,
    strategy: str,
    amount: str,
    wanted: Mapping[str, Any],
) -> BotSettings:
    """Return the settings of a new bot: what was given, else what the environment sets.

    Raises:
        InputError: a word cannot be read; names the option.
    """
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
    parameters |= dict(read_parameter(word) for word in wanted.get("params") or ())
    rules = _rules(wanted.get("rules") or ())
    return replace(settings, parameters=parameters, rules=rules, **percents)


def read_changes(
    before: BotSettings, amount: str | None, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is to be changed of a bot's settings, by field; empty if nothing was given.

    Args:
        before: as it is set now.
        amount: another budget.
        wanted: the options of `settings_options` and of the command, None where not given.

    Raises:
        InputError: a word cannot be read; names the option.
    """
    params = dict(read_parameter(word) for word in wanted["params"])
    changes: dict[str, Any] = {
        name: value
        for name, value in wanted.items()
        if value is not None and name not in ("params", "rules")
    }
    for name in changes.keys() & set(_PERCENTS):
        changes[name] = _decimal(name, changes[name])
    if "sizing" in changes:
        changes["sizing"] = Sizing(changes["sizing"])
    if "symbol" in changes:
        changes["symbol"] = changes["symbol"].upper()
    if amount is not None:
        changes["trade_amount"] = _decimal("amount", amount)
    if params or "strategy" in changes:  # another strategy begins with its own parameters
        kept = {} if "strategy" in changes else before.parameters
        changes["parameters"] = {**kept, **params}
    if wanted["rules"]:
        changes["rules"] = _rules(wanted["rules"])
    return changes


def _rules(words: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return rules given as `key` or `key:name=value,name=value`; `none` alone is no rule."""
    if words == ("none",):
        return {}
    rules = {}
    for word in words:
        key, _, values = word.partition(":")
        rules[key] = dict(read_parameter(value, "--rule") for value in values.split(",") if value)
    return rules


def _decimal(field: str, text: str) -> Decimal:
    try:
        return read_amount(text)
    except ValueError as error:
        raise InputError(f"{field}: {error}, was {text!r}", field=field) from None
