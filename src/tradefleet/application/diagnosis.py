"""Why isn't it trading? An ordered list of checks; the first that fails owns the headline."""

from collections.abc import Iterator
from dataclasses import dataclass

from tradefleet.application.bot_state import LOST_AFTER_MS
from tradefleet.application.bot_view import BotView
from tradefleet.application.health import WORDS
from tradefleet.application.market_view import MarketView
from tradefleet.application.overview import Overviews
from tradefleet.application.terms import least_amount
from tradefleet.domain.bot import Status, Wish
from tradefleet.domain.candle import MINUTE, SECOND, duration_ms
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.instrument import plain
from tradefleet.domain.signal import Action
from tradefleet.ports.clock import Clock
from tradefleet.ports.journal import Decision, IntentState
from tradefleet.ports.records import Records, Snapshots

UNKNOWN_FOR_MS = MINUTE
STALE_PRICE_MS = MINUTE


@dataclass(frozen=True, slots=True)
class Check:
    """One question.

    Attributes:
        ok: True, False, or None where it is neither good nor bad, or cannot be known.
        mend: what to do, where something can be done.
    """

    code: str
    ok: bool | None
    text: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The answer in one sentence, and every check in order."""

    headline: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Diagnosis:
    """Examines a bot; changes nothing."""

    records: Records
    snapshots: Snapshots
    clock: Clock
    market: MarketView
    overviews: Overviews

    def examine(self, bot_id: int) -> Report:
        """Return why a bot is not trading; `InputError` (`unknown_bot`) if there is none."""
        bot = self.overviews.bot(bot_id)
        newest = next(iter(self.records.decisions(bot_id, limit=1)), None)
        checks = (
            *self._meant_to_run(bot),
            *self._surroundings(bot),
            *self._symbol_and_money(bot),
            *self._orders(bot),
            *self._evaluations(bot, newest),
        )
        failed = next((check for check in checks if check.ok is False), None)
        return Report(failed.text if failed else _all_well(bot, newest), checks)

    def _meant_to_run(self, bot: BotView) -> Iterator[Check]:
        if bot.failure:
            yield Check(
                "failure", False, f"It cannot run: {bot.failure}", "Mend that, then start it."
            )
        wanted = bot.wish.wants_process
        yield Check(
            "wish",
            wanted,
            "It is meant to run." if wanted else "It is stopped.",
            "" if wanted else "Start it.",
        )
        if bot.wish is Wish.PAUSE:
            yield Check("paused", False, "It is paused: it sells, but buys nothing.", "Start it.")
        if not wanted:
            return
        running = bot.status is Status.RUNNING
        age = self.clock.now() - bot.heartbeat_at if bot.heartbeat_at else None
        if running:
            yield Check("process", True, "Its process runs and says so.")
        elif age is not None and age > LOST_AFTER_MS:
            text = f"Its process has been silent for {age // SECOND} s."
            yield Check("process", False, text, "The host restarts it; see the host below.")
        else:
            text = f"Its process is not there yet ({bot.status.value})."
            yield Check("process", False, text, "Wait a few seconds; see the host below.")

    def _surroundings(self, bot: BotView) -> Iterator[Check]:
        now = self.clock.now()
        for process in self.overviews.processes():
            if process.ok:
                yield Check(process.name, True, f"The {process.name} is alive.")
                continue
            mend = "Look at its log in the data folder's run/, or run `tradefleet doctor`."
            words = WORDS[process.name]
            yield Check(process.name, False, f"{words[0].upper()}{words[1:]}.", mend)
        market = self.snapshots.get("market")
        if market is not None and market.value.get("frozen_since"):
            text = "The market is frozen: live prices do not come in, so entries pause."
            yield Check("market", False, text, "Nothing; it goes on by itself when they return.")
        if bot.price_at is None:
            yield Check("price", None, f"No price of {bot.symbol} is known yet.")
        elif now - bot.price_at > STALE_PRICE_MS:
            text = f"The price of {bot.symbol} is {(now - bot.price_at) // SECOND} s old."
            yield Check("price", False, text, "Nothing is bought on old prices; see the hub above.")

    def _symbol_and_money(self, bot: BotView) -> Iterator[Check]:
        try:
            instrument = self.market.instrument(bot.symbol)
        except (InputError, DataError) as error:
            yield Check("symbol", False, str(error), "Another symbol needs another bot.")
            return
        why_not = self.market.why_not_tradeable(instrument)
        yield Check("symbol", not why_not, why_not or f"{bot.symbol} is trading.")
        if bot.position is not None:
            text = (
                f"It holds {plain(bot.position.quantity)} {bot.base}: a bot has one position at a "
                "time, and buys again after it has sold."
            )
            yield Check("holding", None, text)
            return
        least = least_amount(instrument, bot.price, bot.stop_loss)
        enough = bot.cash >= least
        text = f"It has {plain(bot.cash)} {bot.quote}; an entry needs at least {plain(least)}."
        yield Check("cash", enough, text, "" if enough else "Give it a larger amount.")

    def _orders(self, bot: BotView) -> Iterator[Check]:
        now = self.clock.now()
        unknown = [
            intent
            for intent in self.records.intents(bot.id, limit=20)
            if intent.state is IntentState.OPEN and now - intent.created_at > UNKNOWN_FOR_MS
        ]
        if unknown:
            text = (
                f"The outcome of {len(unknown)} order(s) is not known yet; until it is, nothing "
                "new is sent."
            )
            yield Check("unknown_order", False, text, "It asks the exchange again all the time.")

    def _evaluations(self, bot: BotView, newest: Decision | None) -> Iterator[Check]:
        if newest is None:
            text = f"It has not evaluated yet; it does so every {bot.every}."
            yield Check("evaluation", None, text)
            return
        age = self.clock.now() - newest.at
        late = bot.status is Status.RUNNING and age > 2 * duration_ms(bot.every) + MINUTE
        text = f"It evaluated {age // SECOND} s ago; it does so every {bot.every}."
        yield Check("evaluation", not late, text, "Look at its log." if late else "")
        if newest.outcome in {"denied", "refused", "failed", "unknown"}:
            mend = "See the decision, and the bot's rules and amount."
            yield Check(newest.outcome, False, newest.sentence, mend)
        for reason in newest.reasons:
            yield Check("rule", reason.met or None, reason.text)


def _all_well(bot: BotView, newest: Decision | None) -> str:
    if bot.position is not None:
        return "Nothing is wrong: it holds a position and waits for its exit."
    if newest is not None and newest.action == Action.SELL:
        return "Nothing is wrong: its strategy says SELL, and it holds nothing to sell."
    if bot.waiting_for:
        return f"Nothing is wrong, its settings are just strict: {bot.waiting_for}"
    if newest is not None:
        return f"Nothing is wrong, its settings are just strict: {newest.sentence}"
    return "Nothing is wrong: it has only just begun."
