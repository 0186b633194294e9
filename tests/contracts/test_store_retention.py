"""What is forgotten and what stays for ever."""

from dataclasses import replace
from decimal import Decimal

from tests.contracts.fleet import NOW, a_bot, a_journal
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.notices import SqlOutbox
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.sessions import SqlSessions
from tradefleet.domain.candle import DAY, HOUR, MINUTE
from tradefleet.ports.journal import Decision
from tradefleet.ports.notices import Message
from tradefleet.ports.records import EquityPoint

START = NOW - NOW % DAY


def at(time: int, outcome: str = "held") -> Decision:
    return Decision(time, time, "HOLD", outcome, "waits", Decimal(1))


def test_old_evaluations_without_an_order_become_counts(store: Store) -> None:
    bot, other = a_bot(store), a_bot(store)
    journal, records = a_journal(store, bot), SqlRecords(store)
    for outcome in ("held", "held", "denied", "bought", "sold", "refused", "unknown"):
        journal.record_decision(at(START, outcome))
    journal.record_decision(at(START + 8 * DAY))
    a_journal(store, other).record_decision(at(START))

    records.forget_old(START + 8 * DAY)
    journal.record_decision(at(START + DAY - 1))
    records.forget_old(START + 8 * DAY)

    kept = [decision.outcome for decision in records.decisions(bot.id)]
    assert sorted(kept) == ["bought", "held", "refused", "sold", "unknown"]
    assert records.counted_decisions(bot.id) == 4
    assert records.counted_decisions(other.id) == 1


def test_an_evaluation_is_kept_for_seven_days(store: Store) -> None:
    bot = a_bot(store)
    a_journal(store, bot).record_decision(at(START))

    SqlRecords(store).forget_old(START + 7 * DAY)

    assert SqlRecords(store).counted_decisions(bot.id) == 0


def test_the_worth_is_kept_more_coarsely_the_older_it_is(store: Store) -> None:
    records = SqlRecords(store)
    for minute in range(0, 180):
        point = EquityPoint(START + minute * MINUTE, Decimal(minute), Decimal("0.1"))
        records.record_equity({0: point, 7: replace(point, equity=Decimal("1.5"))})

    def kept(age: int) -> int:
        records.forget_old(START + 3 * HOUR + age)
        return len(records.equity(0, 0))

    assert kept(0) == 180
    assert kept(DAY) == 36
    assert kept(7 * DAY) == 3
    assert kept(91 * DAY) == 1
    assert records.equity(7, 0) == (
        EquityPoint(START + 179 * MINUTE, Decimal("1.5"), Decimal("0.1")),
    )


def test_the_worth_is_read_from_a_moment_on(store: Store) -> None:
    records = SqlRecords(store)
    for day in range(3):
        records.record_equity({0: EquityPoint(START + day * DAY, Decimal(day), Decimal(0))})

    assert [point.equity for point in records.equity(0, START + DAY)] == [1, 2]


def test_what_is_over_is_dropped(store: Store) -> None:
    sessions, outbox = SqlSessions(store), SqlOutbox(store)
    sessions.begin("old", NOW - DAY, HOUR)
    sessions.begin("new", NOW, HOUR)
    outbox.put(Message("alarm", "sent long ago", NOW - 40 * DAY, "once"))
    outbox.put(Message("alarm", "still waiting", NOW - 40 * DAY, "twice"))
    outbox.sent(outbox.due(NOW)[0].id, NOW - 40 * DAY)

    SqlRecords(store).forget_old(NOW)

    assert sessions.touch("new", NOW, HOUR)
    assert [message.text for message in outbox.due(NOW)] == ["still waiting"]
    outbox.put(Message("alarm", "its key is free again", NOW, "once"))
    assert len(outbox.due(NOW)) == 2
