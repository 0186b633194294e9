"""Risk: how much to buy, and where the stop and the target lie."""

from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.instrument import Instrument, ceil_to
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.position import Position
from tradefleet.domain.signal import Signal

HUNDRED = Decimal(100)
# Of its own distance: by so much a stop must gain before it is placed anew.
STOP_STEP = Decimal("0.1")
# Of any price at the exchange, where a symbol has no tick of its own.
FINEST_TICK = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Levels:
    """Where a position ends by itself; None = that side is off."""

    stop: Decimal | None
    target: Decimal | None


def entry_budget(settings: BotSettings, ledger: Ledger, signal: Signal) -> Decimal:
    """Return the quote an entry may spend, fee included.

    Compounding spends all the bot's own cash; a fixed bot at most `trade_amount` of it. A signal
    may ask for a fraction of the bot's cash.
    """
    cash = ledger.cash if signal.fraction is None else ledger.cash * signal.fraction
    if settings.sizing is Sizing.FIXED:
        cash = min(cash, settings.trade_amount)
    return max(cash, Decimal(0))


def levels(
    instrument: Instrument, entry_price: Decimal, stop_loss: Decimal, take_profit: Decimal
) -> Levels:
    """Return stop and target for an average entry price, rounded to the safe side.

    Where a coarse tick would put a level on the entry price or beyond it, it lies on the nearest
    tick that is a loss, or a profit: a stop at the entry price would end every trade at once.

    Args:
        instrument: whose tick they are rounded to: the stop up, the target down.
        entry_price: average fill price, quote per base.
        stop_loss, take_profit: percent; 0 = off.
    """
    stop = target = None
    tick = instrument.tick_size
    if stop_loss:
        stop = instrument.price_up(entry_price * (1 - stop_loss / HUNDRED))
        stop = min(stop, instrument.price_up(entry_price) - tick)
    if take_profit:
        target = instrument.price_down(entry_price * (1 + take_profit / HUNDRED))
        target = max(target, instrument.price_down(entry_price) + tick)
    return Levels(stop, target)


def entry_percents(
    settings: BotSettings, stop_loss: Decimal | None, take_profit: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Return the percents of the first stop and of the target; 0 = off.

    Args:
        settings: the bot's.
        stop_loss, take_profit: what the signal brought along; they stand above the settings.
    """
    below = settings.stop_loss if stop_loss is None else stop_loss
    above = settings.take_profit if take_profit is None else take_profit
    return nearest_stop(below, settings.trailing_stop), above


def nearest_stop(stop_loss: Decimal, trailing_stop: Decimal) -> Decimal:
    """Return the percent below the entry at which the first stop lies; 0 = there is none."""
    return min((percent for percent in (stop_loss, trailing_stop) if percent), default=Decimal(0))


def moved_stop(
    settings: BotSettings,
    instrument: Instrument,
    position: Position,
    stop: Decimal | None,
    price: Decimal,
) -> Decimal | None:
    """Return where the stop lies once the price has risen to `price`; never further away.

    Args:
        settings: say whether it trails, and from which gain on it covers what the trade cost.
        instrument: whose tick it is rounded to.
        position: what is held.
        stop: as it is; None = there is none yet.
        price: which the market has surely been at since the entry.
    """
    stop = trailed(instrument, stop, price, settings.trailing_stop)
    gain = (price / position.entry_price - 1) * HUNDRED
    if not settings.break_even or gain < settings.break_even:
        return stop
    even = break_even_price(instrument, position)
    return max(even, stop or even) if even < price else stop


def trailed(
    instrument: Instrument, stop: Decimal | None, price: Decimal, percent: Decimal
) -> Decimal | None:
    """Return the stop, moved towards the price where that has run away from it.

    It moves in steps: following every tick would take the resting order away all the time.

    Args:
        instrument: whose tick it is rounded to.
        stop: as it is; None = there is none yet.
        price: the newest one.
        percent: distance from the price; 0 = it does not trail.
    """
    if not percent:
        return stop
    follows = instrument.price_up(price * (1 - percent / HUNDRED))
    follows = min(follows, instrument.price_up(price) - instrument.tick_size)
    distance = price * percent / HUNDRED
    return follows if stop is None or is_worth_moving(stop, follows, distance) else stop


def is_worth_moving(stop: Decimal, to: Decimal, distance: Decimal) -> bool:
    """Return whether a resting stop gains enough by being placed anew.

    Each time takes the resting order away for a moment, so it must gain a tenth of its distance.

    Args:
        stop: where it rests.
        to: where it is to rest; below `stop` nothing is gained.
        distance: quote it is to lie below the price it follows, or below the entry.
    """
    return to - stop >= distance * STOP_STEP


def break_even_price(instrument: Instrument, position: Position) -> Decimal:
    """Return the price at which selling all that is held brings back what the trade cost.

    The commission of the sale is taken to be what the entry paid, in proportion.
    """
    rate = position.fees / (position.spent + position.sold_for) if position.spent else Decimal(0)
    left = position.cost - position.received
    price = left / (position.quantity * (1 - rate))
    return ceil_to(price, instrument.tick_size or FINEST_TICK)
