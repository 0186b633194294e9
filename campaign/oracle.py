"""The oracles: what must hold, judged by the exchange's books and the bots' journals alone.

Nothing here uses the product's own ledger, plan or recovery: positions and cash are added up anew
from the exchange's trades. The numbers are those of docs/reliability.md.
"""

import json
from collections import Counter, deque
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from campaign.exposure import Exposure
from campaign.market import INTERVAL, STALE_FOR_MS
from campaign.store import Facts
from campaign.tally import Violation
from campaign.truth import PREFIX, ZERO, Truth, bot_of
from tradefleet.domain.bot import Wish
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Purpose, Side
from tradefleet.exchange.books.orders import Order, Trade
from tradefleet.exchange.rest.face import Answer, Request
from tradefleet.ports.journal import Intent, IntentState

if TYPE_CHECKING:
    from campaign.processes import Running
    from campaign.world import World

NAMES = ("newClientOrderId", "listClientOrderId", "aboveClientOrderId", "belowClientOrderId",
         "workingClientOrderId", "pendingAboveClientOrderId", "pendingBelowClientOrderId",
         "pendingClientOrderId")  # fmt: skip
FOR_THE_PRICE = (-2010, -2021, -2022)  # also as a half of a cancelReplace
BOOKED_WITHIN_MS = 60_000
HEARD_WITHIN_MS = 10_000  # a person's wish
DECIDED_WITHIN_MS = 90_000  # from the candles to the order; a process may sleep in between


class Oracle:
    """Looks at everything after each step.

    Attributes:
        touched_at: when the exchange's books last changed.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self.truths = {bot_id: Truth() for bot_id in world.bots.rows}
        self.touched_at = 0
        self.touches: deque[int] = deque(maxlen=200)
        self._exposure = Exposure(world, self.violated)
        self._sent_while_banned = 0
        self._arrived: Counter[str] = Counter()
        self._last_order = 0
        self._looked_at = -1
        self._trades_seen: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._entries: dict[tuple[int, int], int] = {}

    def violated(self, invariant: str, text: str, bot_id: int = 0) -> None:
        """Note that an invariant does not hold."""
        world = self._world
        world.tally.violations.append(
            Violation(invariant, text, world.seed, world.clock.ms - world.began_at, bot_id)
        )

    # ------------------------------------------------------------ requests

    def banned(self, until: int) -> None:
        """Note that the exchange banned our address; two bans at a time end with the longer one."""
        self._exposure.banned_until, self._sent_while_banned = (
            max(until, self._exposure.banned_until),
            0,
        )

    def ban_left(self) -> int:
        """Return how many milliseconds a ban still lasts."""
        return self._exposure.banned_until - self._world.clock.ms

    def sending(self) -> None:
        """I13: nothing is sent during a ban, once its answer was heard.

        A process that dies over the answer takes the news with it: as many requests as there are
        processes may find out anew.
        """
        self._world.tally.checked["I13"] += 1
        if self.ban_left() > 0:
            self._sent_while_banned += 1
            if self._sent_while_banned > 1 + 2 * len(self.truths):
                self.violated("I13", "requests are sent while the address is banned")

    def arriving(self, request: Request) -> None:
        """I1: what reaches the exchange was written down before, and arrives once."""
        if request.name.startswith("GET"):
            return
        self._touch()
        if not request.name.startswith("POST /order"):
            return
        sent = parse_qs((request.query + b"&" + request.body).decode())
        for field_name in NAMES:
            for name in sent.get(field_name, ()):
                self._written_ahead(name)

    def answered(self, request: Request, answer: Answer) -> None:
        """Note what the exchange refuses a bot for the price's sake: that is why nothing rests."""
        if answer.status < 400 or not request.name.startswith("POST /order"):
            return
        if json.loads(answer.body).get("code") not in FOR_THE_PRICE:
            return  # its size or its form is the bot's own mistake
        sent = parse_qs((request.query + b"&" + request.body).decode())
        for name in (name for field_name in NAMES for name in sent.get(field_name, ())):
            if bot_id := bot_of(name):
                self.truths[bot_id].refused_at = self._world.clock.ms

    def _touch(self) -> None:
        self.touched_at = self._world.clock.ms
        self.touches.append(self.touched_at)

    def _written_ahead(self, name: str) -> None:
        bot_id = bot_of(name)
        if not bot_id:
            return
        self._world.tally.checked["I1"] += 1
        self._arrived[name] += 1
        if self._arrived[name] > 1:
            self.violated("I1", f"{name} arrived {self._arrived[name]} times", bot_id)
        _, epoch, sequence, _ = name.removeprefix(PREFIX).split("-")
        facts = self._world.facts[bot_id]
        intent = facts.intents.get(int(sequence))
        if intent is None or facts.epochs[int(sequence)] != int(epoch):
            self.violated("I1", f"{name} was sent before it was written down", bot_id)
        elif intent.state in (IntentState.ABSENT, IntentState.REFUSED):
            self.violated("I1", f"{name} was given up ({intent.detail}) and sent all the same",
                          bot_id)  # fmt: skip

    # ------------------------------------------------------------ after each step

    def look(self) -> None:
        """Check what can be checked now."""
        changes = self._world.log.changes
        has_changed, self._looked_at = changes != self._looked_at, changes
        if has_changed:
            self._take_in_orders()
            self._take_in_trades()
        for bot_id, truth in self.truths.items():
            if has_changed:
                self._money(bot_id, truth)
            if has_changed or truth.naked_since is not None:
                self._exposure.look(bot_id, truth, self._resting(truth))

    def after_turn(self, running: "Running") -> None:
        """Check what holds between two turns of a process."""
        truth, facts = self.truths[running.bot_id], self._world.facts[running.bot_id]
        state = (running.pid, facts.changes, self._world.log.changes)
        if state == truth.judged and not truth.unbooked:
            return  # nothing was written since, neither here nor at the exchange
        truth.judged = state
        self._booked_right(running.bot_id, truth, facts)
        self._one_entry_a_candle(running.bot_id, facts)
        if not any(i.state is IntentState.OPEN for i in facts.live.values()):
            self._books_agree(running, truth)

    def _take_in_orders(self) -> None:
        books = self._world.venue.books
        for number in range(self._last_order + 1, books.last_order_id + 1):
            order = self._order(number)
            bot_id = bot_of(order.client_id) if order else 0
            if order is None or not bot_id:
                continue
            self._world.tally.orders += 1
            self._names[order.client_id] += 1
            self.truths[bot_id].orders.add(order.id)
            if self._names[order.client_id] > 1:
                self.violated("I1", f"two orders are called {order.client_id}", bot_id)
        self._last_order = books.last_order_id

    def _order(self, number: int) -> Order | None:
        try:
            return self._world.venue.books.orders(1).by_id(number)
        except KeyError:
            return None

    def _one_entry_a_candle(self, bot_id: int, facts: Facts) -> None:
        """I20: at most one entry is decided on each candle that closed; I23: none when paused."""
        newest = facts.newest.get(Purpose.ENTRY)
        if newest is None:
            return
        self._world.tally.checked["I20"] += 1
        bot, wished_at = self._world.bots.rows[bot_id], self._world.bots.wished_at[bot_id]
        heard_by = wished_at + HEARD_WITHIN_MS * max(1, self._world.weather.rhythm)
        # What never came to the exchange is no entry: a process that slept calls it off itself.
        came = newest.state is not IntentState.ABSENT
        if bot.wish is not Wish.RUN and came and newest.created_at > heard_by:
            self.violated("I23", f"intent {newest.sequence} is an entry of a paused bot", bot_id)
        self._on_fresh_candles(bot_id, newest)
        candle = newest.created_at // INTERVAL
        if self._entries.setdefault((bot_id, candle), newest.sequence) != newest.sequence:
            self.violated("I20", f"intent {newest.sequence} is a second entry on a candle", bot_id)
            self._entries[bot_id, candle] = newest.sequence

    def _on_fresh_candles(self, bot_id: int, entry: Intent) -> None:
        """I8: no entry is decided on candles that have been old for a while."""
        self._world.tally.checked["I8"] += 1
        until = self._world.data.stale_until
        if until - STALE_FOR_MS + DECIDED_WITHIN_MS < entry.created_at < until:
            self.violated("I8", f"intent {entry.sequence} enters on stale candles", bot_id)

    def _take_in_trades(self) -> None:
        book = self._world.venue.books.orders(1)
        for symbol in self._world.market.coins:
            trades = book.trades(symbol)
            for trade in trades[self._trades_seen[symbol] :]:
                order = book.by_id(trade.order_id)
                if bot_id := bot_of(order.client_id):
                    self._take_in(bot_id, trade)
            self._trades_seen[symbol] = len(trades)

    def _take_in(self, bot_id: int, trade: Trade) -> None:
        truth = self.truths[bot_id]
        rules = self._world.market.coins[trade.symbol]
        buys = trade.side is Side.BUY
        fee_in_base = trade.fee if trade.fee_asset == rules.base else ZERO
        fee_in_quote = trade.fee if trade.fee_asset == rules.quote else ZERO
        truth.paid = trade.price if buys else truth.paid
        if buys and not self._exposure.sellable(rules, truth.base):
            truth.stop = ZERO  # a new position: the old one's stop is history
        truth.base += (trade.quantity if buys else -trade.quantity) - fee_in_base
        truth.flow += (-trade.quote if buys else trade.quote) - fee_in_quote
        truth.trades[trade.symbol, trade.id] = trade
        truth.unbooked[trade.symbol, trade.id] = self._world.clock.ms
        self._world.tally.fills += 1
        self._touch()

    # ------------------------------------------------------------ money

    def _money(self, bot_id: int, truth: Truth) -> None:
        """I3 and I7: no bot spends or sells what is not its own; I22: it sells it once."""
        checked = self._world.tally.checked
        checked["I3"] += 1
        budget = self._world.bots.rows[bot_id].settings.trade_amount
        if budget + truth.flow < 0:
            self.violated("I3", f"spent {-truth.flow} of {budget}", bot_id)
        checked["I7"] += 1
        if truth.base < 0:
            self.violated("I7", f"sold {-truth.base} more than it had", bot_id)
        checked["I22"] += 1
        if (live := self._live_sells(truth)) > truth.base:
            self.violated("I22", f"{live} is for sale, {truth.base} is held", bot_id)

    def _resting(self, truth: Truth) -> list[Order]:
        found = []
        for number in list(truth.orders):
            order = self._order(number)
            if order is None or not order.is_open:
                truth.orders.discard(number)
            elif order.side is Side.SELL and order.status != "PENDING_NEW":
                found.append(order)
        return found

    def _live_sells(self, truth: Truth) -> Decimal:
        lists: dict[int, Decimal] = {}
        single = ZERO
        for order in self._resting(truth):
            if order.list_id < 0:
                single += order.remaining
            else:
                known = lists.get(order.list_id, ZERO)
                lists[order.list_id] = max(known, order.remaining)
        return single + sum(lists.values(), ZERO)

    def _booked_right(self, bot_id: int, truth: Truth, facts: Facts) -> None:
        """I2, I21: what is in the books happened so at the exchange, to the last digit."""
        for entry in facts.entries[truth.booked :]:
            if not isinstance(entry, FillBooked):
                continue
            fill = entry.fill
            self._world.tally.checked["I21"] += 1
            trade = truth.trades.get((fill.symbol, fill.trade_id))
            if trade is None:
                self.violated("I2", f"trade {fill.trade_id} is booked, not its own", bot_id)
                continue
            told = (fill.price, fill.quantity, fill.fee, fill.fee_asset, fill.side)
            if told != (trade.price, trade.quantity, trade.fee, trade.fee_asset, trade.side):
                self.violated("I21", f"trade {fill.trade_id} is booked otherwise: {told}", bot_id)
            truth.unbooked.pop((fill.symbol, fill.trade_id), None)
        truth.booked = len(facts.entries)

    def _books_agree(self, running: "Running", truth: Truth) -> None:
        """I2: with nothing in flight, the bot's own ledger is what the exchange's trades say."""
        if truth.unbooked:
            self._late(running.bot_id, truth)
            return
        ledger = running.ledger
        if ledger is None:
            return
        self._world.tally.checked["I2"] += 1
        held = ledger.position.quantity + ledger.dust
        if held != truth.base or ledger.flow != truth.flow:
            self.violated(
                "I2",
                f"the books say {held} and {ledger.flow}, the exchange {truth.base} and"
                f" {truth.flow}",
                running.bot_id,
            )

    def _late(self, bot_id: int, truth: Truth) -> None:
        world = self._world
        oldest = min(truth.unbooked.values())
        limit = BOOKED_WITHIN_MS * max(1, world.weather.rhythm)
        since = max(oldest, self._exposure.calm_since, world.processes.started_at(bot_id))
        if world.clock.ms - since > limit:
            self.violated("I2", f"trades {list(truth.unbooked)} are still not booked", bot_id)
            truth.unbooked.clear()

    # ------------------------------------------------------------ the end

    def at_rest(self) -> None:
        """I14: when the faults have stopped everything comes to an end; I10: even the position."""
        for bot_id, truth in self.truths.items():
            facts, bot = self._world.facts[bot_id], self._world.bots.rows[bot_id]
            self._world.tally.checked["I14"] += 1
            self._booked_right(bot_id, truth, facts)
            if bot.failure:
                continue
            if unsettled := [i for i in facts.live.values() if i.state is IntentState.OPEN]:
                self.violated("I14", f"intents {[i.sequence for i in unsettled]} are open", bot_id)
            limit = BOOKED_WITHIN_MS * max(1, self._world.weather.rhythm)
            if any(self._world.clock.ms - at > limit for at in truth.unbooked.values()):
                self.violated("I14", f"trades {list(truth.unbooked)} are not booked", bot_id)
            rules = self._world.market.coins[bot.settings.symbol]
            if bot.wish is Wish.STOP_SELL and self._exposure.sellable(rules, truth.base):
                self.violated("I10", f"{truth.base} could not be sold", bot_id)
