"""The bot's log in the words of the sketch. People read it; nothing is ever read back from it."""

from decimal import Decimal

from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.risk import Levels
from tradefleet.domain.signal import Action
from tradefleet.ports.fleet import BotLog

EXIT_WORDS = {
    ExitReason.STOP_LOSS: "Stop loss",
    ExitReason.TAKE_PROFIT: "Take profit",
    ExitReason.SIGNAL: "Strategy signal",
    ExitReason.MANUAL: "Stopped by hand",
    ExitReason.END: "End of the data",
    ExitReason.OUTSIDE: "Sold outside",
    ExitReason.WRITTEN_OFF: "Written off",
}


class Narrator:
    """Tells what a bot does, one line a fact."""

    def __init__(self, log: BotLog) -> None:
        self._log = log
        self._warned = ""

    def starting(self, name: str) -> None:
        """The process begins."""
        self._log.info(f"🤖 STARTING BOT: {name}")

    def stopping(self, why: str) -> None:
        """The process ends on purpose."""
        self._log.info(f"🛑 STOPPED: {why}")

    def evaluated(self, ledger: Ledger, action: Action, price: Decimal, sentence: str) -> None:
        """A decision was made."""
        instrument = ledger.instrument
        if action is Action.HOLD:
            self._log.info(
                f"⏳ Waiting for signal... (Current: HOLD, Price: {money(price, instrument)})"
            )
        else:
            mark = "🟢" if action is Action.BUY else "🔴"
            self._log.info(f"{mark} {action} signal generated!")
        if sentence:
            self._log.info(f"   {sentence}")

    def position(self, ledger: Ledger, price: Decimal) -> None:
        """What is held and how it stands."""
        entry, instrument = ledger.position.entry_price, ledger.instrument
        change = (price / entry - 1) * 100 if entry else Decimal(0)
        self._log.info(
            f"📊 Position: LONG @ {money(entry, instrument)} | "
            f"Current: {money(price, instrument)} | P&L: {change:+.2f}%"
        )

    def opened(self, name: str, ledger: Ledger) -> None:
        """A position was opened."""
        position, instrument = ledger.position, ledger.instrument
        self._log.info(f"🟢 OPENED POSITION: {name}")
        self._log.info(f"   Entry: {money(position.entry_price, instrument)}")
        self._log.info(
            f"   Bought: {plain(position.quantity)} {instrument.base} "
            f"for {plain(position.cost)} {instrument.quote}"
        )

    def protected(self, instrument: Instrument, levels: Levels, by: str) -> None:
        """A position has its stop and target, at the exchange or in the bot's own hands."""
        stop = money(levels.stop, instrument) if levels.stop is not None else "off"
        target = money(levels.target, instrument) if levels.target is not None else "off"
        where = "at the exchange" if by == "exchange" else "watched by the bot itself"
        self._log.info(f"🛡️ Protection {where}: stop {stop}, target {target}")

    def closed(self, name: str, instrument: Instrument, trade: Trade) -> None:
        """A position was closed."""
        self._log.info(f"🔴 CLOSED POSITION: {name}")
        self._log.info(f"   Exit: {money(trade.exit_price, instrument)}")
        self._log.info(f"   Reason: {EXIT_WORDS[trade.exit_reason]}")
        self._log.info(f"   Profit: {signed_money(trade.profit)} ({trade.profit_percent:+.2f}%)")

    def note(self, text: str) -> None:
        """Something worth a line."""
        self._log.info(text)

    def warn(self, text: str) -> None:
        """Say what is wrong, once until it changes."""
        if text != self._warned:
            self._log.warning(text)
        self._warned = text

    def reconnected(self) -> None:
        """An outage is over; said even where something good was told meanwhile."""
        self._log.info("✅ Connected again")
        self._warned = ""

    def recovered(self, text: str) -> None:
        """What was warned of is over."""
        if self._warned:
            self._log.info(text)
        self._warned = ""

    def failed(self, text: str) -> None:
        """The bot cannot go on."""
        self._log.error(text)


def money(price: Decimal, instrument: Instrument) -> str:
    """Return `$50000.00`, with as many decimals as the symbol's prices have, at least two."""
    tick = instrument.tick_size.normalize().as_tuple().exponent
    decimals = max(2, -tick) if isinstance(tick, int) and instrument.tick_size else 8
    return f"${price:.{decimals}f}"


def signed_money(amount: Decimal) -> str:
    """Return `$1.80` or `-$1.80`."""
    return f"{'-' if amount < 0 else ''}${abs(amount):.2f}"
