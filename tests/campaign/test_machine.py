"""The campaign's world in the hands of Hypothesis: what it finds comes as a short list of steps."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from campaign.dice import FATES, HAPPENINGS, Dice
from campaign.market import COINS
from campaign.world import World
from tradefleet.domain.bot import Wish
from tradefleet.domain.candle import MINUTE, SECOND

RHYTHM = 6
EXAMPLES, STEPS = 70, 20


def _known_points() -> list[str]:
    """Return every crash point that is passed on an ordinary bad day."""
    fates = dict.fromkeys(("lost_before", "lost_after"), 0.1)
    world = World(0, Dice(fates=fates, kill=0.01, rhythm=RHYTHM, density=0.4, bots=2))
    return sorted(world.run(0.3).points)


class Fleet(RuleBasedStateMachine):
    """Two bots on one account; rules are what happens to them, one after another."""

    @initialize(seed=st.integers(0, 1_000))
    def a_fleet_runs(self, seed: int) -> None:
        self.world = World(seed, Dice(rhythm=RHYTHM, density=0.4, bots=2))
        self.world.begin()
        self.world.pass_time(20 * SECOND)

    @rule(seconds=st.sampled_from((1, 5, 20, 60, 300, 900)))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds * SECOND)

    @rule(percent=st.integers(-12, 12), symbol=st.sampled_from(sorted(COINS)))
    def the_price_moves(self, percent: int, symbol: str) -> None:
        self.world.market.move(symbol, 1 + percent / 100)
        self.world.venue.catch_up()
        self.world.oracle.look()

    @rule(fate=st.sampled_from(FATES), seconds=st.sampled_from((5, 40, 320)))
    def every_request_meets(self, fate: str, seconds: int) -> None:
        self.world.weather.fates = {fate: 1.0}
        self.world.pass_time(seconds * SECOND)
        self.world.weather.fates = {}

    @rule(fate=st.sampled_from(FATES))
    def the_next_order_meets(self, fate: str) -> None:
        """Whatever is placed or cancelled next, if anything is within a quarter of an hour."""
        self.world.next_send_meets = fate
        self.world.pass_time(15 * MINUTE)
        self.world.next_send_meets = ""

    @rule(lag_ms=st.sampled_from((300, 1_500, 4_000)), seconds=st.sampled_from((40, 320)))
    def answers_lag_behind(self, lag_ms: int, seconds: int) -> None:
        self.world.weather.lag, self.world.weather.lag_ms = 0.5, lag_ms
        self.world.pass_time(seconds * SECOND)
        self.world.weather.lag = 0.0

    @rule(seconds=st.sampled_from((5, 320)))
    def the_disk_fails(self, seconds: int) -> None:
        """Nothing can be sent that cannot be written: it is trouble for as long as it lasts."""
        self.world.disk.chance = 0.3
        for _ in range(seconds // 5):
            self.world.pass_time(5 * SECOND)
            self.world.trouble()
        self.world.disk.chance = 0.0

    @rule(place=st.floats(0, 1, exclude_max=True), number=st.integers(1, 3))
    def a_process_dies(self, place: float, number: int) -> None:
        """Let it die at the n-th passing of a point, within five minutes; it comes back."""
        point = POINTS[int(place * len(POINTS))]
        self.world.kill_at = (point, number)
        self.world.pass_time(5 * MINUTE)
        self.world.kill_at = None

    @rule(bot_id=st.integers(1, 2), host=st.sampled_from(("here", "elsewhere")))
    def a_second_process_starts(self, bot_id: int, host: str) -> None:
        self.world.processes.start(bot_id, host)

    @rule(kind=st.sampled_from(sorted(set(HAPPENINGS) - {"second_process"})))
    def people_and_the_exchange_act(self, kind: str) -> None:
        getattr(self.world.people, f"_{kind}")()

    @rule(bot_id=st.integers(1, 2), loss=st.integers(1, 5), profit=st.sampled_from((0, 2, 9)))
    def settings_change(self, bot_id: int, loss: int, profit: int) -> None:
        self.world.bots.change(bot_id, stop_loss=Decimal(loss), take_profit=Decimal(profit))

    @rule(bot_id=st.integers(1, 2), wish=st.sampled_from((Wish.PAUSE, Wish.STOP_KEEP)))
    def a_person_stops(self, bot_id: int, wish: Wish) -> None:
        self.world.bots.wish(bot_id, wish)

    @rule()
    def everything_is_to_be_sold(self) -> None:
        """The kill switch: one wish for all."""
        for bot_id in self.world.bots.rows:
            self.world.bots.wish(bot_id, Wish.STOP_SELL)
            self.world.processes.start(bot_id)

    @rule(bot_id=st.integers(1, 2))
    def a_person_starts(self, bot_id: int) -> None:
        self.world.restart_wish(bot_id)

    @invariant()
    def nothing_is_violated(self) -> None:
        if hasattr(self, "world"):
            assert not self.world.tally.violations, _told(self.world)

    def teardown(self) -> None:
        """Let the faults stop: all must come right, and all must be sold."""
        if hasattr(self, "world") and not self.world.tally.violations:
            self.world.finish()
            assert not self.world.tally.violations, _told(self.world)


def _told(world: World) -> str:
    return "\n".join(f"{v.invariant} bot {v.bot_id}: {v.text}" for v in world.tally.violations[:3])


POINTS = _known_points()

TestFleet = pytest.mark.timeout(900)(Fleet.TestCase)  # making it short takes its time
TestFleet.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
