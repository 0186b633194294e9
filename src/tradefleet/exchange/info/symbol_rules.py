"""The rules the exchange plays by, as exchangeInfo tells them: of each symbol and of all together.

The entry of a symbol is the truth: a recorded exchangeInfo, Binance's own or one written here is
read by the same words, held to by the engine and told to clients as it came.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import TRADING, ZERO, Instrument
from tradefleet.exchange.info.filters import (
    CountLimit,
    Filters,
    LotSize,
    MarketLotSize,
    Notional,
    PercentPrice,
    PriceFilter,
    count_limits,
    kept_once,
)
from tradefleet.exchange.info.rate_limits import RateLimits

Entry = Mapping[str, Any]

STATUSES = (TRADING, "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY")
MAY_CANCEL = frozenset({TRADING, "CANCEL_ONLY"})
_GZIP = b"\x1f\x8b"

# What an entry older than a field is taken to say by leaving it out.
_UNTOLD: Entry = {
    "orderTypes": [],
    "icebergAllowed": False,
    "ocoAllowed": False,
    "otoAllowed": False,
    "opoAllowed": False,
    "quoteOrderQtyMarketAllowed": False,
    "allowTrailingStop": False,
    "cancelReplaceAllowed": False,
    "amendAllowed": False,
    "pegInstructionsAllowed": False,
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False,
    "permissions": [],
    "defaultSelfTradePreventionMode": "NONE",
    "allowedSelfTradePreventionModes": ["NONE"],
}


@dataclass(frozen=True, slots=True)
class SymbolRules:
    """One symbol, as the exchange knows it.

    Attributes:
        entry: in exchangeInfo.
        instrument: the part of it that a trader plans with.
        filters: what its orders are held to.
    """

    entry: Entry
    instrument: Instrument
    filters: Filters

    @classmethod
    def read(cls, told: Entry) -> "SymbolRules":
        """Read an entry of exchangeInfo's `symbols`.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        entry = {**_UNTOLD, **told}
        entry.setdefault("permissionSets", [list(entry["permissions"]) or ["SPOT"]])
        entry.setdefault("quoteAssetPrecision", entry.get("quotePrecision", 8))
        for name in ("symbol", "status", "baseAsset", "quoteAsset"):
            if not isinstance(entry[name], str):
                raise ValueError(f"expected a text for {name}, was {entry[name]!r}")
        _check_permissions(entry["permissionSets"])
        entry["filters"] = kept_once(entry["filters"])
        filters = Filters.read(entry["filters"])
        return cls(entry, _instrument(entry, filters), filters)

    @property
    def symbol(self) -> str:
        """Its name."""
        return self.instrument.symbol

    @property
    def status(self) -> str:
        """One of `STATUSES`; an unknown word closes the market."""
        return self.instrument.status

    @property
    def may_trade(self) -> bool:
        """Whether new orders are taken."""
        return self.status == TRADING and self.instrument.spot_allowed

    @property
    def may_cancel(self) -> bool:
        """Whether orders may be cancelled and amended."""
        return self.status in MAY_CANCEL

    @property
    def permission_sets(self) -> list[list[str]]:
        """An account needs one permission of each."""
        sets: list[list[str]] = self.entry["permissionSets"]
        return sets

    def allows(self, flag: str) -> bool:
        """Whether a flag such as `amendAllowed` or `allowTrailingStop` is set."""
        return self.entry.get(flag) is True

    def stp_mode(self, asked: str) -> str:
        """Return the mode of self-trade prevention of an order: as asked for, or the default."""
        default: str = self.entry["defaultSelfTradePreventionMode"]
        return asked or default

    def permits(self, permissions: Iterable[str]) -> bool:
        """Whether an account with these permissions may trade it."""
        owned = frozenset(permissions)
        return all(not owned.isdisjoint(needed) for needed in self.permission_sets)

    def with_changes(self, changes: Entry) -> "SymbolRules":
        """Return the rules with other fields of the entry; `filters` replace those of their type.

        Args:
            changes: fields as in exchangeInfo, such as `{"status": "BREAK"}`.
        """
        if set(changes) == {"status"}:  # happens at each end of a recording
            status = changes["status"]
            instrument = replace(self.instrument, status=status)
            return replace(self, entry={**self.entry, "status": status}, instrument=instrument)
        filters = {known["filterType"]: known for known in self.entry["filters"]}
        filters.update((known["filterType"], known) for known in changes.get("filters", ()))
        return SymbolRules.read({**self.entry, **changes, "filters": list(filters.values())})


@dataclass(frozen=True, slots=True)
class ExchangeRules:
    """All rules of an exchange.

    Attributes:
        symbols: by name.
        exchange_filters: as told.
        count_limits: those of them that bind.
        rate_limits: of requests and orders.
    """

    symbols: Mapping[str, SymbolRules]
    exchange_filters: tuple[Entry, ...] = ()
    count_limits: tuple[CountLimit, ...] = ()
    rate_limits: RateLimits = RateLimits()

    @classmethod
    def of(cls, symbols: Iterable[SymbolRules]) -> "ExchangeRules":
        """Return rules of symbols, without limits of the exchange as a whole but today's usual."""
        return cls({one.symbol: one for one in symbols})

    @classmethod
    def read(cls, told: Any) -> "ExchangeRules":
        """Read an exchangeInfo.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        symbols = [SymbolRules.read(entry) for entry in told["symbols"]]
        exchange_filters = tuple(told.get("exchangeFilters", ()))
        return cls(
            {one.symbol: one for one in symbols},
            exchange_filters,
            count_limits(exchange_filters),
            RateLimits.read(told.get("rateLimits", ())),
        )

    @classmethod
    def of_document(cls, document: Any) -> "ExchangeRules":
        """Read an exchangeInfo that somebody gave us.

        Raises:
            InputError: it is none; says what was expected.
        """
        if not isinstance(document, dict) or not isinstance(document.get("symbols"), list):
            raise InputError("expected an object with a list of symbols", field="rules")
        try:
            return cls.read(document)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            missing = f"without {error}" if isinstance(error, KeyError) else str(error)
            raise InputError(f"an entry {missing}", field="rules") from None

    def with_symbols(self, symbols: Iterable[SymbolRules]) -> "ExchangeRules":
        """Return the same rules for other symbols."""
        return replace(self, symbols={one.symbol: one for one in symbols})


def load_rules(path: Path) -> ExchangeRules:
    """Return the rules of a file that holds an exchangeInfo, as JSON or gzipped JSON.

    Raises:
        InputError: it is missing or no exchangeInfo; says what was found.
    """
    try:
        raw = path.read_bytes()
        document = json.loads(gzip.decompress(raw) if raw.startswith(_GZIP) else raw)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be read: {reason}", field="rules") from None
    except (ValueError, EOFError, RecursionError, zlib.error) as error:
        raise InputError(f"{path} is no JSON document: {error}", field="rules") from None
    try:
        return ExchangeRules.of_document(document)
    except InputError as error:
        raise InputError(f"{path} is no exchangeInfo: {error}", field="rules") from None


def _instrument(entry: Entry, filters: Filters) -> Instrument:
    """Return what a trader needs of an entry."""
    price, lot = filters.find(PriceFilter), filters.find(LotSize)
    market, percent = filters.find(MarketLotSize), filters.find(PercentPrice)
    notional = filters.find(Notional)
    counts = {limit.counted: limit.most for limit in filters.counts}
    free = (ZERO, ZERO)
    return Instrument(
        symbol=entry["symbol"],
        base=entry["baseAsset"],
        quote=entry["quoteAsset"],
        status=entry["status"],
        tick_size=price.tick if price else ZERO,
        min_price=price.least if price else ZERO,
        max_price=price.most if price else ZERO,
        lot_step=lot.step if lot else ZERO,
        min_quantity=lot.least if lot else ZERO,
        max_quantity=lot.most if lot else ZERO,
        max_market_quantity=market.most if market else ZERO,
        min_notional=notional.least if notional else ZERO,
        max_notional=notional.most if notional else ZERO,
        min_notional_for_market=notional.least_for_market if notional else True,
        max_notional_for_market=notional.most_for_market if notional else False,
        bid_multipliers=percent.bid if percent else free,
        ask_multipliers=percent.ask if percent else free,
        base_precision=_precision(entry, "baseAssetPrecision"),
        quote_precision=_precision(entry, "quoteAssetPrecision"),
        order_types=frozenset(entry["orderTypes"]),
        oco_allowed=bool(entry["ocoAllowed"]),
        oto_allowed=bool(entry["otoAllowed"]),
        opo_allowed=bool(entry["opoAllowed"]),
        replace_allowed=bool(entry["cancelReplaceAllowed"]),
        quote_quantity_allowed=bool(entry["quoteOrderQtyMarketAllowed"]),
        spot_allowed=bool(entry["isSpotTradingAllowed"]),
        max_orders=counts.get("orders", 0),
        max_stop_orders=counts.get("stops", 0),
    )


def _check_permissions(sets: Any) -> None:
    good = isinstance(sets, list) and all(
        isinstance(some, list) and all(isinstance(one, str) for one in some) for some in sets
    )
    if not good:
        raise ValueError(f"expected lists of texts for permissionSets, was {sets!r}")


def _precision(entry: Entry, name: str) -> int:
    value = entry.get(name, 8)
    if not isinstance(value, int) or not 0 <= value <= 18:
        raise ValueError(f"expected decimals from 0 to 18 for {name}, was {value!r}")
    return value
