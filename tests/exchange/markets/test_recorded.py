"""The recorded market."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from tests.skips import shared_data
from tradefleet.domain.candle import HOUR, INTERVALS, MINUTE, SECOND, Candles
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Side
from tradefleet.domain.recording import Recording
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.info.symbol_rules import ExchangeRules
from tradefleet.exchange.markets.klines import next_open, open_of
from tradefleet.exchange.markets.recorded import RecordedMarket, Replay
from tradefleet.exchange.protocols import Level
from tradefleet.exchange.rules.today import rules_of

BEGIN = 1_700_000_000_000 // HOUR * HOUR
WALL = ReplayClock(1_790_000_123_456, speed=None)
STEP = Replay(speed=None)


def recording(count=100, symbol="BTCUSDT", missing=(), interval="5m", price=100.0) -> Recording:
    length = {"1m": MINUTE, "5m": 5 * MINUTE, "1h": HOUR}[interval]
    numbers = np.array([n for n in range(count) if n not in missing])
    close = price + 0.25 * numbers
    candles = Candles.from_arrays(
        length,
        BEGIN + numbers * length,
        close - 0.05,
        close + 1.5,
        close - 1.5,
        close,
        np.full(len(numbers), 8.004),
    )
    return Recording(symbol, interval, candles)


def stepped(*recordings: Recording, **replay) -> RecordedMarket:
    return RecordedMarket(recordings or [recording()], WALL, replace(STEP, **replay))


def play(market: RecordedMarket, ms: int):
    market.step(ms)
    return list(market.advance())


def test_a_candle_is_played_as_open_low_high_and_close_inside_its_time():
    market = stepped()
    trades = play(market, 5 * MINUTE)
    opened = BEGIN + 10 * 5 * MINUTE
    assert [(trade.time - opened, trade.price, trade.opening) for trade in trades[:4]] == [
        (0, Decimal("102.45"), True),
        (100_000, Decimal("101.00"), False),
        (200_000, Decimal("104.00"), False),
        (5 * MINUTE - 1, Decimal("102.50"), False),
    ]
    assert sum(trade.quantity for trade in trades[:4]) == Decimal("8.004")
    assert trades[4].opening
    assert len(trades) == 5


def test_what_comes_before_the_start_is_history():
    market = stepped(start=BEGIN + 60 * 5 * MINUTE)
    assert market.now() == BEGIN + 60 * 5 * MINUTE
    rows = market.klines("BTCUSDT", "5m", None, None, 1000)
    assert len(rows) == 60
    assert market.last_price("BTCUSDT") == Decimal(rows[-1][4])


def test_at_speed_one_the_first_trading_candle_opens_now_on_the_grid():
    market = RecordedMarket([recording()], WALL, Replay(speed=1))
    first = next(iter(market.advance()))
    assert first.opening
    assert first.time == WALL.now() // (5 * MINUTE) * 5 * MINUTE
    assert 0 <= market.now() - first.time < 10 * SECOND
    assert market.klines("BTCUSDT", "5m", None, None, 1)[0][0] == first.time


def test_every_candle_of_the_recording_comes_back_exactly():
    source = recording()
    market = stepped(source)
    play(market, 100 * 5 * MINUTE)
    rows = market.klines("BTCUSDT", "5m", None, None, 1000)
    assert [row[0] for row in rows] == source.candles.open_time.tolist()
    for column, name in enumerate(("open", "high", "low", "close", "volume"), 1):
        assert [float(row[column]) for row in rows] == getattr(source.candles, name).tolist()
    assert rows[0][1] == "99.95000000"
    assert rows[0][6] == BEGIN + 5 * MINUTE - 1


def test_the_forming_candle_grows_with_what_was_played():
    market = stepped()
    play(market, 2 * MINUTE)
    row = market.klines("BTCUSDT", "5m", None, None, 1)[0]
    assert [Decimal(value) for value in row[1:6]] == [
        Decimal("102.45"), Decimal("102.45"), Decimal(101), Decimal(101), Decimal("4.002")
    ]  # fmt: skip


def test_larger_intervals_are_added_up():
    market = stepped()
    play(market, 60 * 5 * MINUTE)
    small = market.klines("BTCUSDT", "5m", BEGIN, BEGIN + HOUR - 1, 1000)
    large = market.klines("BTCUSDT", "1h", BEGIN, None, 1)[0]
    assert large[1] == small[0][1]
    assert Decimal(large[2]) == max(Decimal(row[2]) for row in small)
    assert Decimal(large[5]) == sum(Decimal(row[5]) for row in small)
    assert len(market.klines("BTCUSDT", "1M", None, None, 10)) == 1
    with pytest.raises(InputError, match="expected an interval"):
        market.klines("BTCUSDT", "7m", None, None, 10)


@pytest.mark.parametrize("interval", ["1s", "1m", "3m"])
def test_smaller_intervals_are_the_trades_that_were_played(interval):
    source = recording()
    market = stepped(source)
    trades = play(market, 40 * 5 * MINUTE + 2 * MINUTE)
    length = INTERVALS[interval]
    first, last = -(-trades[0].time // length) * length, market.now()
    rows = [
        row
        for opened in range(first, last, 1_000 * length)
        for row in market.klines("BTCUSDT", interval, opened, None, 1_000)
        if row[0] < opened + 1_000 * length
    ]
    assert [row[0] for row in rows] == list(range(first, last + 1, length))
    for row in rows:
        inside = [trade for trade in trades if row[0] <= trade.time <= row[6]]
        assert Decimal(row[5]) == sum(trade.quantity for trade in inside)
        if inside:
            prices = [trade.price for trade in inside]
            shown = [Decimal(text) for text in row[1:5]]
            assert shown == [prices[0], max(prices), min(prices), prices[-1]]
        else:
            assert len(set(row[1:5])) == 1


@pytest.mark.parametrize("zone", [8 * HOUR, -5 * HOUR - 30 * MINUTE, HOUR + MINUTE])
@pytest.mark.parametrize("interval", ["5m", "1h", "12h", "1d", "3d", "1w", "1M"])
def test_a_zone_moves_the_edges_of_candles_and_loses_nothing(interval, zone):
    market = stepped(recording(count=3_000))
    play(market, 3_000 * 5 * MINUTE - 1)
    rows = market.klines("BTCUSDT", interval, None, None, 1_000)
    moved = market.klines("BTCUSDT", interval, None, None, 1_000, zone)
    if interval != "5m":  # a thousand of which are not everything
        assert sum(Decimal(row[5]) for row in moved) == sum(Decimal(row[5]) for row in rows)
    for row in moved:
        assert row[0] == open_of(interval, row[0] + zone) - zone
        assert row[6] == next_open(interval, row[0] + zone) - zone - 1


def test_gaps_stay_gaps():
    market = stepped(recording(missing=range(20, 30)))
    play(market, 100 * 5 * MINUTE)
    times = [row[0] for row in market.klines("BTCUSDT", "5m", None, None, 1000)]
    assert BEGIN + 19 * 5 * MINUTE in times
    assert not [time for time in times if BEGIN + 20 * 5 * MINUTE <= time < BEGIN + 30 * 5 * MINUTE]
    newest = market.klines("BTCUSDT", "15m", None, BEGIN + 31 * 5 * MINUTE, 3)
    assert [row[0] for row in newest] == [BEGIN + n * 15 * MINUTE for n in (5, 6, 10)]


def test_at_the_end_the_symbol_goes_to_break():
    market = stepped()
    assert market.rules().symbols["BTCUSDT"].status == "TRADING"
    play(market, 90 * 5 * MINUTE)
    assert market.rules().symbols["BTCUSDT"].status == "BREAK"
    assert play(market, HOUR) == []


def test_a_loop_starts_again_at_later_times_with_the_prices_of_the_file():
    market = stepped(loop=True)
    first = play(market, 90 * 5 * MINUTE)
    again = play(market, 90 * 5 * MINUTE)
    assert again[-1].opening
    replayed = [first[-1], *again[:-1]]
    assert [trade.price for trade in replayed] == [trade.price for trade in first[:-1]]
    assert {b.time - a.time for a, b in zip(first, replayed, strict=False)} == {90 * 5 * MINUTE}
    rows = market.klines("BTCUSDT", "5m", None, None, 1000)
    assert set(np.diff([row[0] for row in rows])) == {5 * MINUTE}
    assert market.rules().symbols["BTCUSDT"].status == "TRADING"


def test_several_symbols_are_played_together_in_time_order():
    market = stepped(recording(), recording(300, "ETHUSDT", interval="1m", price=7.0))
    trades = play(market, HOUR)
    assert {trade.symbol for trade in trades} == {"BTCUSDT", "ETHUSDT"}
    assert [trade.time for trade in trades] == sorted(trade.time for trade in trades)


def test_rules_come_from_the_decimals_seen_unless_they_are_given():
    seen = stepped().rules().symbols["BTCUSDT"].instrument
    assert (seen.base, seen.quote) == ("BTC", "USDT")
    assert (seen.tick_size, seen.lot_step) == (Decimal("0.01"), Decimal("0.001"))
    given = rules_of(Instrument("BTCUSDT", "BTC", "USDT", tick_size=Decimal("0.0001")))
    market = stepped(rules=ExchangeRules.of([given]))
    assert market.rules().symbols == {"BTCUSDT": given}
    assert market.rules() is market.rules()


def test_a_recording_without_rules_among_those_given_is_refused():
    other = rules_of(Instrument("ETHUSDT", "ETH", "USDT"))
    with pytest.raises(InputError, match="no rules of BTCUSDT"):
        stepped(rules=ExchangeRules.of([other]))


def test_a_taker_gets_everything_at_the_price():
    market = stepped()
    play(market, 0)
    price = market.last_price("BTCUSDT")
    assert [level.price for level in market.depth("BTCUSDT", 5).asks] == [price]
    (level,) = market.offers("BTCUSDT", Side.BUY)
    assert level.price == price
    market.take("BTCUSDT", Level(price, Decimal(5000)))
    assert list(market.offers("BTCUSDT", Side.SELL)) == [level], "there is no end of it"
    assert market.offered("BTCUSDT", Side.SELL, price) == level.quantity
    assert market.offered("BTCUSDT", Side.SELL, price - 1) == 0


def test_a_price_that_was_set_is_where_the_recording_goes_on_in_proportion():
    market = stepped(recording(interval="1m"))
    play(market, 10 * SECOND)
    before = market.last_price("BTCUSDT")
    trade = market.set_price("BTCUSDT", Decimal(50))
    assert trade.opening
    assert market.last_price("BTCUSDT") == 50
    near = play(market, SECOND)
    assert all(abs(trade.price / 50 - 1) <= Decimal("0.0005") for trade in near)
    later = play(market, 5 * MINUTE)
    raw = stepped(recording(interval="1m"))
    expected = play(raw, 10 * SECOND + SECOND + 5 * MINUTE)[-1].price * 50 / before
    assert abs(later[-1].price - expected) < Decimal("0.02")
    touched = market.klines("BTCUSDT", "1m", None, None, 6)[0]
    assert Decimal(touched[2]) == before
    assert Decimal(touched[3]) < 50


@pytest.mark.parametrize("loop", [False, True])
def test_a_restart_goes_on_where_the_market_stood(loop):
    market = stepped(loop=loop)
    played = 110 if loop else 47
    play(market, played * 5 * MINUTE + 150 * SECOND)
    market.set_price("BTCUSDT", Decimal(64))
    play(market, 100 * SECOND)
    again = RecordedMarket([recording()], WALL, replace(STEP, loop=loop), market.state())
    assert again.now() == market.now()
    assert again.last_price("BTCUSDT") == market.last_price("BTCUSDT")
    rows = market.klines("BTCUSDT", "5m", None, None, 100 if not loop else 15)
    assert again.klines("BTCUSDT", "5m", None, None, 100 if not loop else 15) == rows
    assert play(again, 20 * MINUTE) == play(market, 20 * MINUTE)


def test_other_recordings_are_refused_after_a_restart():
    state = stepped().state()
    with pytest.raises(InputError, match="other recordings"):
        RecordedMarket([recording(101)], WALL, STEP, state)


def test_what_cannot_be_played_is_refused():
    with pytest.raises(InputError, match="expected one recording a symbol"):
        stepped(recording(), recording())
    with pytest.raises(InputError, match="before the end"):
        stepped(start=BEGIN + 1000 * HOUR)
    with pytest.raises(InputError, match="steps of 0.01"):
        stepped().set_price("BTCUSDT", Decimal("50.001"))
    with pytest.raises(InputError, match="expected a symbol"):
        stepped().last_price("XYZUSDT")


def test_a_real_recording_is_played_as_it_was():
    from tradefleet.adapters.candles.files import read_recording

    file = shared_data() / "klines" / "5m" / "DOGEUSDT-5m-20220801-20230927.parquet"
    source = read_recording(file)
    market = stepped(source)
    play(market, 3000 * 5 * MINUTE)
    rows = market.klines("DOGEUSDT", "5m", None, None, 1000)[:-1]
    first = int(np.searchsorted(source.candles.open_time, rows[0][0]))
    inside = source.candles.between(first, first + len(rows))
    assert [row[0] for row in rows] == inside.open_time.tolist()
    for column, name in enumerate(("open", "high", "low", "close", "volume"), 1):
        assert [float(row[column]) for row in rows] == getattr(inside, name).tolist()
