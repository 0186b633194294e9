"""Whether an order may enter: the symbol's rules, the account's rights, the market, the money.

Nothing here changes anything. Codes and texts: Binance spot docs, errors.md and filters.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tradefleet.domain.instrument import Instrument, floor_to
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import STOP_LOSSES, STOPS, trailing_price
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.liquidity import Taker, affordable, reach
from tradefleet.exchange.engine.merged_book import MergedBook, is_better
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.rules.averages import Averages
from tradefleet.exchange.rules.filters import MAX_LISTS, check, check_counts
from tradefleet.exchange.tickets import OcoTicket, OrderTicket


class Admission:
    """Holds orders to the rules before anything changes."""

    def __init__(
        self,
        market: Market,
        books: Books,
        merged: MergedBook,
        instruments: Mapping[str, Instrument],
    ) -> None:
        self._market = market
        self._books = books
        self._merged = merged
        self._instruments = instruments
        self.averages = Averages(market)

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; -1121 if there is none."""
        instrument = self._instruments.get(symbol)
        if instrument is None:
            raise errors.bad_symbol()
        return instrument

    def check(
        self, account: Account, ticket: OrderTicket, new_orders: int = 1
    ) -> tuple[Instrument, Decimal]:
        """Hold an order to the symbol's rules; return them and the last price."""
        instrument = self.instrument(ticket.symbol)
        if ticket.type.value not in instrument.order_types:
            raise errors.order_refused(
                f"{_TYPE_NAMES[ticket.type]} are not supported for this symbol."
            )
        last = self._market.last_price(ticket.symbol)
        if last is None:
            raise errors.order_refused(errors.MARKET_CLOSED)
        check(ticket, instrument, self.averages.price(ticket.symbol, last))
        resting = self._books.orders(account.uid).open(ticket.symbol)
        stops = sum(order.type in STOPS for order in resting)
        new_resting = 0 if ticket.type is OrderType.MARKET else new_orders
        check_counts(instrument, len(resting), stops, new_resting, int(ticket.type in STOPS))
        if not account.can_trade:
            raise errors.order_refused(errors.NO_TRADING)
        if instrument.why_not_tradeable():
            raise errors.order_refused(errors.MARKET_CLOSED)
        return instrument, last

    def check_list(self, account: Account, ticket: OcoTicket) -> None:
        """Refuse a list beyond the most there may be, or with a name that is in use."""
        orders, lists = self._books.orders(account.uid), self._books.lists(account.uid)
        symbol = ticket.above.symbol
        if sum(known.symbol == symbol for known in lists.open()) >= MAX_LISTS:
            raise errors.filter_failure("MAX_NUM_ORDER_LISTS")
        names = [name for name in (ticket.above.client_id, ticket.below.client_id) if name]
        if (
            lists.has_open(ticket.client_id)
            or any(orders.has_open(name) for name in names)
            or len(set(names)) < len(names)
        ):
            raise errors.order_refused(errors.DUPLICATE)

    def check_conditions(self, ticket: OrderTicket, last: Decimal) -> None:
        """Refuse a stop that is beyond its level and a maker that would take."""
        if ticket.stop_price is not None:
            waits_below = (ticket.type in STOP_LOSSES) == (ticket.side is Side.SELL)
            if last <= ticket.stop_price if waits_below else last >= ticket.stop_price:
                raise errors.order_refused(errors.TRIGGERS_NOW)
        if ticket.type is OrderType.LIMIT_MAKER and ticket.price is not None:
            best = self._merged.best(ticket.symbol, ticket.side)
            if best is not None and not is_better(ticket.side, ticket.price, best):
                raise errors.order_refused(errors.MATCHES_NOW)

    def by_quantity(
        self, account: Account, ticket: OrderTicket, instrument: Instrument
    ) -> OrderTicket:
        """Turn a market order by quote into one by quantity, as far as the book goes."""
        if ticket.quote_quantity is None:
            return ticket
        offers = self._merged.offers(ticket.symbol, ticket.side)
        taker = Taker(account.uid, ticket.side, ticket.stp_mode)
        most, is_enough = affordable(offers, taker, ticket.quote_quantity)
        quantity = floor_to(most, instrument.lot_step)
        if quantity < max(instrument.min_quantity, instrument.lot_step) or not quantity:
            text = errors.NO_LIQUIDITY
            raise errors.filter_failure("LOT_SIZE") if is_enough else errors.order_refused(text)
        return replace(ticket, quantity=quantity)

    def check_funds(self, account: Account, ticket: OrderTicket, instrument: Instrument) -> Decimal:
        """Refuse what cannot be paid; return what the order reserves (market orders nothing)."""
        assert ticket.quantity is not None
        buys, at_once = ticket.side is Side.BUY, ticket.type is OrderType.MARKET
        cost = ticket.quantity
        if at_once:
            taker = Taker(account.uid, ticket.side, ticket.stp_mode)
            offers = self._merged.offers(ticket.symbol, ticket.side)
            found = reach(offers, taker, ticket.quantity)
            if not found.matches:
                raise errors.order_refused(errors.NO_LIQUIDITY)
            cost = found.quote if buys else cost
        elif buys:
            cost *= ticket.price or ticket.stop_price or self._trailing_price(ticket)
        if cost > account.free(instrument.quote if buys else instrument.base):
            raise errors.order_refused(errors.INSUFFICIENT_BALANCE)
        return ZERO if at_once else cost

    def _trailing_price(self, ticket: OrderTicket) -> Decimal:
        last = self._market.last_price(ticket.symbol) or ZERO
        return trailing_price(ticket.side, last, ticket.trailing_delta)


_TYPE_NAMES = {
    OrderType.LIMIT: "Limit orders",
    OrderType.MARKET: "Market orders",
    OrderType.LIMIT_MAKER: "Limit maker orders",
    OrderType.STOP_LOSS: "Stop loss orders",
    OrderType.STOP_LOSS_LIMIT: "Stop loss limit orders",
    OrderType.TAKE_PROFIT: "Take profit orders",
    OrderType.TAKE_PROFIT_LIMIT: "Take profit limit orders",
}
