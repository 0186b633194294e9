"""One bot as people see it: settings, what it does, what it holds, what it earned."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.application.bot_state import books_of, is_alive, last_heartbeat, status_of
from tradefleet.domain.bot import Bot, Sizing, Status, Wish
from tradefleet.domain.order import ProtectionRequest
from tradefleet.ports.exchange import Price
from tradefleet.ports.fleet import Heartbeat, LeaseView
from tradefleet.ports.records import Totals

ZERO = Decimal(0)
# What closing a position would cost in commission, for the profit shown while it is open; the
# booked profit uses the commission that was really taken.
FEE_RATE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class PositionView:
    """An open position.

    Attributes:
        profit: what selling at `price` would bring, net of fees.
        protection: `exchange`, `bot` or `none`: who would sell at the stop.
        naked_ms: how long there was no stop at the exchange before the one that rests, by the
            exchange's times; None where that was not measured.
    """

    quantity: Decimal
    entry_price: Decimal
    cost: Decimal
    opened_at: int
    price: Decimal | None
    value: Decimal | None
    profit: Decimal | None
    profit_percent: Decimal | None
    stop_price: Decimal | None
    target_price: Decimal | None
    protection: str
    naked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class BotView:
    """A bot on its card; every field that was not measured is None.

    Attributes:
        spark: its worth over the last day, as decimal texts, oldest first.
    """

    id: int
    name: str
    symbol: str
    base: str
    quote: str
    strategy: str
    trade_amount: Decimal
    status: Status
    wish: Wish
    failure: str
    profit: Decimal
    profit_percent: Decimal
    trades: int
    wins: int
    price: Decimal | None
    price_at: int | None
    cash: Decimal
    equity: Decimal | None
    interval: str
    every: str
    stop_loss: Decimal
    take_profit: Decimal
    price_cap: Decimal
    trailing_stop: Decimal
    break_even: Decimal
    bot_side_stop: bool
    sizing: Sizing
    waiting_for: str
    next_evaluation_at: int | None
    last_decision_at: int | None
    heartbeat_at: int | None
    alone: bool
    position: PositionView | None
    version: int
    created_at: int
    spark: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of all bots at one moment.

    Attributes:
        resting: what rests at the exchange by bot, for those that do not say it themselves.
        naked: how long each position had no stop before the one that rests, in milliseconds.
    """

    now: int
    leases: Mapping[int, LeaseView]
    totals: Mapping[int, Totals]
    prices: Mapping[str, Price]
    resting: Mapping[int, ProtectionRequest]
    naked: Mapping[int, int]

    def books(self, bot: Bot) -> Totals:
        """Return a bot's figures; one that never traded owns its budget."""
        return books_of(bot, self.totals)

    def price(self, bot: Bot) -> Price | None:
        """Return the newest price known for a bot: the hub's, or what the bot itself saw."""
        known = self.prices.get(bot.settings.symbol)
        heartbeat = last_heartbeat(self.leases.get(bot.id))
        if heartbeat is None or heartbeat.price is None:
            return known
        if known is not None and known.at >= heartbeat.at:
            return known
        return Price(heartbeat.price, heartbeat.at)


def view_bot(bot: Bot, sight: Sight, spark: tuple[str, ...] = ()) -> BotView:
    """Return how a bot looks."""
    settings = bot.settings
    books = sight.books(bot)
    lease = sight.leases.get(bot.id)
    status = status_of(bot, lease, sight.now)
    stopped = status in (Status.STOPPED, Status.FAILED)
    heartbeat = last_heartbeat(lease) or Heartbeat(at=0, status=status)
    price = sight.price(bot)
    return BotView(
        id=bot.id,
        name=settings.name,
        symbol=settings.symbol,
        base=bot.base,
        quote=bot.quote,
        strategy=settings.strategy,
        trade_amount=settings.trade_amount,
        status=status,
        wish=bot.wish,
        failure=bot.failure,
        profit=books.profit,
        profit_percent=books.profit / settings.trade_amount * 100,
        trades=books.trades,
        wins=books.wins,
        price=price.value if price else None,
        price_at=price.at if price else None,
        cash=books.cash,
        equity=_equity(books, price),
        interval=settings.interval,
        every=settings.every,
        stop_loss=settings.stop_loss,
        take_profit=settings.take_profit,
        price_cap=settings.price_cap,
        trailing_stop=settings.trailing_stop,
        break_even=settings.break_even,
        bot_side_stop=settings.bot_side_stop,
        sizing=settings.sizing,
        waiting_for="" if stopped else heartbeat.waiting_for,
        next_evaluation_at=None if stopped else heartbeat.next_evaluation_at or None,
        last_decision_at=heartbeat.last_decision_at or None,
        heartbeat_at=heartbeat.at or None,
        alone=heartbeat.alone and not stopped,
        position=_position(bot, sight, price) if books.quantity else None,
        version=bot.version,
        created_at=bot.created_at,
        spark=spark,
    )


def _equity(books: Totals, price: Price | None) -> Decimal | None:
    coins = books.quantity + books.dust
    if not coins:
        return books.cash
    return books.cash + coins * price.value if price is not None else None


def says_protection(view: LeaseView | None, now: int) -> bool:
    """Whether a living bot tells what protects its position; else its journal does."""
    heartbeat = last_heartbeat(view)
    return is_alive(view, now) and heartbeat is not None and bool(heartbeat.protection)


def _protection(bot: Bot, sight: Sight) -> tuple[str, Decimal | None, Decimal | None]:
    """Return who protects a position, its stop and its target."""
    view = sight.leases.get(bot.id)
    if view is not None and view.heartbeat is not None and says_protection(view, sight.now):
        beat = view.heartbeat
        return beat.protection, beat.stop_price, beat.target_price
    if (resting := sight.resting.get(bot.id)) is not None:
        return "exchange", resting.stop_price, resting.target_price
    return "none", None, None


def _position(bot: Bot, sight: Sight, price: Price | None) -> PositionView:
    books = sight.books(bot)
    protection, stop, target = _protection(bot, sight)
    value = books.quantity * price.value if price is not None else None
    profit = value * (1 - FEE_RATE) - books.cost if value is not None else None
    return PositionView(
        quantity=books.quantity,
        entry_price=books.entry_price,
        cost=books.cost,
        opened_at=books.opened_at,
        price=price.value if price is not None else None,
        value=value,
        profit=profit,
        profit_percent=profit / books.cost * 100 if profit is not None and books.cost else None,
        stop_price=stop,
        target_price=target,
        protection=protection,
        naked_ms=sight.naked.get(bot.id) if protection == "exchange" else None,
    )
