"""An entry that brings its stop and target along, and what becomes of stops that move."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import BTCUSDT, Answer, FakeExchange
from tests.fakes.store import a_bot
from tradefleet.domain.errors import OutcomeUnknownError
from tradefleet.domain.instrument import plain, truncate
from tradefleet.domain.order import OrderStatus, OrderType, ProtectionRequest, Purpose, Side
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Action, Signal
from tradefleet.ports.exchange import Price
from tradefleet.ports.journal import IntentState
from tradefleet.ports.notices import Severity

WITH_LISTS = replace(BTCUSDT, oto_allowed=True, order_types=BTCUSDT.order_types | {"LIMIT_MAKER"})


@pytest.fixture
def stage(clock: FakeClock) -> Stage:
    return Stage(FakeExchange(clock, instrument=WITH_LISTS))


def stage_of(clock: FakeClock, **settings: object) -> Stage:
    return Stage(FakeExchange(clock, instrument=WITH_LISTS), a_bot(**settings))


def protection(stage: Stage) -> ProtectionRequest:
    intent = stage.journal.newest_intent(Purpose.PROTECTION)  # type: ignore[attr-defined]
    assert isinstance(intent.request, ProtectionRequest)
    return intent.request


def stop_at(stage: Stage) -> Decimal:
    [stop] = [order.stop_price for order in stage.exchange.resting if order.stop_price]
    return stop


def moves_before_the_entry_arrives(stage: Stage, price: str) -> None:
    enter = stage.exchange.enter

    def late(*requests: object) -> object:
        stage.exchange.last = Decimal(price)
        return enter(*requests)  # type: ignore[arg-type]

    stage.exchange.enter = late  # type: ignore[method-assign, assignment]


# ---------------------------------------------------------------- one request


def test_entry_stop_and_target_leave_in_one_request(stage: Stage) -> None:
    assert stage.cycle(BUY) == "bought"
    assert len(stage.exchange.sent) == 1
    [bought] = stage.exchange.bought()
    assert (bought.type, bought.price) == (OrderType.LIMIT, Decimal(50150))
    assert {(o.type, o.status) for o in stage.exchange.resting} == {
        (OrderType.STOP_LOSS, OrderStatus.NEW),
        (OrderType.LIMIT_MAKER, OrderStatus.NEW),
    }
    assert stage.trader.protection.by == "exchange"
    assert stop_at(stage) == 49000


@pytest.mark.parametrize(
    ("levels", "type_"),
    [
        ({"take_profit": Decimal(0)}, OrderType.STOP_LOSS),
        ({"stop_loss": Decimal(0)}, OrderType.LIMIT_MAKER),
    ],
)
def test_an_entry_with_only_one_of_them_brings_that_along(
    clock: FakeClock, levels: dict[str, Decimal], type_: OrderType
) -> None:
    stage = stage_of(clock, **levels)
    assert stage.cycle(BUY) == "bought"

    assert len(stage.exchange.sent) == 1
    [exit_] = stage.exchange.resting
    assert (exit_.type, exit_.status) == (type_, OrderStatus.NEW)
    assert stage.trader.protection.by == "exchange"
    stage.start()
    stage.trader.keep()
    assert len(stage.exchange.sent) == 1


def test_each_position_is_measured_by_itself_even_after_dust(stage: Stage) -> None:
    for _ in range(2):
        assert stage.cycle(BUY) == "bought"
        intent = stage.journal.newest_intent(Purpose.PROTECTION)  # type: ignore[attr-defined]
        assert intent.naked_ms == 0
        assert stage.cycle(SELL) == "sold"


def test_the_dust_of_earlier_trades_is_sold_with_the_next_position(stage: Stage) -> None:
    stage.exchange.fee_rate = Decimal("0.00145")
    for _ in range(2):
        assert stage.cycle(BUY) == "bought"
        stage.exchange.move("52600")
        stage.trader.keep()
        stage.exchange.move("50000")
    first, second = stage.trader.ledger.trades

    assert first.dust > 0
    lot, coins = WITH_LISTS.lot_step, second.cost / 50_000
    left = coins - truncate(coins * stage.exchange.fee_rate, 8)
    assert second.quantity == WITH_LISTS.floor_quantity(left) + lot
    assert second.dust == left + first.dust - second.quantity < lot


def test_a_lone_stop_needs_no_order_lists_of_two(clock: FakeClock) -> None:
    no_pairs = replace(WITH_LISTS, oco_allowed=False)
    stage = Stage(FakeExchange(clock, instrument=no_pairs), a_bot(take_profit=Decimal(0)))
    assert stage.cycle(BUY) == "bought"
    assert len(stage.exchange.sent) == 1
    intent = stage.journal.newest_intent(Purpose.PROTECTION)  # type: ignore[attr-defined]
    assert (intent.state, intent.naked_ms) == (IntentState.ACCEPTED, 0)


def test_the_position_was_never_bare_and_that_is_written_down(stage: Stage) -> None:
    stage.cycle(BUY)

    intent = stage.journal.newest_intent(Purpose.PROTECTION)  # type: ignore[attr-defined]
    assert (intent.state, intent.naked_ms) == (IntentState.ACCEPTED, 0)


def test_the_exits_sell_no_more_than_the_commission_leaves(stage: Stage) -> None:
    stage.exchange.wallet["BTC"] = Decimal(1)  # somebody else's
    stage.cycle(BUY)
    stage.exchange.move("48000")
    stage.trader.keep()

    assert stage.exchange.wallet["BTC"] >= 1
    assert not stage.exchange.resting


def test_both_intents_are_written_down_before_anything_is_sent(stage: Stage) -> None:
    stage.exchange.next_answer.append(Answer.LOST_BEFORE)
    stage.cycle(BUY)

    opened = stage.journal.open_intents()  # type: ignore[attr-defined]
    assert [intent.purpose for intent in opened] == [Purpose.ENTRY, Purpose.PROTECTION]


def test_an_entry_never_pays_more_than_its_cap(stage: Stage) -> None:
    moves_before_the_entry_arrives(stage, "51000")
    assert stage.cycle(BUY) == "unknown"
    stage.clock.advance(seconds=4)
    stage.trader.keep()

    assert not stage.exchange.bought()
    assert not stage.exchange.resting
    assert not stage.trader.has_unknown


# ---------------------------------------------------------------- cancelled by somebody else


def waits_at_its_limit(stage: Stage) -> ProtectionRequest:
    """Let an entry rest at its limit; return its exits, with which it is cancelled."""
    moves_before_the_entry_arrives(stage, "51000")
    assert stage.cycle(BUY) == "unknown"
    return protection(stage)


def test_A4_an_entry_cancelled_by_hand_is_said_with_what_to_do(stage: Stage) -> None:
    exits = waits_at_its_limit(stage)
    stage.clock.advance(seconds=1)
    stage.exchange.cancel_protection(exits)
    stage.trader.keep()

    said = stage.findings.now["entry_cancelled", 1]
    assert said.severity is Severity.ACT
    assert "not by the bot; nothing was bought" in said.text
    assert "resume; else pause it" in said.text
    assert not stage.trader.has_unknown


def test_A4_what_a_cancelled_entry_had_bought_is_said_and_protected(stage: Stage) -> None:
    exits = waits_at_its_limit(stage)
    stage.exchange.last = Decimal(50_100)
    stage.exchange.fill_entry(exits.list_client_order_id, Decimal("0.5"))
    stage.exchange.cancel_protection(exits)
    stage.trader.keep()

    held = plain(stage.ledger.position.quantity)
    assert f"{held} BTC of it were bought" in stage.findings.now["entry_cancelled", 1].text
    assert Decimal(held)
    assert stage.trader.protection.by == "exchange"


def test_an_entry_that_the_bot_calls_off_itself_is_nobody_else_s_doing(stage: Stage) -> None:
    waits_at_its_limit(stage)
    stage.clock.advance(seconds=3)
    stage.trader.keep()

    assert not stage.trader.has_unknown
    assert "entry_cancelled" not in stage.findings.ever


def test_an_entry_called_off_by_a_process_that_died_is_nobody_else_s_doing(stage: Stage) -> None:
    exits = waits_at_its_limit(stage)
    stage.clock.advance(seconds=3)
    stage.exchange.cancel_protection(exits)  # the call went out, and the process died
    stage.start().keep()

    assert not stage.trader.has_unknown
    assert "entry_cancelled" not in stage.findings.ever


# ---------------------------------------------------------------- filled at another price


@pytest.mark.parametrize(
    ("percent", "filled_at", "stop"),
    [
        ("2", "50100", "49000"),  # 49098 would be two percent: less than a tenth of its distance
        ("1", "50050", "49500"),  # 49549.5 would be one percent
        ("1", "50100", "49599"),  # a tenth of its distance too far: it is tightened
        ("0.5", "50140", "49889.3"),
        ("1", "49900", "49500"),  # nearer than asked: it never moves away from the price
    ],
)
def test_a_stop_made_before_the_fill_is_tightened_where_it_is_much_too_far_away(
    clock: FakeClock, percent: str, filled_at: str, stop: str
) -> None:
    stage = stage_of(clock, stop_loss=Decimal(percent))
    moves_before_the_entry_arrives(stage, filled_at)
    assert stage.cycle(BUY) == "bought"
    assert stop_at(stage) == Decimal(stop)
    assert stage.is_protected

    sent = len(stage.exchange.sent)
    stage.start()
    stage.trader.keep()
    assert (stop_at(stage), len(stage.exchange.sent)) == (Decimal(stop), sent)


def test_the_target_is_placed_anew_only_together_with_the_stop(clock: FakeClock) -> None:
    near, far = stage_of(clock, stop_loss=Decimal(2)), stage_of(clock, stop_loss=Decimal(1))
    for stage, target in ((near, 52500), (far, 52605)):
        moves_before_the_entry_arrives(stage, "50100")
        stage.cycle(BUY)
        assert [o.price for o in stage.exchange.resting if not o.stop_price] == [target]


# ---------------------------------------------------------------- not filled whole


def test_A10_what_has_not_filled_in_time_is_called_off_and_its_part_protected(stage: Stage) -> None:
    stage.exchange.fill_share = Decimal("0.5")
    stage.cycle(BUY)
    assert stage.trader.has_unknown

    stage.clock.advance(seconds=4)
    stage.trader.keep()

    held = stage.trader.ledger.position.quantity
    [stop, target] = stage.exchange.resting
    assert stop.quantity == target.quantity == WITH_LISTS.floor_quantity(held)
    assert stage.trader.protection.by == "exchange"
    intent = stage.journal.newest_intent(Purpose.PROTECTION)  # type: ignore[attr-defined]
    assert 0 < intent.naked_ms <= 5_000
    assert stop_at(stage) >= 49000


def test_a_part_too_small_to_sell_is_kept_as_dust_and_the_bot_goes_on(stage: Stage) -> None:
    stage.exchange.fill_share = Decimal("0.02")
    stage.cycle(BUY)
    stage.clock.advance(seconds=4)
    stage.trader.keep()

    assert not stage.trader.ledger.position.is_open
    assert stage.trader.ledger.dust > 0
    stage.exchange.fill_share = Decimal(1)
    assert stage.cycle(BUY) == "bought"
    assert not stage.trader.ledger.dust


def test_what_fills_in_time_is_left_alone(stage: Stage) -> None:
    stage.exchange.fill_share = Decimal("0.5")
    stage.cycle(BUY)
    stage.exchange.fill_entry(protection(stage).list_client_order_id)
    stage.clock.advance(seconds=1)
    stage.trader.keep()

    assert stage.trader.protection.by == "exchange"
    assert len(stage.exchange.sent) == 1


def test_legs_that_were_rejected_are_placed_again_at_once(stage: Stage) -> None:
    stage.exchange.refuse_types = {OrderType.STOP_LOSS, OrderType.LIMIT_MAKER}
    fill = stage.exchange.fill_entry

    def fill_and_have_room_again(*args: object) -> None:
        fill(*args)  # type: ignore[arg-type]
        stage.exchange.refuse_types = set()

    stage.exchange.fill_entry = fill_and_have_room_again  # type: ignore[method-assign, assignment]
    stage.cycle(BUY)

    assert stage.trader.protection.by == "exchange"
    assert len(stage.exchange.sent) == 2


# ---------------------------------------------------------------- recovery


def test_a_lost_answer_is_found_with_its_exits(stage: Stage) -> None:
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.cycle(BUY)
    stage.start()
    stage.trader.keep()

    assert stage.trader.protection.by == "exchange"
    assert len(stage.exchange.bought()) == 1
    assert len(stage.exchange.sent) == 1


def test_exits_are_never_booked_before_their_entry(stage: Stage) -> None:
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.cycle(BUY)
    stage.exchange.move("48000")  # the stop has filled already
    stage.start()
    stage.trader.keep()

    [trade] = stage.trader.ledger.trades
    assert trade.exit_reason == "stop_loss"


def test_P3_a_bot_that_died_over_a_half_filled_entry_calls_it_off(stage: Stage) -> None:
    stage.exchange.fill_share = Decimal("0.5")
    stage.cycle(BUY)
    stage.clock.advance(seconds=60)
    stage.start()
    stage.trader.keep()

    assert stage.trader.protection.by == "exchange"
    assert not [o for o in stage.exchange.resting if o.side is Side.BUY]


def test_a_list_that_never_arrived_is_given_up_as_a_whole(stage: Stage) -> None:
    stage.exchange.next_answer.append(Answer.LOST_BEFORE)
    stage.cycle(BUY)
    for _ in range(60):
        stage.clock.advance(seconds=1)
        stage.trader.keep()

    assert not stage.journal.open_intents()  # type: ignore[attr-defined]
    assert stage.trader.ledger.cash == 100


def test_D12_after_a_refusal_the_next_entry_is_a_market_order(stage: Stage) -> None:
    stage.exchange.next_answer.append(Answer.REFUSED)
    assert stage.cycle(BUY) == "refused"

    assert stage.cycle(BUY) == "bought"
    assert [order.type for order in stage.exchange.bought()] == [OrderType.MARKET]
    assert stage.trader.protection.by == "exchange"


def test_a_cap_of_zero_buys_at_market(clock: FakeClock) -> None:
    stage = stage_of(clock, price_cap=Decimal(0))
    stage.cycle(BUY)

    assert [order.type for order in stage.exchange.bought()] == [OrderType.MARKET]


def test_a_target_that_the_cap_may_reach_is_placed_after_the_fill(clock: FakeClock) -> None:
    stage = stage_of(clock, take_profit=Decimal("0.2"))
    stage.cycle(BUY)

    assert [order.type for order in stage.exchange.bought()] == [OrderType.MARKET]


# ---------------------------------------------------------------- where no stop can rest


def test_A16_where_no_stop_can_rest_nothing_is_bought_and_it_is_said(clock: FakeClock) -> None:
    bare = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET"}))
    stage = Stage(FakeExchange(clock, instrument=bare))

    assert stage.cycle(BUY) == "denied"
    assert "takes no stop orders" in stage.trader.waiting_for
    assert not stage.exchange.sent


def test_A16_where_the_exchange_holds_as_many_stops_as_it_takes_nothing_is_bought(
    clock: FakeClock,
) -> None:
    full = replace(WITH_LISTS, max_stop_orders=1)
    exchange = FakeExchange(clock, instrument=full)
    first, second = Stage(exchange, a_bot(1)), Stage(exchange, a_bot(2))
    assert first.cycle(BUY) == "bought"

    assert second.cycle(BUY) == "denied"
    assert "1 stop orders rest in BTCUSDT already" in second.trader.waiting_for
    assert len(exchange.bought()) == 1

    second.change(bot_side_stop=True)
    assert second.cycle(BUY) == "bought"


def test_what_would_be_too_small_for_a_stop_is_not_bought(clock: FakeClock) -> None:
    stage = stage_of(clock, trade_amount=Decimal("5.1"), stop_loss=Decimal(10))

    assert stage.cycle(BUY) == "denied"
    assert "takes no stop order for 0.0001 BTC, worth 4.5 USDT" in stage.trader.waiting_for
    assert not stage.exchange.bought()


def test_a_person_may_allow_a_stop_that_only_the_bot_watches(clock: FakeClock) -> None:
    bare = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET"}))
    stage = Stage(FakeExchange(clock, instrument=bare), a_bot(bot_side_stop=True))

    assert stage.cycle(BUY) == "bought"
    assert stage.trader.protection.by == "bot"


# ---------------------------------------------------------------- stops that move


def test_a_trailing_stop_follows_the_price_up_and_never_down(clock: FakeClock) -> None:
    stage = stage_of(clock, stop_loss=Decimal(0), trailing_stop=Decimal(2), take_profit=Decimal(50))
    stage.cycle(BUY)
    assert stop_at(stage) == 49000

    stage.exchange.move("52000")
    stage.look_twice()
    assert stop_at(stage) == 50960

    stage.exchange.move("51500")
    stage.look_twice()
    stage.start()  # a new process knows it from what rests
    stage.trader.keep()
    assert stop_at(stage) == 50960


def test_a_trailing_stop_moves_in_steps_not_with_every_tick(clock: FakeClock) -> None:
    stage = stage_of(clock, stop_loss=Decimal(0), trailing_stop=Decimal(2), take_profit=Decimal(50))
    stage.cycle(BUY)
    sent = len(stage.exchange.sent)

    stage.exchange.move("50050")  # 49049 would be the stop: less than a tenth of 2 % better
    stage.look_twice()

    assert len(stage.exchange.sent) == sent


def test_each_step_of_a_stop_tells_how_long_the_position_was_bare(clock: FakeClock) -> None:
    stage = stage_of(clock, trailing_stop=Decimal(2), take_profit=Decimal(50))
    stage.cycle(BUY)
    stage.exchange.move("52000")
    stage.look_twice()

    intent = stage.journal.newest_intent(Purpose.PROTECTION)  # type: ignore[attr-defined]
    assert intent.naked_ms is not None


MOVABLE = replace(WITH_LISTS, replace_allowed=True)
ALONE = {"stop_loss": Decimal(2), "trailing_stop": Decimal(2), "take_profit": Decimal(0)}


@pytest.fixture
def alone(clock: FakeClock) -> Stage:
    """A bot that holds, with a lone stop that trails."""
    stage = Stage(FakeExchange(clock, instrument=MOVABLE), a_bot(**ALONE))
    stage.cycle(BUY)
    assert stop_at(stage) == 49000
    return stage


def rises(stage: Stage) -> None:
    stage.exchange.move("52000")
    stage.clock.advance(seconds=2)
    stage.look_twice()


def test_a_lone_stop_is_moved_in_one_request_and_never_missing(alone: Stage) -> None:
    alone.exchange.cancel_protection = None  # type: ignore[method-assign, assignment]
    rises(alone)

    assert stop_at(alone) == 50960
    assert alone.is_protected
    intent = alone.journal.newest_intent(Purpose.PROTECTION)  # type: ignore[attr-defined]
    assert (intent.state, intent.naked_ms) == (IntentState.ACCEPTED, 0)
    assert len(alone.journal.open_intents()) == 1  # type: ignore[attr-defined]
    assert not alone.findings.all()


def test_N20_a_move_that_was_half_done_is_made_whole_at_once(alone: Stage) -> None:
    alone.exchange.refuse_types = {OrderType.STOP_LOSS}  # the old one goes, the new one is refused
    cancelled = alone.exchange.cancel_protection

    def then_accepted(*request: object) -> object:
        alone.exchange.refuse_types = set()
        return cancelled(*request)  # type: ignore[arg-type]

    alone.exchange.cancel_protection = then_accepted  # type: ignore[method-assign, assignment]
    rises(alone)

    assert stop_at(alone) == 50960
    assert alone.is_protected


def test_N20_a_move_that_was_refused_as_a_whole_is_done_in_two_steps(alone: Stage) -> None:
    alone.exchange.next_answer.append(Answer.REFUSED)
    rises(alone)

    assert stop_at(alone) == 50960
    assert alone.is_protected


@pytest.mark.parametrize("answer", [Answer.LOST_BEFORE, Answer.LOST_AFTER])
def test_N20_a_move_without_an_answer_ends_in_one_stop(alone: Stage, answer: Answer) -> None:
    alone.exchange.next_answer.append(answer)
    with pytest.raises(OutcomeUnknownError):
        rises(alone)

    alone.start()
    for _ in range(20):
        alone.clock.advance(seconds=1)
        alone.trader.keep(look_at_resting=False)

    assert stop_at(alone) == 50960
    assert alone.is_protected
    assert not alone.trader.has_unknown


def test_N20_a_stop_that_filled_while_it_was_to_be_moved_was_the_exit(alone: Stage) -> None:
    alone.exchange.before_cancel = lambda: alone.exchange.move("48000")
    rises(alone)

    [trade] = alone.trader.ledger.trades
    assert trade.exit_reason is ExitReason.STOP_LOSS
    assert not alone.exchange.resting


@pytest.mark.parametrize("signal", [None, SELL])
def test_no_price_is_asked_for_while_nothing_protects(
    clock: FakeClock, signal: Signal | None
) -> None:
    stage = stage_of(clock, trailing_stop=Decimal(2), take_profit=Decimal(50))
    stage.cycle(BUY)
    price = stage.exchange.price

    def only_while_protected(symbol: str) -> Price:
        assert stage.is_protected
        return price(symbol)

    stage.exchange.price = only_while_protected  # type: ignore[method-assign]
    stage.exchange.move("52000")
    sent = len(stage.exchange.sent)
    if signal:
        stage.cycle(signal)
    else:
        stage.look_twice()

    assert len(stage.exchange.sent) > sent


def test_a_pair_is_moved_by_cancelling_and_placing_it_anew(clock: FakeClock) -> None:
    settings = {**ALONE, "take_profit": Decimal(50)}
    stage = Stage(FakeExchange(clock, instrument=MOVABLE), a_bot(**settings))
    stage.cycle(BUY)
    stage.exchange.replace_stop = None  # type: ignore[method-assign, assignment]
    rises(stage)

    assert stop_at(stage) == 50960
    assert len(stage.exchange.resting) == 2


def test_at_break_even_the_stop_covers_what_the_trade_cost(clock: FakeClock) -> None:
    stage = stage_of(clock, break_even=Decimal(1), take_profit=Decimal(50))
    stage.cycle(BUY)

    stage.exchange.move("50400")
    stage.look_twice()
    assert stop_at(stage) == 49000

    stage.exchange.move("50500")
    stage.look_twice()
    stop = stop_at(stage)
    assert 50000 < stop < 50500

    stage.exchange.move(str(stop))
    stage.trader.keep()
    [trade] = stage.trader.ledger.trades
    assert abs(trade.profit + trade.dust * stop) < Decimal("0.01")


def test_settings_made_looser_do_not_move_a_stop_the_bot_watches(clock: FakeClock) -> None:
    bare = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET"}))
    stage = Stage(FakeExchange(clock, instrument=bare), a_bot(bot_side_stop=True))
    stage.cycle(BUY)
    before = stage.trader.protection.levels.stop

    stage.change(stop_loss=Decimal(10))
    stage.trader.keep()

    assert stage.trader.protection.levels.stop == before


def test_a_tighter_stop_replaces_the_one_that_came_with_the_entry(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.change(stop_loss=Decimal(1))
    stage.trader.keep()

    assert stop_at(stage) == 49500


def test_levels_of_the_signal_come_along_and_stay(stage: Stage) -> None:
    stage.cycle(Signal(Action.BUY, BUY.reasons, stop_loss=Decimal(4)))
    stage.start()
    stage.trader.keep()

    assert stop_at(stage) == 48000
    assert len(stage.exchange.sent) == 1


def test_a_sell_signal_takes_the_exits_away_and_sells(stage: Stage) -> None:
    stage.cycle(BUY)

    assert stage.cycle(SELL) == "sold"
    assert not stage.trader.ledger.position.is_open
