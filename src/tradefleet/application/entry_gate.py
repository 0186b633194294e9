"""The gate of an entry: why a bot must not buy now, whatever its strategy says.

It blocks entries only. Exits and protection never pass here.
"""

from collections.abc import Sequence
from dataclasses import replace

from tradefleet.application.cage import Cage
from tradefleet.application.comparison import compare, why_unsettled
from tradefleet.application.desk import Desk
from tradefleet.application.refusals import Refusals
from tradefleet.application.world import World
from tradefleet.domain.bot import Bot, Wish
from tradefleet.domain.candle import Candles
from tradefleet.domain.order import Purpose
from tradefleet.domain.risk import entry_budget
from tradefleet.domain.rules import Circumstances, Rule, Spread
from tradefleet.domain.signal import Action, Signal
from tradefleet.ports.journal import Intent


class EntryGate:
    """Says why one bot must not enter, and what its rules are to look at."""

    def __init__(self, world: World, desk: Desk, cage: Cage, refusals: Refusals) -> None:
        self._world = world
        self._desk = desk
        self._cage = cage
        self._refusals = refusals
        self._difference = ""

    def compare(self) -> None:
        """Compare the books with the wallet and the resting orders; a difference pauses entries."""
        self._difference = compare(self._desk, self._world.findings)

    def why_not(self, bot: Bot, candles: Candles, resting: Sequence[Intent]) -> str:
        """Return why nothing may be bought now, before the bot's own rules are asked, or nothing.

        Args:
            bot: as the person wishes it.
            candles: the newest closed.
            resting: protection that still works at the exchange although nothing is held.
        """
        if bot.wish is not Wish.RUN:
            return "paused: no new entries"
        if self._world.is_frozen():
            return "the market is frozen: live prices do not come in, so nothing is bought"
        around = self._world.surroundings
        if around is not None and (why := around.why_no_entry(self._world.clock.now())):
            return why
        if why := self._cage.why_no_entry or self._refusals.why_wait():
            return why
        if self._difference:
            self.compare()
        if why := self._difference or why_unsettled(self._desk, self._world.findings):
            return why
        if resting:
            return "waiting for the exchange to end the last protection"
        last = self._desk.journal.newest_intent(Purpose.ENTRY)
        if last is not None and last.created_at > candles.last_close_time:
            return "this candle was acted on already"
        return ""

    def circumstances(
        self, bot: Bot, rules: Sequence[Rule], signal: Signal, candles: Candles
    ) -> Circumstances:
        """Return what the rules look at; more than the bot itself only where one may veto.

        Args:
            bot: whose.
            rules: the bot's, built.
            signal: what the strategy said.
            candles: on which it said that.
        """
        world, settings, ledger = self._world, bot.settings, self._desk.ledger
        seen = Circumstances(ledger, world.clock.now(), candles.last_close)
        if signal.action is not Action.BUY or ledger.position.is_open or not rules:
            return seen
        looks_at_book = any(isinstance(rule, Spread) for rule in rules)
        seen = replace(
            seen,
            spend=entry_budget(settings, ledger, signal),
            spread=world.market.spread(settings.symbol) if looks_at_book else None,
            closed_at=candles.last_close_time,
        )
        around = world.surroundings
        return seen if around is None else around.widen(bot.id, seen)
