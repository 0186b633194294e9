"""Happenings to the clock, to symbols, their rules, books and prices."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import TRADING
from tradefleet.exchange.faults.fields import AMOUNT
from tradefleet.exchange.faults.stage import Stage
from tradefleet.exchange.faults.table import Fault
from tradefleet.exchange.markets.disturbed import Thinning

Undo = Callable[[], None]


def _skew_clock(stage: Stage, fault: Fault) -> Undo:
    market = stage.venue.market
    market.skew(fault["ms"])
    return lambda: market.skew(-fault["ms"])


# ---------------------------------------------------------------- rules


def _change_rules(stage: Stage, symbol: str, changes: Mapping[str, Any] | None) -> Undo:
    rulebook = stage.venue.engine.rulebook
    change = rulebook.change(symbol, changes)
    return lambda: rulebook.lift(change)


def _halt(stage: Stage, fault: Fault) -> Undo:
    """Shut symbols, one or all."""
    venue = stage.venue
    symbols = [fault["symbol"]] if fault["symbol"] else list(venue.engine.rulebook.exchange.symbols)
    venue.catch_up()
    lifts = [_change_rules(stage, symbol, {"status": fault["status"]}) for symbol in symbols]
    for symbol in symbols:
        venue.market.freeze(symbol)

    def open_again() -> None:
        for lift in lifts:
            lift()
        _thaw(stage, symbols)

    return open_again


def _delist(stage: Stage, fault: Fault) -> Undo:
    """Take a symbol off the exchange; its orders end first."""
    venue, symbol = stage.venue, fault["symbol"]
    venue.catch_up()
    for account in venue.books.accounts:
        for order in tuple(venue.books.orders(account.uid).open(symbol)):
            if order.is_open:
                venue.engine.expire(order)
    lift = _change_rules(stage, symbol, None)
    venue.market.freeze(symbol)

    def list_again() -> None:
        lift()
        _thaw(stage, [symbol])

    return list_again


def _thaw(stage: Stage, symbols: list[str]) -> None:
    """Let symbols trade again unless something else keeps them shut."""
    present = stage.venue.engine.rulebook.exchange.symbols
    for symbol in symbols:
        if symbol in present and present[symbol].status == TRADING:
            stage.venue.market.thaw(symbol)


def _other_rules(stage: Stage, fault: Fault) -> Undo:
    entry = stage.venue.engine.rulebook.of(fault["symbol"]).entry
    return _change_rules(stage, fault["symbol"], _as_told(fault["rules"], entry))


def _as_told(rules: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of an entry of exchangeInfo; a field of a filter is named alone."""
    changes, changed = dict(rules), []
    for known in entry["filters"]:
        names = [name for name in changes if name in known and name != "filterType"]
        for name in names:
            _check_alike(name, changes[name], known[name])
        if names:
            changed.append({**known, **{name: changes.pop(name) for name in names}})
    for name, value in changes.items():
        if not (name in ("status", "orderTypes") or isinstance(entry.get(name), bool)):
            raise InputError(f"expected a field of exchangeInfo, was {name!r:.80}", field="rules")
        _check_alike(name, value, entry[name])
    return {**changes, "filters": changed}


def _check_alike(name: str, value: Any, known: Any) -> None:
    """Refuse a value that is not of the sort of the present one."""
    is_amount = isinstance(known, str) and AMOUNT.fits(known)
    if type(value) is not type(known) or (is_amount and not AMOUNT.fits(value)):
        raise InputError(f"expected {name} like {known!r:.80}, was {value!r:.80}", field="rules")


# ---------------------------------------------------------------- books and prices


def _thin_book(stage: Stage, fault: Fault) -> Undo:
    venue, symbol = stage.venue, fault["symbol"]
    venue.engine.rulebook.of(symbol)
    thinning = Thinning(fault["share"], fault["quantity"])
    venue.market.thin(symbol, thinning)
    return lambda: venue.market.thicken(symbol, thinning)


def _gap(stage: Stage, fault: Fault) -> None:
    """Let the price jump without touching what lies between."""
    stage.venue.set_price(fault["symbol"], _price(stage, fault), jumps=True)


def _bad_tick(stage: Stage, fault: Fault) -> None:
    """Let one trade happen far away, the next where the price was."""
    venue, symbol = stage.venue, fault["symbol"]
    price, before = _price(stage, fault), venue.market.last_price(symbol)
    venue.set_price(symbol, price, jumps=True)
    if before is not None:
        venue.set_price(symbol, before, jumps=True)


def _price(stage: Stage, fault: Fault) -> Decimal:
    """Return where the price goes: to a `price`, or by `percent`."""
    symbol, price, percent = fault["symbol"], fault["price"], fault["percent"]
    rules = stage.venue.engine.instrument(symbol)
    if (price is None) == (percent is None):
        raise InputError("expected a price or a percent", field="price")
    if price is not None:
        return Decimal(price)
    last = stage.venue.market.last_price(symbol)
    if last is None:
        raise InputError(f"{symbol} has no price yet", field="symbol")
    return rules.price_down(last * (1 + percent / 100))


PERFORM: Mapping[str, Callable[[Stage, Fault], Undo | None]] = {
    "clock_skew": _skew_clock,
    "halt": _halt,
    "delisted": _delist,
    "rules_changed": _other_rules,
    "thin_book": _thin_book,
    "price_gap": _gap,
    "bad_tick": _bad_tick,
}
