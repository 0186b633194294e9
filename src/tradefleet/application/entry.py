"""The entry: stop and target come with it in one request, wherever the exchange takes that."""

from contextlib import suppress
from decimal import Decimal

from tradefleet.application.desk import Desk
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.errors import DataError, ExchangeError, OrderRefusedError
from tradefleet.domain.order import Order
from tradefleet.domain.plan import (
    ProtectedEntry,
    protected_entry,
    takes_entry_list,
    why_no_room,
    why_no_stop,
)
from tradefleet.domain.risk import entry_percents, levels
from tradefleet.domain.signal import Signal
from tradefleet.ports.exchange import MarketData

# How long a bot buys at market after the exchange refused an entry that brought its exits.
APART_MS = 3_600_000
ONLY_THE_BOT = (
    "only the running bot could sell at the stop: nothing is bought unless the bot's setting "
    '"bot-side stop" allows that'
)


class Entry:
    """Buys for one bot: with its exits in one request, else at market and protected right after."""

    def __init__(self, desk: Desk, market: MarketData) -> None:
        self._desk = desk
        self._market = market
        self._apart_until = 0

    def why_not(self, settings: BotSettings, signal: Signal, spend: Decimal, price: Decimal) -> str:
        """Return why a bot should not buy what nobody but itself could protect, or nothing.

        Args:
            settings: the bot's.
            signal: may bring its own stop along.
            spend: quote.
            price: of the newest candle.
        """
        instrument = self._desk.ledger.instrument
        percents = entry_percents(settings, signal.stop_loss, signal.take_profit)
        stop = levels(instrument, price, *percents).stop
        if stop is None or settings.bot_side_stop:
            return ""
        why = why_no_stop(instrument, spend, price, stop)
        if not why and instrument.max_stop_orders:
            why = why_no_room(instrument, self._desk.broker.open_orders(instrument.symbol))
        return f"{why}, so {ONLY_THE_BOT}" if why else ""

    def buy(
        self,
        settings: BotSettings,
        signal: Signal,
        spend: Decimal,
        price: Decimal,
        since: float | None = None,
    ) -> Order:
        """Spend this much quote, fee included.

        Args:
            settings: the bot's.
            signal: may bring its own stop and target along.
            spend: quote.
            price: of the newest candle; the market is asked for a newer one.
            since: the clock's `monotonic` when the person's word was heard; long after that
                nothing is bought on it. None = now.
        """
        with suppress(DataError):
            price = self._market.price(self._desk.ledger.instrument.symbol).value
        percents = entry_percents(settings, signal.stop_loss, signal.take_profit)
        wanted = self._protected(settings, percents, spend, price)
        if wanted is None:
            return self._desk.buy(spend, price, signal.stop_loss, signal.take_profit, since)
        try:
            return self._desk.buy_protected(wanted, *percents, signal, since)
        except OrderRefusedError:
            self._apart_until = self._desk.clock.now() + APART_MS
            raise

    def _protected(
        self,
        settings: BotSettings,
        percents: tuple[Decimal, Decimal],
        spend: Decimal,
        price: Decimal,
    ) -> ProtectedEntry | None:
        instrument, cap = self._desk.ledger.instrument, settings.price_cap
        wanted = levels(instrument, price, *percents)
        apart = self._desk.clock.now() < self._apart_until
        if apart or not cap or not takes_entry_list(instrument, wanted):
            return None
        try:
            commission = self._desk.broker.commission(instrument.symbol)
        except ExchangeError:
            return None  # exits of a guessed size might sell what is not ours
        return protected_entry(self._desk.ledger, spend, price, cap, commission, wanted)
