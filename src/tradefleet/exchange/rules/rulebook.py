"""The rules in force: the market's, with what the operator of the exchange changed in them."""

from dataclasses import dataclass

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.exchange import errors
from tradefleet.exchange.info.symbol_rules import Entry, SymbolRules
from tradefleet.exchange.protocols import Market


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Other rules for a symbol.

    Attributes:
        entry: fields as in exchangeInfo; None = there is no such symbol any more.
    """

    symbol: str
    entry: Entry | None


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
        self._changes: list[Change] = []  # the last one counts most
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

    def change(self, symbol: str, entry: Entry | None) -> Change:
        """Lay other rules over a symbol's, until they are lifted.

        Args:
            symbol: -1121 if there is none.
            entry: fields as in exchangeInfo, such as `{"status": "HALT"}`; `filters` replace
                those of their type. None takes the symbol off the exchange.

        Raises:
            InputError: these are no rules.
        """
        known = self.of(symbol)
        if entry is not None:
            try:
                known.with_changes(entry)
            except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
                raise InputError(f"expected fields as in exchangeInfo: {error}") from None
        change = Change(symbol, entry)
        self._changes.append(change)
        self._take()
        return change

    def lift(self, change: Change) -> None:
        """Let a change of rules end."""
        self._changes.remove(change)
        self._take()

    def _take(self) -> None:
        symbols = dict(self._told.symbols)
        self.instruments.update((name, one.instrument) for name, one in symbols.items())
        for change in self._changes:
            known = symbols.get(change.symbol)
            if known is None:
                continue
            if change.entry is None:
                del symbols[change.symbol]
            else:
                symbols[change.symbol] = known.with_changes(change.entry)
        self.exchange = self._told.with_symbols(symbols.values()) if self._changes else self._told
        self.instruments.update((name, one.instrument) for name, one in symbols.items())
