"""How much one account may have open at a time, by number, by position and by asset."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import STOPS
from tradefleet.exchange.info.filters import Average, CountLimit, Counts
from tradefleet.exchange.info.symbol_rules import ExchangeRules, SymbolRules
from tradefleet.exchange.tickets import OrderTicket


def counts_of(tickets: Iterable[OrderTicket], lists: int = 0) -> Counts:
    """Return what would be open if all these orders were taken, in so many lists."""
    resting = [ticket for ticket in tickets if ticket.type is not OrderType.MARKET]
    return Counts(
        orders=len(resting),
        stops=sum(ticket.type in STOPS for ticket in resting),
        icebergs=sum(bool(ticket.iceberg_quantity) for ticket in resting),
        lists=lists,
    )


def check_open(
    books: Books, uid: int, rules: SymbolRules, exchange: ExchangeRules, asked: Counts
) -> None:
    """Refuse more open orders or lists than one account may have (-1013).

    Args:
        books: what is open now.
        uid: the account.
        rules: of the symbol.
        exchange: whose limits count in all symbols together.
        asked: what would be open besides.
    """
    _check(rules.filters.counts, asked, lambda: _held(books, uid, rules.symbol))
    _check(exchange.count_limits, asked, lambda: _held(books, uid, None))


def _check(limits: Iterable[CountLimit], asked: Counts, held: Callable[[], Counts]) -> None:
    binding = [limit for limit in limits if limit.most and getattr(asked, limit.counted)]
    if not binding:
        return
    now = held()
    for limit in binding:
        if getattr(now, limit.counted) + getattr(asked, limit.counted) > limit.most:
            raise errors.filter_failure(limit.name)


def _held(books: Books, uid: int, symbol: str | None) -> Counts:
    orders = books.orders(uid).open(symbol)
    lists = books.lists(uid).open()
    return Counts(
        orders=len(orders),
        stops=sum(order.type in STOPS for order in orders),
        icebergs=sum(bool(order.iceberg_quantity) for order in orders),
        lists=sum(symbol in (None, known.symbol) for known in lists),
    )


def check_position(
    books: Books, account: Account, rules: SymbolRules, side: Side, quantity: Decimal
) -> None:
    """Refuse a buy after which an account could own more base than it may (MAX_POSITION)."""
    most = rules.filters.max_position
    if not most or side is not Side.BUY:
        return
    balance = account.balance(rules.instrument.base)
    bids = (
        order.remaining
        for order in books.orders(account.uid).open(rules.symbol)
        if order.side is Side.BUY
    )
    if sum(bids, balance.free + balance.locked) + quantity > most:
        raise errors.filter_failure("MAX_POSITION")


def check_assets(
    limits: Mapping[str, Decimal], rules: SymbolRules, ticket: OrderTicket, average: Average
) -> None:
    """Refuse an order of more of an asset than the account may move at once (MAX_ASSET)."""
    if not limits:
        return
    price = average(0) if ticket.price is None else ticket.price
    quote = ticket.quote_quantity if ticket.quantity is None else ticket.quantity * price
    moved = {rules.instrument.base: ticket.quantity, rules.instrument.quote: quote}
    for asset, amount in moved.items():
        if amount is not None and asset in limits and amount > limits[asset]:
            raise errors.filter_failure("MAX_ASSET")
