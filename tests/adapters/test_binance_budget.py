"""The request budget of this machine's address."""

import pytest

from tradefleet.adapters.binance.budget import LONGEST_SILENCE_MS, Budget, told
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import ExchangeUnavailableError


class FixedClock:
    def __init__(self) -> None:
        self.at = 1_700_000_000_000 // MINUTE * MINUTE

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1_000


LIMITS = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 100},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 20},
    {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 1_000},
    {"rateLimitType": "SOMETHING_NEW", "interval": "FORTNIGHT", "intervalNum": 1, "limit": 5},
]


def a_budget(clock: FixedClock) -> Budget:
    budget = Budget(clock)
    budget.adopt_limits(LIMITS)
    return budget


def test_ordinary_calls_use_half_of_the_limit_and_leave_the_rest_to_protection_and_exits() -> None:
    budget = a_budget(FixedClock())

    assert budget.wait_ms(50, urgent=False) == 0
    assert budget.wait_ms(1, urgent=False) == MINUTE
    assert budget.wait_ms(45, urgent=True) == 0
    assert budget.wait_ms(1, urgent=True) > 0


def test_a_new_minute_of_the_exchange_begins_at_nothing() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    budget.wait_ms(50, urgent=False)
    clock.at += MINUTE

    assert budget.used == 0
    assert budget.wait_ms(50, urgent=False) == 0


def test_the_exchanges_own_count_is_believed_where_it_is_higher() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    budget.hear(told(clock.at, weight=90))
    budget.hear(told(clock.at, weight=10))

    assert budget.used == 90
    with pytest.raises(ExchangeUnavailableError) as caught:
        budget.admit(1, urgent=False)
    assert caught.value.retry_after_ms == MINUTE


def test_a_count_that_is_told_in_the_next_minute_counts_no_more() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    heard = told(clock.at, weight=90)
    clock.at += MINUTE
    budget.hear(heard)

    assert budget.used == 0


def test_an_order_that_succeeds_gives_its_weight_back() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    budget.wait_ms(1, urgent=True, orders=1)
    budget.hear(told(clock.at, weight=0, free=1, placed=1, orders={"10S": 1, "1D": 1}))

    assert budget.used == 0


def test_entries_use_half_of_the_order_limit_and_exits_come_first() -> None:
    clock = FixedClock()
    budget = a_budget(clock)

    assert [budget.wait_ms(1, False, 1) for _ in range(10)] == [0] * 10
    assert budget.wait_ms(1, False, 1) == 10_000
    assert [budget.wait_ms(1, True, 2) for _ in range(4)] == [0] * 4
    assert budget.wait_ms(1, True, 2) == 10_000
    assert budget.wait_ms(1, True) == 0  # a cancel places nothing
    clock.at += 10_000
    assert budget.wait_ms(1, False, 1) == 0


def test_orders_that_were_filled_count_no_more_once_the_exchange_says_so() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    for _ in range(10):
        budget.wait_ms(1, False, 1)
        budget.hear(told(clock.at, placed=1, free=1, orders={"10S": 0, "1D": 3}))

    assert budget.orders_used == {"10S": (0, 20), "1D": (3, 1_000)}
    assert budget.wait_ms(1, False, 1) == 0


def test_too_many_orders_hold_orders_back_and_nothing_else() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    budget.hear(told(clock.at, placed=1, hold_orders_ms=4_000))

    assert budget.wait_ms(1, True, 1) == 4_000
    assert budget.wait_ms(1, True) == 0


def test_N7_nothing_at_all_is_sent_while_silenced() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    budget.silence(30_000)

    assert budget.wait_ms(1, urgent=True) == 30_000
    clock.at += 30_000
    assert budget.wait_ms(1, urgent=True) == 0


def test_N8_a_ban_is_remembered_at_once_and_outlives_a_restart() -> None:
    clock = FixedClock()
    written: list[int] = []
    Budget(clock, on_silence=written.append).silence(5_000)

    again = Budget(clock, silent_until=written[-1])

    assert again.wait_ms(1, urgent=True) == 5_000


def test_nobody_is_silenced_for_ever_by_a_mistaken_answer() -> None:
    clock = FixedClock()
    budget = a_budget(clock)
    budget.silence(10**15)

    assert budget.wait_ms(1, urgent=True) == LONGEST_SILENCE_MS
    assert Budget(clock, silent_until=clock.at + 10**15).wait_ms(1, urgent=True) == 0


def test_what_was_urgent_leaves_a_lonely_bot_its_allowance() -> None:
    """A search for a lost order must not cost the price its protection is made of."""
    budget = Budget(FixedClock(), allowance=10)

    assert budget.wait_ms(60, urgent=True) == 0
    assert budget.wait_ms(10, urgent=False) == 0
    assert budget.wait_ms(1, urgent=False) == MINUTE
    assert budget.wait_ms(1, urgent=True) == 0
