"""A stop that follows the price, on candles: known at a close, at work from the next one on."""

from decimal import Decimal as D

from tests.application.backtest.test_fill_rules import only_trade, way
from tests.application.backtest.told import BUY, FREE, bot, market, played, still
from tests.fakes.exchange import BTCUSDT
from tradefleet.application.backtest.setup import Assumptions
from tradefleet.domain.signal import Action, Signal

TRAILS = bot(trailing_stop=D(2), stop_loss=D(0), take_profit=D(0))
COVERS = bot(break_even=D(1), take_profit=D(0))


def test_it_lies_below_the_entry_from_the_entry_on():
    candles = market(*still(1), (100, 100, 97, 99), *still(1))

    trade = only_trade(played(candles, {0: BUY}, settings=TRAILS))

    assert way(trade) == (1, D(100), 1, D(98), "stop_loss")


def test_the_high_of_a_candle_counts_from_the_next_candle_on():
    candles = market(*still(1), (100, 110, 99, 109), (109, 109, 107, 108), *still(1))

    result = played(candles, {0: BUY}, settings=TRAILS)

    assert way(only_trade(result)) == (1, D(100), 2, D("107.8"), "stop_loss")
    assert result.stop_moves == (1,)


def test_an_open_below_what_the_last_high_made_of_it_is_the_price():
    candles = market(*still(1), (100, 110, 99, 104), (104, 112, 103, 105), *still(1))

    trade = only_trade(played(candles, {0: BUY}, settings=TRAILS))

    assert way(trade) == (1, D(100), 2, D(104), "stop_loss")


def test_it_never_moves_away_and_not_for_less_than_a_tenth_of_its_distance():
    said = {0: BUY}
    up = (100, 110, 99, 109)  # to 107.8
    barely = (109, 110.2, 109, 110)  # 107.996 would be a gain of less than 0.2204

    nothing = played(market(*still(1), up, barely, (109, 109, 108, 108)), said, FREE, TRAILS)
    enough = played(market(*still(1), up, (109, 110.3, 109, 110)), said, FREE, TRAILS)

    assert (nothing.stop_moves, str(only_trade(nothing).exit_reason)) == ((1,), "end")
    assert enough.stop_moves == (2,)


def test_from_a_gain_on_it_covers_both_fees():
    fee = Assumptions(fee=D("0.001"))
    candles = market(*still(1), (100, 101, 100, 101), (101, 101, 99, 100), *still(1))

    trade = only_trade(played(candles, {0: BUY}, fee, settings=COVERS))

    assert way(trade) == (1, D(100), 2, D("100.20030041"), "stop_loss")
    assert 0 <= trade.profit < D("1e-8")


def test_below_that_gain_it_stays_where_it_is():
    candles = market(*still(1), (100, 100.99, 100, 100.5), (100, 100, 97, 98), *still(1))

    trade = only_trade(played(candles, {0: BUY}, settings=COVERS))

    assert trade.exit_price == 98


def test_a_gain_smaller_than_the_costs_is_not_covered_yet():
    fee, covers = Assumptions(fee=D("0.001")), bot(break_even=D("0.1"), take_profit=D(0))
    candles = market(*still(1), (100, 100.2, 100, 100.1), (100.1, 100.2, 100, 100.2), *still(1))

    result = played(candles, {0: BUY}, fee, settings=covers)

    assert (result.stop_moves, str(only_trade(result).exit_reason)) == ((0,), "end")


def test_the_levels_of_a_signal_are_followed_too():
    own = Signal(Action.BUY, stop_loss=D(1))
    candles = market(*still(1), (100, 110, 99.5, 109), (109, 109, 107, 108), *still(1))

    trade = only_trade(played(candles, {0: own}, settings=TRAILS))

    assert way(trade) == (1, D(100), 2, D("107.8"), "stop_loss")


def test_it_lies_on_the_tick_of_the_symbol():
    candles = market(*still(1), (100, 110.01, 99, 110), (110, 110, 107, 108), *still(1))

    trade = only_trade(played(candles, {0: BUY}, settings=TRAILS, instrument=BTCUSDT))

    assert trade.exit_price == D("107.81")  # 110.01 * 0.98 = 107.8098, up
