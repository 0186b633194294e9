"""The request budget of this machine's address."""

import pytest

from tradefleet.adapters.binance.budget import Budget
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import ExchangeUnavailableError


class FixedClock:
    def __init__(self) -> None:
        self.at = 1_700_000_000_000 // MINUTE * MINUTE

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1_000


def test_ordinary_calls_leave_a_reserve_for_protection_and_exits() -> None:
    budget = Budget(FixedClock(), limit=100)

    assert budget.wait_ms(75, urgent=False) == 0
    assert budget.wait_ms(1, urgent=False) == MINUTE
    assert budget.wait_ms(20, urgent=True) == 0
    assert budget.wait_ms(1, urgent=True) > 0


def test_a_new_minute_of_the_exchange_begins_at_nothing() -> None:
    clock = FixedClock()
    budget = Budget(clock, limit=100)
    budget.wait_ms(75, urgent=False)
    clock.at += MINUTE

    assert budget.used == 0
    assert budget.wait_ms(75, urgent=False) == 0


def test_the_exchanges_own_count_is_believed_where_it_is_higher() -> None:
    budget = Budget(FixedClock(), limit=100)
    budget.observed(90)
    budget.observed(10)

    assert budget.used == 90
    with pytest.raises(ExchangeUnavailableError) as caught:
        budget.admit(1, urgent=False)
    assert caught.value.retry_after_ms == MINUTE


def test_nothing_at_all_is_sent_while_silenced() -> None:
    clock = FixedClock()
    budget = Budget(clock, limit=100)
    budget.silence(30_000)

    assert budget.wait_ms(1, urgent=True) == 30_000
    clock.at += 30_000
    assert budget.wait_ms(1, urgent=True) == 0


def test_a_ban_outlives_a_restart() -> None:
    clock = FixedClock()
    budget = Budget(clock, silent_until=clock.at + 5_000)

    assert budget.wait_ms(1, urgent=True) == 5_000
