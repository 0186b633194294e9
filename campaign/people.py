"""What people, the machine and the market do to the bots."""

from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from campaign.market import STALE_FOR_MS
from campaign.truth import bot_of
from tradefleet.domain.bot import Wish
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.tickets import OrderTicket
from tradefleet.ports.exchange import Ring, RingKind

if TYPE_CHECKING:
    from campaign.world import World


class People:
    """Lets happenings come at random times, each at its own rate."""

    def __init__(self, world: "World", random: Random) -> None:
        self._world = world
        self._random = random

    def begin(self) -> None:
        """Put the first of each kind on the calendar."""
        for kind, rate in self._world.weather.happenings.items():
            self._next(kind, rate)

    def _next(self, kind: str, rate: float) -> None:
        wait = int(self._random.expovariate(rate / DAY)) + 1
        self._world.after(wait, lambda: self._come(kind, rate))

    def _come(self, kind: str, rate: float) -> None:
        world = self._world
        if world.calm:
            return
        self.let(kind)
        self._next(kind, rate)

    def let(self, kind: str) -> None:
        """Let something happen now."""
        self._world.tally.happenings[kind] += 1
        getattr(self, f"_{kind}")()

    def _any_bot(self) -> int:
        return self._random.choice(list(self._world.bots.rows))

    # ------------------------------------------------------------ the account's owner

    def _deposit(self) -> None:
        engine = self._world.venue.engine
        asset = self._random.choice(("USDT", "BTC", "DOGE"))
        engine.deposit(self._world.account, asset, Decimal(self._random.randint(1, 20)))

    def _withdrawal(self) -> None:
        """Take away what no bot holds."""
        world = self._world
        spare = min(Decimal(500), world.account.free("USDT") - world.allotted())
        if spare > 0:
            world.venue.engine.deposit(world.account, "USDT", -spare)
            world.after(self._random.randint(10, 60) * MINUTE, lambda: self._bring_back(spare))

    def _bring_back(self, amount: Decimal) -> None:
        self._world.venue.engine.deposit(self._world.account, "USDT", amount)

    def _manual_trade(self) -> None:
        """Buy or sell by hand, with coins that are no bot's."""
        world = self._world
        symbol = self._random.choice(list(world.market.coins))
        rules = world.market.coins[symbol]
        spare = world.spare(rules.base)
        price = world.market.prices[symbol]
        quantity = rules.floor_quantity(Decimal(self._random.randint(12, 60)) / price)
        side = Side.SELL if spare > quantity else Side.BUY
        if side is Side.BUY and world.account.free("USDT") - world.allotted() < 100:
            return
        ticket = OrderTicket(symbol, side, OrderType.MARKET, quantity=quantity)
        try:
            world.venue.engine.place(world.account, ticket)
        except ApiError:
            return

    def _protection_cancelled(self) -> None:
        """Cancel a bot's stop and target by hand."""
        world = self._world
        for order in world.venue.books.orders(1).open():
            if bot_of(order.client_id) and order.side is Side.SELL and order.is_open:
                world.trouble()
                with suppress(ApiError):  # not while the symbol is halted
                    world.venue.engine.cancel(world.account, order)
                return

    # ------------------------------------------------------------ the bots' owner

    def _settings_changed(self) -> None:
        loss = Decimal(self._random.choice((1, 2, 3, 5)))
        profit = Decimal(self._random.choice((0, 2, 5, 9)))
        trail = Decimal(self._random.choice((0, 1, 4)))
        self._world.bots.change(
            self._any_bot(), stop_loss=loss, take_profit=profit, trailing_stop=trail
        )

    def _paused(self) -> None:
        self._wish_for_a_while(Wish.PAUSE)

    def _stopped(self) -> None:
        self._wish_for_a_while(Wish.STOP_KEEP)

    def _sold_out(self) -> None:
        self._wish_for_a_while(Wish.STOP_SELL)

    def _wish_for_a_while(self, wish: Wish) -> None:
        world, bot_id = self._world, self._any_bot()
        world.bots.wish(bot_id, wish)
        world.after(self._random.randint(1, 90) * MINUTE, lambda: world.restart_wish(bot_id))

    # ------------------------------------------------------------ the machine

    def _second_process(self) -> None:
        """Start a bot that may be running already."""
        self._world.processes.start(
            self._any_bot(), host=self._random.choice(("here", "elsewhere"))
        )

    def _asleep(self) -> None:
        """Let the next process that makes a step freeze in the middle of it."""
        self._world.freeze_next_ms = self._random.choice((6_000, 45_000, 20 * MINUTE))

    def _hub_away(self) -> None:
        world = self._world
        world.hub_is_there = False
        for running in world.processes.alive:
            running.rings.append(Ring(RingKind.HUB_LOST))

        def back() -> None:
            world.hub_is_there = True

        world.after(self._random.randint(1, 30) * MINUTE, back)

    def _strategy_fails(self) -> None:
        self._world.strategy_fails_until = self._world.clock.ms + 30 * MINUTE

    # ------------------------------------------------------------ the market and the exchange

    def _halted(self) -> None:
        world = self._world
        world.market.set_status(self._random.choice(("BREAK", "HALT", "CANCEL_ONLY")))
        world.trouble()

        def resume() -> None:
            world.market.set_status("TRADING")
            world.trouble()

        world.after(self._random.randint(1, 40) * MINUTE, resume)

    def _rules_changed(self) -> None:
        self._world.trouble()
        self._world.market.change_rules()

    def _gap(self) -> None:
        symbol = self._random.choice(list(self._world.market.coins))
        self._world.market.move(symbol, 1 + self._random.choice((-0.12, -0.04, -0.025, 0.06)))
        self._world.venue.catch_up()

    def _target_in_part(self) -> None:
        """Let somebody buy at a bot's target, but not quite all of it."""
        world = self._world
        for order in world.venue.books.orders(1).open():
            if bot_of(order.client_id) and order.type is OrderType.LIMIT_MAKER and order.is_open:
                step = world.market.coins[order.symbol].lot_step
                left = self._random.choice((step, step * 3, order.remaining / 2))
                world.market.trade(order.symbol, order.price, order.remaining - left)
                world.venue.catch_up()
                return

    def _bad_tick(self) -> None:
        """One trade far away, and back again."""
        world = self._world
        symbol = self._random.choice(list(world.market.coins))
        world.market.move(symbol, 0.6)
        world.venue.catch_up()
        world.after(500, lambda: world.market.move(symbol, 1 / 0.6))

    def _stale_candles(self) -> None:
        self._world.data.stale_until = self._world.clock.ms + STALE_FOR_MS

    def _missing_candles(self) -> None:
        self._world.data.gap_until = self._world.clock.ms + 20 * MINUTE

    def _no_trading_right(self) -> None:
        world = self._world
        world.account.permissions = ()
        world.trouble()

        def back() -> None:
            world.account.permissions = ("SPOT",)
            world.trouble()

        world.after(self._random.randint(1, 15) * MINUTE, back)
