"""Entries that the exchange refused: why, and how long the bot waits before it asks again."""

from contextlib import suppress
from decimal import Decimal

from tradefleet.application.desk import Desk
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import ExchangeError, OrderRefusedError
from tradefleet.domain.instrument import plain
from tradefleet.ports.exchange import Balance

# Refused orders cost request weight: after so many in a row the bot waits before the next one.
PATIENCE_WITH_REFUSALS = 3
AFTER_REFUSALS_MS = 5 * MINUTE


class Refusals:
    """Counts one bot's refused entries in a row."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._count = 0
        self._newest_at = 0
        self._why = ""

    def why_wait(self) -> str:
        """Return why nothing is to be asked for yet, or nothing."""
        waited = self._desk.clock.now() - self._newest_at
        return (
            self._why
            if self._count >= PATIENCE_WITH_REFUSALS and waited < AFTER_REFUSALS_MS
            else ""
        )

    def count(self, spend: Decimal, error: OrderRefusedError) -> str:
        """Count one more; return why in a sentence for people.

        Args:
            spend: quote that was to be spent.
            error: the exchange's answer.
        """
        self._count += 1
        self._newest_at = self._desk.clock.now()
        self._why = self._explain(spend, error)
        return self._why

    def forget(self) -> None:
        """Begin anew: an order was taken."""
        self._count = 0

    def _explain(self, spend: Decimal, error: OrderRefusedError) -> str:
        quote, free = self._desk.ledger.instrument.quote, spend
        with suppress(ExchangeError):
            free = self._desk.broker.balances().get(quote, Balance()).free
        if free < spend:
            return (
                f"waiting for funds: the account has {plain(free)} {quote} free, "
                f"the bot needs {plain(spend)}"
            )
        return f"the exchange refused: {error}"
