"""The rules in force: the market's, with what the operator of the exchange changed in them."""

from typing import Any

from tradefleet.domain.instrument import Instrument
from tradefleet.exchange import errors
from tradefleet.exchange.info.symbol_rules import Entry, SymbolRules
from tradefleet.exchange.protocols import Market


class Rulebook:
    """Who asks here is told the present rules, however they came about.

    Attributes:
        exchange: all rules in force.
        instruments: the traders' part of them, by symbol. A symbol that its market dropped stays
            here, so that what rests in it can still be looked after; orders in it are refused.
    """

    def __init__(self, market: Market) -> None:
        """Know a market's rules."""
        self._market = market
        self._told = market.rules()
        self._changes: dict[str, dict[str, Any]] = {}
        self.exchange = self._told
        self.instruments: dict[str, Instrument] = {}
        self._take()

    def refresh(self) -> None:
        """Take over the market's present rules; costs nothing while it has no other ones."""
        told = self._market.rules()
        if told is not self._told:
            self._told = told
            self._take()

    def of(self, symbol: str) -> SymbolRules:
        """Return a symbol's rules; -1121 if there is none."""
        found = self.exchange.symbols.get(symbol)
        if found is None:
            raise errors.bad_symbol()
        return found

    def change(self, symbol: str, changes: Entry) -> None:
        """Lay other rules over a symbol's, until they are restored.

        Args:
            symbol: -1121 if there is none.
            changes: fields as in exchangeInfo, such as `{"status": "HALT"}`; `filters` replace
                those of their type.
        """
        self.of(symbol).with_changes(changes)  # nothing unreadable gets in
        known = self._changes.setdefault(symbol, {})
        filters = {one["filterType"]: one for one in known.get("filters", ())}
        filters.update((one["filterType"], one) for one in changes.get("filters", ()))
        known.update(changes)
        if filters:
            known["filters"] = list(filters.values())
        self._take()

    def restore(self, symbol: str | None = None) -> None:
        """Let the market's own rules hold again, for one symbol or all."""
        if symbol is None:
            self._changes.clear()
        else:
            self._changes.pop(symbol, None)
        self._take()

    def _take(self) -> None:
        symbols = dict(self._told.symbols)
        for symbol, changes in self._changes.items():
            if symbol in symbols:
                symbols[symbol] = symbols[symbol].with_changes(changes)
        self.exchange = self._told.with_symbols(symbols.values()) if self._changes else self._told
        self.instruments.update((name, one.instrument) for name, one in symbols.items())
