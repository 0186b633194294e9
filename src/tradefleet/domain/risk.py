"""Risk: how much to buy, and where the stop and the target lie."""

from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.signal import Signal

HUNDRED = Decimal(100)


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
