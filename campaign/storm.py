"""Storms: runs in which what is rare elsewhere comes often, aimed at the matrix's rare cells.

Chance alone needs many days until a process dies between two lines that are seldom run, or until a
price jumps while nobody knows whether a stop is there. A storm takes crash points and fates in
turn: it waits until the one it aims at has struck, then aims at the next. It uses the handles the
world has for that, as the state machine of the suite does.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import cycle, product
from random import Random
from typing import TypeVar

from campaign import coverage
from campaign.crash import SENDS
from campaign.dice import FATES, Dice
from campaign.market import COINS
from campaign.truth import bot_of
from campaign.world import World
from tradefleet.domain.candle import MINUTE, SECOND
from tradefleet.domain.order import OrderType
from tradefleet.exchange.errors import ApiError

T = TypeVar("T")

ZERO, HALF, ONE, CAP = Decimal(0), Decimal("0.5"), Decimal(1), Decimal("0.3")

PATIENCE_MS = 30 * MINUTE  # with a crash point that is not passed
LOOK_MS, SOON_MS = 8 * SECOND, SECOND
PAUSE_MS = 4 * MINUTE
DISK = 0.25


def weather(random: Random) -> Dice:
    """Return the weather of a storm: bots that trade all the time in a thin market."""
    return Dice(
        lag=0.2,
        lag_ms=random.choice((300, 1_500, 4_000)),
        happenings={
            "target_in_part": 24.0,
            "protection_cancelled": 12.0,
            "gap": 8.0,
            "bad_tick": 4.0,
            "sold_out": 4.0,
            "rules_changed": 2.0,
            "settings_changed": 2.0,
        },
        rhythm=random.choice((6, 12, 24)),
        density=0.4,
        bots=random.choice((2, 3)),
        thin=0.9,
    )


class Storm:
    """Aims at one death, one fate and one failing write after another in a world."""

    def __init__(self, world: World, random: Random) -> None:
        self._world = world
        self._random = random
        self._points = cycle(_shuffled(coverage.cells()["killed at"], random))
        self._fates = cycle(_shuffled(list(product(SENDS, FATES)), random))

    def begin(self) -> None:
        """Let it break loose, some bots being of the kind that moves lone stops."""
        for bot_id in list(self._world.bots.rows)[::2]:
            self._world.bots.change(bot_id, take_profit=ZERO, trailing_stop=ONE, price_cap=CAP)
        for aim in (self._death, self._fate, self._failing_write):
            self._then(aim)

    def _then(self, aim: Callable[[], None], ms: int = PAUSE_MS) -> None:
        def unless_over() -> None:
            if not self._world.calm:
                aim()

        self._world.after(self._random.randint(SECOND, ms), unless_over)

    def _when(self, has_struck: Callable[[], bool], then: Callable[[], None], look_ms: int) -> None:
        """Wait until something has struck."""

        def look() -> None:
            if has_struck():
                then()
            elif not self._world.calm:
                self._world.after(look_ms, look)

        look()

    def _death(self) -> None:
        world = self._world
        world.kill_at = (next(self._points), self._random.choice((1, 1, 2, 3)))
        until = world.clock.ms + PATIENCE_MS

        def has_struck() -> bool:
            return world.kill_at is None or world.kill_at[1] <= 0 or world.clock.ms > until

        self._when(has_struck, lambda: self._then(self._death), LOOK_MS)

    def _fate(self) -> None:
        """Let a send meet a fate, and something happen while nobody knows its outcome."""
        world = self._world
        world.next_send, world.next_send_meets = next(self._fates)
        until = world.clock.ms + PATIENCE_MS

        def then() -> None:
            self._random.choice(
                (self._jump, self._jump, self._others, self._others, self._nothing)
            )()
            self._then(self._fate)

        self._when(lambda: not world.next_send_meets or world.clock.ms > until, then, SOON_MS)

    def _jump(self) -> None:
        factor = self._random.choice((0.93, 0.97, 0.99, 1.01, 1.03, 1.1))
        for symbol in COINS:
            self._world.market.move(symbol, factor)
        self._world.venue.catch_up()

    def _others(self) -> None:
        """Let somebody buy a part of the newest target, or cancel it by hand, or both."""
        world, part = self._world, self._random.choice((ZERO, HALF, HALF))
        resting = (
            o for o in world.venue.books.orders(1).open() if o.is_open and bot_of(o.client_id)
        )
        targets = [o for o in resting if o.type is OrderType.LIMIT_MAKER and o.status == "NEW"]
        if not targets:
            return
        newest = max(targets, key=lambda order: order.id)
        world.market.trade(newest.symbol, newest.price, newest.remaining * part)
        world.venue.catch_up()
        if not part or self._random.random() < 0.5:
            world.trouble()
            with suppress(ApiError):
                world.venue.engine.cancel(world.account, newest)

    def _nothing(self) -> None:
        """Let nothing happen besides."""

    def _failing_write(self) -> None:
        world, struck = self._world, self._world.disk.struck
        if world.sql:
            return  # SQLite does not fail here
        world.disk.chance = DISK

        def then() -> None:
            world.disk.chance = 0.0
            self._then(self._failing_write, 10 * PAUSE_MS)

        self._when(lambda: world.disk.struck > struck, then, LOOK_MS)


def _shuffled(some: Sequence[T], random: Random) -> list[T]:
    return random.sample(some, len(some))
