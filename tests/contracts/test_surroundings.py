"""What rules look at beyond one bot, read from a real store."""

from dataclasses import replace
from decimal import Decimal

from tests.contracts.fleet import NOW, a_bot, a_fill, a_journal, an_intent
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.notices import SqlActivities
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.snapshots import SqlSnapshots
from tradefleet.application.surroundings import Surroundings
from tradefleet.domain.candle import DAY
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Ledger, replay
from tradefleet.domain.order import Side
from tradefleet.domain.rules import Circumstances, Slippage
from tradefleet.ports.journal import Decision, IntentState

BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT")
EMPTY = Ledger(BTCUSDT, Decimal(100))
SEEN = Circumstances(EMPTY, NOW + 100, Decimal(50_000))


def around(store: Store, limit: str = "0") -> Surroundings:
    return Surroundings(
        SqlBots(store), SqlRecords(store), SqlSnapshots(store), loss_limit=Decimal(limit)
    )


def a_decision(outcome: str, at: int, price: str = "50000") -> Decision:
    return Decision(at, at, "BUY", outcome, outcome, Decimal(price))


def lose(store: Store, name: str, price: str = "48500") -> int:
    """Let a bot buy for 100 USDT and sell for less; return its id."""
    bot = a_bot(store, name=name)
    first = bot.id * 10
    a_journal(store, bot).book([a_fill(first), a_fill(first + 1, Side.SELL, price=price)])
    return bot.id


def test_a_bot_sees_what_the_others_hold_and_are_about_to_buy(store: Store) -> None:
    me, holding, buying = (a_bot(store, name=name) for name in ("me", "holds", "buys"))
    a_journal(store, me).book([a_fill(1)])
    a_journal(store, holding).book([a_fill(2)])
    intent = an_intent(1)
    a_journal(store, buying).record_intent(intent)

    seen = around(store).widen(me.id, SEEN)

    assert seen.others_open == 2
    assert seen.others_in_asset == 100 + Decimal("99.9")


def test_a_buy_whose_outcome_is_known_counts_by_its_fills_alone(store: Store) -> None:
    me, other = a_bot(store, name="me"), a_bot(store, name="other")
    journal = a_journal(store, other)
    journal.record_intent(an_intent(1))
    journal.settle_intent(1, IntentState.REFUSED)

    assert around(store).widen(me.id, SEEN).others_open == 0


def test_failures_and_slippage_come_from_the_decisions(store: Store) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)
    journal.book([a_fill(1, price="50500", quantity="0.001")])
    for decision in (
        a_decision("failed", NOW - 8 * DAY),
        a_decision("failed", NOW - DAY),
        a_decision("bought", NOW + 2_000),
    ):
        journal.record_decision(decision)
    ledger = replay(BTCUSDT, Decimal(100), journal.entries())

    seen = around(store).widen(bot.id, replace(SEEN, ledger=ledger))

    assert seen.failed_at == (NOW - DAY,)
    assert seen.slippages == (Slippage(NOW + 1, Decimal(1)),)


def test_the_fleets_loss_of_the_day_pauses_every_bot_and_ends_at_midnight(store: Store) -> None:
    lose(store, "one")
    lose(store, "two")
    limited = around(store, "6")

    assert limited.loss(NOW + 100).lost == 6
    assert "lost 6 of 6 USDT today" in limited.why_no_entry(NOW + 100)
    assert limited.why_no_entry(NOW + DAY) == ""
    assert around(store, "6.01").why_no_entry(NOW + 100) == ""
    assert around(store).why_no_entry(NOW + 100) == ""


def test_what_a_deleted_bot_lost_stays_lost(store: Store) -> None:
    SqlBots(store).delete(lose(store, "gone"))

    assert around(store, "3").loss(NOW + 100).is_reached


def test_the_count_is_set_back_by_hand_and_the_hand_is_named(store: Store) -> None:
    lose(store, "one")
    limited, activities = around(store, "3"), SqlActivities(store)

    limited.reset(NOW + 100, "owner", activities)

    assert limited.why_no_entry(NOW + 101) == ""
    (activity,) = activities.newest()
    assert (activity.actor, activity.action) == ("owner", "reset_loss_limit")
    assert activity.detail == "lost 3 of 3 USDT today"


def test_a_bots_rules_tell_their_distance_from_the_store_alone(store: Store) -> None:
    bot = a_bot(store, rules={"daily_loss": {}, "spread": {}})
    a_journal(store, bot).book([a_fill(1), a_fill(2, Side.SELL, price="49000")])

    loss, spread = around(store).rules_of(bot.id, BTCUSDT, NOW + 100)

    assert (loss.text, loss.share, loss.vetoes) == ("lost 2 of 5 USDT today", Decimal("0.4"), False)
    assert (spread.share, spread.vetoes) == (None, False)
