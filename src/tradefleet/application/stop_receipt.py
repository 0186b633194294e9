"""What a stop means for a bot's money, told at the moment it is asked for."""

from dataclasses import dataclass
from decimal import Decimal

from tradefleet.application.bot_state import last_heartbeat, status_of
from tradefleet.domain.bot import Bot, Status
from tradefleet.domain.instrument import plain
from tradefleet.ports.fleet import LeaseView


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stopping a bot means for its money, at the moment it was asked for.

    Attributes:
        protection: who holds the stop and the target: `exchange`, `bot`, `none`, empty when flat.
    """

    bot_id: int
    name: str
    how: str
    at: int
    status: Status
    quantity: Decimal
    base: str
    protection: str
    stop_price: Decimal | None
    target_price: Decimal | None
    sentence: str


def receipt_of(bot: Bot, how: str, view: LeaseView | None, held: Decimal, now: int) -> Receipt:
    """Return what a stop means for a bot.

    Args:
        bot: as it is now.
        how: `pause`, `keep` or `sell`.
        view: of its process, if one lives.
        held: base it owns.
        now: UTC milliseconds.
    """
    heartbeat = last_heartbeat(view)
    return Receipt(
        bot_id=bot.id,
        name=bot.settings.name,
        how=how,
        at=now,
        status=status_of(bot, view, now),
        quantity=held,
        base=bot.base,
        protection=heartbeat.protection if heartbeat and held else "",
        stop_price=heartbeat.stop_price if heartbeat and held else None,
        target_price=heartbeat.target_price if heartbeat and held else None,
        sentence=_what_stopping_means(bot, how, held),
    )


def _what_stopping_means(bot: Bot, how: str, held: Decimal) -> str:
    name = bot.settings.name
    if how == "pause" and not held:
        return f"{name} buys nothing new; it holds nothing."
    if not held:
        return f"{name} stops; it holds nothing."
    what = f"{plain(held)} {bot.base}"
    if how == "pause":
        return f"{name} buys nothing new and looks after its {what}."
    if how == "sell":
        return f"{name} sells {what} at the market price and stops."
    settings = bot.settings
    if not (settings.stop_loss or settings.trailing_stop or settings.take_profit):
        return f"{name} stops and keeps {what}; it has neither stop nor target, as you set it."
    return f"{name} stops and keeps {what}; its stop and target stay at the exchange."
