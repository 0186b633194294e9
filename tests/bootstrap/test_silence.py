"""A ban outlives every process that was banned."""

from typing import Any

from tests.fakes.clock import MIDNIGHT, FakeClock
from tradefleet.adapters.binance.budget import Budget
from tradefleet.bootstrap.silence import remember, remembered
from tradefleet.domain.errors import StoreError
from tradefleet.ports.records import Snapshot


class OneSnapshot:
    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}
        self.is_broken = False

    def put(self, name: str, value: Any, at: int) -> None:
        if self.is_broken:
            raise StoreError("the disk is full")
        self.kept[name] = Snapshot(value, at)

    def get(self, name: str) -> Snapshot | None:
        if self.is_broken:
            raise StoreError("the disk is full")
        return self.kept.get(name)


def test_a_new_process_is_silent_as_long_as_the_old_one_was_told() -> None:
    clock, snapshots = FakeClock(), OneSnapshot()
    Budget(clock, on_silence=remember(snapshots, clock)).silence(120_000)

    again = Budget(clock, silent_until=remembered(snapshots))

    assert again.silent_for_ms() == 120_000
    assert remembered(snapshots) == MIDNIGHT + 120_000


def test_a_store_that_cannot_be_written_leaves_this_process_silent_all_the_same() -> None:
    clock, snapshots = FakeClock(), OneSnapshot()
    snapshots.is_broken = True
    budget = Budget(
        clock, silent_until=remembered(snapshots), on_silence=remember(snapshots, clock)
    )
    budget.silence(5_000)

    assert budget.silent_for_ms() == 5_000
