"""The oracle of protection: what can be sold is covered by a stop that lies where it should.

It is lenient where something was just made to go wrong, and where the exchange itself refused.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from campaign.truth import ZERO, Truth
from tradefleet.domain.instrument import TRADING, Instrument
from tradefleet.exchange.books.orders import STOPS, Order

if TYPE_CHECKING:
    from campaign.world import World

NAKED_MS = 10_000
AFTER_START_MS = 15_000
AFTER_TROUBLE_MS = 150_000
REFUSED_MS = 150_000  # a bot asks once a minute for the stop that was refused
SOLD_WITHIN_MS = 900_000  # once the price is far below the stop, in mild weather
MILD = 0.15  # of all requests meet a fate; where more do, a bot may try in vain for long
SLACK = Decimal(2)  # percent between what is asked and where a stop may lie: ticks, fills, caps
SAID = ("protection_by_bot", "exit_refused")  # what it must have said, besides being refused
EXCUSES = ("access_denied", "shortfall", "orphan_order")


class Exposure:
    """Judges the protection of every position.

    Attributes:
        banned_until: how long the exchange answers nobody.
    """

    def __init__(self, world: "World", violated: Callable[[str, str, int], None]) -> None:
        self._world = world
        self._violated = violated
        self.banned_until = 0

    def look(self, bot_id: int, truth: Truth, resting: Sequence[Order]) -> None:
        """I4: what can be sold is covered by a stop; I9: the stop never moves away."""
        world = self._world
        settings = world.bots.rows[bot_id].settings
        truth.widest = max(truth.widest, settings.stop_loss)
        rules = world.market.coins[settings.symbol]
        price = world.market.prices[rules.symbol]
        stops = [
            order
            for order in resting
            # A triggered stop-limit whose limit was jumped over protects nothing any more.
            if order.type in STOPS and (order.waits or price >= order.price)
        ]
        covered = sum((order.remaining for order in stops), ZERO)
        if stops:
            self._monotone(bot_id, truth, stops[-1].stop_price)
            self._near(bot_id, truth, stops[-1].stop_price)
        if not self.sellable(rules, truth.base):
            truth.stop = ZERO
        world.tally.checked["I4"] += 1
        if self.sellable(rules, truth.base) - covered < rules.lot_step * 2 or covered:
            self._dressed(truth)
            return
        if truth.naked_since is None:
            truth.naked_since, truth.was_disturbed = world.clock.ms, False
        self._naked(bot_id, truth, rules)

    def sellable(self, rules: Instrument, base: Decimal) -> Decimal:
        """Return how much of what is held could be sold and protected."""
        quantity = rules.floor_quantity(base) if base > 0 else ZERO
        too_small = quantity * self._world.market.prices[rules.symbol] < rules.min_notional * 2
        return ZERO if too_small else quantity

    def _monotone(self, bot_id: int, truth: Truth, stop: Decimal) -> None:
        self._world.tally.checked["I9"] += 1
        if stop < truth.stop:
            self._violated("I9", f"the stop moved from {truth.stop} down to {stop}", bot_id)
        truth.stop = stop

    def _near(self, bot_id: int, truth: Truth, stop: Decimal) -> None:
        """I4: a stop lies no farther below the entry than the person or the strategy asked."""
        if stop < _lowest_stop(truth):
            self._violated("I4", f"the stop lies at {stop}, {truth.paid} was paid", bot_id)

    def _dressed(self, truth: Truth) -> None:
        if truth.naked_since is None:
            return
        looks_as_usual = self._world.weather.rhythm == 1
        if looks_as_usual and not truth.was_disturbed:
            self._world.tally.naked_ms.append(self._world.clock.ms - truth.naked_since)
        truth.naked_since = truth.lost_since = None

    def _lost(self, bot_id: int, truth: Truth) -> None:
        """I4: a position far below where its stop would be is sold, whatever is refused."""
        now = self._world.clock.ms
        if sum(self._world.weather.fates.values()) > MILD:
            truth.lost_since = None
        if truth.lost_since is not None and now - truth.lost_since > SOLD_WITHIN_MS:
            self._violated("I4", f"{truth.base} is still held, far below its stop", bot_id)
            truth.lost_since = now

    def _may_watch_itself(self, bot_id: int, truth: Truth, price: Decimal) -> bool:
        """Whether a bot may be the only one who watches a position.

        The exchange must have refused its stop or its sale, and it must sell once the price has
        fallen too far.
        """
        world, now, rhythm = self._world, self._world.clock.ms, max(1, self._world.weather.rhythm)
        truth.lost_since = (truth.lost_since or now) if price < _lowest_stop(truth) else None
        if not any((code, bot_id) in world.findings.now for code in SAID):
            return False
        if now - truth.refused_at > REFUSED_MS + NAKED_MS * rhythm:
            return False
        since = max(truth.lost_since or now, self.calm_since, truth.refused_at)
        return now - since <= NAKED_MS * rhythm

    @property
    def calm_since(self) -> int:
        """Since when nothing was made to go wrong any more, with a while to get over it."""
        return max(self._world.trouble_at, self.banned_until) + AFTER_TROUBLE_MS

    def _naked(self, bot_id: int, truth: Truth, rules: Instrument) -> None:
        world, now = self._world, self._world.clock.ms
        watches = self._may_watch_itself(bot_id, truth, world.market.prices[rules.symbol])
        nothing_can_be_done = (
            rules.status != TRADING
            or not world.account.permissions
            or world.processes.is_down(bot_id)
            or now < self.banned_until + AFTER_TROUBLE_MS
            or bool(world.bots.rows[bot_id].failure)
            or any((code, bot_id) in world.findings.now for code in EXCUSES)
            or world.bots.rows[bot_id].settings.stop_loss == 0
        )
        if nothing_can_be_done:
            truth.lost_since = None
        self._lost(bot_id, truth)
        if nothing_can_be_done or now < self.calm_since or watches:
            truth.was_disturbed = True
            return
        assert truth.naked_since is not None
        limit = NAKED_MS * max(1, world.weather.rhythm)
        since = max(truth.naked_since, self.calm_since)
        began = world.processes.started_at(bot_id)
        if now - since > limit and now - began > AFTER_START_MS + limit:
            self._violated("I4", f"{truth.base} is held without a stop", bot_id)
            truth.naked_since = now


def _lowest_stop(truth: Truth) -> Decimal:
    """Return below what price no stop of a position may lie."""
    return truth.paid * (1 - (truth.widest + SLACK) / 100)
