"""The plan: an opinion and a ledger become at most one order, or a reason why not.

Pure: what the same bot would do with the same signal, money and price is always the same. Exits
are never vetoed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.bot import BotSettings
from tradefleet.domain.instrument import plain, truncate
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.order import OrderType, ProtectionRequest
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Circumstances, Levels, Rule, entry_budget, first_veto
from tradefleet.domain.signal import Action, Signal

# A triggered stop-limit must fill although the price is falling: its limit lies this far below
# the stop (above, nothing is lost: it sells at the best bid).
STOP_LIMIT_SLACK = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Enter:
    """Buy for this much quote, fee included."""

    spend: Decimal


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
    if signal.action is Action.HOLD:
        return Stay(signal.waiting_for or "no rule spoke for a trade")
    if held:
        return Stay(HOLDS_ALREADY)
    if why := ledger.instrument.why_not_tradeable() or first_veto(rules, circumstances):
        return Stay(why)
    return _enter(settings, signal, ledger, circumstances.price)


def sellable(ledger: Ledger, price: Decimal) -> Decimal:
    """Return the base the bot can sell in one market order at `price`; 0 if only dust is held."""
    quantity = ledger.instrument.floor_quantity(ledger.position.quantity)
    return Decimal(0) if ledger.instrument.why_too_small(quantity, price) else quantity


def protect(
    ledger: Ledger, wanted: Levels, list_id: str, stop_id: str, target_id: str
) -> ProtectionRequest | None:
    """Return the resting stop and target for the position; None if nothing is to rest.

    The stop sells at market where the symbol allows it, else as a stop-limit whose limit
    lies `STOP_LIMIT_SLACK` below.
    """
    instrument = ledger.instrument
    quantity = instrument.floor_quantity(ledger.position.quantity)
    if not quantity or (wanted.stop is None and wanted.target is None):
        return None
    limit = None
    if wanted.stop is not None and "STOP_LOSS" not in instrument.order_types:
        limit = instrument.price_down(wanted.stop * (1 - STOP_LIMIT_SLACK))
    return ProtectionRequest(
        list_client_order_id=list_id,
        stop_client_order_id=stop_id,
        target_client_order_id=target_id,
        symbol=instrument.symbol,
        quantity=quantity,
        stop_price=wanted.stop,
        stop_limit_price=limit,
        target_price=wanted.target,
    )


def protection_type(request: ProtectionRequest) -> OrderType:
    """Return the order type of the stop leg."""
    return OrderType.STOP_LOSS if request.stop_limit_price is None else OrderType.STOP_LOSS_LIMIT


def _enter(settings: BotSettings, signal: Signal, ledger: Ledger, price: Decimal) -> Plan:
    instrument = ledger.instrument
    spend = truncate(entry_budget(settings, ledger, signal), instrument.quote_precision)
    quantity = instrument.floor_quantity(spend / price)
    if why := instrument.why_too_small(quantity, price):
        return Stay(f"waiting for funds: has {plain(spend)} {instrument.quote}, but {why}")
    return Enter(spend)


def _leave(ledger: Ledger, price: Decimal) -> Plan:
    quantity = sellable(ledger, price)
    if not quantity:
        return Stay("what is held is too small to sell")
    return Exit(quantity, ExitReason.SIGNAL)
