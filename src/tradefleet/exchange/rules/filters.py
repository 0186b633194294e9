"""The rules of a symbol: how exchangeInfo states them and how an order is held to them.

Codes, texts and the order of the checks: Binance spot docs, filters.md and errors.md.
"""

from decimal import Decimal
from typing import Any

from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.order import Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.orders import AT_MARKET
from tradefleet.exchange.decimals import ZERO, amount
from tradefleet.exchange.tickets import OrderTicket

AVERAGE_MINUTES = 5
MAX_LISTS = 20  # open order lists of one account in one symbol


def check(ticket: OrderTicket, instrument: Instrument, average: Decimal) -> None:
    """Hold an order to everything that does not depend on other orders.

    Args:
        ticket: the order as asked for.
        instrument: its symbol's rules.
        average: price over the last five minutes, by which market orders are judged.

    Raises:
        ApiError: -1111 or -1013 with the name of the filter.
    """
    check_precision(ticket, instrument)
    _check_prices(ticket, instrument, average)
    _check_quantity(ticket, instrument)
    _check_notional(ticket, instrument, average)


def check_precision(ticket: OrderTicket, instrument: Instrument) -> None:
    """Refuse more decimals than the assets have (-1111), and zeros (-1013)."""
    base, quote = instrument.base_precision, instrument.quote_precision
    for name, value, precision in (
        ("quantity", ticket.quantity, base),
        ("quoteOrderQty", ticket.quote_quantity, quote),
        ("price", ticket.price, quote),
        ("stopPrice", ticket.stop_price, quote),
    ):
        if value is None:
            continue
        if value != value.quantize(Decimal(1).scaleb(-precision)):
            raise errors.too_precise(name)
        if value <= 0:
            word = {"price": "price", "stopPrice": "stopPrice"}.get(name, "quantity")
            raise errors.ApiError(-1013, f"Invalid {word}.")


def check_counts(
    instrument: Instrument, orders: int, stops: int, new_orders: int, new_stops: int
) -> None:
    """Refuse more resting orders or stops than one account may have in a symbol.

    Args:
        instrument: gives the limits.
        orders, stops: open now.
        new_orders, new_stops: asked for.
    """
    if instrument.max_orders and new_orders and orders + new_orders > instrument.max_orders:
        raise errors.filter_failure("MAX_NUM_ORDERS")
    if instrument.max_stop_orders and new_stops and stops + new_stops > instrument.max_stop_orders:
        raise errors.filter_failure("MAX_NUM_ALGO_ORDERS")


def _check_prices(ticket: OrderTicket, instrument: Instrument, average: Decimal) -> None:
    for price in (ticket.price, ticket.stop_price):
        if price is None:
            continue
        too_low = price < instrument.min_price
        too_high = bool(instrument.max_price) and price > instrument.max_price
        if too_low or too_high or _off_grid(price, instrument.tick_size):
            raise errors.filter_failure("PRICE_FILTER")
    if ticket.price is not None:
        buys = ticket.side is Side.BUY
        down, up = instrument.bid_multipliers if buys else instrument.ask_multipliers
        if (down and ticket.price < average * down) or (up and ticket.price > average * up):
            raise errors.filter_failure("PERCENT_PRICE_BY_SIDE")


def _check_quantity(ticket: OrderTicket, instrument: Instrument) -> None:
    quantity = ticket.quantity
    if quantity is None:
        return
    too_much = bool(instrument.max_quantity) and quantity > instrument.max_quantity
    if quantity < instrument.min_quantity or too_much or _off_grid(quantity, instrument.lot_step):
        raise errors.filter_failure("LOT_SIZE")
    if ticket.type in AT_MARKET and 0 < instrument.max_market_quantity < quantity:
        raise errors.filter_failure("MARKET_LOT_SIZE")


def _check_notional(ticket: OrderTicket, instrument: Instrument, average: Decimal) -> None:
    at_market = ticket.type in AT_MARKET
    price = average if ticket.price is None else ticket.price
    notional = ticket.quote_quantity if ticket.quantity is None else ticket.quantity * price
    if notional is None:
        return
    binds_least = instrument.min_notional_for_market or not at_market
    binds_most = instrument.max_notional_for_market or not at_market
    if (binds_least and notional < instrument.min_notional) or (
        binds_most and 0 < instrument.max_notional < notional
    ):
        raise errors.filter_failure("NOTIONAL")


def _off_grid(value: Decimal, step: Decimal) -> bool:
    return step > 0 and value % step != 0


def filters_of(instrument: Instrument) -> list[dict[str, Any]]:
    """Return the filters of a symbol as exchangeInfo lists them, without those switched off."""
    filters: list[dict[str, Any]] = [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": amount(instrument.min_price),
            "maxPrice": amount(instrument.max_price),
            "tickSize": amount(instrument.tick_size),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": amount(instrument.min_quantity),
            "maxQty": amount(instrument.max_quantity),
            "stepSize": amount(instrument.lot_step),
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": amount(ZERO),
            "maxQty": amount(instrument.max_market_quantity),
            "stepSize": amount(ZERO),
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": amount(instrument.min_notional),
            "applyMinToMarket": instrument.min_notional_for_market,
            "maxNotional": amount(instrument.max_notional),
            "applyMaxToMarket": instrument.max_notional_for_market,
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": MAX_LISTS},
    ]
    if any(instrument.bid_multipliers + instrument.ask_multipliers):
        filters.append(_percent_filter(instrument))
    if instrument.max_orders:
        filters.append({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": instrument.max_orders})
    if instrument.max_stop_orders:
        count = instrument.max_stop_orders
        filters.append({"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": count})
    return filters


def _percent_filter(instrument: Instrument) -> dict[str, Any]:
    (down_bid, up_bid), (down_ask, up_ask) = instrument.bid_multipliers, instrument.ask_multipliers
    return {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": plain(up_bid),
        "bidMultiplierDown": plain(down_bid),
        "askMultiplierUp": plain(up_ask),
        "askMultiplierDown": plain(down_ask),
        "avgPriceMins": AVERAGE_MINUTES,
    }
