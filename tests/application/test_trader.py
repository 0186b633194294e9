"""What a bot does between a candle and the record."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import BTCUSDT, Answer, FakeExchange
from tests.fakes.store import a_bot
from tradefleet.domain.bot import Wish
from tradefleet.domain.errors import ExchangeUnavailableError, OutcomeUnknownError, RuleBrokenError
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import OrderType, Purpose
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Action, Reason, Signal
from tradefleet.ports.journal import IntentState
from tradefleet.ports.notices import Finding, Severity

UNKNOWN_IS_OVER_S = 25


def test_a_buy_signal_becomes_a_protected_position(stage: Stage):
    assert stage.cycle(BUY) == "bought"

    assert stage.ledger.position.entry_price == 50_000
    assert stage.ledger.cash == 0
    stop, target = stage.exchange.resting
    assert (stop.stop_price, target.price) == (49_000, 52_500)
    assert stage.is_protected
    assert stage.trader.protection.by == "exchange"


def test_the_first_buy_spends_the_budget_fee_included(stage: Stage):
    stage.cycle(BUY)

    assert stage.exchange.quote == 900
    assert stage.ledger.position.quantity == Decimal("0.002") * Decimal("0.999")


def test_money_is_compounded():
    stage = Stage(FakeExchange(FakeClock(), fee_rate="0"), a_bot(take_profit=Decimal(5)))
    stage.cycle(BUY)
    stage.exchange.move("52500")
    stage.trader.keep()
    assert stage.ledger.cash == 105

    stage.exchange.move("50000")
    stage.cycle(BUY)

    assert stage.ledger.position.spent == 105
    assert [trade.exit_reason for trade in stage.ledger.trades] == [ExitReason.TAKE_PROFIT]


def test_a_buy_signal_while_holding_changes_nothing(stage: Stage):
    stage.cycle(BUY)
    assert stage.cycle(BUY) == "held"
    assert len(stage.exchange.bought()) == 1


def test_a_sell_signal_without_a_position_changes_nothing(stage: Stage):
    assert stage.cycle(SELL) == "held"
    assert not stage.exchange.orders


def test_a_sell_signal_sells_the_bots_own_lots_only(stage: Stage):
    stage.exchange.wallet["BTC"] = Decimal(3)  # somebody else's
    stage.cycle(BUY)
    assert stage.cycle(SELL) == "sold"

    assert not stage.exchange.resting
    assert stage.exchange.base == 3 + stage.ledger.dust
    assert stage.ledger.trades[0].exit_reason is ExitReason.SIGNAL
    assert stage.exchange.quote == 900 + stage.ledger.cash


def test_what_is_too_small_to_sell_is_booked_as_dust(stage: Stage):
    stage.cycle(BUY)
    stage.cycle(SELL)

    assert stage.ledger.dust == Decimal("0.000008")
    assert not stage.ledger.position.is_open


def test_a_stop_that_filled_is_booked_with_its_reason(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.move("48900")
    stage.trader.keep()

    assert stage.ledger.trades[0].exit_reason is ExitReason.STOP_LOSS
    assert stage.ledger.trades[0].exit_price == 48_900
    assert stage.trader.protection.by == ""


def test_the_log_tells_it_in_the_words_of_the_sketch(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.move("50500")
    stage.cycle()
    stage.cycle(SELL)

    assert "🟢 BUY signal generated!" in stage.log.lines
    assert "📊 Position: LONG @ $50000.00 | Current: $50500.00 | P&L: +1.00%" in stage.log.lines
    assert "⏳ Waiting for signal... (Current: HOLD, Price: $50500.00)" in stage.log.lines
    assert "🔴 SELL signal generated!" in stage.log.lines
    assert "🔴 CLOSED POSITION: BTC Bot" in stage.log.lines
    assert "   Exit: $50500.00" in stage.log.lines
    assert "   Profit: $0.39 (+0.39%)" in stage.log.lines


# ---------------------------------------------------------------- outcomes that are not known


def test_N1_an_order_whose_answer_was_lost_is_found_and_protected(stage: Stage):
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.cycle(BUY)

    assert stage.ledger.position.is_open
    assert stage.is_protected
    assert len(stage.exchange.bought()) == 1


def test_N2_an_order_that_cannot_be_found_blocks_entries_until_it_is_provably_absent(stage: Stage):
    stage.exchange.next_answer.append(Answer.LOST_BEFORE)
    assert stage.cycle(BUY) == "unknown"
    assert stage.trader.has_unknown

    stage.clock.advance(seconds=UNKNOWN_IS_OVER_S - 10)
    stage.trader.keep()
    assert stage.trader.has_unknown

    stage.clock.advance(seconds=UNKNOWN_IS_OVER_S)
    stage.trader.keep()
    assert not stage.trader.has_unknown
    assert stage.journal.intents[1].state is IntentState.ABSENT
    assert stage.cycle(BUY) == "bought"
    assert len(set(stage.exchange.sent)) == len(stage.exchange.sent)


def test_an_exit_takes_away_the_protection_that_was_placed_in_the_same_breath(stage: Stage):
    stage.exchange.next_answer.extend([None, Answer.LOST_BEFORE])
    with suppress(OutcomeUnknownError):
        stage.cycle(BUY)  # the protection never arrives

    with suppress(OutcomeUnknownError):
        stage.cycle()  # nothing is sent before the protection is known to be absent

    assert stage.cycle(SELL) == "sold"
    assert not stage.exchange.resting
    assert not stage.findings.codes


def test_N3_an_order_that_shows_up_late_is_adopted(stage: Stage):
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.exchange.hidden = True
    assert stage.cycle(BUY) == "unknown"
    stage.clock.advance(seconds=3)
    stage.exchange.hidden = False
    stage.trader.keep()

    assert stage.ledger.position.is_open
    assert stage.is_protected


def test_P9_a_sale_whose_outcome_is_unknown_is_never_repeated_while_it_may_live(stage: Stage):
    stage.exchange.wallet["BTC"] = Decimal(1)  # somebody else's: a second sale would succeed
    stage.cycle(BUY)
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.exchange.hidden = True
    stage.cycle(SELL)
    stage.trader.keep()
    stage.exchange.hidden = False
    stage.trader.keep()

    assert len(stage.exchange.sold()) == 1
    assert stage.exchange.base == 1 + stage.ledger.dust
    assert stage.ledger.trades[0].exit_reason is ExitReason.SIGNAL


def test_P6_protection_whose_answer_was_lost_is_found_and_not_placed_twice(stage: Stage):
    stage.exchange.next_answer.extend([None, Answer.LOST_AFTER])
    with pytest.raises(OutcomeUnknownError):
        stage.cycle(BUY)
    stage.trader.keep()

    assert stage.is_protected
    assert len(stage.exchange.lists) == 1
    assert stage.journal.decisions[-1].outcome == "bought"


# ---------------------------------------------------------------- what the exchange refuses


def test_a_price_already_through_the_stop_sells_at_once(stage: Stage):
    stage.cycle(BUY)
    for order in stage.exchange.resting:
        stage.exchange.cancel(order.client_order_id)
    stage.exchange.last = Decimal(48_000)
    stage.trader.keep()

    assert not stage.ledger.position.is_open
    assert stage.ledger.trades[0].exit_reason is ExitReason.STOP_LOSS


def test_a_price_that_falls_through_the_stop_while_it_is_placed_sells_at_once(stage: Stage):
    protect = stage.exchange.protect

    def protect_in_a_crash(request, since=None):  # the price falls between looking and placing
        stage.exchange.last = Decimal(48_000)
        return protect(request)

    stage.exchange.protect = protect_in_a_crash
    stage.cycle(BUY)

    assert not stage.ledger.position.is_open
    assert stage.ledger.trades[0].exit_price == 48_000


def test_D12_without_order_lists_the_stop_rests_alone_and_the_bot_watches_the_target(stage: Stage):
    stage.exchange.refuse_lists = True
    stage.cycle(BUY)
    assert [order.type for order in stage.exchange.resting] == [OrderType.STOP_LOSS]
    assert stage.trader.protection.by == "exchange"

    stage.exchange.last = Decimal(52_600)
    stage.look_twice()
    assert stage.ledger.trades[0].exit_reason is ExitReason.TAKE_PROFIT


def test_A16_what_the_exchange_cannot_hold_the_bot_watches_and_says_so(stage: Stage):
    stage.exchange.refuse_types = {OrderType.STOP_LOSS}
    stage.cycle(BUY)
    assert stage.trader.protection.by == "bot"
    assert "protection_by_bot" in stage.findings.codes
    sent = len(stage.exchange.sent)

    stage.trader.keep()
    assert len(stage.exchange.sent) == sent  # it does not knock at every look

    stage.exchange.last = Decimal(48_999)
    stage.look_twice()
    assert stage.ledger.trades[0].exit_reason is ExitReason.STOP_LOSS
    assert not stage.findings.codes


def test_protection_the_exchange_takes_later_moves_there(stage: Stage):
    stage.exchange.refuse_types = {OrderType.STOP_LOSS}
    stage.cycle(BUY)
    stage.exchange.refuse_types = set()
    stage.clock.advance(seconds=61)
    stage.trader.keep()

    assert stage.is_protected
    assert stage.trader.protection.by == "exchange"
    assert "protection_by_bot" not in stage.findings.codes


def test_a_symbol_without_market_stops_gets_a_stop_limit(clock: FakeClock):
    limited = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET", "STOP_LOSS_LIMIT"}))
    stage = Stage(FakeExchange(clock, instrument=limited))
    stage.cycle(BUY)

    assert OrderType.STOP_LOSS_LIMIT in {order.type for order in stage.exchange.resting}


def test_A12_a_stop_limit_that_was_jumped_over_is_replaced_by_a_sale(clock: FakeClock):
    limited = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET", "STOP_LOSS_LIMIT"}))
    stage = Stage(FakeExchange(clock, instrument=limited))
    stage.cycle(BUY)
    stage.exchange.last = Decimal(45_000)  # below the limit: the leg rests and does not fill
    stage.look_twice()

    assert not stage.ledger.position.is_open
    assert stage.ledger.trades[0].exit_reason is ExitReason.STOP_LOSS


def test_A4_protection_cancelled_by_hand_is_placed_again_and_said(stage: Stage):
    stage.cycle(BUY)
    for order in stage.exchange.resting:
        stage.exchange.cancel(order.client_order_id)
    stage.trader.keep()

    assert stage.is_protected
    said = stage.findings.now["protection_lost", 1]
    assert said.severity is Severity.ACT
    assert f"{plain(stage.ledger.position.quantity)} BTC ended at the exchange" in said.text
    assert "(STOP_LOSS CANCELED, LIMIT_MAKER CANCELED), unfilled" in said.text
    assert "placed again at once. If that is right, resume; else sell, or switch" in said.text


def test_what_became_of_cancelled_protection_is_over_once_the_position_is_sold(stage: Stage):
    stage.cycle(BUY)
    for order in stage.exchange.resting:
        stage.exchange.cancel(order.client_order_id)
    stage.trader.keep()
    stage.trader.sell_out()

    assert "protection_lost" not in stage.findings.codes


def test_a_bot_whose_account_was_reset_halts_and_sells_nothing(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.orders.clear()
    stage.exchange.lists.clear()
    sent = list(stage.exchange.sent)

    stage.trader.keep()  # one stale answer is not believed
    stage.clock.advance(seconds=UNKNOWN_IS_OVER_S)
    with pytest.raises(RuleBrokenError, match="the account was reset"):
        stage.trader.keep()
    with pytest.raises(RuleBrokenError, match="the account was reset"):
        stage.start().sell_out()

    assert stage.journal.newest_intent(Purpose.PROTECTION).state is IntentState.FORGOTTEN
    assert stage.exchange.sent == sent
    assert stage.ledger.position.is_open


def test_a_sale_that_is_refused_says_what_is_missing(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.wallet["BTC"] = Decimal("0.0001")
    stage.cycle(SELL)

    assert "shortfall" in stage.findings.codes


def test_A3_entries_wait_until_what_the_bots_lack_is_settled(stage: Stage):
    short = Finding("shortfall_USDT", Severity.ACT, "40 USDT were withdrawn", 1, stage.bot.id)
    stage.findings.open(replace(short, bot_id=stage.bot.id + 1))
    stage.cycle(BUY)
    assert stage.ledger.position.is_open

    stage.findings.open(short)
    stage.cycle(SELL)
    assert not stage.ledger.position.is_open
    assert stage.cycle(BUY) == "denied"
    assert not stage.ledger.position.is_open

    stage.findings.close("shortfall_USDT", stage.bot.id)
    assert stage.cycle(BUY) == "bought"


def test_a_stop_that_filled_and_left_dust_is_no_lost_protection(stage: Stage):
    stage.cycle(BUY)
    stage.findings.open(Finding("exit_refused", Severity.ACT, "of an earlier process", 1, 1))
    stage.exchange.move("48900")
    stage.start().keep()

    assert stage.ledger.dust
    assert not stage.findings.codes


def test_what_a_resting_leg_may_still_sell_is_no_dust(stage: Stage):
    stage.cycle(BUY)
    target = stage.exchange.resting[-1]
    stage.exchange.fill_part(target.client_order_id, target.quantity - Decimal("0.00001"))
    stage.trader.keep()

    assert stage.ledger.position.is_open
    assert not stage.ledger.trades


def test_D11_lots_that_change_while_holding_are_followed_at_once(stage: Stage):
    stage.cycle(BUY)
    coarser = replace(stage.exchange.instrument_, lot_step=Decimal("0.0001"))
    stage.exchange.instrument_ = coarser
    stage.cycle(SELL)

    assert stage.exchange.sold()[-1].quantity % coarser.lot_step == 0


def test_N19_P12_a_leg_that_fills_while_it_is_cancelled_was_the_exit(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.before_cancel = lambda: stage.exchange.move("48900")
    stage.cycle(SELL)

    assert len(stage.exchange.sold()) == 1
    assert stage.ledger.trades[0].exit_reason is ExitReason.STOP_LOSS


def test_A10_a_sale_that_expires_half_done_goes_on_with_a_new_order(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.fill_share = Decimal("0.5")
    stage.cycle(SELL)

    assert len(stage.exchange.sold()) > 1
    assert len(set(stage.exchange.sent)) == len(stage.exchange.sent)
    assert not stage.ledger.position.is_open or stage.is_protected


def test_A10_a_buy_that_expires_half_done_protects_the_half(stage: Stage):
    stage.exchange.fill_share = Decimal("0.5")
    stage.cycle(BUY)

    assert stage.ledger.position.bought == Decimal("0.001")
    assert stage.is_protected


def test_D11_a_stop_that_goes_on_is_put_on_the_ticks_there_are_now(stage: Stage):
    stage.cycle(BUY)
    stage.change(stop_loss=Decimal(1))
    stage.look_twice()
    stage.change(stop_loss=Decimal(5))  # further away: the stop stays where it is
    coarse = Decimal(400)
    stage.exchange.instrument_ = replace(stage.exchange.instrument_, tick_size=coarse)
    for order in tuple(stage.exchange.resting):
        stage.exchange.cancel(order.client_order_id)
    stage.look_twice()

    assert stage.is_protected
    stops = [order.stop_price for order in stage.exchange.resting if order.stop_price]
    assert stops
    assert not any(stop % coarse for stop in stops)


def test_a_new_process_whose_first_sale_is_refused_still_says_that_something_is_held(stage: Stage):
    """Empty would mean flat, and a flat bot looks at the world once in half a minute."""
    stage.cycle(BUY)
    for order in tuple(stage.exchange.resting):
        stage.exchange.cancel(order.client_order_id)
    stage.exchange.move("48900")
    trader = stage.start()
    stage.exchange.next_answer.extend([Answer.REFUSED, Answer.REFUSED])
    trader.keep()
    stage.exchange.clock.advance(seconds=2)
    trader.keep()

    assert "exit_refused" in stage.findings.codes
    assert stage.ledger.position.is_open
    assert trader.protection.by == "none"


def test_a_refused_sale_leaves_the_position_protected_and_says_so(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.next_answer.append(Answer.REFUSED)
    assert stage.cycle(SELL) == "refused"

    assert stage.is_protected
    assert "exit_refused" in stage.findings.codes


def test_A1_too_little_money_waits_for_funds_and_warns_once(clock: FakeClock):
    stage = Stage(FakeExchange(clock, usdt="40"))
    assert stage.cycle(BUY) == "refused"
    assert stage.cycle(BUY) == "refused"

    warnings = [line for line in stage.log.lines if line.startswith("WARNING waiting for funds")]
    assert warnings == [
        "WARNING waiting for funds: the account has 40 USDT free, the bot needs 100"
    ]
    assert "waiting for funds" in stage.trader.waiting_for


def test_N22_after_three_refusals_in_a_row_the_next_order_waits(stage: Stage):
    stage.exchange.next_answer.extend([Answer.REFUSED] * 3)
    outcomes = []
    for _ in range(5):
        stage.clock.advance(seconds=1)
        stage.strategy.next = BUY
        stage.journal.intents.clear()  # each on a candle of its own
        outcomes.append(stage.trader.cycle().outcome)
    assert outcomes == ["refused", "refused", "refused", "denied", "denied"]
    assert stage.cycle(BUY) == "bought"


def test_an_exchange_that_takes_no_order_moves_no_money(stage: Stage):
    stage.exchange.next_answer.append(Answer.UNAVAILABLE)
    assert stage.cycle(BUY) == "refused"
    assert stage.ledger.cash == 100
    assert stage.cycle(BUY) == "bought"


def test_an_outage_keeps_the_evaluation_due(stage: Stage):
    stage.exchange.down = True
    with pytest.raises(ExchangeUnavailableError):
        stage.cycle(BUY)
    assert not stage.journal.decisions


# ---------------------------------------------------------------- wishes and settings


def test_a_paused_bot_buys_nothing_and_still_sells(stage: Stage):
    stage.cycle(BUY)
    stage.trader.adopt(replace(stage.bot, wish=Wish.PAUSE))
    assert stage.cycle(SELL) == "sold"
    assert stage.cycle(BUY) == "denied"
    assert "paused" in stage.trader.waiting_for


def test_a_market_whose_prices_stand_still_is_not_entered_and_still_left(stage: Stage):
    stage.is_frozen = True
    assert stage.cycle(BUY) == "denied"
    assert "frozen" in stage.trader.waiting_for

    stage.is_frozen = False
    stage.cycle(BUY)
    stage.is_frozen = True
    assert stage.cycle(SELL) == "sold"


def test_selling_out_takes_the_protection_away_first(stage: Stage):
    stage.cycle(BUY)
    assert stage.trader.sell_out()
    assert not stage.exchange.resting
    assert stage.ledger.trades[0].exit_reason is ExitReason.MANUAL


def test_P14_W6_a_tighter_stop_counts_at_once_a_looser_one_from_the_next_position(stage: Stage):
    stage.cycle(BUY)
    stage.change(stop_loss=Decimal(1))
    stage.trader.keep()
    assert stage.exchange.resting[0].stop_price == 49_500

    stage.change(stop_loss=Decimal(10), take_profit=Decimal(20))
    stage.trader.keep()
    stop, target = stage.exchange.resting
    assert (stop.stop_price, target.price) == (49_500, 60_000)


def test_levels_the_signal_brought_survive_a_restart(stage: Stage):
    own = Signal(Action.BUY, (Reason("breakout"),), stop_loss=Decimal(5), take_profit=Decimal(10))
    stage.cycle(own)
    for order in stage.exchange.resting:
        stage.exchange.cancel(order.client_order_id)
    stage.start().keep()

    stop, target = stage.exchange.resting
    assert (stop.stop_price, target.price) == (47_500, 55_000)


def test_a_bot_without_stop_and_target_holds_without_protection(exchange: FakeExchange):
    stage = Stage(exchange, a_bot(stop_loss=Decimal(0), take_profit=Decimal(0)))
    stage.cycle(BUY)
    assert not exchange.resting
    assert stage.trader.protection.by == "none"
    assert stage.cycle(SELL) == "sold"


# ---------------------------------------------------------------- data and strategies


def test_T6_a_candle_is_acted_on_once(stage: Stage):
    stage.cycle(BUY)
    stage.exchange.move("48900")
    stage.exchange.last = Decimal(50_000)
    stage.strategy.next = BUY
    decision = stage.start().cycle()  # the same candle, after a restart

    assert decision is not None
    assert decision.outcome == "denied"
    assert len(stage.exchange.bought()) == 1


def test_a_candle_that_is_not_there_yet_decides_nothing(stage: Stage):
    assert stage.trader.cycle(not_before=stage.clock.now() + 60_000) is None
    assert not stage.journal.decisions


def test_every_evaluation_leaves_a_record(stage: Stage):
    stage.cycle()
    stage.cycle(BUY)
    stage.cycle(SELL)
    assert [(d.action, d.outcome) for d in stage.journal.decisions] == [
        ("HOLD", "held"),
        ("BUY", "bought"),
        ("SELL", "sold"),
    ]
    assert stage.journal.decisions[1].reasons[0].text == "RSI below 30 (now 25)"


def test_a_commission_in_bnb_makes_no_lot_smaller(clock: FakeClock):
    exchange = FakeExchange(clock, fee_asset="BNB")
    exchange.wallet["BNB"] = Decimal(1)
    stage = Stage(exchange)
    stage.cycle(BUY)
    assert stage.ledger.position.quantity == Decimal("0.002")
    stage.cycle(SELL)
    assert stage.ledger.profit == Decimal("-0.2")
    assert stage.ledger.dust == 0


def test_A13_two_bots_on_one_coin_touch_only_their_own(exchange: FakeExchange):
    first, second = Stage(exchange, a_bot(1)), Stage(exchange, a_bot(2))
    first.cycle(BUY)
    second.cycle(BUY)
    first.cycle(SELL)

    assert not first.ledger.position.is_open
    assert second.ledger.position.is_open
    assert second.is_protected
    assert exchange.base == first.ledger.base + second.ledger.base
    assert exchange.quote == 800 + first.ledger.cash + second.ledger.cash
