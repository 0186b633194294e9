"""The synthetic market."""

from collections import defaultdict
from decimal import Decimal
from itertools import islice

import numpy as np
import pytest

from tradefleet.domain.candle import DAY, HOUR, INTERVALS, MINUTE, SECOND
from tradefleet.domain.errors import InputError
from tradefleet.domain.order import Side
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.protocols import Level, MarketTrade

NOON = 1_790_000_000_000 // DAY * DAY + 12 * HOUR + 17 * SECOND
FEW = [coin for coin in COINS if coin.base in ("BTC", "ETH", "SOL", "DOGE")]
SYMBOLS = ("BTCUSDT", "DOGEUSDT")


def market(clock: ReplayClock, seed: int = 7, state=None) -> SyntheticMarket:
    return SyntheticMarket(clock, seed, state, FEW)


@pytest.fixture(scope="module")
def untouched() -> SyntheticMarket:
    """A market with all coins; nobody advances or trades on it."""
    return SyntheticMarket(ReplayClock(NOON, speed=None), 7)


def play(
    market: SyntheticMarket, clock: ReplayClock, ms: int, step: int = 100
) -> list[MarketTrade]:
    trades = []
    for _ in range(ms // step):
        clock.step(step)
        trades += market.advance()
    return trades


def test_the_same_seed_makes_the_same_market_and_another_seed_another(untouched):
    again = SyntheticMarket(ReplayClock(NOON, speed=None), 7)
    other = market(ReplayClock(NOON, speed=None), seed=8)
    for symbol in SYMBOLS:
        rows = untouched.klines(symbol, "1m", None, None, 1000)
        assert again.klines(symbol, "1m", None, None, 1000) == rows
        assert other.klines(symbol, "1m", None, None, 1000) != rows


@pytest.mark.parametrize("interval", [name for name, ms in INTERVALS.items() if ms <= HOUR])
def test_a_new_market_has_1500_candles_of_every_interval_up_to_an_hour(untouched, interval):
    newest = untouched.klines("ETHUSDT", interval, None, None, 1000)
    older = untouched.klines("ETHUSDT", interval, None, newest[0][0] - 1, 500)
    times = [row[0] for row in older + newest]
    assert len(times) == 1500
    assert set(np.diff(times)) == {INTERVALS[interval]}


def test_prices_lie_on_the_tick_grid_and_candles_enclose_open_and_close(untouched):
    for rules in (known.instrument for known in untouched.rules().symbols.values()):
        for row in untouched.klines(rules.symbol, "1m", None, None, 300):
            open_, high, low, close = map(Decimal, row[1:5])
            assert low <= min(open_, close) <= max(open_, close) <= high
            assert all(price % rules.tick_size == 0 for price in (open_, high, low, close))
            assert Decimal(row[5]) % rules.lot_step == 0


def test_single_trades_make_exactly_the_candles_the_market_shows():
    clock = ReplayClock(NOON // MINUTE * MINUTE, speed=None)
    live = market(clock)
    begin = live.now()
    trades = play(live, clock, 2 * MINUTE, step=500)
    for symbol in SYMBOLS:
        for interval in ("1s", "1m"):
            made = defaultdict(list)
            for trade in trades:
                if trade.symbol == symbol:
                    made[trade.time // INTERVALS[interval] * INTERVALS[interval]].append(trade)
            rows = live.klines(symbol, interval, begin, begin + 2 * MINUTE - 1, 1000)
            assert len(rows) == 2 * MINUTE // INTERVALS[interval]
            for row in rows:
                inside = made.get(row[0], [])
                prices = [trade.price for trade in inside] or [Decimal(row[1])]
                expected = [prices[0], max(prices), min(prices), prices[-1]]
                # A new market begins with the trade at the very start of its first minute.
                if row[0] > begin:
                    assert list(map(Decimal, row[1:5])) == expected
                    assert Decimal(row[5]) == sum(trade.quantity for trade in inside)
                    assert row[8] == len(inside)


def test_the_past_looks_the_same_to_a_market_that_was_not_there():
    clock = ReplayClock(NOON, speed=None)
    live = market(clock)
    play(live, clock, 3 * MINUTE, step=1000)
    later = market(ReplayClock(clock.now(), speed=None), state=live.state())
    for symbol in SYMBOLS:
        seen = live.klines(symbol, "1m", None, None, 1000)
        told = later.klines(symbol, "1m", None, None, 1000)
        # Open time to volume and the count of trades; quote volumes of the past are averages.
        assert [row[:6] + row[8:9] for row in seen] == [row[:6] + row[8:9] for row in told]
        assert live.last_price(symbol) == later.last_price(symbol)


def test_small_candles_add_up_to_large_ones(untouched):
    for small, large in (("1s", "1m"), ("1m", "5m"), ("1m", "1h"), ("1h", "1d"), ("15m", "4h")):
        big = untouched.klines("BTCUSDT", large, None, None, 3)[0]
        inside = untouched.klines("BTCUSDT", small, big[0], big[6], 1000)
        assert len(inside) == INTERVALS[large] // INTERVALS[small]
        assert big[1] == inside[0][1]
        assert Decimal(big[2]) == max(Decimal(row[2]) for row in inside)
        assert Decimal(big[3]) == min(Decimal(row[3]) for row in inside)
        assert big[4] == inside[-1][4]
        for column in (5, 8):
            assert Decimal(big[column]) == sum(Decimal(row[column]) for row in inside)


def test_a_price_that_was_set_is_where_the_market_goes_on():
    clock = ReplayClock(NOON, speed=None)
    live = market(clock)
    for symbol, price in (("BTCUSDT", Decimal("50000.01")), ("DOGEUSDT", Decimal("0.98765"))):
        trade = live.set_price(symbol, price)
        assert trade.price == price
        assert live.last_price(symbol) == price
        trades = [trade for trade in play(live, clock, SECOND) if trade.symbol == symbol]
        assert all(abs(trade.price / price - 1) <= Decimal("0.0005") for trade in trades)
        play(live, clock, 2 * MINUTE, step=1000)
        assert abs(live.last_price(symbol) / price - 1) < Decimal("0.02")


def test_a_price_that_was_set_survives_a_restart():
    clock = ReplayClock(NOON, speed=None)
    live = market(clock)
    live.set_price("BTCUSDT", Decimal(70000))
    play(live, clock, 30 * SECOND, step=1000)
    later = market(clock, state=live.state())
    assert later.last_price("BTCUSDT") == live.last_price("BTCUSDT")
    ours = play(live, clock, 2 * SECOND)
    assert ours == list(later.advance())


@pytest.mark.parametrize("price", ["100.001", "0", "2000000"])
def test_a_price_off_the_grid_or_out_of_bounds_is_refused(untouched, price):
    with pytest.raises(InputError, match="expected a price of BTCUSDT"):
        untouched.set_price("BTCUSDT", Decimal(price))


@pytest.mark.parametrize(
    ("down", "most"), [(3 * MINUTE, 9_000), (3 * HOUR, 6_000), (60 * HOUR, 20_000)]
)
def test_after_a_downtime_the_missed_time_is_handed_out_in_order(down, most):
    clock = ReplayClock(NOON, speed=None)
    live = market(clock)
    before = live.now()
    clock.step(down)
    trades = list(live.advance())
    times = [trade.time for trade in trades]
    assert times == sorted(times)
    assert before < times[0]
    assert before + down - 10 * SECOND < times[-1] <= before + down
    assert len(trades) < most
    for symbol in SYMBOLS:
        rows = live.klines(symbol, "1m", before // MINUTE * MINUTE + MINUTE, None, 1000)
        extremes = defaultdict(list)
        for trade in trades:
            if trade.symbol == symbol:
                extremes[trade.time // MINUTE * MINUTE].append(trade.price)
        for row in rows[:100] if down == 3 * HOUR else ():
            assert Decimal(row[2]) == max(extremes[row[0]])
            assert Decimal(row[3]) == min(extremes[row[0]])
        for interval in ("1s", "1m"):
            opens = [row[0] for row in live.klines(symbol, interval, None, None, 1000)]
            assert set(np.diff(opens)) == {INTERVALS[interval]}


def test_the_book_has_the_last_price_on_one_side_and_is_never_crossed(untouched):
    for rules in (known.instrument for known in untouched.rules().symbols.values()):
        depth = untouched.depth(rules.symbol, 20)
        bids = [level.price for level in depth.bids]
        asks = [level.price for level in depth.asks]
        assert len(bids) == len(asks) == 20
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert bids[0] < asks[0]
        assert untouched.last_price(rules.symbol) in (bids[0], asks[0])
        assert (asks[0] - bids[0]) / bids[0] < Decimal("0.001")


def test_what_a_taker_took_is_missing_and_comes_back():
    clock = ReplayClock(NOON, speed=None)
    live = market(clock)
    before = live.depth("SOLUSDT", 5).asks
    first, second = islice(live.offers("SOLUSDT", Side.BUY), 2)
    assert (first, second) == before[:2]
    live.take("SOLUSDT", first)
    live.take("SOLUSDT", Level(second.price, second.quantity - Decimal("0.001")))
    left = live.depth("SOLUSDT", 5).asks
    assert left[0] == Level(second.price, Decimal("0.001"))
    assert left[1] == before[2]
    assert live.offered("SOLUSDT", Side.BUY, first.price) == 0
    assert live.offered("SOLUSDT", Side.BUY, second.price) == Decimal("0.001")
    clock.step(20 * SECOND)
    assert live.depth("SOLUSDT", 5).asks == before


@pytest.mark.parametrize("side", list(Side))
def test_what_is_offered_is_the_same_whoever_asks(untouched, side):
    for rules in (known.instrument for known in untouched.rules().symbols.values()):
        depth = untouched.depth(rules.symbol, 5_000)
        levels = depth.asks if side is Side.BUY else depth.bids
        assert tuple(untouched.offers(rules.symbol, side)) == levels
        for level in levels[:40]:
            assert untouched.offered(rules.symbol, side, level.price) == level.quantity
        gaps = {levels[1].price + rules.tick_size, levels[0].price * 2} - {
            level.price for level in levels
        }
        assert all(not untouched.offered(rules.symbol, side, price) for price in gaps)


def test_our_own_trades_enter_the_candle():
    live = market(ReplayClock(NOON, speed=None))
    before = live.klines("BTCUSDT", "1m", None, None, 1)[0]
    price = Decimal(before[2]) + 5
    live.traded(MarketTrade("BTCUSDT", live.now(), price, Decimal("0.5"), False))
    after = live.klines("BTCUSDT", "1m", None, None, 1)[0]
    assert Decimal(after[2]) == Decimal(after[4]) == price
    assert Decimal(after[5]) - Decimal(before[5]) == Decimal("0.5")
    assert live.last_price("BTCUSDT") == price


def test_coins_move_as_real_ones_do(untouched):
    returns = {}
    for symbol in ("BTCUSDT", "ETHUSDT", "DOGEUSDT"):
        rows, start = [], NOON - 20 * DAY
        while len(rows) < 20 * 1440:
            rows += untouched.klines(symbol, "1m", start, None, 1000)
            start = rows[-1][6] + 1
        returns[symbol] = np.diff(np.log([float(row[4]) for row in rows]))
    for one in returns.values():
        size = np.abs(one)
        assert np.corrcoef(size[:-1], size[1:])[0, 1] > 0.1, "calm and wild times come in clusters"
        assert np.corrcoef(size[:-60], size[60:])[0, 1] > 0.05
        assert ((one - one.mean()) ** 4).mean() / one.var() ** 2 > 5, "tails are fat"
        assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 0.1, "returns cannot be foretold"
    year = np.sqrt(365 * 1440)
    assert 0.25 < returns["BTCUSDT"].std() * year < 1.0
    assert 0.45 < returns["DOGEUSDT"].std() * year < 1.8
    assert np.corrcoef(returns["BTCUSDT"], returns["ETHUSDT"])[0, 1] > 0.3


def test_the_wall_clock_cannot_be_stepped(untouched):
    with pytest.raises(InputError, match="--speed step"):
        untouched.step(1000)


def test_seconds_of_any_kept_hour_make_its_minutes(untouched):
    newest = untouched.klines("BTCUSDT", "1m", None, None, 1000)
    hours_ago = untouched.klines("BTCUSDT", "1m", None, newest[-1][0] - 6 * HOUR, 3)
    for minute in hours_ago:
        seconds = untouched.klines("BTCUSDT", "1s", minute[0], minute[6], 1000)
        assert [row[0] for row in seconds] == list(range(minute[0], minute[6], SECOND))
        assert seconds[0][1] == minute[1]
        assert max(Decimal(row[2]) for row in seconds) == Decimal(minute[2])
        assert min(Decimal(row[3]) for row in seconds) == Decimal(minute[3])
        assert seconds[-1][4] == minute[4]
        assert sum(Decimal(row[5]) for row in seconds) == Decimal(minute[5])
        assert sum(row[8] for row in seconds) == minute[8]


def test_the_edge_between_kept_seconds_and_those_made_again_has_no_gap(untouched):
    oldest = untouched.now() - 2 * HOUR - 5 * MINUTE
    rows = untouched.klines("ETHUSDT", "1s", oldest, None, 1000)
    assert [row[0] for row in rows] == [rows[0][0] + n * SECOND for n in range(1000)]


def test_days_begin_where_the_zone_says(untouched):
    days = untouched.klines("BTCUSDT", "1d", None, None, 5, 8 * HOUR)
    hours = untouched.klines("BTCUSDT", "1h", days[-2][0], days[-2][6], 1000)
    assert {row[0] % DAY for row in days} == {16 * HOUR}
    assert days[-2][1] == hours[0][1]
    assert sum(row[8] for row in hours) == days[-2][8]
