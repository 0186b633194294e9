"""The facts of one bot: `Journal`, and the same as everybody reads them: `Records`."""

from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.contracts.fleet import NOW, a_bot, a_fill, a_journal, an_intent
from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.domain.errors import RuleBrokenError, StoreError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import DustBooked, replay
from tradefleet.domain.order import ProtectionRequest, Purpose, Side
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Reason
from tradefleet.ports.journal import Decision, Intent, IntentState
from tradefleet.ports.records import Totals

BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT")


def test_an_intent_comes_back_as_it_was_written(store: Store) -> None:
    journal = a_journal(store)
    protection = Intent(
        2,
        Purpose.PROTECTION,
        ProtectionRequest("tfp-2-L", "K", "T", "BTCUSDT", Decimal("0.001"), Decimal(9), None, None),
        NOW,
    )
    journal.record_intent(an_intent(1))
    journal.record_intent(protection)

    assert journal.open_intents() == (an_intent(1), protection)
    assert journal.next_sequence() == 3


def test_an_exit_remembers_its_reason_and_an_entry_its_levels(store: Store) -> None:
    journal = a_journal(store)
    sold = replace(an_intent(1), purpose=Purpose.EXIT, exit_reason=ExitReason.STOP_LOSS)
    bought = replace(an_intent(2), stop_loss=Decimal("1.5"), take_profit=Decimal(4))
    for intent in (sold, bought, replace(an_intent(3), purpose=Purpose.PROTECTION)):
        journal.record_intent(intent)
    journal.settle_intent(2, IntentState.DONE)

    assert journal.newest_intent(Purpose.EXIT) == sold
    assert journal.newest_intent(Purpose.ENTRY) == replace(bought, state=IntentState.DONE)
    assert journal.newest_intent(Purpose.STOP) is None


def test_a_settled_intent_is_open_no_more_and_stays_in_the_records(store: Store) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)
    for sequence in (1, 2, 3):
        journal.record_intent(an_intent(sequence))

    journal.settle_intent(1, IntentState.REFUSED, "insufficient balance")
    journal.settle_intent(2, IntentState.ACCEPTED)

    assert [intent.sequence for intent in journal.open_intents()] == [2, 3]
    newest_first = SqlRecords(store).intents(bot.id)
    assert [intent.sequence for intent in newest_first] == [3, 2, 1]
    assert newest_first[2].detail == "insufficient balance"


def test_the_records_tell_what_rests_at_the_exchange_for_each_bot(store: Store) -> None:
    bots = [a_bot(store), a_bot(store), a_bot(store)]
    requests = [
        ProtectionRequest(f"L{bot.id}", "K", "T", "BTCUSDT", Decimal(1), Decimal(9), None, None)
        for bot in bots
    ]
    journals = [a_journal(store, bot) for bot in bots]
    for journal, request in zip(journals, requests, strict=True):
        journal.record_intent(Intent(1, Purpose.PROTECTION, request, NOW))
        journal.settle_intent(1, IntentState.ACCEPTED)
    journals[0].settle_intent(1, IntentState.DONE)

    resting = SqlRecords(store).resting([bots[0].id, bots[1].id])

    assert resting == {bots[1].id: requests[1]}


def test_P15_intents_and_fills_are_written_so_that_a_power_cut_leaves_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = a_journal(store, a_bot(store))
    asked: list[bool] = []
    write = Store.write

    def noted(self: Store, *, durable: bool = False) -> AbstractContextManager[Connection]:
        asked.append(durable)
        return write(self, durable=durable)

    monkeypatch.setattr(Store, "write", noted)
    journal.record_intent(an_intent(1))
    journal.book([a_fill(1)])

    assert asked == [True, True]


def test_an_intent_is_written_once(store: Store) -> None:
    journal = a_journal(store)
    journal.record_intent(an_intent(1))

    with pytest.raises(StoreError):
        journal.record_intent(an_intent(1))
    with pytest.raises(RuleBrokenError, match="no intent 9"):
        journal.settle_intent(9, IntentState.DONE)


def test_N15_a_fill_is_booked_once(store: Store) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)

    assert journal.book([a_fill(1), a_fill(2), a_fill(1)]) == (a_fill(1), a_fill(2))
    assert journal.book([a_fill(2), a_fill(3)]) == (a_fill(3),)
    assert journal.book([]) == ()
    assert journal.entries() == (a_fill(1), a_fill(2), a_fill(3))
    assert [fill.trade_id for fill in SqlRecords(store).fills(bot.id, 2)] == [3, 2]


def test_C8_a_known_trade_id_with_other_figures_halts_the_bot(store: Store) -> None:
    journal = a_journal(store)
    journal.book([a_fill(1)])

    with pytest.raises(RuleBrokenError, match="started anew"):
        journal.book([a_fill(2), a_fill(1, price="49000")])
    assert journal.entries() == (a_fill(1),)


def test_selling_more_than_is_held_books_nothing(store: Store) -> None:
    journal = a_journal(store)
    journal.book([a_fill(1, quantity="0.001")])

    with pytest.raises(RuleBrokenError):
        journal.book([a_fill(2), a_fill(3, Side.SELL, quantity="1")])
    assert journal.entries() == (a_fill(1, quantity="0.001"),)


def test_a_closed_trade_is_in_the_records_with_its_reason(store: Store) -> None:
    bot, other = a_bot(store), a_bot(store)
    journal = a_journal(store, bot)
    journal.book([a_fill(1), a_fill(2, Side.SELL, price="52500", reason=ExitReason.TAKE_PROFIT)])
    a_journal(store, other).book([a_fill(5), a_fill(6, Side.SELL, price="49000")])

    ((bot_id, trade),) = SqlRecords(store).trades(bot.id)

    assert bot_id == bot.id
    assert (trade.profit, trade.exit_reason) == (Decimal(5), ExitReason.TAKE_PROFIT)
    assert [bot_id for bot_id, _ in SqlRecords(store).trades()] == [other.id, bot.id]
    assert len(SqlRecords(store).trades(limit=1)) == 1


def test_a_bot_that_never_traded_has_its_whole_budget(store: Store) -> None:
    bot = a_bot(store, amount="100.50")

    assert SqlRecords(store).totals() == {bot.id: Totals(cash=Decimal("100.5"))}


moves = st.tuples(
    st.sampled_from(["buy", "sell", "sell all", "dust"]),
    st.decimals("0.00000001", "2", places=8),
    st.decimals("0.00000001", "90000", places=8),
    st.sampled_from(["0", "0.001", "0.00075"]),
)


@given(st.lists(moves, min_size=1, max_size=10))
@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_figures_equal_the_replay_of_the_history(
    store: Store, history: list[tuple[str, Decimal, Decimal, str]]
) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)
    for trade_id, (move, amount, price, rate) in enumerate(history):
        held = SqlRecords(store).totals()[bot.id].quantity
        side = Side.BUY if move == "buy" else Side.SELL
        quantity = amount if move == "buy" else min(amount, held) if move == "sell" else held
        fee = quantity * Decimal(rate) * (1 if side is Side.BUY else price)
        if move == "dust":
            journal.book_dust(DustBooked(NOW + trade_id))
        elif quantity:
            journal.book([a_fill(trade_id, side, str(quantity), str(price), str(fee))])

    ledger = replay(BTCUSDT, Decimal(100), journal.entries())
    totals = SqlRecords(store).totals()[bot.id]
    assert totals == Totals(
        cash=ledger.cash,
        quantity=ledger.position.quantity,
        dust=ledger.dust,
        entry_price=ledger.position.entry_price,
        cost=ledger.position.cost,
        opened_at=ledger.position.opened_at,
        profit=ledger.profit,
        fees=ledger.fees,
        trades=len(ledger.trades),
        wins=sum(trade.profit > 0 for trade in ledger.trades),
        last_trade_at=ledger.trades[-1].exit_time if ledger.trades else 0,
        last_exit_at=ledger.position.last_exit_at,
    )
    stored = SqlRecords(store).trades(bot.id)
    assert tuple(trade for _, trade in reversed(stored)) == ledger.trades


def a_decision(close_time: int, outcome: str = "held", price: str = "50000.10") -> Decision:
    return Decision(
        close_time=close_time,
        at=close_time + 1,
        action="HOLD",
        outcome=outcome,
        sentence="RSI 41.2, waits for 30",
        price=Decimal(price),
        reasons=(Reason("RSI below 30 (now 41.2)", False, 41.2, 30.0),),
        values={"rsi": 41.2},
    )


def test_decisions_are_read_newest_first_and_page_by_page(store: Store) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)
    for minute in range(5):
        journal.record_decision(a_decision(NOW + minute))

    records = SqlRecords(store)
    newest = records.decisions(bot.id, 2)
    older = records.decisions(bot.id, 2, before=newest[-1].close_time)

    assert newest == (a_decision(NOW + 4), a_decision(NOW + 3))
    assert [decision.close_time for decision in older] == [NOW + 2, NOW + 1]


def test_a_value_that_is_no_number_is_left_out_of_the_record(store: Store) -> None:
    bot = a_bot(store)
    odd = Decision(NOW, NOW, "HOLD", "held", "too little data", Decimal(1), (), {"x": float("nan")})

    a_journal(store, bot).record_decision(odd)

    assert SqlRecords(store).decisions(bot.id)[0].values == {}
