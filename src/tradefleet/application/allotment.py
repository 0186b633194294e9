"""Whose money is whose: what each bot owns, what no bot owns yet, and what that allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.application.bot_state import books_of
from tradefleet.application.market_view import MarketView
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.instrument import plain
from tradefleet.ports.exchange import Balance
from tradefleet.ports.fleet import Bots
from tradefleet.ports.records import Records, Totals


@dataclass(frozen=True)
class Allotment:
    """The wallet, divided among the bots."""

    bots: Bots
    records: Records
    market: MarketView

    def books(self, bot: Bot) -> Totals:
        """Return a bot's figures."""
        return books_of(bot, self.records.totals())

    def wallet(self) -> tuple[Mapping[str, Balance], int]:
        """Return the wallet by asset and when it was seen; `DataError` if it never was."""
        wallet = self.market.wallet()
        if wallet is None:
            raise DataError(
                "The wallet has not been read from the exchange yet, so nobody can tell how much "
                "is free. Try again in a moment."
            )
        return wallet

    def unallocated(self) -> Decimal:
        """Return the quote in the wallet that belongs to no bot; below 0 if bots own more.

        Raises:
            DataError: the wallet was never seen.
        """
        balances, _ = self.wallet()
        quote = balances.get(self.market.quote)
        totals = self.records.totals()
        owned = sum((books_of(bot, totals).cash for bot in self.bots.all()), Decimal(0))
        return (quote.free if quote else Decimal(0)) - owned

    def refuse_beyond_wallet(self, more: Decimal, asked: Decimal) -> None:
        """Refuse an amount that needs `more` quote than no bot owns yet."""
        left = self.unallocated()
        if more > left:
            quote = self.market.quote
            raise InputError(
                f"expected at most {plain(max(left, Decimal(0)))} {quote} more, which is what no "
                f"bot owns yet; {plain(asked)} {quote} needs {plain(more)} more",
                field="trade_amount",
                code="beyond_wallet",
            )

    def refuse_change(self, bot: Bot, wanted: BotSettings) -> None:
        """Refuse what the bot's position or the wallet does not allow."""
        self._refuse_while_holding(bot, wanted)
        more = wanted.trade_amount - bot.settings.trade_amount
        if more > 0:
            self.refuse_beyond_wallet(more, wanted.trade_amount)
        cash = self.books(bot).cash
        if cash + more < 0:
            raise InputError(
                f"{bot.settings.name} has {plain(cash)} {bot.quote} that is not in its position, "
                f"so its amount can go down to {plain(bot.settings.trade_amount - cash)} for now, "
                f"was {plain(wanted.trade_amount)}",
                field="trade_amount",
                code="amount_in_use",
            )

    def _refuse_while_holding(self, bot: Bot, wanted: BotSettings) -> None:
        before = bot.settings
        fixed = [f for f in ("symbol", "strategy") if getattr(wanted, f) != getattr(before, f)]
        if fixed and self.books(bot).quantity:
            raise InputError(
                f"{before.name} holds {plain(self.books(bot).quantity)} {bot.base}: "
                f"its {' and '.join(fixed)} can be changed when it is flat",
                field=fixed[0],
                code="holding",
            )
