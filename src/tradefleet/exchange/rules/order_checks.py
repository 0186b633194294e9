"""How an order is held to what does not depend on other orders: precision, filters, status, flags.

Codes, texts and the order of the checks: Binance spot docs, filters.md and errors.md.
"""

from decimal import Decimal

from tradefleet.domain.order import OrderType
from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.info.filters import Average
from tradefleet.exchange.info.symbol_rules import SymbolRules
from tradefleet.exchange.tickets import OrderTicket

_LARGEST = 2**63 - 1  # of an amount in its asset's smallest unit
_TYPE_NAMES = {
    OrderType.LIMIT: "Limit orders",
    OrderType.MARKET: "Market orders",
    OrderType.LIMIT_MAKER: "Limit maker orders",
    OrderType.STOP_LOSS: "Stop loss orders",
    OrderType.STOP_LOSS_LIMIT: "Stop loss limit orders",
    OrderType.TAKE_PROFIT: "Take profit orders",
    OrderType.TAKE_PROFIT_LIMIT: "Take profit limit orders",
}


def check_order(ticket: OrderTicket, rules: SymbolRules, average: Average) -> None:
    """Hold an order to the symbol's rules.

    Args:
        ticket: the order as asked for.
        rules: its symbol's.
        average: prices by which market orders and distant prices are judged.

    Raises:
        ApiError: -1108, -1111, -1013 with the name of the filter, or -2010.
    """
    check_precision(ticket, rules)
    broken = rules.filters.first_broken(ticket, average)
    if broken:
        raise errors.filter_failure(broken)
    _check_supported(ticket, rules)


def check_precision(ticket: OrderTicket, rules: SymbolRules) -> None:
    """Refuse too large numbers (-1108), more decimals than assets have (-1111), zeros (-1013)."""
    instrument = rules.instrument
    base, quote = instrument.base_precision, instrument.quote_precision
    for name, value, precision, word in (
        ("quantity", ticket.quantity, base, "quantity"),
        ("icebergQty", ticket.iceberg_quantity, base, ""),
        ("quoteOrderQty", ticket.quote_quantity, quote, "quantity"),
        ("price", ticket.price, quote, "price"),
        ("stopPrice", ticket.stop_price, quote, "stopPrice"),
    ):
        if value is not None:
            check_amount(name, value, precision)
            if word and value <= 0:
                raise errors.ApiError(-1013, f"Invalid {word}.")


def check_amount(name: str, value: Decimal, precision: int) -> None:
    """Refuse a number too large (-1108) or too precise (-1111) for its asset."""
    above, below = value.as_integer_ratio()  # exact, however many digits were sent
    units, rest = divmod(above * 10**precision, below)
    if units > _LARGEST:
        raise errors.overflowed(name)
    if rest:
        raise errors.too_precise(name)


def check_open_for_orders(account: Account, rules: SymbolRules) -> None:
    """Refuse who may not trade, and where nobody may (-2010)."""
    if not account.can_trade:
        raise errors.order_refused(errors.NO_TRADING)
    if not rules.permits(account.permissions):
        raise errors.order_refused(errors.NOT_PERMITTED)
    if not rules.may_trade:
        raise errors.order_refused(errors.MARKET_CLOSED)


def check_open_for_cancels(account: Account, rules: SymbolRules | None) -> None:
    """Refuse to cancel for who may not trade, and while the symbol is shut (-2011).

    Args:
        account: whose order it is.
        rules: of the symbol; None if it was taken off the exchange, which cancels may outlive.
    """
    if not account.can_trade:
        raise errors.cancel_refused(errors.NO_TRADING)
    if rules is not None and not rules.may_cancel:
        raise errors.cancel_refused(errors.MARKET_CLOSED)


def _check_supported(ticket: OrderTicket, rules: SymbolRules) -> None:
    """Refuse what is switched off for the symbol (-2010)."""
    if ticket.type.value not in rules.instrument.order_types:
        raise _unsupported(_TYPE_NAMES[ticket.type])
    modes = rules.entry["allowedSelfTradePreventionModes"]
    if ticket.stp_mode and ticket.stp_mode not in modes:
        raise errors.stp_not_allowed()
    if ticket.iceberg_quantity and not rules.allows("icebergAllowed"):
        raise _unsupported("Iceberg orders")
    if ticket.trailing_delta and not rules.allows("allowTrailingStop"):
        raise _unsupported("Trailing stop orders")
    if ticket.quote_quantity is not None and not rules.instrument.quote_quantity_allowed:
        raise errors.order_refused("Quote order qty market orders are not support for this symbol.")
    if ticket.quantity is not None and ticket.iceberg_quantity > ticket.quantity:
        raise errors.order_refused("IcebergQty exceeds QTY.")


def _unsupported(what: str) -> errors.ApiError:
    return errors.order_refused(f"{what} are not supported for this symbol.")
