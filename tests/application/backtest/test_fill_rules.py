"""The fill rules of a backtest, one by one, as the design has them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.backtest.told import BUY, FREE, SELL, STEP, Told, bot, market, played, still
from tests.fakes.clock import MIDNIGHT
from tests.fakes.exchange import BTCUSDT
from tradefleet.application.backtest.account import BEYOND_CAP
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.instrument import truncate
from tradefleet.domain.position import Trade
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.strategy import Headline

D = Decimal


def at(index: int) -> int:
    return MIDNIGHT + index * STEP


def way(trade: Trade) -> tuple[int, Decimal, int, Decimal, str]:
    entry, leave = ((t - MIDNIGHT) // STEP for t in (trade.entry_time, trade.exit_time))
    return entry, trade.entry_price, leave, trade.exit_price, str(trade.exit_reason)


def only_trade(result: object) -> Trade:
    (trade,) = result.trades  # type: ignore[attr-defined]
    return trade


def test_a_decision_at_a_close_fills_at_the_open_of_the_next_candle():
    candles = market((100, 100, 100, 100), (101, 103, 101, 102), (104, 104, 103, 103), *still(1))

    trade = only_trade(played(candles, {0: BUY, 1: SELL}))

    assert way(trade) == (1, D(101), 2, D(104), "signal")


def test_it_fills_at_the_next_candle_present_where_some_are_missing():
    candles = market(*still(2), (101, 101, 101, 101), *still(1), skip={2: 7})

    trade = only_trade(played(candles, {1: BUY}))

    assert (trade.entry_time, trade.entry_price) == (at(9), D(101))


def test_fees_are_taken_in_what_is_received():
    trade = only_trade(played(market(*still(4)), {0: BUY, 1: SELL}, Assumptions(fee=D("0.001"))))

    assert trade.quantity == D("0.999")  # 1 bought, 0.001 of it kept by the exchange
    assert trade.profit == D("0.999") * 100 * D("0.999") - 100
    assert trade.fees == D("0.001") * 100 + D("0.999") * 100 * D("0.001")


def test_the_quantity_is_cut_to_a_hundred_millionth_and_the_rest_stays_cash():
    result = played(
        market(*still(2, 3), *still(2, 6)), {0: BUY, 1: SELL}, settings=bot(take_profit=D(0))
    )

    assert only_trade(result).quantity == D("33.33333333")
    assert only_trade(result).cost == D("99.99999999")


def test_a_level_inside_a_candle_is_the_price():
    stopped = played(market(*still(2), (100, 101, 97, 99), *still(1)), {0: BUY})
    taken = played(market(*still(2), (100, 106, 99, 100), *still(1)), {0: BUY})

    assert way(only_trade(stopped)) == (1, D(100), 2, D(98), "stop_loss")
    assert way(only_trade(taken)) == (1, D(100), 2, D(105), "take_profit")


def test_an_open_beyond_a_level_is_the_price():
    stopped = played(market(*still(2), (95, 96, 94, 95), *still(1)), {0: BUY})
    taken = played(market(*still(2), (107, 108, 90, 100), *still(1)), {0: BUY})

    assert way(only_trade(stopped)) == (1, D(100), 2, D(95), "stop_loss")
    assert way(only_trade(taken)) == (1, D(100), 2, D(107), "take_profit")


def test_the_protection_rests_in_the_candle_of_the_entry_too():
    trade = only_trade(played(market(*still(1), (100, 101, 97, 99), *still(1)), {0: BUY}))

    assert way(trade) == (1, D(100), 1, D(98), "stop_loss")


def test_both_levels_in_one_candle_are_the_stop():
    trade = only_trade(played(market(*still(2), (100, 106, 97, 100), *still(1)), {0: BUY}))

    assert way(trade) == (1, D(100), 2, D(98), "stop_loss")


def finer(*ohlc: tuple[float, float, float, float], index: int) -> Candles:
    whole = market(*ohlc)
    return Candles.from_arrays(
        MINUTE,
        at(index) + (whole.open_time - MIDNIGHT) // 5,
        whole.open, whole.high, whole.low, whole.close, whole.volume,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "price", "reason"),
    [
        ([(100, 101, 99, 101), (101, 106, 101, 103), (103, 103, 97, 98)], 105, "take_profit"),
        ([(100, 101, 97, 98), (98, 106, 98, 106)], 98, "stop_loss"),
        ([(100, 106, 97, 100)], 98, "stop_loss"),  # even finer ones do not tell
        ([(100, 101, 99, 100)], 98, "stop_loss"),  # they do not know of it
    ],
)
def test_finer_candles_tell_which_level_came_first(minutes, price, reason):
    candles = market(*still(2), (100, 106, 97, 100), *still(1))

    trade = only_trade(played(candles, {0: BUY}, detail=finer(*minutes, index=2)))

    assert way(trade) == (1, D(100), 2, D(price), reason)


def test_finer_candles_tell_it_in_the_candle_of_the_entry_too():
    candles = market(*still(1), (100, 106, 97, 100), *still(1))
    detail = finer((100, 106, 99, 101), (101, 101, 97, 100), index=1)

    assert way(only_trade(played(candles, {0: BUY}, detail=detail)))[3:] == (D(105), "take_profit")


def test_a_sell_signal_and_a_level_at_the_same_open_are_the_signal():
    trade = only_trade(played(market(*still(2), (95, 96, 94, 95), *still(1)), {0: BUY, 1: SELL}))

    assert way(trade) == (1, D(100), 2, D(95), "signal")


def test_after_an_exit_inside_a_candle_its_close_may_enter_again():
    candles = market(*still(1), (100, 100, 97, 100), *still(2))

    result = played(candles, {0: BUY, 1: BUY})

    assert [way(trade)[:3] for trade in result.trades] == [(1, D(100), 1), (2, D(100), 3)]


def test_buy_while_holding_and_sell_while_flat_do_nothing():
    result = played(market(*still(8)), {0: SELL, 1: BUY, 2: BUY, 4: SELL, 5: SELL})

    assert [way(trade)[::2] for trade in result.trades] == [(2, 5, "signal")]


def test_slippage_worsens_market_and_stop_fills_and_never_the_target():
    slipping = Assumptions(fee=D(0), slippage=D("0.01"))

    def ended(*ohlc: tuple[float, float, float, float], **said: Signal) -> Trade:
        told = {0: BUY} | ({1: SELL} if said else {})
        return only_trade(played(market(*still(2), *ohlc), told, slipping))

    assert ended((100, 100, 100, 100), sell=SELL).exit_price == D(99)
    assert ended((100, 100, 90, 95)).exit_price == D(101) * D("0.98") * D("0.99")
    assert ended((100, 110, 100, 105)).exit_price == D(101) * D("1.05")
    assert ended((110, 110, 110, 110)).exit_price == D(110)
    assert ended((90, 90, 90, 90)).exit_price == D(90) * D("0.99")
    assert ended((100, 100, 100, 100)).exit_price == D(99)  # what is left at the end


def test_a_decision_on_the_last_candle_is_listed_and_not_filled():
    result = played(market(*still(3)), {2: BUY})

    assert result.trades == ()
    assert result.evaluated[-1].action is Action.BUY


def test_what_is_still_held_is_sold_at_the_last_close():
    trade = only_trade(played(market(*still(2), (100, 104, 99, 103)), {0: BUY}))

    assert way(trade) == (1, D(100), 2, D(103), "end")


def test_compounding_spends_what_there_is_and_fixed_at_most_the_amount():
    rising = market(*still(2), *still(2, 105), *still(2, 100))
    said = {0: BUY, 2: BUY}

    compound = played(rising, said, settings=bot(stop_loss=D(0)))
    fixed = played(rising, said, settings=bot(stop_loss=D(0), sizing=Sizing.FIXED))

    assert [t.cost for t in compound.trades] == [D(100), D(105)]
    assert fixed.trades[0].cost == D(100)
    assert D("99.999") < fixed.trades[1].cost <= D(100)


def test_a_buy_may_bring_its_own_share_stop_and_target():
    own = Signal(Action.BUY, fraction=D("0.6"), stop_loss=D("1.5"), take_profit=D(4))

    result = played(market(*still(2), (100, 104, 99, 100), *still(1)), {0: own})

    assert way(only_trade(result)) == (1, D(100), 2, D(104), "take_profit")
    assert only_trade(result).quantity == D("0.6")
    assert result.evaluated[0] == (at(1) - 1, Action.BUY, D("0.6"), D("1.5"), D(4))


def test_levels_that_are_off_are_never_reached():
    wild = market(*still(2), (100, 500, 1, 100), *still(1))
    off = bot(stop_loss=D(0), take_profit=D(0))

    assert way(only_trade(played(wild, {0: BUY}, settings=off)))[4] == "end"


def test_it_evaluates_at_its_rhythm_counted_from_the_epoch():
    told = Told({})

    result = play(Setup(bot(every="15m"), market(*still(9))), told)

    assert [e.close_time + 1 for e in result.evaluated] == [at(3), at(6), at(9)]


def test_candles_before_the_first_only_warm_up():
    told = Told({1: BUY, 4: BUY}, warmup=4)

    result = play(Setup(bot(), market(*still(7)), first=3), told)

    assert told.windows == [4, 5, 6, 7]
    assert [way(trade)[0] for trade in result.trades] == [5]


def test_too_few_candles_for_the_warm_up_are_a_hold():
    told = Told({0: BUY}, warmup=3)

    result = play(Setup(bot(), market(*still(5))), told)

    assert told.windows == [3, 4, 5]
    assert [e.action for e in result.evaluated] == [Action.HOLD] * 5


def test_a_window_is_what_a_bot_fetches_100_candles_or_the_warm_up():
    short, long = Told({}, warmup=2), Told({}, warmup=120)

    for told in (short, long):
        play(Setup(bot(), market(*still(130))), told)

    assert max(short.windows) == 100
    assert set(long.windows) == {120}


def test_a_gap_in_the_window_longer_than_is_borne_is_a_hold_and_the_run_goes_on():
    candles = market(*still(10), skip={4: 2, 7: 1})

    borne = played(candles, {5: BUY}, Assumptions(fee=D(0), max_gap=10 * MINUTE))
    not_borne = played(candles, {5: BUY, 6: BUY}, Assumptions(fee=D(0), max_gap=9 * MINUTE))

    assert [e.action for e in not_borne.evaluated[4:]] == [Action.HOLD] * 6
    assert (borne.gaps.count, borne.gaps.longest, borne.gaps.first_at) == (2, 10 * MINUTE, at(4))
    assert len(borne.evaluated) == 10


class Failing(Told):
    def decide(self, candles: Candles, news: object = None) -> Signal:
        raise StrategyError("it fell over")


def test_a_strategy_that_fails_holds_and_is_counted():
    result = play(Setup(bot(), market(*still(3))), Failing({}))

    assert [e.action for e in result.evaluated] == [Action.HOLD] * 3
    assert (result.failures, result.failure) == (3, "it fell over")


def test_headlines_published_later_do_not_exist():
    told = Told({})
    told.needs_news = True
    news = tuple(Headline(at(1) + shift, "text") for shift in (-2, -1, 0))

    play(Setup(bot(), market(*still(2)), news=news), told)

    assert told.news == [[*news[:2]], [*news]]


def test_without_levels_and_signals_nothing_happens():
    result = played(market(*still(3)), {})

    assert result.trades == ()
    assert list(result.equity()) == [100.0] * 3


def test_equity_is_cash_and_what_is_held_at_each_close():
    result = played(market(*still(2), (100, 104, 99, 103), (101, 101, 101, 101)), {0: BUY, 2: SELL})

    assert list(result.equity()) == [100, 100, 103, 101]


def test_an_interrupted_run_keeps_what_is_done():
    told = Told({0: BUY})

    result = play(Setup(bot(), market(*still(600))), told, lambda done, _all: done < 500)

    assert (result.played, result.is_complete) == (512, False)
    assert way(only_trade(result))[2:] == (511, D(100), "end")
    assert len(result.equity()) == 512


class TestWithAPriceCap:
    """As a bot that buys with a limit, and brings stop and target along."""

    def test_the_money_does_at_the_limit_too_and_what_is_paid_is_the_open(self):
        trade = only_trade(played(market(*still(4)), {0: BUY, 1: SELL}, settings=capped()))

        assert (trade.entry_price, trade.quantity) == (100, D("0.99700897"))  # 100 / 100.3, down

    def test_an_entry_that_slips_beyond_its_limit_is_called_off_and_said(self):
        result = played(market(*still(4)), {0: BUY}, slipping("0.0031"), capped())

        assert result.trades == ()
        assert result.denied == {BEYOND_CAP: 1}

    @pytest.mark.parametrize("levels", [("0", "0"), ("2", "0.3"), ("0", "0.2")])
    def test_without_levels_or_with_a_target_within_the_cap_it_buys_at_market(self, levels):
        stop, target = map(D, levels)
        terms = capped(stop_loss=stop, take_profit=target)

        trade = only_trade(played(market(*still(4)), {0: BUY, 1: SELL}, settings=terms))

        assert trade.quantity == 1

    def test_levels_lie_off_the_price_before_the_fill(self):
        candles = market(*still(2), (100, 100, 97, 97), *still(1, 97))

        trade = only_trade(played(candles, {0: BUY}, slipping("0.001"), capped()))

        assert trade.exit_price == D(98) * D("0.999")

    def test_a_stop_by_a_tenth_too_far_away_is_placed_anew_off_what_was_paid(self):
        candles = market(*still(2), (100, 100, 97, 97), *still(1, 97))
        terms = capped(stop_loss=D("0.7"))

        trade = only_trade(played(candles, {0: BUY}, slipping("0.001"), terms))

        assert trade.exit_price == D("100.1") * D("0.993") * D("0.999")

    def test_what_rests_sells_the_dust_of_earlier_trades_too(self):
        lists = BTCUSDT.order_types | {"LIMIT_MAKER"}
        takes_lists = replace(BTCUSDT, oto_allowed=True, order_types=lists)
        fee = Assumptions(fee=D("0.000492"))
        candles = market(*still(2), (100, 106, 100, 100), *still(1), (100, 106, 100, 100))

        result = played(candles, {0: BUY, 2: BUY}, fee, capped(), instrument=takes_lists)

        first, second = result.trades
        assert (first.quantity, first.dust) == (D("0.99650"), D("0.00000948"))
        bought = second.cost / 100
        kept = bought - truncate(bought * fee.fee, 8)
        assert second.quantity == truncate(kept + first.dust, 5) == truncate(kept, 5) + D("0.00001")
        assert second.dust == kept + first.dust - second.quantity

    def test_a_symbol_that_takes_no_lists_buys_at_market(self):
        said = {0: BUY, 1: SELL}

        result = played(market(*still(4)), said, settings=capped(), instrument=BTCUSDT)

        assert only_trade(result).quantity == 1


def capped(**more: Decimal) -> BotSettings:
    return bot(price_cap=D("0.3"), **more)


def slipping(part: str) -> Assumptions:
    return Assumptions(fee=D(0), slippage=D(part))


class TestWithTheRulesOfASymbol:
    def test_levels_lie_on_the_tick_at_the_safe_side(self):
        candles = market(*still(1), *still(1, 100.01), (100.01, 106, 100, 101), *still(1))

        trade = only_trade(played(candles, {0: BUY}, instrument=BTCUSDT))

        assert trade.exit_price == D("105.01")  # 100.01 * 1.05 = 105.0105, down

    def test_lots_are_cut_and_the_rest_of_the_coins_is_dust(self):
        fee = Assumptions(fee=D("0.001"))

        result = played(market(*still(4)), {0: BUY, 1: SELL}, fee, instrument=BTCUSDT)

        trade = only_trade(result)
        assert trade.quantity == D("0.999")
        assert trade.dust == 0

    def test_dust_is_worth_nothing_and_joins_the_next_position(self):
        fee = Assumptions(fee=D("0.000551"))
        said = {0: BUY, 1: SELL, 3: BUY, 5: SELL}

        first, second = played(market(*still(8)), said, fee, instrument=BTCUSDT).trades

        assert (first.quantity, first.dust) == (D("0.99944"), D("0.000009"))
        assert first.profit == first.quantity * 100 - D("0.05506914") - 100
        bought = second.cost / 100
        kept = bought - truncate(bought * D("0.000551"), 8)
        assert second.quantity + second.dust == kept + first.dust

    def test_an_entry_below_the_smallest_order_is_not_made_and_said(self):
        result = played(
            market(*still(3)), {0: Signal(Action.BUY, fraction=D("0.01"))}, instrument=BTCUSDT
        )

        assert result.trades == ()
        assert list(result.denied.values()) == [1]
        assert "the smallest order is worth 5 USDT, was 1" in next(iter(result.denied))

    def test_what_has_become_too_small_to_sell_is_dust_and_the_trade_is_closed(self):
        small = Signal(Action.BUY, fraction=D("0.05"))

        result = played(market(*still(2), *still(2, 97)), {0: small}, instrument=BTCUSDT)

        trade = only_trade(result)
        assert way(trade) == (1, D(100), 2, D(97), "stop_loss")
        assert (trade.quantity, trade.dust, trade.profit) == (0, D("0.05"), D(-5))


def test_assumptions_are_those_of_the_design():
    assert (FREE.slippage, Assumptions().fee, Assumptions().max_gap) == (0, D("0.001"), 60 * MINUTE)
