"""Happenings to accounts and their orders."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import floor_to
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.account_files import DEFAULT_BALANCES
from tradefleet.exchange.books.accounts import TRADE_PERMISSION, Account
from tradefleet.exchange.books.log import MemoryLog
from tradefleet.exchange.books.orders import Order, TimeInForce
from tradefleet.exchange.engine.liquidity import Match
from tradefleet.exchange.faults.stage import Stage
from tradefleet.exchange.faults.table import Fault
from tradefleet.exchange.tickets import OrderTicket
from tradefleet.exchange.venue import Venue

Undo = Callable[[], None]


def _accounts(stage: Stage, fault: Fault) -> list[Account]:
    """Return the account of the key, or all if none is named."""
    accounts = stage.venue.books.accounts
    if not fault["key"]:
        return list(accounts)
    found = accounts.by_key(fault["key"])
    if found is None:
        raise InputError(f"there is no account with the key {fault['key']}", field="key")
    return [found]


def _take_permission(stage: Stage, fault: Fault) -> Undo:
    taken = [
        (account, account.permissions)
        for account in _accounts(stage, fault)
        if account.can_trade  # who has lost it already gets it back from who took it
    ]
    for account, permissions in taken:
        account.permissions = tuple(one for one in permissions if one != TRADE_PERMISSION)

    def give_back() -> None:
        for account, permissions in taken:
            account.permissions = permissions

    return give_back


def _withdraw(stage: Stage, fault: Fault) -> None:
    for account in _accounts(stage, fault):
        quantity = account.free(fault["asset"]) if fault["quantity"] is None else fault["quantity"]
        stage.venue.engine.deposit(account, fault["asset"], -quantity)


def _deposit(stage: Stage, fault: Fault) -> None:
    for account in _accounts(stage, fault):
        stage.venue.engine.deposit(account, fault["asset"], fault["quantity"])


def _cancel_orders(stage: Stage, fault: Fault) -> None:
    venue, symbol, name = stage.venue, fault["symbol"], fault["client_id"]
    for account in _accounts(stage, fault):
        for order in tuple(venue.books.orders(account.uid).open(symbol or None)):
            if not order.is_open or (name and order.client_id != name):
                continue  # the other leg of a list took it along
            if fault["by"] == "user":
                venue.engine.cancel(account, order, venue.engine.cancel_id(""))
            else:
                venue.engine.expire(order)


def _order_by_hand(stage: Stage, fault: Fault) -> None:
    ticket = OrderTicket(
        fault["symbol"],
        Side(fault["side"]),
        OrderType.MARKET if fault["price"] is None else OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=fault["quantity"],
        price=fault["price"],
    )
    for account in _accounts(stage, fault):
        stage.venue.engine.place(account, ticket)


def _wipe(stage: Stage, fault: Fault) -> None:
    """Forget as the testnet does: orders, lists, trades and balances go, accounts stay."""
    venue = stage.venue
    given = {asset: Decimal(value) for asset, value in (fault["balances"] or {}).items()}
    venue.books.wipe(given or DEFAULT_BALANCES)
    venue.compact()
    stage.connections.cut()


def _let_reads_lag(stage: Stage, _: Fault) -> Undo:
    """Freeze what reads of accounts see: they go to a copy that gets no news."""
    venue = stage.venue
    frozen = Venue(venue.market, MemoryLog(), venue.books.copy(), patience=venue.patience)
    frozen.limits, frozen.engine.counts = venue.limits, venue.engine.counts
    venue.seen_by_reads = frozen

    def catch_up() -> None:
        if venue.seen_by_reads is frozen:
            venue.seen_by_reads = venue

    return catch_up


def _shorten_fills(stage: Stage, fault: Fault) -> Undo:
    """Let the next orders that take get only a share of what they want."""
    engine, left = stage.venue.engine, fault["orders"]

    def shorten(order: Order, matches: Iterable[Match]) -> Iterable[Match]:
        nonlocal left
        named = fault["symbol"] in ("", order.symbol)
        if left <= 0 or not named or order.time_in_force is TimeInForce.FOK:
            return matches
        left -= 1
        step = engine.instrument(order.symbol).lot_step
        return _first(matches, floor_to(order.remaining * fault["share"], step))

    engine.shorten_fills(shorten)

    def end() -> None:
        engine.shorten_fills(None)

    return end


def _first(matches: Iterable[Match], quantity: Decimal) -> Iterable[Match]:
    """Return what comes first, up to a quantity."""
    kept = []
    for match in matches:
        part = min(match.quantity, quantity)
        if not part:
            break
        kept.append(Match(match.price, part, match.maker, match.is_prevented))
        quantity -= part
    return kept


def _close_down(stage: Stage, _: Fault) -> Undo:
    """Refuse every request; end the streams."""
    stage.closed = True
    stage.connections.cut()

    def open_again() -> None:
        stage.closed = False

    return open_again


PERFORM: Mapping[str, Callable[[Stage, Fault], Undo | None]] = {
    "permission_lost": _take_permission,
    "withdrawal": _withdraw,
    "deposit": _deposit,
    "order_cancelled": _cancel_orders,
    "manual_order": _order_by_hand,
    "partial_fill": _shorten_fills,
    "stale_reads": _let_reads_lag,
    "wipe": _wipe,
    "maintenance": _close_down,
}
