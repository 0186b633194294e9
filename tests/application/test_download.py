"""A download: everything there is comes, nothing comes twice, nothing that came is lost."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.application.download import Download, Order, Period, days, joined, missing, months
from tradefleet.domain.candle import DAY, HOUR, Candles, Times
from tradefleet.domain.errors import DataError, ExchangeUnavailableError
from tradefleet.domain.recording import Recording

STEP = 4 * HOUR
NOW = 1_714_521_600_000 + 9 * DAY + 5 * HOUR  # 2024-05-10T05:00Z
FIRST = 1_704_067_200_000  # 2024-01-01
PAGE = 50


def recording(times: Iterable[int]) -> Recording:
    opened = np.array(sorted(times), np.int64)
    prices = 1.0 + opened // STEP % 7
    return Recording(
        "BTCUSDT", "4h", Candles.from_arrays(STEP, opened, prices, prices, prices, prices, prices)
    )


@dataclass
class Change:
    added: int
    conflicts: int = 0
    first_conflict: int | None = None


@dataclass
class Shelf:
    """Keeps times only: all candles of one time are the same."""

    kept: set[int] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=dict)

    def add(self, found: Recording, source: str) -> Change:
        before = len(self.kept)
        self.kept |= set(found.candles.open_time.tolist())
        self.names[source] = 1
        return Change(len(self.kept) - before)

    def times(self, symbol: str, interval: str, start: int, end: int) -> Times:
        return np.array(sorted(t for t in self.kept if start <= t < end), np.int64)

    def sources(self, symbol: str, interval: str) -> dict[str, int]:
        return self.names


@dataclass
class World:
    """Binance: what was traded, which dumps there are, and what was asked.

    Attributes:
        failures: questions still to fail before an answer comes.
    """

    traded: set[int]
    dumps: set[str] = field(default_factory=set)
    name: str = "rest"
    asked: list[str] = field(default_factory=list)
    failures: int = 0
    broken: set[str] = field(default_factory=set)

    def fetch(self, symbol: str, interval: str, period: str) -> Recording | None:
        self._ask(period)
        if period in self.broken:
            raise DataError(f"{period} is damaged")
        if period not in self.dumps:
            return None
        unit = "M" if len(period) == 7 else "D"
        inside = {
            t
            for t in self.traded
            if str(np.datetime64(t, "ms").astype(f"datetime64[{unit}]")) == period
        }
        return recording(inside) if inside else None

    def page(
        self, symbol: str, interval: str, start: int, end: int
    ) -> tuple[Recording | None, int]:
        self._ask("page")
        found = sorted(t for t in self.traded if start <= t < end and t + STEP <= NOW)[:PAGE]
        if not found:
            return None, end
        return recording(found), found[-1] + STEP if len(found) == PAGE else end

    def _ask(self, what: str) -> None:
        if self.failures:
            self.failures -= 1
            raise ExchangeUnavailableError("away", retry_after_ms=7_000)
        self.asked.append(what)


def all_times(end: int = NOW) -> set[int]:
    return set(range(FIRST, end // STEP * STEP + STEP, STEP))


def download(shelf: Shelf, world: World, *, slept: list[float] | None = None) -> Download:
    waits = [] if slept is None else slept
    return Download(shelf, world, world, NOW, waits.append)


ORDER = Order("BTCUSDT", "4h", FIRST, NOW)
CLOSED = {t for t in all_times() if t + STEP <= NOW}
PERIODS = [
    *(period.name for period in months(Period("", FIRST, NOW))),
    *(period.name for period in days(Period("", FIRST, NOW))),
]


@given(
    holes=st.lists(st.tuples(st.integers(0, 800), st.integers(1, 200)), max_size=3),
    dumps=st.sets(st.sampled_from(PERIODS)),
    kept=st.sets(st.integers(0, 700)),
    start=st.integers(0, 700),
    length=st.integers(1, 800),
)
def test_everything_there_is_comes_and_only_once(holes, dumps, kept, start, length):
    lost = {FIRST + n * STEP for at, many in holes for n in range(at, at + many)}
    world = World(all_times() - lost, dumps)
    shelf = Shelf({FIRST + n * STEP for n in kept} & world.traded & CLOSED)
    order = Order("BTCUSDT", "4h", FIRST + start * STEP, FIRST + (start + length) * STEP)

    steps = list(download(shelf, world).run(order))

    wanted = {t for t in world.traded & CLOSED if order.start <= t < order.end}
    assert wanted <= shelf.kept <= CLOSED
    assert all(step.rows for step in steps)
    world.asked.clear()
    assert not list(download(shelf, world).run(order)) or lost
    assert shelf.kept >= wanted
    if not lost:
        assert world.asked == []


def test_months_come_as_dumps_the_last_days_as_dumps_and_the_rest_by_request():
    world = World(all_times(), {"2024-01", "2024-02", "2024-03", "2024-05-01", "2024-05-02"})
    shelf = Shelf()

    steps = list(download(shelf, world).run(ORDER))

    assert [step.source for step in steps][:3] == [
        f"BTCUSDT-4h-2024-0{month}.zip" for month in (1, 2, 3)
    ]
    assert "BTCUSDT-4h-2024-05-02.zip" in shelf.names
    assert shelf.kept == CLOSED


def test_before_a_coin_was_listed_one_request_tells_it():
    world = World({t for t in all_times() if t > NOW - 3 * DAY})

    list(Download(Shelf(), None, world, NOW, lambda _: None).run(ORDER))

    assert world.asked == ["page"]


def test_a_dump_with_a_hole_is_not_taken_again():
    world = World(all_times() - {FIRST + 10 * STEP, FIRST + 11 * STEP}, {"2024-01"})
    shelf = Shelf()
    order = Order("BTCUSDT", "4h", FIRST, FIRST + 31 * DAY)
    list(download(shelf, world).run(order))
    world.asked.clear()

    assert not list(download(shelf, world).run(order))
    assert world.asked == []


def test_what_came_before_an_interruption_is_kept_and_the_next_run_goes_on():
    world, shelf = World(all_times(), {"2024-01", "2024-02", "2024-03"}), Shelf()
    running = download(shelf, world).run(ORDER)
    next(running)
    next(running)
    running.close()
    assert len(shelf.kept) == 60 * 6
    world.asked.clear()

    list(download(shelf, world).run(ORDER))

    assert shelf.kept == CLOSED
    assert not {"2024-01", "2024-02"} & set(world.asked)


def test_who_asks_too_much_waits_as_told_and_goes_on():
    world, shelf, slept = World(all_times(), failures=2), Shelf(), []

    list(download(shelf, world, slept=slept).run(ORDER))

    assert shelf.kept == CLOSED
    assert slept == [7.0, 7.0]


def test_dumps_that_do_not_answer_are_given_up_and_said():
    world = World(all_times(), set(PERIODS))

    class Away:
        def fetch(self, symbol: str, interval: str, period: str) -> None:
            raise ExchangeUnavailableError("dumps are away")

    shelf = Shelf()
    fetching = Download(shelf, Away(), world, NOW, lambda _: None)
    list(fetching.run(ORDER))

    assert fetching.troubles == ["dumps are away"]
    assert shelf.kept == CLOSED
    alone = Download(Shelf(), Away(), None, NOW, lambda _: None)
    with pytest.raises(ExchangeUnavailableError, match="dumps are away"):
        list(alone.run(ORDER))


def test_a_damaged_dump_is_said_and_its_candles_come_by_request():
    world = World(all_times(), set(PERIODS), broken={"2024-02"})
    shelf = Shelf()
    fetching = download(shelf, world)

    list(fetching.run(ORDER))

    assert fetching.troubles == ["2024-02 is damaged"]
    assert shelf.kept == CLOSED


def test_an_exchange_that_stays_away_is_an_error_after_a_few_tries():
    world, slept = World(all_times(), failures=99), []

    with pytest.raises(ExchangeUnavailableError):
        list(Download(Shelf(), None, world, NOW, slept.append).run(ORDER))

    assert len(slept) == 3


@given(present=st.sets(st.integers(0, 50)), begin=st.integers(0, 50), length=st.integers(1, 50))
def test_what_is_missing_is_what_is_not_there(present, begin, length):
    times = np.array(sorted(n for n in present if begin <= n < begin + length), np.int64)

    holes = missing(times, begin, begin + length, 1)

    told = [n for start, end in holes for n in range(start, end)]
    assert told == [n for n in range(begin, begin + length) if n not in present]


def test_parts_that_follow_each_other_are_one():
    parts = [Period("a", 0, 2), Period("b", 2, 3), Period("c", 5, 6)]

    assert [(part.begin, part.end) for part in joined(parts)] == [(0, 3), (5, 6)]
    assert list(joined([])) == []
