"""What a bot leaves behind when it is paused or stopped: asked at the exchange, written down."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tradefleet.application.desk import OrderNames
from tradefleet.domain.bot import Bot, Halt, Wish
from tradefleet.domain.errors import ExchangeError
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import Entry, FillBooked, Ledger
from tradefleet.domain.order import Order, Side
from tradefleet.ports.exchange import Broker
from tradefleet.ports.halts import BotReceipt, RestingOrder, Sold


def part(
    bot: Bot,
    ledger: Ledger | None,
    booked: Sequence[Entry],
    broker: Broker,
    names: OrderNames | None,
    receipt: BotReceipt,
) -> BotReceipt:
    """Return the receipt, completed with what the exchange shows.

    Args:
        bot: as it was told to stop.
        ledger: its books now; None if it never came so far as to open them.
        booked: what was booked since it was told.
        broker: asked for the orders that rest.
        names: by which its orders are known.
        receipt: what is known without asking: who, when, what went wrong.
    """
    found, trouble = [], receipt.trouble
    try:
        if names is None:
            raise ExchangeError("its books were never opened")
        orders = broker.open_orders(bot.settings.symbol)
        found = [_resting(o) for o in orders if o.client_order_id.startswith(names.prefix)]
        checked = True
    except ExchangeError as error:
        checked, trouble = False, trouble or str(error)
    held = ledger.position.quantity if ledger is not None else Decimal(0)
    done = replace(
        receipt,
        held=held,
        resting=tuple(found),
        sold=sold_in(booked),
        checked=checked,
        trouble=trouble,
    )
    return replace(done, sentence=_sentence(bot, done))


def sold_in(booked: Sequence[Entry]) -> tuple[Sold, ...]:
    """Return what the entries sold: one line an order, at its average price."""
    orders: dict[int, tuple[Decimal, Decimal]] = {}
    for entry in booked:
        if isinstance(entry, FillBooked) and entry.fill.side is Side.SELL:
            fill = entry.fill
            quantity, quote = orders.get(fill.order_id, (Decimal(0), Decimal(0)))
            orders[fill.order_id] = (quantity + fill.quantity, quote + fill.quote_quantity)
    return tuple(Sold(number, quantity, quote) for number, (quantity, quote) in orders.items())


def how_of(wish: Wish) -> Halt:
    """Return which of the stops a wish is."""
    return {Wish.PAUSE: Halt.PAUSE, Wish.STOP_SELL: Halt.SELL}.get(wish, Halt.KEEP)


def _resting(order: Order) -> RestingOrder:
    return RestingOrder(
        order.client_order_id,
        order.side.value,
        order.type.value,
        order.quantity - order.executed_quantity,
        order.price,
        order.stop_price,
    )


def _sentence(bot: Bot, done: BotReceipt) -> str:
    name, base = bot.settings.name, bot.base
    parts = [f"sold {plain(one.quantity)} {base} at {plain(one.price)}" for one in done.sold]
    if done.how is Halt.PAUSE:
        parts.append("buys nothing new")
    if done.held:
        parts.append(f"holds {plain(done.held)} {base}")
    elif not done.sold:
        parts.append("holds nothing")
    text = f"{name} {', '.join(parts)}."
    if not done.checked:
        return f"{text} The exchange could NOT be asked what rests there: {done.trouble}"
    rests = ", ".join(_in_words(order) for order in done.resting) or "nothing"
    text = f"{text} At the exchange rests {rests} (asked there)."
    if done.held and not done.resting and done.how is not Halt.PAUSE:
        text += " NOTHING protects it."
    return f"{text} Not done: {done.trouble}" if done.trouble else text


def _in_words(order: RestingOrder) -> str:
    levels = [f"stop {plain(order.stop_price)}"] if order.stop_price else []
    levels += [f"limit {plain(order.price)}"] if order.price else []
    return f"{order.side.lower()} {plain(order.quantity)} ({' '.join(levels) or order.type})"
