"""How long a position was without a stop, as the store keeps it."""

from decimal import Decimal

from tests.contracts.fleet import NOW, a_bot, a_journal
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.domain.order import ProtectionRequest, Purpose
from tradefleet.ports.journal import Intent, IntentState

REQUEST = ProtectionRequest(
    "tfp-L", "tfp-K", "tfp-T", "BTCUSDT", Decimal(1), Decimal(9), None, Decimal(11), "tfp-B"
)


def test_the_measure_is_kept_with_the_protection_and_told_while_that_rests(store: Store) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)
    journal.record_intent(Intent(1, Purpose.PROTECTION, REQUEST, NOW))
    assert SqlRecords(store).naked([bot.id]) == {}

    journal.settle_intent(1, IntentState.ACCEPTED, "both rest", naked_ms=412)
    assert SqlRecords(store).naked([bot.id]) == {bot.id: 412}

    journal.settle_intent(1, IntentState.DONE, "STOP_LOSS FILLED")
    assert SqlRecords(store).naked([bot.id]) == {}
    newest = journal.newest_intent(Purpose.PROTECTION)
    assert newest is not None
    assert (newest.naked_ms, newest.request) == (412, REQUEST)
