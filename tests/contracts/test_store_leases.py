"""Who runs which bot: `Leases`."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contracts.fleet import NOW, PROCESSES, a_bot, a_fill, an_intent, the_leases
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.domain.bot import Status
from tradefleet.domain.errors import InputError, LeaseError
from tradefleet.domain.ledger import DustBooked
from tradefleet.ports.fleet import Heartbeat, Holder
from tradefleet.ports.journal import IntentState

US = PROCESSES.here("test")
DEAD = replace(US, started_at=US.started_at - 1)
ELSEWHERE = replace(US, host="another/pid:[1]")
REBOOTED = replace(US, boot="an older boot")


def test_a_second_holder_is_refused_while_the_first_lives(store: Store) -> None:
    leases = the_leases(store)
    bot = a_bot(store)
    leases.acquire(bot.id, US, NOW)

    with pytest.raises(LeaseError, match=f"already runs in process {US.pid}"):
        leases.acquire(bot.id, US, NOW + 3_600_000)


@pytest.mark.parametrize("gone", [DEAD, REBOOTED], ids=["its pid was reused", "before a reboot"])
def test_T5_S8_a_dead_holder_is_taken_over_at_once_with_the_next_epoch(
    store: Store, gone: Holder
) -> None:
    leases = the_leases(store)
    bot = a_bot(store)

    first = leases.acquire(bot.id, gone, NOW)
    second = leases.acquire(bot.id, US, NOW)

    assert (first.epoch, second.epoch) == (1, 2)


def test_S9_a_holder_on_another_machine_is_believed_for_thirty_seconds(store: Store) -> None:
    leases = the_leases(store)
    bot = a_bot(store)
    lease = leases.acquire(bot.id, ELSEWHERE, NOW)
    leases.beat(lease, Heartbeat(NOW + 5_000, Status.RUNNING))

    with pytest.raises(LeaseError, match="another machine"):
        leases.acquire(bot.id, US, NOW + 34_999)
    assert leases.acquire(bot.id, US, NOW + 35_000).epoch == 2


@pytest.mark.parametrize("since_ms", [-3_600_000, -40_000])
def test_S10_a_clock_that_goes_backwards_hands_a_bot_to_the_next_holder_with_a_higher_epoch(
    store: Store, since_ms: int
) -> None:
    """The epoch decides who may write, the clock only who is believed to be alive."""
    leases = the_leases(store)
    bot = a_bot(store)
    first = leases.acquire(bot.id, ELSEWHERE, NOW)
    leases.beat(first, Heartbeat(NOW, Status.RUNNING))

    second = leases.acquire(bot.id, US, NOW + since_ms)

    assert second.epoch == first.epoch + 1
    with pytest.raises(LeaseError):
        leases.beat(first, Heartbeat(NOW + 5_000, Status.RUNNING))
    SqlJournal(store, bot, second).confirm_lease()


def test_S10_a_clock_that_is_a_little_behind_does_not_take_a_living_bot(store: Store) -> None:
    leases = the_leases(store)
    bot = a_bot(store)
    lease = leases.acquire(bot.id, ELSEWHERE, NOW)
    leases.beat(lease, Heartbeat(NOW, Status.RUNNING))

    with pytest.raises(LeaseError, match="another machine"):
        leases.acquire(bot.id, US, NOW - 20_000)


def test_a_released_bot_keeps_its_epoch(store: Store) -> None:
    leases = the_leases(store)
    bot = a_bot(store)
    leases.release(leases.acquire(bot.id, US, NOW))
    assert leases.all() == {}

    assert leases.acquire(bot.id, US, NOW).epoch == 2


def test_a_heartbeat_is_seen_by_everybody(store: Store) -> None:
    leases = the_leases(store)
    lease = leases.acquire(a_bot(store).id, US, NOW)
    assert leases.all()[lease.bot_id].heartbeat is None
    beat = Heartbeat(
        NOW + 1, Status.RUNNING, "RSI below 30", NOW + 900_000, price=Decimal("50000.10")
    )

    leases.beat(lease, beat)

    seen = leases.all()[lease.bot_id]
    assert seen.lease == lease
    assert seen.heartbeat == beat


def test_who_was_taken_over_can_neither_beat_nor_release(store: Store) -> None:
    leases = the_leases(store)
    bot = a_bot(store)
    stale = leases.acquire(bot.id, DEAD, NOW)
    fresh = leases.acquire(bot.id, US, NOW)

    with pytest.raises(LeaseError):
        leases.beat(stale, Heartbeat(NOW, Status.RUNNING))
    leases.release(stale)
    assert leases.all()[bot.id].lease == fresh


def test_P18_who_was_taken_over_can_write_nothing_into_the_journal(store: Store) -> None:
    leases = the_leases(store)
    bot = a_bot(store)
    journal = SqlJournal(store, bot, leases.acquire(bot.id, DEAD, NOW))
    journal.record_intent(an_intent(1))
    leases.acquire(bot.id, US, NOW)

    for write in (
        lambda: journal.record_intent(an_intent(2)),
        lambda: journal.settle_intent(1, IntentState.DONE),
        lambda: journal.book([a_fill(1)]),
        lambda: journal.book_dust(DustBooked(NOW)),
        journal.confirm_lease,
    ):
        with pytest.raises(LeaseError, match="belongs to another process"):
            write()
    assert journal.entries() == ()
    assert [intent.sequence for intent in journal.open_intents()] == [1]


def test_a_bot_that_does_not_exist_cannot_be_taken(store: Store) -> None:
    with pytest.raises(InputError) as refused:
        the_leases(store).acquire(99, US, NOW)

    assert refused.value.code == "unknown_bot"


def test_a_released_lease_writes_no_more(store: Store) -> None:
    leases = the_leases(store)
    bot = a_bot(store)
    lease = leases.acquire(bot.id, US, NOW)
    leases.release(lease)

    with pytest.raises(LeaseError):
        SqlJournal(store, bot, lease).book([a_fill(1)])
