"""Settling what is missing: the person says what became of it, and the books follow that word.

Coins a bot owns may have been sold, withdrawn or borrowed by hand. Nobody can know which from the
wallet alone, so nothing is ever guessed: until somebody chooses, entries of the bots concerned
pause, and exits go on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tradefleet.application.fleet import Fleet
from tradefleet.application.interference import INTERFERENCES
from tradefleet.application.statement import Line, newest_booking, statement
from tradefleet.domain.bot import Bot
from tradefleet.domain.errors import InputError, LeaseError
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason
from tradefleet.ports.fleet import Holder, Lease
from tradefleet.ports.journal import IntentState, Journal
from tradefleet.ports.notices import Activity, Findings

ZERO = Decimal(0)
PATIENCE_S = 20.0
STEP_S = 0.2
INTENTS_LOOKED_AT = 20


class Choice(StrEnum):
    """What a person may say about what is missing."""

    ADOPT = "adopt"  # it was sold: the bot gets the market price out of the unallocated rest
    WRITE_OFF = "write-off"  # it is gone, and nothing came for it
    RESUME = "resume"  # it is back, or what was done to the bot's own orders was seen


@dataclass(frozen=True)
class Settlement:
    """Lets a person settle what a bot's books claim and the wallet does not hold.

    Attributes:
        journal_for: opens a bot's journal under a lease.
        here: this process.
    """

    fleet: Fleet
    findings: Findings
    journal_for: Callable[[Bot, Lease], Journal]
    here: Holder

    def settle(self, bot_id: int, choice: Choice, actor: str) -> str:
        """Do what the person chose; a running bot stops for the moment and then goes on.

        Returns:
            What was done, in one sentence.

        Raises:
            InputError: nothing is missing (`nothing_missing`), something still is
                (`still_missing`), the rest of the wallet cannot pay for it (`no_proceeds`), the
                wallet or an order is not known yet (`not_known_yet`), or the bot did not stop.
            DataError: the wallet was never seen.
        """
        bot = self.fleet.bots.get(bot_id)
        if choice is Choice.RESUME:
            said = self._resume(bot)
        elif self._line(bot.base).missing:
            said = self._settle_coins(bot, choice)
        else:
            said = self._settle_money(bot, choice, actor)
        now = self.fleet.clock.now()
        self.fleet.activities.record(Activity(now, actor, choice.value, said, bot.id))
        if not any(self._line(asset).missing for asset in (bot.base, bot.quote)):
            self._close_findings(bot)
        if choice is Choice.RESUME:
            for code in INTERFERENCES:
                self.findings.close(code, bot.id)
        return said

    # ------------------------------------------------------------ the three choices

    def _resume(self, bot: Bot) -> str:
        for asset in (bot.base, bot.quote):
            line = self._line(asset)
            if line.missing:
                raise InputError(
                    f"the bots own {plain(line.owned)} {asset} and the wallet holds "
                    f"{plain(line.wallet)}: {plain(line.missing)} {asset} are still missing. "
                    "Bring them back, adopt what was sold, or write it off",
                    code="still_missing",
                )
        return f"{bot.settings.name} goes on: everything its books say is in the wallet"

    def _settle_coins(self, bot: Bot, choice: Choice) -> str:
        with self._at_rest(bot), self._leased(bot) as lease:
            sold = self._missing_fill(bot, choice)
            reason = ExitReason.OUTSIDE if choice is Choice.ADOPT else ExitReason.WRITTEN_OFF
            self.journal_for(bot, lease).book([FillBooked(sold, reason)])
        what = f"{plain(sold.quantity)} {bot.base}"
        if choice is Choice.WRITE_OFF:
            return f"{bot.settings.name} wrote off {what}"
        brought = f"{plain(sold.quote_quantity)} {bot.quote}"
        return (
            f"{bot.settings.name} sold {what} outside at {plain(sold.price)}, the market price "
            f"now; {brought} of the unallocated rest are its own"
        )

    def _settle_money(self, bot: Bot, choice: Choice, actor: str) -> str:
        line = self._line(bot.quote)
        own = min(line.missing, max(line.holders.get(bot.id, ZERO), ZERO))
        if not own:
            raise InputError(
                f"nothing that {bot.settings.name} owns is missing from the wallet",
                code="nothing_missing",
            )
        if choice is Choice.ADOPT:
            raise InputError(
                f"{plain(own)} {bot.quote} are missing, not coins: write them off, which makes "
                "the bot's amount smaller, or bring them back",
                field="choice",
                code="no_coins_missing",
            )
        amount = bot.settings.trade_amount - own
        self.fleet.change(bot.id, {"trade_amount": amount}, None, actor)
        return f"{bot.settings.name} wrote off {plain(own)} {bot.quote} of its cash"

    def _missing_fill(self, bot: Bot, choice: Choice) -> Fill:
        """Return the sell nobody saw; it moves money between the bot and the rest only."""
        line, books = self._line(bot.base), self.fleet.books(bot)
        quantity = min(line.missing, books.quantity or books.dust)
        if not quantity:
            raise InputError(
                f"{plain(line.missing)} {bot.base} are missing, but {bot.settings.name} owns none",
                code="nothing_missing",
            )
        price = self._price(bot, choice, quantity)
        _, seen_at = self.fleet.wallet()
        return Fill(
            symbol=bot.settings.symbol,
            trade_id=-self.fleet.clock.now(),
            order_id=-1,
            side=Side.SELL,
            price=price,
            quantity=quantity,
            quote_quantity=price * quantity,
            fee=ZERO,
            fee_asset=bot.quote,
            time=seen_at,  # so that this wallet still speaks of the books as they are after it
        )

    def _price(self, bot: Bot, choice: Choice, quantity: Decimal) -> Decimal:
        if choice is Choice.WRITE_OFF:
            return ZERO
        price = self.fleet.terms.market.price(bot.settings.symbol)
        if not price:
            raise InputError(
                f"no price of {bot.settings.symbol} is known yet; try again in a moment",
                code="not_known_yet",
            )
        rest = self._line(bot.quote).rest
        if price * quantity > rest:
            raise InputError(
                f"{plain(quantity)} {bot.base} are worth {plain(price * quantity)} {bot.quote} "
                f"now, but only {plain(max(rest, ZERO))} {bot.quote} of the wallet belong to no "
                "bot: the proceeds are not here. Bring them back, or write the coins off",
                field="choice",
                code="no_proceeds",
            )
        return price

    # ------------------------------------------------------------ what is known

    def _line(self, asset: str) -> Line:
        """Return the statement's line, once wallet and books speak of the same moment."""
        fleet = self.fleet
        (balances, seen_at), totals = fleet.wallet(), fleet.records.totals()
        bots = fleet.bots.all()
        unknown = any(
            intent.state is IntentState.OPEN
            for other in bots
            if asset in (other.base, other.quote)
            for intent in fleet.records.intents(other.id, INTENTS_LOOKED_AT)
        )
        if unknown or seen_at < newest_booking(totals):
            raise InputError(
                "the wallet was seen before the last order was booked, or the outcome of an order "
                "is not known yet, so nobody can tell what is missing. Try again in a moment",
                code="not_known_yet",
            )
        lines = statement(bots, totals, balances)
        return lines.get(asset, Line(asset, ZERO, ZERO, {}))

    # ------------------------------------------------------------ the bot's process

    @contextmanager
    def _at_rest(self, bot: Bot) -> Iterator[None]:
        """Stop a running bot for the moment; it goes on unless somebody wishes otherwise."""
        if not bot.wish.wants_process:
            yield
            return
        stopped, _ = self.fleet.stop(bot.id, "keep", "settlement")
        try:
            yield
        finally:
            if self.fleet.bots.get(bot.id).version == stopped.version:
                self.fleet.bots.wish(bot.id, bot.wish)

    @contextmanager
    def _leased(self, bot: Bot) -> Iterator[Lease]:
        fleet = self.fleet
        patience = fleet.clock.monotonic() + PATIENCE_S
        while True:
            try:
                lease = fleet.leases.acquire(bot.id, self.here, fleet.clock.now())
                break
            except LeaseError as error:
                if fleet.clock.monotonic() >= patience:
                    raise InputError(
                        f"{bot.settings.name} has not stopped yet ({error}); try again",
                        code="still_running",
                    ) from error
            fleet.wait(STEP_S)
        try:
            yield lease
        finally:
            fleet.leases.release(lease)

    def _close_findings(self, bot: Bot) -> None:
        for code in ("shortfall", f"shortfall_{bot.base}", f"shortfall_{bot.quote}"):
            self.findings.close(code, bot.id)
