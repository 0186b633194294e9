"""What processes share: snapshots, findings, messages, actions, headlines, sessions."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contracts.fleet import NOW
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.news import SqlNews
from tradefleet.adapters.store.notices import SqlActivities, SqlFindings, SqlOutbox
from tradefleet.adapters.store.sessions import SqlSessions
from tradefleet.adapters.store.snapshots import SqlSnapshots
from tradefleet.domain.strategy import Headline
from tradefleet.ports.notices import Activity, Finding, Message, Severity
from tradefleet.ports.records import Snapshot

HOUR = 3_600_000


def test_a_snapshot_is_the_newest_state_with_its_age(store: Store) -> None:
    snapshots = SqlSnapshots(store)
    assert snapshots.get("prices") is None

    snapshots.put("prices", {"BTCUSDT": "1"}, NOW)
    snapshots.put("prices", {"BTCUSDT": Decimal("50000.10"), "odd": None}, NOW + 1)

    assert snapshots.get("prices") == Snapshot({"BTCUSDT": "50000.1", "odd": None}, NOW + 1)


def test_a_finding_is_open_once_per_bot_and_keeps_its_beginning(store: Store) -> None:
    findings = SqlFindings(store)
    lost = Finding("heartbeat_lost", Severity.LOOK, "silent for 30 s", NOW, bot_id=1)

    assert findings.open(lost)
    assert findings.open(replace(lost, bot_id=2))
    later = replace(lost, severity=Severity.ACT, text="silent for 90 s", opened_at=NOW + 60_000)
    assert not findings.open(later)

    assert findings.all() == (replace(later, opened_at=NOW), replace(lost, bot_id=2))


def test_a_finding_is_closed_once(store: Store) -> None:
    findings = SqlFindings(store)
    findings.open(Finding("disk", Severity.INFO, "5 GB left", NOW))

    assert findings.close("disk")
    assert not findings.close("disk")
    assert findings.all() == ()


def test_the_worst_finding_comes_first(store: Store) -> None:
    findings = SqlFindings(store)
    for minute, severity in enumerate((Severity.INFO, Severity.ACT, Severity.LOOK)):
        findings.open(Finding(severity.value, severity, "", NOW + minute))

    assert [finding.code for finding in findings.all()] == ["act", "look", "info"]


def test_a_message_is_due_until_it_was_sent(store: Store) -> None:
    outbox = SqlOutbox(store)
    outbox.put(Message("alarm", "stop missing", NOW))
    assert outbox.due(NOW - 1) == ()

    (message,) = outbox.due(NOW)
    outbox.sent(message.id, NOW + 1)

    assert outbox.due(NOW + HOUR) == ()


def test_a_message_that_failed_comes_again_until_it_is_given_up(store: Store) -> None:
    outbox = SqlOutbox(store)
    outbox.put(Message("trade", "bought", NOW))
    (first,) = outbox.due(NOW)

    outbox.failed(first.id, "no route", NOW + HOUR)
    assert outbox.due(NOW + HOUR - 1) == ()
    (second,) = outbox.due(NOW + HOUR)
    outbox.failed(second.id, "wrong number", None)

    assert second == replace(first, attempts=1)
    assert outbox.due(NOW + 99 * HOUR) == ()


def test_messages_with_the_same_key_are_sent_once(store: Store) -> None:
    outbox = SqlOutbox(store)
    for key in ("trade-1-7", "trade-1-7", "", ""):
        outbox.put(Message("trade", "bought", NOW, key))

    assert [message.key for message in outbox.due(NOW)] == ["trade-1-7", "", ""]
    assert len(outbox.due(NOW, limit=2)) == 2


def test_actions_are_read_newest_first(store: Store) -> None:
    activities = SqlActivities(store)
    made = [Activity(NOW, "owner", "create", f"bot {n}", n) for n in range(3)]
    for activity in made:
        activities.record(activity)

    assert activities.newest(2) == (made[2], made[1])


def test_a_headline_is_kept_once_and_gets_its_score_later(store: Store) -> None:
    news = SqlNews(store)
    raw = Headline(NOW, "Bitcoin rises", "wire", ("BTC",))
    news.add([raw, replace(raw, title="Ether sleeps", symbols=("ETH",))])
    news.add([replace(raw, score=0.75), replace(raw, published=NOW + 1)])
    news.add([raw])

    assert news.between(NOW - 1, NOW + 1, "BTC") == (
        replace(raw, score=0.75),
        replace(raw, published=NOW + 1),
    )


def test_headlines_are_those_after_since_up_to_until(store: Store) -> None:
    news = SqlNews(store)
    market = [Headline(NOW + n, f"market {n}") for n in range(4)]
    news.add(market)

    assert news.between(NOW, NOW + 2, "BTC") == tuple(market[1:3])
    assert len(news.between(0, NOW + HOUR)) == 4


@pytest.mark.parametrize(("silence", "alive"), [(8 * HOUR - 1, True), (8 * HOUR, False)])
def test_a_session_dies_after_eight_idle_hours(store: Store, silence: int, alive: bool) -> None:
    sessions = SqlSessions(store)
    sessions.begin("ab12", NOW, 8 * HOUR)
    assert sessions.touch("ab12", NOW + HOUR, 8 * HOUR)

    assert sessions.touch("ab12", NOW + HOUR + silence, 8 * HOUR) is alive


def test_an_ended_session_is_dead(store: Store) -> None:
    sessions = SqlSessions(store)
    sessions.begin("ab12", NOW, HOUR)

    sessions.end("ab12")

    assert not sessions.touch("ab12", NOW, HOUR)
    assert not sessions.touch("never was", NOW, HOUR)


def test_a_login_link_is_good_once_and_until_it_expires(store: Store) -> None:
    sessions = SqlSessions(store)
    sessions.add_link("cd34", NOW + HOUR)
    sessions.add_link("ef56", NOW + HOUR)

    assert sessions.use_link("cd34", NOW)
    assert not sessions.use_link("cd34", NOW)
    assert not sessions.use_link("ef56", NOW + HOUR)


def test_a_secret_is_replaced(store: Store) -> None:
    sessions = SqlSessions(store)
    assert sessions.secret("password") == ""

    sessions.set_secret("password", "hash one")
    sessions.set_secret("password", "hash two")

    assert sessions.secret("password") == "hash two"
    assert sessions.secret("token") == ""


def test_living_sessions_are_told_with_their_end(store: Store) -> None:
    sessions = SqlSessions(store)
    sessions.begin("ab12", NOW, HOUR)
    sessions.begin("cd34", NOW, 2 * HOUR)

    assert sessions.living(NOW) == {"ab12": NOW + HOUR, "cd34": NOW + 2 * HOUR}
    assert sessions.living(NOW + HOUR) == {"cd34": NOW + 2 * HOUR}


def test_a_message_that_is_put_off_was_not_attempted(store: Store) -> None:
    outbox = SqlOutbox(store)
    outbox.put(Message("summary", "all is well", NOW))
    (message,) = outbox.due(NOW)
    outbox.put_off(message.id, NOW + HOUR)

    assert outbox.due(NOW + HOUR - 1) == ()
    assert outbox.due(NOW + HOUR)[0].attempts == 0
