"""What a bot leaves behind when it is paused or stopped: asked at the exchange, written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.application.desk import OrderNames
from tradefleet.application.trader import Trader
from tradefleet.domain.bot import Bot, Halt, Wish
from tradefleet.domain.errors import ExchangeError
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import Entry, FillBooked, Ledger
from tradefleet.domain.order import Order, Side
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Broker
from tradefleet.ports.halts import BotReceipt, Halts, RestingOrder, Sold, StandingHalt
from tradefleet.ports.journal import Journal


@dataclass
class Parting:
    """The receipt a bot owes from the moment it is told to enter no more.

    Attributes:
        halts: where the receipt is left; None leaves none.
        kill_flag: what the file `KILL` says: `sell`, `keep` or nothing.
        is_owed: whether a receipt is still to be left.
    """

    halts: Halts | None
    kill_flag: Callable[[], str]
    broker: Broker
    clock: Clock
    is_owed: bool = False
    _names: OrderNames | None = None
    _journal: Journal | None = None
    _booked_before: int = 0  # entries in the books when it was told

    def opened(self, names: OrderNames, journal: Journal) -> None:
        """Hear by which names the bot's orders are known, and where its books are kept."""
        self._names, self._journal = names, journal
        self._booked_before = len(journal.entries())

    def told(self, bot: Bot) -> None:
        """Owe a receipt from here on, if the bot was told to enter no more."""
        self.is_owed = bot.wish is not Wish.RUN and not bot.failure
        self._booked_before = len(self._journal.entries()) if self._journal else 0

    def leave_receipt(self, bot: Bot, ledger: Ledger | None, trouble: str) -> None:
        """Ask the exchange what rests there and keep the answer.

        A halt that came by file alone is put into the store first, so that it outlives the file.

        Args:
            bot: as it was told to stop.
            ledger: its books now; None if it never came so far as to open them.
            trouble: what kept it from its work; empty if nothing did.

        Raises:
            StoreError: the receipt cannot be kept.
        """
        self.is_owed = False
        if self.halts is None:
            return
        halt = self._stored_halt(self.halts)
        known = BotReceipt(
            bot.id,
            bot.version,
            how_of(bot.wish),
            self.clock.now(),
            halt=halt.id if halt else "",
            trouble=trouble,
        )
        booked = self._journal.entries()[self._booked_before :] if self._journal else ()
        self.halts.leave(part(bot, ledger, booked, self.broker, self._names, known))

    def _stored_halt(self, halts: Halts) -> StandingHalt | None:
        halt, asked = halts.standing(), self.kill_flag()
        if asked and Halt(asked).is_beyond(halt.how if halt else None):
            return halts.raise_halt(Halt(asked), "file KILL", self.clock.now())
        return halt


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
        if names is None or ledger is None:
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


def what_is_left(trader: Trader | None) -> str:
    """Return in a few words what a bot leaves behind as it ends, for its log."""
    if trader is None or not trader.ledger.position.is_open:
        return "nothing is held"
    if trader.protection.by == "exchange":
        return "the position stays protected at the exchange"
    return "the position stays WITHOUT protection at the exchange"


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
