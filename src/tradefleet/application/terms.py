"""The terms of a bot: whether what a person wants can be traded at all.

Everything that can be known to be wrong is said before a bot exists, with the field and the mend.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from tradefleet.application.market_view import MarketView
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import duration_ms, interval_ms
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.risk import nearest_stop
from tradefleet.domain.rules import build_rules
from tradefleet.domain.strategy import unknown_name
from tradefleet.ports.strategies import Catalogue

LONGEST_NAME = 64
LARGEST_AMOUNT = Decimal(10) ** 12
DECIMALS = 8
LARGEST_TAKE_PROFIT = Decimal(1000)
# Of an entry, in percent above the price: more is no cap any more.
LARGEST_PRICE_CAP = Decimal(5)
DAY_MS = 86_400_000
# What a round trip may lose on the way before the rest must still be large enough to sell: two
# commissions of 0.1 % and a little slippage.
FRICTION = Decimal("0.99")


_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,8})?")


def read_amount(text: str) -> Decimal:
    """Return an amount given in plain ASCII digits, as `100` or `99.5`; nothing else is one.

    Raises:
        ValueError: `1e3`, `１００`, signs, more than 8 decimals, and everything else.
    """
    if not _AMOUNT.fullmatch(text):
        raise ValueError("expected a number such as 100 or 99.5, with at most 8 decimals")
    return Decimal(text)


@dataclass(frozen=True)
class Terms:
    """Checks the settings of a bot against market, catalogue and rules."""

    market: MarketView
    catalogue: Catalogue

    def check(self, settings: BotSettings) -> Instrument:
        """Return the instrument if a bot with these settings can trade.

        Raises:
            InputError: it cannot; names the field.
            DataError: the exchange was never reached, so nobody can tell.
        """
        check_name(settings.name)
        check_amount(settings.trade_amount)
        check_percents(settings.stop_loss, settings.take_profit)
        check_moving_stops(settings.price_cap, settings.trailing_stop, settings.break_even)
        check_rhythm(settings.interval, settings.every)
        self.check_strategy(settings.strategy, settings.parameters)
        check_rules(settings.rules)
        instrument = self.market.instrument(settings.symbol)
        if why := self.market.why_not_tradeable(instrument):
            raise InputError(why, field="symbol", code="not_tradeable")
        self._check_size(instrument, settings)
        return instrument

    def check_strategy(self, key: str, parameters: Mapping[str, Any]) -> None:
        """Refuse an unknown strategy or parameter, or an illegal value."""
        cards = self.catalogue.cards()
        if key not in cards:
            raise InputError(
                unknown_name("strategy", key, cards), field="strategy", code="unknown_strategy"
            )
        declared = cards[key].parameters
        for name, value in parameters.items():
            if name not in declared:
                raise InputError(
                    unknown_name("parameter", name, declared),
                    field=f"parameters.{name}",
                    code="unknown_parameter",
                )
            declared[name].check(value)

    def _check_size(self, instrument: Instrument, settings: BotSettings) -> None:
        stop = nearest_stop(settings.stop_loss, settings.trailing_stop)
        least = least_amount(instrument, self.market.price(settings.symbol), stop)
        if settings.trade_amount < least:
            raise InputError(
                f"{settings.symbol} needs at least {plain(least)} {instrument.quote}: its smallest "
                f"order is {plain(instrument.min_notional)} {instrument.quote}, and what was "
                f"bought must still be large enough to sell at the stop loss; "
                f"was {plain(settings.trade_amount)}",
                field="trade_amount",
                code="amount_too_small",
            )


def least_amount(instrument: Instrument, price: Decimal | None, stop_loss: Decimal) -> Decimal:
    """Return the smallest budget, in quote, whose purchase can still be sold at the stop loss.

    Args:
        price: without one only the smallest order's worth is known, not the smallest lot's.
        stop_loss: percent.
    """
    left = (1 - stop_loss / 100) * FRICTION
    lots = Decimal(0)
    least = instrument.min_notional
    if price is not None:
        least = max(least, instrument.min_quantity * price)
        lots = 2 * instrument.lot_step * price  # the buy and the sale are each floored to a lot
    return ((least + lots) / left).quantize(Decimal("0.01"), ROUND_CEILING)


def check_name(name: str) -> None:
    """Refuse a name that is empty, too long, or has characters nobody sees."""
    if 0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip():
        return
    raise InputError(
        f"expected a name of 1 to {LONGEST_NAME} visible characters, was {name[:80]!r}",
        field="name",
        code="bad_name",
    )


def check_amount(amount: Decimal, field: str = "trade_amount") -> None:
    """Refuse an amount that is no money: not positive, not finite, or with too many decimals."""
    if amount.is_finite() and 0 < amount <= LARGEST_AMOUNT and _decimals(amount) <= DECIMALS:
        return
    raise InputError(
        f"expected an amount above 0 with at most {DECIMALS} decimals, was {amount}",
        field=field,
        code="bad_amount",
    )


def check_percents(stop_loss: Decimal, take_profit: Decimal) -> None:
    """Refuse percentages outside their range."""
    _check_percent("stop_loss", stop_loss, below=Decimal(100))
    _check_percent("take_profit", take_profit)


def check_moving_stops(price_cap: Decimal, trailing_stop: Decimal, break_even: Decimal) -> None:
    """Refuse percentages outside their range."""
    _check_percent("price_cap", price_cap, below=LARGEST_PRICE_CAP)
    _check_percent("trailing_stop", trailing_stop, below=Decimal(100))
    _check_percent("break_even", break_even)


def _check_percent(field: str, value: Decimal, below: Decimal | None = None) -> None:
    fine = value.is_finite() and 0 <= value <= LARGEST_TAKE_PROFIT and _decimals(value) <= 4
    if not fine or (below is not None and value >= below):
        upper = f"below {below}" if below is not None else f"at most {LARGEST_TAKE_PROFIT}"
        raise InputError(
            f"expected percent of at least 0 (off) and {upper}, was {value}",
            field=field,
            code="bad_percent",
        )


def check_symbols(symbols: Sequence[str], max_open: int | None) -> None:
    """Refuse symbols that cannot share a wallet: one twice, or more positions than symbols."""
    if twice := next((one for one in symbols if symbols.count(one) > 1), ""):
        raise InputError(f"expected each symbol once, was {twice} twice", field="symbol")
    if max_open is not None and max_open > len(symbols):
        raise InputError(
            f"expected at most one position a symbol, {len(symbols)}, was {max_open}",
            field="max_open",
        )


def check_rules(rules: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse an unknown rule or parameter, or an illegal value."""
    try:
        build_rules(rules)
    except InputError as error:
        field = error.field.replace("parameters.", "rules.")
        raise InputError(str(error), field=field, code=error.code) from None


def check_rhythm(interval: str, every: str) -> None:
    """Refuse an interval the exchange does not have, or evaluations between its candles."""
    length = interval_ms(interval)
    try:
        pause = duration_ms(every)
    except InputError as error:
        raise InputError(str(error), field="every", code="bad_every") from None
    if pause % length or pause > 7 * DAY_MS:
        raise InputError(
            f"expected a whole multiple of the candle's {interval}, at most 7d, was {every!r}",
            field="every",
            code="bad_every",
        )


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else DECIMALS + 1
