"""A store that fails at any write stops the sending, never the protection, and loses nothing.

Every write of a bot's journal fails once, or from then on for a while, before or after it was
done: a full disk, a read-only mount, an error of the disk after the write. The bot goes on asking,
as its process does, and when the disk is well again its books equal the exchange's.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import FakeExchange
from tradefleet.adapters.memory import MemoryJournal
from tradefleet.domain.errors import ExchangeError, StoreError
from tradefleet.domain.ledger import DustBooked, FillBooked
from tradefleet.domain.order import OrderRequest, Purpose
from tradefleet.ports.journal import Decision, Intent

FOR_GOOD = 10**9


class Disk:
    """A journal whose writes fail from the nth on, so many times."""

    def __init__(self, fails_at: int, times: int, *, after: bool) -> None:
        self.memory = MemoryJournal()
        self.fails_at = fails_at
        self.until = fails_at + times
        self.after = after
        self.writes = 0

    def heal(self) -> None:
        self.until = 0

    def record_intent(self, intent: Intent) -> None:
        self._write(self.memory.record_intent, intent)

    def settle_intent(self, *settled: Any) -> None:
        self._write(self.memory.settle_intent, *settled)

    def book(self, fills: Sequence[FillBooked]) -> tuple[FillBooked, ...]:
        booked: tuple[FillBooked, ...] = self._write(self.memory.book, fills)
        return booked

    def book_dust(self, entry: DustBooked) -> None:
        self._write(self.memory.book_dust, entry)

    def record_decision(self, decision: Decision) -> None:
        self._write(self.memory.record_decision, decision)

    def confirm_lease(self) -> None:
        self.memory.confirm_lease()

    def next_sequence(self) -> int:
        return self.memory.next_sequence()

    def open_intents(self) -> tuple[Intent, ...]:
        return self.memory.open_intents()

    def newest_intent(self, purpose: Purpose) -> Intent | None:
        return self.memory.newest_intent(purpose)

    def entries(self) -> Any:
        return self.memory.entries()

    def _write(self, write: Callable[..., Any], *values: Any) -> Any:
        self.writes += 1
        fails = self.fails_at <= self.writes < self.until
        if fails and not self.after:
            raise StoreError("the disk is full")
        done = write(*values)
        if fails:
            raise StoreError("the disk reports an error")
        return done


class Bot:
    """A bot on such a disk; checks after every step that nothing was sent unwritten."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.stage = Stage(FakeExchange(FakeClock()))
        self.stage.journal = disk
        self.stage.start()
        self.failed = 0

    def step(self, do: Callable[[], object]) -> None:
        """Do something as the process does: what fails is waited out."""
        sent = len(self.stage.exchange.sent)
        try:
            do()
        except StoreError:
            self.failed += 1
        except ExchangeError:
            pass
        written = set(_names(self.disk.memory.intents.values()))
        assert set(self.stage.exchange.sent[sent:]) <= written

    def live(self) -> None:
        stage = self.stage
        self.step(lambda: stage.cycle(BUY))
        self.step(stage.trader.keep)
        self.step(lambda: stage.exchange.move("48900"))  # through the stop
        self.step(stage.trader.keep)
        self.step(lambda: stage.exchange.move("50000"))
        self.step(lambda: stage.cycle(BUY))
        self.step(stage.trader.keep)
        self.step(lambda: stage.cycle(SELL))
        self.step(stage.trader.keep)
        self.step(lambda: stage.cycle(BUY))

    def recover(self) -> None:
        self.disk.heal()
        stage = self.stage
        stage.start()
        for _ in range(4):
            with suppress(ExchangeError):
                stage.trader.keep()
            stage.clock.advance(seconds=30)

    def must_be_whole(self) -> None:
        stage, exchange = self.stage, self.stage.exchange
        assert not stage.trader.has_unknown
        assert stage.ledger.base == exchange.wallet.get("BTC", Decimal(0))
        assert exchange.deposited + stage.ledger.flow == exchange.wallet["USDT"]
        assert stage.is_protected or not stage.ledger.position.is_open


def _names(intents: Any) -> Any:
    for intent in intents:
        request = intent.request
        single = isinstance(request, OrderRequest)
        yield request.client_order_id if single else request.list_client_order_id


def writes_of_a_life() -> int:
    bot = Bot(Disk(FOR_GOOD, 1, after=False))
    bot.live()
    bot.must_be_whole()
    return bot.disk.writes


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("times", [1, 3, FOR_GOOD], ids=["once", "thrice", "for-good"])
def test_S2_S3_any_write_may_fail_and_nothing_is_lost(times: int, after: bool) -> None:
    for number in range(1, writes_of_a_life() + 1):
        bot = Bot(Disk(number, times, after=after))
        bot.live()
        assert bot.failed, f"write {number} was to fail"
        bot.recover()
        bot.must_be_whole()


def test_S2_nothing_is_sent_and_protection_stays_while_the_disk_is_full() -> None:
    bot = Bot(Disk(FOR_GOOD, FOR_GOOD, after=False))
    bot.step(lambda: bot.stage.cycle(BUY))
    bot.step(bot.stage.trader.keep)
    assert bot.stage.is_protected
    sent = list(bot.stage.exchange.sent)
    bot.disk.fails_at, bot.disk.until = 0, FOR_GOOD

    for _ in range(5):
        bot.step(lambda: bot.stage.cycle(SELL))
        bot.step(bot.stage.trader.keep)

    assert bot.stage.exchange.sent == sent
    assert bot.stage.is_protected or bot.stage.exchange.locked == 0
