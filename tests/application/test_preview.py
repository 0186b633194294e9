"""How often a bot would have bought, told before it is made."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tests.fakes.clock import MIDNIGHT
from tests.fakes.exchange import BTCUSDT
from tradefleet.application.preview import MOST_CANDLES, candles_wanted, preview
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY, MINUTE, SECOND, Candles
from tradefleet.domain.signal import Action, Signal, hold

SETTINGS = BotSettings("", "BTCUSDT", "told", Decimal(100), interval="5m", every="15m")
STEP = 5 * MINUTE


class Told:
    """Says what it is told to, at each close."""

    needs_news = False

    def __init__(self, said: dict[int, Signal], warmup: int = 1) -> None:
        self._said = said
        self.warmup = warmup
        self.windows: list[int] = []

    def decide(self, candles: Candles, news: object = None) -> Signal:
        self.windows.append(len(candles))
        return self._said.get((candles.last_close_time + 1 - MIDNIGHT) // MINUTE, hold("waits"))


def a_day_at(*closes: float, gap_after: int | None = None) -> Candles:
    """Candles from midnight on; the prices stand still but for those given."""
    rows: list[Sequence[object]] = []
    for index, close in enumerate(closes):
        shift = 2 * 60 * MINUTE if gap_after is not None and index > gap_after else 0
        rows.append([MIDNIGHT + shift + index * STEP, close, close + 1, close - 1, close, 1.0])
    return Candles(STEP, rows)


BUY, SELL = Signal(Action.BUY), Signal(Action.SELL)


def test_it_looks_at_the_rhythm_of_the_bot_and_buys_once_until_it_has_sold():
    told = Told({15: BUY, 30: BUY, 45: SELL, 60: SELL, 75: BUY})

    found = preview(SETTINGS, BTCUSDT, told, a_day_at(*[100.0] * 18))

    assert (found.evaluations, found.buys, found.sells, found.entries) == (6, 3, 2, 2)
    assert (found.since, found.until) == (MIDNIGHT, MIDNIGHT + 90 * MINUTE - 1)
    assert found.sentence == (
        "In the last 1.5 hours it would have bought 2 times, 32.0 times a day. "
        "It looked 6 times and said BUY 3 times in all."
    )


def test_a_stop_ends_a_position_and_lets_it_buy_again():
    told = Told({15: BUY, 30: BUY})
    prices = [100.0] * 4 + [97.0] * 5

    assert preview(SETTINGS, BTCUSDT, told, a_day_at(*prices)).entries == 2


def test_levels_of_the_signal_stand_above_the_settings():
    wide = Signal(Action.BUY, stop_loss=Decimal(50))
    prices = [100.0] * 4 + [97.0] * 5

    assert preview(SETTINGS, BTCUSDT, Told({15: wide, 30: wide}), a_day_at(*prices)).entries == 1


ONCE = {15: BUY, 60: SELL}
NO_TARGET = {"take_profit": Decimal(0)}


def test_a_trailing_stop_is_followed_candle_by_candle_and_said():
    trails = replace(SETTINGS, trailing_stop=Decimal(2), stop_loss=Decimal(0), **NO_TARGET)
    prices = [100.0] * 4 + [105.0, 105.0] + [101.5] * 9

    said = preview(trails, BTCUSDT, Told(ONCE), a_day_at(*prices)).sentence

    assert said.endswith(
        "2 times its stop would have moved (trailing by 2 %), "
        "and ended 1 of these positions sooner."
    )


def test_a_stop_at_break_even_covers_both_fees_and_is_said():
    even = replace(SETTINGS, break_even=Decimal(1), **NO_TARGET)
    prices = [100.0] * 4 + [102.0] * 11

    said = preview(even, BTCUSDT, Told(ONCE), a_day_at(*prices)).sentence

    assert said.endswith("Once its stop would have moved (to break-even from 1 % on).")


def test_a_price_cap_is_played_and_counts_from_the_newest_price():
    lists = replace(BTCUSDT, oto_allowed=True, order_types=BTCUSDT.order_types | {"LIMIT_MAKER"})
    prices = [100.0] * 3 + [101.0] * 12

    found = preview(
        replace(SETTINGS, price_cap=Decimal("0.3")), lists, Told(ONCE), a_day_at(*prices)
    )

    assert found.entries == 1


def test_where_no_stop_can_rest_it_says_that_nothing_would_be_bought():
    bare = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET"}))
    still = a_day_at(*[100.0] * 15)

    assert "BTCUSDT takes no stop orders" in preview(SETTINGS, bare, Told(ONCE), still).sentence
    allowed = replace(SETTINGS, bot_side_stop=True)
    assert "no stop orders" not in preview(allowed, bare, Told(ONCE), still).sentence


def test_every_decision_sees_as_many_candles_as_its_strategy_needs_and_no_gap():
    told = Told({}, warmup=4)

    found = preview(SETTINGS, BTCUSDT, told, a_day_at(*[100.0] * 18, gap_after=8))

    assert min(told.windows) == 6
    assert found.evaluations > len(told.windows)  # those with a gap inside decide nothing
    assert "would not have bought at all" in found.sentence


def test_too_few_candles_are_said():
    found = preview(SETTINGS, BTCUSDT, Told({}, warmup=500), a_day_at(100.0))

    assert found.sentence == "Nobody can tell: it needs 500 candles to warm up, and there are 1."


def test_thirty_days_are_looked_at_where_that_is_not_too_much():
    assert candles_wanted(STEP, 500) == 30 * DAY // STEP + 499
    assert candles_wanted(SECOND, 500) == MOST_CANDLES
