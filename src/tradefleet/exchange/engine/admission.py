"""Whether an order may enter: the symbol's rules, the account's rights, the market, the money.

Nothing here changes anything. Codes and texts: Binance spot docs, errors.md and filters.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from tradefleet.domain.instrument import Instrument, floor_to
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import STOP_LOSSES, trailing_price
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.liquidity import Reach, Taker, affordable, reach
from tradefleet.exchange.engine.merged_book import MergedBook, is_better
from tradefleet.exchange.info.filters import Counts
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.rules.averages import Averages
from tradefleet.exchange.rules.counts import check_assets, check_open, check_position, counts_of
from tradefleet.exchange.rules.order_checks import check_open_for_orders, check_order
from tradefleet.exchange.rules.rulebook import Rulebook
from tradefleet.exchange.tickets import OrderTicket

COUNTED = Counts()


class Admission:
    """Holds orders to the rules before anything changes."""

    def __init__(
        self, market: Market, books: Books, merged: MergedBook, rulebook: Rulebook
    ) -> None:
        self._market = market
        self._books = books
        self._merged = merged
        self._rulebook = rulebook
        self.averages = Averages(market)

    def check(
        self, account: Account, ticket: OrderTicket, asked: Counts | None = None
    ) -> tuple[Instrument, Decimal]:
        """Hold an order to the symbol's rules; return them and the last price.

        Args:
            account: whose order it would be.
            ticket: the order.
            asked: what would be open besides; that order alone if not given. `COUNTED` = it is
                open already.
        """
        rules = self._rulebook.of(ticket.symbol)
        last = self._market.last_price(ticket.symbol)
        if last is None:
            raise errors.order_refused(errors.MARKET_CLOSED)
        average = partial(self.averages.price, ticket.symbol, last)
        check_order(ticket, rules, average)
        check_assets(account.asset_limits, rules, ticket, average)
        if asked is not COUNTED:
            if ticket.quantity is not None:
                check_position(self._books, account, rules, ticket.side, ticket.quantity)
            self._check_open(account, ticket.symbol, asked or counts_of([ticket]))
        check_open_for_orders(account, rules)
        return rules.instrument, last

    def _check_open(self, account: Account, symbol: str, asked: Counts) -> None:
        rulebook = self._rulebook
        check_open(self._books, account.uid, rulebook.of(symbol), rulebook.exchange, asked)

    def check_list(self, account: Account, client_id: str, legs: Sequence[OrderTicket]) -> None:
        """Refuse a list beyond the most there may be, or with a name that is in use."""
        orders, lists = self._books.orders(account.uid), self._books.lists(account.uid)
        self._check_open(account, legs[0].symbol, Counts(lists=1))
        names = [leg.client_id for leg in legs if leg.client_id]
        if (
            lists.has_open(client_id)
            or any(orders.has_open(name) for name in names)
            or len(set(names)) < len(names)
        ):
            raise errors.order_refused(errors.DUPLICATE)

    def check_conditions(
        self, ticket: OrderTicket, last: Decimal, at: Decimal | None = None
    ) -> None:
        """Refuse a stop that is beyond its level and a maker that would take.

        Args:
            ticket: the order.
            last: the last price.
            at: what a taker would pay; None = what the book says.
        """
        if ticket.stop_price is not None:
            waits_below = (ticket.type in STOP_LOSSES) == (ticket.side is Side.SELL)
            if last <= ticket.stop_price if waits_below else last >= ticket.stop_price:
                raise errors.order_refused(errors.TRIGGERS_NOW)
        if ticket.type is OrderType.LIMIT_MAKER and ticket.price is not None:
            best = self._merged.best(ticket.symbol, ticket.side) if at is None else at
            if best is not None and not is_better(ticket.side, ticket.price, best):
                raise errors.order_refused(errors.MATCHES_NOW)

    def by_quantity(self, account: Account, ticket: OrderTicket) -> OrderTicket:
        """Turn a market order by quote into one by quantity, as far as the book goes."""
        if ticket.quote_quantity is None:
            return ticket
        rules = self._rulebook.of(ticket.symbol)
        offers = self._merged.offers(ticket.symbol, ticket.side)
        taker = Taker(account.uid, ticket.side, rules.stp_mode(ticket.stp_mode))
        most, is_enough = affordable(offers, taker, ticket.quote_quantity)
        lots = rules.filters.lots()
        smallest = Decimal(1).scaleb(-rules.instrument.base_precision)
        quantity = floor_to(most, max([smallest, *(lot.step for lot in lots)]))
        if not most:
            raise errors.order_refused(errors.NO_ORDERS)
        for lot in lots:
            if quantity < max(lot.least, lot.step) and not is_enough:
                raise errors.order_refused(errors.NO_LIQUIDITY.replace("LOT_SIZE", lot.name))
            if not lot.fits(quantity):
                raise errors.filter_failure(lot.name)
        if not quantity:
            raise errors.filter_failure("LOT_SIZE")
        check_position(self._books, account, rules, ticket.side, quantity)
        return replace(ticket, quantity=quantity)

    def check_funds(
        self,
        account: Account,
        ticket: OrderTicket,
        instrument: Instrument,
        *,
        kept: Decimal = ZERO,
        at: Decimal | None = None,
        found: Reach | None = None,
    ) -> Decimal:
        """Refuse what cannot be paid; return what the order reserves (market orders nothing).

        Args:
            account, ticket, instrument: whose order it is, the order, its symbol's rules.
            kept: reserved for it already, besides what is free.
            at: the market's price, where a taker finds all it wants; None = what the book says.
            found: what the book says, if that was asked already.
        """
        assert ticket.quantity is not None
        buys, at_once = ticket.side is Side.BUY, ticket.type is OrderType.MARKET
        cost = ticket.quantity
        if at_once:
            if at is not None:
                quote = cost * at
            else:
                quote = (found or self.reach_at_once(account, ticket)).quote
            cost = quote if buys else cost
        elif buys:
            cost *= ticket.price or ticket.stop_price or self._trailing_price(ticket, at)
        if cost > account.free(instrument.quote if buys else instrument.base) + kept:
            raise errors.order_refused(errors.INSUFFICIENT_BALANCE)
        return ZERO if at_once else cost

    def reach_at_once(self, account: Account, ticket: OrderTicket) -> Reach:
        """Return what a market order would get; refuse it where nothing is offered."""
        assert ticket.quantity is not None
        mode = self._rulebook.of(ticket.symbol).stp_mode(ticket.stp_mode)
        taker = Taker(account.uid, ticket.side, mode)
        found = reach(self._merged.offers(ticket.symbol, ticket.side), taker, ticket.quantity)
        if not found.matches:
            raise errors.order_refused(errors.NO_LIQUIDITY)
        return found

    def _trailing_price(self, ticket: OrderTicket, at: Decimal | None) -> Decimal:
        last = at or self._market.last_price(ticket.symbol) or ZERO
        return trailing_price(ticket.side, last, ticket.trailing_delta)
