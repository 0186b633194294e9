"""The plan: an opinion and a ledger become at most one order, or a reason why not.

Pure: what the same bot would do with the same signal, money and price is always the same. Exits
are never vetoed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.bot import BotSettings
from tradefleet.domain.instrument import Instrument, plain, truncate
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.order import Order, OrderType, ProtectionRequest
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels, entry_budget, is_worth_moving
from tradefleet.domain.rules import Circumstances, Rule, first_veto
from tradefleet.domain.signal import Action, Signal

# A triggered stop-limit must fill although the price is falling: its limit lies this far below
# the stop (above, nothing is lost: it sells at the best bid).
STOP_LIMIT_SLACK = Decimal("0.02")

STOP_TYPES = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT"})
# What the exchange counts towards the stop orders a symbol takes (MAX_NUM_ALGO_ORDERS).
_COUNTED = STOP_TYPES | {"TAKE_PROFIT", "TAKE_PROFIT_LIMIT"}

# Room for the price to fall between looking and buying, where the largest lot limits a buy.
LARGEST_BUY_SLACK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Enter:
    """Buy for this much quote, fee included.

    Attributes:
        capped: why it is less than the bot would spend; empty if it is not.
    """

    spend: Decimal
    capped: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """Sell this much base."""

    quantity: Decimal
    reason: ExitReason


@dataclass(frozen=True, slots=True)
class Stay:
    """Do nothing, and why."""

    why: str


Plan = Enter | Exit | Stay

HOLDS_ALREADY = "holding: waiting for a sell signal, the stop or the target"
FLAT_ALREADY = "a sell signal with nothing to sell: waiting for one to buy"


def plan(
    settings: BotSettings,
    signal: Signal,
    ledger: Ledger,
    circumstances: Circumstances,
    rules: Sequence[Rule] = (),
) -> Plan:
    """Return what to do about a signal."""
    held = ledger.position.is_open
    if signal.action is Action.SELL:
        return _leave(ledger, circumstances.price) if held else Stay(FLAT_ALREADY)
    if signal.action is Action.HOLD and not (held and signal.reasons):
        return Stay(signal.waiting_for or "no rule spoke for a trade")
    if held:  # what it would take to buy is of no interest now
        return Stay(HOLDS_ALREADY)
    if why := ledger.instrument.why_not_tradeable() or first_veto(rules, circumstances):
        return Stay(why)
    return _enter(settings, signal, ledger, circumstances.price)


def sellable(ledger: Ledger, price: Decimal) -> Decimal:
    """Return the base the bot can sell in one market order at `price`; 0 if only dust is held.

    What is more than the largest market order takes several.
    """
    instrument, held = ledger.instrument, ledger.position.quantity
    most = instrument.largest_market_quantity
    quantity = instrument.floor_quantity(min(held, most) if most else held)
    return Decimal(0) if instrument.why_too_small(quantity, price) else quantity


def can_rest(instrument: Instrument, held: Decimal, wanted: Levels) -> bool:
    """Return whether the filters let stop and target rest as one order for all that is held."""
    lowest = wanted.stop or wanted.target
    quantity = instrument.floor_quantity(held)
    if not quantity or lowest is None:
        return False
    lowest = stop_limit(instrument, wanted.stop) or lowest
    by_market = wanted.stop is not None and "STOP_LOSS" in instrument.order_types
    most = instrument.largest_market_quantity if by_market else instrument.max_quantity
    return quantity * lowest >= instrument.min_notional and not 0 < most < quantity


def protect(
    ledger: Ledger, wanted: Levels, list_id: str, stop_id: str, target_id: str
) -> ProtectionRequest | None:
    """Return the resting stop and target for the position; None if nothing can rest.

    The stop sells at market where the symbol allows it, else as a stop-limit whose limit
    lies `STOP_LIMIT_SLACK` below.
    """
    instrument = ledger.instrument
    if not can_rest(instrument, ledger.position.quantity, wanted):
        return None
    return ProtectionRequest(
        list_client_order_id=list_id,
        stop_client_order_id=stop_id,
        target_client_order_id=target_id,
        symbol=instrument.symbol,
        quantity=instrument.floor_quantity(ledger.position.quantity),
        stop_price=wanted.stop,
        stop_limit_price=stop_limit(instrument, wanted.stop),
        target_price=wanted.target,
    )


@dataclass(frozen=True, slots=True)
class ProtectedEntry:
    """A limit buy that brings its stop and target along, or one of them.

    Attributes:
        quantity: base.
        covered: base that stop and target sell: what is left when the commission is taken in base,
            and the dust of earlier trades that makes up a lot with it.
        limit: the most it pays for one, quote per base.
        levels: where the position is to end, both known beforehand.
    """

    quantity: Decimal
    covered: Decimal
    limit: Decimal
    levels: Levels


def protected_entry(
    ledger: Ledger,
    spend: Decimal,
    price: Decimal,
    cap: Decimal,
    commission: Decimal,
    wanted: Levels,
) -> ProtectedEntry | None:
    """Return an entry whose exits rest from the moment it has filled; None if there can be none.

    Args:
        ledger: the bot's, flat.
        spend: quote, fee included.
        price: the newest one, from which the levels were made.
        cap: percent above `price` it may pay; 0 = none at all, it is to buy at market.
        commission: part of the coins that may be taken as commission.
        wanted: where the position is to end.
    """
    if not cap or wanted == Levels(None, None):
        return None
    instrument = ledger.instrument
    limit = instrument.price_up(price * (1 + cap / 100))
    quantity = instrument.floor_quantity(spend / limit)
    covered = instrument.floor_quantity(quantity * (1 - commission) + ledger.dust)
    buys = quantity >= instrument.min_quantity and quantity * price >= instrument.min_notional
    if not (buys and can_rest(instrument, covered, wanted)):
        return None
    is_below = wanted.stop is None or wanted.stop < price
    if not is_below or (wanted.target is not None and wanted.target <= limit):
        return None
    return ProtectedEntry(quantity, covered, limit, wanted)


def may_stay(resting: Levels, wanted: Levels, entry_price: Decimal) -> bool:
    """Return whether levels that came with an entry may stay where they are after its fill.

    To place them anew leaves the position bare for a moment: that is only worth it for a stop that
    is much too far away.

    Args:
        resting: made from the price before the fill, at most the price cap away.
        wanted: made from the true average of the fill.
        entry_price: that average.
    """
    if wanted.stop is None or resting.stop is None:
        return True
    return not is_worth_moving(resting.stop, wanted.stop, entry_price - wanted.stop)


def takes_entry_list(instrument: Instrument, wanted: Levels) -> bool:
    """Return whether an entry may bring these levels along in one request."""
    kinds = instrument.order_types
    if not instrument.oto_allowed or "LIMIT" not in kinds:
        return False
    if wanted.stop is not None and not holds_stops(instrument):
        return False
    is_pair = wanted.stop is not None and wanted.target is not None
    return not is_pair or (instrument.oco_allowed and "LIMIT_MAKER" in kinds)


def holds_stops(instrument: Instrument) -> bool:
    """Return whether the exchange has an order that sells when the price has fallen."""
    return bool(instrument.order_types & STOP_TYPES)


def why_no_stop(instrument: Instrument, spend: Decimal, price: Decimal, stop: Decimal) -> str:
    """Return why the exchange could hold no stop for what an entry buys, or an empty text.

    Args:
        instrument: what is bought.
        spend: quote, fee included.
        price: the newest.
        stop: where it is to lie.
    """
    if not holds_stops(instrument):
        return f"{instrument.symbol} takes no stop orders"
    quantity = instrument.floor_quantity(spend / price)
    if can_rest(instrument, quantity, Levels(stop, None)):
        return ""
    worth, quote = plain(round(quantity * stop, 2)), instrument.quote
    least, most = plain(instrument.min_notional), plain(instrument.largest_market_quantity)
    return (
        f"{instrument.symbol} takes no stop order for {plain(quantity)} {instrument.base}, worth "
        f"{worth} {quote} there: it must be worth {least} {quote} and at most {most} at once"
    )


def why_no_room(instrument: Instrument, working: Iterable[Order]) -> str:
    """Return why no further stop order may rest beside those that work, or an empty text."""
    most = instrument.max_stop_orders
    there = sum(order.type in _COUNTED for order in working) if most else 0
    if there < most or not most:
        return ""
    return f"{there} stop orders rest in {instrument.symbol} already, and it takes {most}"


def protection_type(request: ProtectionRequest) -> OrderType:
    """Return the order type of the stop leg."""
    return OrderType.STOP_LOSS if request.stop_limit_price is None else OrderType.STOP_LOSS_LIMIT


def stop_limit(instrument: Instrument, stop: Decimal | None) -> Decimal | None:
    """Return the limit of a triggered stop; None where it sells at market."""
    if stop is None or "STOP_LOSS" in instrument.order_types:
        return None
    return instrument.price_down(stop * (1 - STOP_LIMIT_SLACK))


def _enter(settings: BotSettings, signal: Signal, ledger: Ledger, price: Decimal) -> Plan:
    instrument = ledger.instrument
    spend = truncate(entry_budget(settings, ledger, signal), instrument.quote_precision)
    quantity = instrument.floor_quantity(spend / price)
    if why := instrument.why_too_small(quantity, price):
        return Stay(f"waiting for funds: has {plain(spend)} {instrument.quote}, but {why}")
    most = instrument.largest_market_quantity
    if most and quantity > most * (1 - LARGEST_BUY_SLACK):
        why = f"{plain(most)} {instrument.base} is the most one order may buy"
        return Enter(
            truncate(most * price * (1 - LARGEST_BUY_SLACK), instrument.quote_precision), why
        )
    return Enter(spend)


def _leave(ledger: Ledger, price: Decimal) -> Plan:
    quantity = sellable(ledger, price)
    if not quantity:
        return Stay("what is held is too small to sell")
    return Exit(quantity, ExitReason.SIGNAL)
